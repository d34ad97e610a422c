/** The whole way with the real Claude Code CLI, which talks to the stand-in of the Messages API. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, buttons, until } from "../e2e/harness.ts";
import { isClaude, realBench } from "./bench.ts";

/** Children of `pid` that ended and were not collected. */
function defunct(pid: number): string[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return state === "Z" && parent === String(pid) ? [stat] : [];
    } catch {
      return []; // It ended while we looked.
    }
  });
}

Deno.test("real: two sessions, their contexts and processes, and an end without leftovers", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new test brainstorm");
  await bench.hears(/Made test/);
  bench.say("first question");
  await bench.hears(/ok #1: first question/);
  bench.say("/new second");
  await bench.hears(/Made second/);
  bench.say("other question");
  await bench.hears(/ok #1: other question/);
  bench.say("/session test");
  await bench.hears(/Now in test/);
  bench.say("follow-up");
  await bench.hears(/ok #2: follow-up/);
  const claudes = bench.marked().filter(isClaude);
  assertEquals(claudes.length, 2);
  assertEquals(defunct(bench.pid), []);
  assertStringIncludes(JSON.stringify(real.messages.requests.at(-1)?.["body"]), "first question");
  const { code, ms } = await bench.end("SIGTERM");
  assertEquals([code, bench.marked()], [0, []]);
  assert(ms < 10_000, `${ms} ms`);
});

Deno.test("real: after kill -9 of the program in a turn no claude lives for 2 s; the turn is told and continued", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("before");
  await bench.hears(/ok #1: before/);
  bench.say("TOOL:bash:touch began; sleep 97;; SAY:never said");
  await bench.hears(/work asks/);
  await bench.presses("Allow once");
  await until(() => bench.marked().some(({ command }) => command.includes("sleep 97")), 10_000);
  await bench.end("SIGKILL");
  await until(() => !bench.marked().some(isClaude));
  bench.say("sent while it was down");
  await bench.start();
  const told = await bench.hears(/Interrupted by a restart/);
  assertEquals(buttons(told), ["Continue", "Ask again"]);
  await bench.hears(/sent while it was down/);
  assertEquals(bench.marked().filter(({ command }) => command.includes("sleep 97")), []);
  const asked = real.messages.requests.filter(({ path }) => path === "/v1/messages").length;
  assert(asked <= 3, `the interrupted prompt did not run again: ${asked} calls`);
  await bench.presses("Ask again");
  await bench.hears(/work asks: Running touch began/);
});

Deno.test("real: a process closed for another resumes its conversation", async () => {
  await using real = await realBench({ settings: { claude: { max_processes: 1 } } });
  const { bench } = real;
  await bench.start();
  for (const [name, words] of [["a", "alpha"], ["b", "beta"]] as const) {
    bench.say(`/new ${name}`);
    await bench.hears(new RegExp(`Made ${name}`));
    bench.say(words);
    await bench.hears(new RegExp(`ok #1: ${words}`));
  }
  bench.say("/session a");
  bench.say("again");
  await bench.hears(/ok #2: again/);
  assertEquals(bench.marked().filter(isClaude).length, 1);
});

Deno.test("real: another persona takes effect in the resumed conversation, an edited file none", async () => {
  await using real = await realBench({ settings: { claude: { max_processes: 1 } } });
  const { bench, messages } = real;
  await bench.start();
  bench.say("/new a planner");
  bench.say("alpha");
  await bench.hears(/ok #1: alpha/);
  const path = `${bench.home}/sessions/a/persona.json`;
  const persona = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(
    path,
    JSON.stringify({ ...persona, system_prompt: "Speak like a pirate." }),
  );
  bench.say("/new b");
  bench.say("beta");
  await bench.hears(/ok #1: beta/);
  bench.say("/session a");
  bench.say("gamma");
  await bench.hears(/ok #2: gamma/);
  const said = () => JSON.stringify(messages.requests.at(-1)?.["body"]);
  assert(!said().includes("Speak like a pirate."));
  bench.say("/persona research");
  await bench.hears(/a · persona: research/);
  bench.say("delta");
  await bench.hears(/ok #3: delta/);
  assertStringIncludes(said(), "You find things out and say how well they are known.");
});

Deno.test("real: deny is told to Claude, and Stop keeps the process and the partial text", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("TOOL:bash:touch denied.txt;; SAY:understood");
  await bench.hears(/work asks/);
  await bench.presses("Deny");
  await bench.hears(/understood/);
  bench.say("CHUNK:20 SLOW:100 LONG:3000");
  await bench.hears(/work · working[\s\S]*quick brown fox/);
  await bench.presses("⏹ Stop");
  const stopped = await bench.hears(/⏹ Stopped\./);
  assertMatch(stopped.text, /^The quick brown fox/);
  bench.say("and now");
  await bench.hears(/ok #\d: and now/);
  assertEquals(bench.marked().filter(isClaude).length, 1);
});

Deno.test("real: API errors become sentences, and the session goes on", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("ERR:402");
  await bench.hears(/no credit left/);
  bench.say("ERR:400:prompt is too long");
  await bench.hears(/grown too long/);
  bench.say("SAY:fine again");
  await bench.hears(/^fine again/);
});

Deno.test("real: a background task that ends reports by itself", async () => {
  await using real = await realBench({ settings: { claude: { permission_mode: "acceptEdits" } } });
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("TOOL:bashbg:python3 -c 'import time; time.sleep(2); print(42)';; SAY:started it");
  await bench.hears(/work asks/);
  await bench.presses("Allow once");
  await bench.hears(/started it/);
  const report = await bench.hears(/work: background task '.+' reports/);
  assertEquals(report.reply_to, undefined);
});

Deno.test("real: an archived and restored session answers with its old context", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work planner");
  bench.say("remember the mango");
  await bench.hears(/ok #1: remember the mango/);
  bench.say("/archive work");
  await bench.hears(/Put work away\?/);
  await bench.presses("Archive it");
  const away = await bench.hears(/work is put away/);
  const file = /sessions_archive\/(\S+\.tar\.gz)/.exec(away.text)?.[1];
  assertEquals(bench.marked(), []);
  bench.say(`/restore ${file}`);
  await bench.hears(/is back with/);
  bench.say("/session work");
  bench.say("what was it?");
  await bench.hears(/ok #2: what was it\?/);
  assertStringIncludes(JSON.stringify(real.messages.requests.at(-1)?.["body"]), "mango");
  assertEquals(bench.api.messages(ADA).length > 5, true);
});
