/** What is allowed from now on, with the real Claude Code CLI: exactly that, for so long as it is allowed. */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { ADA, type Bench, type BenchOptions } from "../e2e/harness.ts";
import { REAL_VERSIONS } from "../sim/real_claude.ts";
import { isClaude, realBench } from "./bench.ts";

/** A bench with a session `work`, and the CLI of that version behind it. */
async function working(version: string, options: BenchOptions = {}) {
  const real = await realBench(options, version);
  await real.bench.start();
  real.bench.say("/new work");
  await real.bench.hears(/Made work/);
  return real;
}

const call = (name: string, input: object) => `TOOL:json:${name}:${JSON.stringify(input)}`;
const bash = (command: string) => call("Bash", { command });
const write = (path: string, content = "x") => call("Write", { file_path: path, content });

/** How often the person was asked so far. */
const askedCount = (bench: Bench) =>
  bench.api.calls.filter(({ method, payload }) =>
    method === "sendMessage" && String(payload["text"]).startsWith("work asks")
  ).length;

/** The first command of a process makes the CLI look through its shell. */
const PATIENCE_MS = 60_000;

let prompts = 0;

/** Lets Claude make a call. @returns whether the person was asked; what was asked is denied then. */
async function asksFor(bench: Bench, tool: string): Promise<boolean> {
  const before = askedCount(bench);
  const end = `end of ${++prompts}.`;
  bench.say(`${tool};;SAY:${end}`);
  await bench.api.waitFor(
    (api) =>
      askedCount(bench) > before ||
      api.messages(ADA).some(({ by_bot, text }) => by_bot && text === end),
    { what: `a request or an end of ${tool}`, timeoutMs: PATIENCE_MS },
  );
  const asked = askedCount(bench) > before;
  if (asked) await bench.presses("Deny");
  await bench.hears(end, PATIENCE_MS);
  return asked;
}

/** Lets Claude make a call, and allows it from now on. @returns what was shown. */
async function allowing(bench: Bench, tool: string): Promise<string> {
  const end = `end of ${++prompts}.`;
  bench.say(`${tool};;SAY:${end}`);
  await bench.presses("Allow from now on…");
  const { text } = await bench.hears(/^From now on in work, until you take it back/);
  assertEquals(
    await bench.presses("Yes, from now on"),
    "Allowed from now on; /allowed takes it back",
  );
  await bench.hears(end, PATIENCE_MS);
  return text;
}

/** Waits until the session has no process. */
async function untilIdle(bench: Bench): Promise<void> {
  const path = `${bench.home}/sessions/work/metadata.json`;
  for (const end = Date.now() + 10_000; Date.now() < end; await delay(50)) {
    if (JSON.parse(await Deno.readTextFile(path)).status === "idle") return;
  }
  throw new Error("The session kept its process.");
}

/** A scene that has to be so with each version of the CLI. */
function test(what: string, run: (version: string) => Promise<void>): void {
  for (const version of REAL_VERSIONS) {
    Deno.test(`real grants ${version}: ${what}`, () => run(version));
  }
}

test("a compound command is allowed as it is, and nothing that has a part of it", async (version) => {
  await using real = await working(version);
  const { bench } = real;
  const push = "python3 -c '# ppp' && git push origin main";
  const shown = await allowing(bench, bash(push));
  assert(shown.endsWith(`\n\n${push}\nexactly this command. Nothing else.`), shown);
  assertEquals(await asksFor(bench, bash(push)), false);
  for (
    const other of [
      ...["git push --force evil HEAD", "git push origin main", "python3 -c '# ppp'"],
      ...[`${push} --force`, `echo y | ${push}`, `mkdir a; ${push}`, `${push} && mkdir a`],
      ...[`LANG=C ${push}`, `timeout 9 git push origin main`, `${push}\ntouch b`],
    ]
  ) assertEquals(await asksFor(bench, bash(other)), true, other);
});

test("what the CLI's own rules cannot say is allowed as it is, too", async (version) => {
  await using real = await working(version);
  const { bench } = real;
  const outside = `${bench.home}/outside`;
  await Deno.mkdir(outside);
  const others = new Map([
    [`python3 -c 'print(2*3)'`, `python3 -c 'print(2 or 1*3)'`],
    [`python3 a.py | python3 b.py`, `python3 b.py`],
    [`python3 a.py`, `echo evil | python3 a.py`],
    [`touch ${outside}/a`, `touch ${outside}/b`],
    [`rm -rf ${outside}/gone`, `rm -rf ${outside}`],
    [`cat /etc/hostname`, `cat /etc/passwd`],
    [`python3 -c 'print("a\\n(b)")'`, `python3 -c 'print("an(b)")'`],
  ]);
  for (const [command, other] of others) {
    await allowing(bench, bash(command));
    assertEquals(await asksFor(bench, bash(command)), false, command);
    assertEquals(await asksFor(bench, bash(other)), true, other);
  }
  for (const path of [`${outside}/c`, `${outside}/gone`]) {
    assertEquals(await asksFor(bench, write(path)), true, "no directory was opened");
  }
});

test("edits of a directory are those, no deletes and no other directory", async (version) => {
  await using real = await working(version);
  const { bench } = real;
  const outside = `${bench.home}/outside`;
  await Deno.mkdir(`${outside}/below`, { recursive: true });
  const shown = await allowing(bench, write(`${outside}/a.txt`));
  assert(shown.endsWith(`every edit of a file in ${outside} (not below it).`), shown);
  assertEquals(await asksFor(bench, write(`${outside}/b.txt`)), false);
  for (
    const other of [
      ...[write(`${outside}/below/c.txt`), write(`${bench.home}/d.txt`), write("own.txt")],
      ...[
        bash(`rm -rf ${outside}/a.txt`),
        bash(`touch ${outside}/e`),
        bash(`echo x > ${outside}/f`),
      ],
    ]
  ) assertEquals(await asksFor(bench, other), true, other);
  const own = await allowing(bench, write("own.txt"));
  assert(own.includes("every edit of a file in its own directory"), own);
  assertEquals(await asksFor(bench, write("sub/other.txt")), false);
  for (
    const other of [
      write(".claude/settings.json", "{}"),
      write(".git/hooks/pre-commit"),
      bash("rm own.txt"),
    ]
  ) {
    assertEquals(await asksFor(bench, other), true, other);
  }
});

test("a link that leads elsewhere since then is asked about", async (version) => {
  await using real = await working(version);
  const { bench } = real;
  const [one, two] = [`${bench.home}/one`, `${bench.home}/two`];
  for (const each of [one, two]) await Deno.mkdir(each);
  await Deno.symlink(one, `${bench.home}/link`);
  const shown = await allowing(bench, write(`${bench.home}/link/a.txt`));
  assert(shown.includes(one), shown);
  assertEquals(await asksFor(bench, write(`${bench.home}/link/b.txt`)), false);
  await Deno.remove(`${bench.home}/link`);
  await Deno.symlink(two, `${bench.home}/link`);
  assertEquals(await asksFor(bench, write(`${bench.home}/link/c.txt`)), true);
});

test("reading and fetching are of one directory, and of one host", async (version) => {
  await using real = await working(version);
  const { bench } = real;
  const read = (path: string) => call("Read", { file_path: path });
  const shown = await allowing(bench, read("/etc/hostname"));
  assert(shown.endsWith("reading every file in /etc (not below it)."), shown);
  assertEquals(await asksFor(bench, read("/etc/passwd")), false);
  for (
    const other of [read("/etc/apt/sources.list"), read("/var/lib/dpkg/status"), write("/etc/x")]
  ) {
    assertEquals(await asksFor(bench, other), true, other);
  }
  const fetch = (url: string) => call("WebFetch", { url, prompt: "what is it?" });
  const host = await allowing(bench, fetch("https://example.invalid/a"));
  assert(host.endsWith("fetching any page of example.invalid."), host);
  assertEquals(await asksFor(bench, fetch("https://example.invalid/b")), false);
  for (const other of ["https://sub.example.invalid/", "https://example.invalid@evil.invalid/"]) {
    assertEquals(await asksFor(bench, fetch(other)), true, other);
  }
});

test("it counts in each process of its session, until it is taken back in the running one", async (version) => {
  await using real = await working(version);
  const { bench } = real;
  const touch = bash("touch a.txt");
  await allowing(bench, touch);
  bench.say("/clear");
  await bench.hears(/begins anew/);
  assertEquals(await asksFor(bench, touch), false, "after /clear");
  bench.say("/model haiku");
  await bench.hears(/haiku/);
  assertEquals(await asksFor(bench, touch), false, "after another model");
  for (const { pid } of bench.marked().filter(isClaude)) Deno.kill(pid, "SIGTERM");
  await untilIdle(bench);
  assertEquals(await asksFor(bench, touch), false, "in another process");
  await bench.end("SIGKILL");
  await bench.start();
  assertEquals(await asksFor(bench, touch), false, "after a restart");
  bench.say("/new other");
  await bench.hears(/Made other/);
  bench.say(`${touch};;SAY:elsewhere`);
  await bench.hears(/other asks/);
  await bench.presses("Deny");
  bench.say("/session work");
  await bench.hears(/Now in work/);
  bench.say("/allowed");
  await bench.hears(/Allowed in work[\s\S]*touch a\.txt/);
  assertEquals(await bench.presses("Take back 1"), "Taken back: it is asked about again");
  assertEquals(await asksFor(bench, touch), true, "at once");
});

test("an ask rule of the owner's asks all the same, and plan mode runs nothing", async (version) => {
  const config = await Deno.makeTempDir();
  await using real = await working(version, { claudeEnv: { CLAUDE_CONFIG_DIR: config } });
  const { bench } = real;
  const touch = bash("touch a.txt");
  const there = () =>
    [...Deno.readDirSync(`${bench.home}/sessions/work`)].some((each) => each.name === "a.txt");
  await allowing(bench, touch);
  assert(there());
  await Deno.remove(`${bench.home}/sessions/work/a.txt`);
  bench.say("/mode plan");
  await bench.hears(/mode: plan/);
  await asksFor(bench, touch);
  assert(!there(), "in plan mode");
  bench.say("/mode default");
  await bench.hears(/mode: default/);
  assertEquals(await asksFor(bench, touch), false);
  assert(there());
  await bench.end("SIGKILL");
  const ask = { permissions: { ask: ["Bash(touch:*)"] } };
  await Deno.writeTextFile(`${config}/settings.json`, JSON.stringify(ask));
  await bench.start();
  assertEquals(await asksFor(bench, touch), true, "an ask rule");
  const [request] = bench.api.calls.filter(({ method, payload }) =>
    method === "sendMessage" && String(payload["text"]).startsWith("work asks")
  ).slice(-1);
  assert(!JSON.stringify(request).includes("from now on"));
  await Deno.remove(config, { recursive: true });
});

test("nothing of it is written into settings", async (version) => {
  await using real = await working(version);
  const { bench } = real;
  await allowing(bench, bash("touch a.txt"));
  await allowing(bench, write("b.txt"));
  const found = [...Deno.readDirSync(`${bench.home}/sessions/work`)].map(({ name }) => name);
  assertEquals(found.filter((name) => name.startsWith(".")), []);
});

test("a skill that asks is shown with what it runs, and is not allowed for longer", async (version) => {
  const config = await Deno.makeTempDir();
  const skill = `${config}/skills/evil`;
  await Deno.mkdir(skill, { recursive: true });
  await Deno.writeTextFile(
    `${skill}/SKILL.md`,
    "---\nname: evil\ndescription: x\nallowed-tools: Bash(touch:*)\n---\nDo !`touch pwned`\n",
  );
  await using real = await working(version, { claudeEnv: { CLAUDE_CONFIG_DIR: config } });
  const { bench } = real;
  bench.say(`${call("Skill", { skill: "evil", args: "" })};;SAY:end of a skill.`);
  const { text } = await bench.hears(/^work asks: Using the skill evil/);
  assert(text.includes("Do !`touch pwned`"), text);
  assert(!bench.texts().some((each) => each.includes("from now on")));
  await bench.presses("Deny");
  await bench.hears("end of a skill.", PATIENCE_MS);
  await Deno.remove(config, { recursive: true });
});
