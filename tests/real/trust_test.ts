/** `/trust` with the real Claude Code CLI: what a directory brings runs as at a terminal, or not at all. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { ADA, type Bench, type BenchOptions } from "../e2e/harness.ts";
import { REAL_VERSIONS } from "../sim/real_claude.ts";
import { realBench } from "./bench.ts";

const SERVER = `import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
appendFileSync("server.log", "started in " + process.cwd() + "\\n");
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  const say = (result) => console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
  if (method === "initialize") {
    const serverInfo = { name: "tools", version: "1" };
    say({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo });
  } else if (method === "tools/list") {
    say({ tools: [{ name: "hello", description: "x", inputSchema: { type: "object" } }] });
  } else if (method === "tools/call") {
    say({ content: [{ type: "text", text: "hello from the server" }] });
  } else if (id !== undefined) say({});
});
`;

const FORMATTER = `#!/bin/sh
file=$(sed -n 's/.*"file_path": *"\\([^"]*\\)".*/\\1/p')
echo formatted >> "$file"
`;

/** What a project brings that one works on at a terminal. */
const PROJECT: Readonly<Record<string, string>> = {
  ".claude/settings.json": JSON.stringify({
    hooks: {
      PostToolUse: [{
        matcher: "Write|Edit",
        hooks: [{ type: "command", command: '"$CLAUDE_PROJECT_DIR"/scripts/fmt.sh' }],
      }],
    },
    permissions: {
      allow: ["Write", "Bash(touch allowed.txt)", "mcp__tools__hello", "Edit(/docs/**)"],
      deny: ["Read(./secret.txt)"],
    },
  }),
  ".mcp.json": JSON.stringify({
    mcpServers: { tools: { command: "node", args: ["tools/server.mjs"] } },
  }),
  "scripts/fmt.sh": FORMATTER,
  "tools/server.mjs": SERVER,
  ".claude/skills/greet/SKILL.md": "---\nname: greet\ndescription: greets\n---\nSee ref.md.\n",
  ".claude/skills/greet/ref.md": "THE REFERENCE",
  "secret.txt": "s3cret",
  "CLAUDE.md": "MEMO OF THE PROJECT",
};

const inSession = (bench: Bench, path: string) => join(bench.home, "sessions/work", path);

async function write(bench: Bench, path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(inSession(bench, path)), { recursive: true });
  await Deno.writeTextFile(inSession(bench, path), text, { mode: 0o755 });
}

const read = (bench: Bench, path: string) =>
  Deno.readTextFile(inSession(bench, path)).catch(() => null);

/** A session `work` whose directory holds the project. */
async function project(version: string, options: BenchOptions = {}) {
  const real = await realBench(options, version);
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  for (const [path, text] of Object.entries(PROJECT)) await write(bench, path, text);
  return real;
}

/** All that was sent to the model. */
const toModel = ({ messages }: Awaited<ReturnType<typeof project>>) =>
  JSON.stringify(messages.requests.map(({ body }) => body));

async function trusts(bench: Bench, button = "Use these, as shown"): Promise<void> {
  bench.say("/trust");
  await bench.hears(/^This directory brings things that run by themselves/);
  assertEquals(await bench.presses(button), "Used");
}

for (const version of REAL_VERSIONS) {
  Deno.test(`real trust ${version}: without a tap nothing of a project has any effect, and it is told once`, async () => {
    await using real = await project(version);
    const { bench } = real;
    bench.say("TOOL:write:a.txt=one;;SAY:written");
    await bench.hears(/work asks: Writing a\.txt/);
    await bench.presses("Allow once");
    await bench.hears(/^written/);
    await bench.hears(/They have no effect\. \/trust shows them/);
    assertEquals([await read(bench, "a.txt"), await read(bench, "server.log")], ["one", null]);
    bench.say("TOOL:read:secret.txt;;SAY:done");
    await bench.hears(/^done/);
    const sent = toModel(real);
    assertStringIncludes(sent, "MEMO OF THE PROJECT");
    assertStringIncludes(sent, "s3cret");
    assert(!sent.includes("mcp__tools__hello") && !sent.includes("greets"));
  });

  Deno.test(`real trust ${version}: used as shown, hook, server, skill and rules work as at a terminal`, async () => {
    await using real = await project(version);
    const { bench } = real;
    await trusts(bench);
    bench.say("TOOL:write:a.txt=one;;SAY:written");
    await bench.hears(/^written/);
    assertEquals(await read(bench, "a.txt"), "oneformatted\n");
    bench.say("TOOL:bash:touch allowed.txt;;TOOL:edit:docs/x=y=z;;SAY:touched");
    await bench.hears(/^touched/);
    assertEquals(await read(bench, "allowed.txt"), "");
    bench.say("TOOL:json:mcp__tools__hello:{};;SAY:called");
    await bench.hears(/^called/);
    assertStringIncludes(toModel(real), "hello from the server");
    assertMatch(await read(bench, "server.log") ?? "", /sessions\/work/);
    bench.say("TOOL:read:secret.txt;;SAY:kept");
    await bench.hears(/^kept/);
    assert(!toModel(real).includes("s3cret"));
    bench.say("/greet");
    await bench.hears(/Base directory for this skill/);
    const copy = /Base directory for this skill: (\S+?)\\n/.exec(toModel(real))?.[1];
    bench.say(`TOOL:read:${copy}/ref.md;;SAY:referred`);
    await bench.hears(/^referred/);
    assertStringIncludes(toModel(real), "THE REFERENCE");
    bench.say(`TOOL:write:${copy}/SKILL.md=evil;;SAY:refused`);
    await bench.hears(/^refused/);
    assert(!(await Deno.readTextFile(`${copy}/SKILL.md`)).includes("evil"));
    const asked = bench.api.calls.filter(({ method, payload }) =>
      method === "sendMessage" && String(payload["text"]).startsWith("work asks")
    );
    assertEquals(asked.map(({ payload }) => payload["text"]), []);
  });

  Deno.test(`real trust ${version}: a script that Claude changed is not run, told with its diff, and used by a tap`, async () => {
    await using real = await project(version);
    const { bench } = real;
    await trusts(bench);
    bench.say(
      "TOOL:write:scripts/fmt.sh=#!/bin/sh\\ntouch evil.txt;;TOOL:write:b.txt=two;;SAY:rewritten",
    );
    await bench.hears(/^rewritten/);
    const told = await bench.hears(/what its directory brings has changed/);
    assertMatch(told.text, /-│ echo formatted >> "\$file"/);
    assertEquals([await read(bench, "b.txt"), await read(bench, "evil.txt")], ["two", null]);
    await write(bench, "scripts/fmt.sh", FORMATTER.replace("formatted", "otherwise"));
    bench.say("and now");
    await bench.hears(/ok #\d+: and now/);
    await bench.api.waitFor(
      (api) => api.messages(ADA).some(({ text }) => /\+│ echo otherwise/.test(text)),
      { what: "the second diff" },
    );
    assertEquals(await bench.presses("Use these, as shown"), "Used");
    bench.say("TOOL:write:c.txt=three;;SAY:again");
    await bench.hears(/^again/);
    assertEquals(await read(bench, "c.txt"), "threeotherwise\n");
  });

  Deno.test(`real trust ${version}: ignored again, nothing of it runs from the next message on, after a restart neither`, async () => {
    await using real = await project(version);
    const { bench } = real;
    await trusts(bench);
    await bench.end("SIGKILL");
    await bench.start();
    bench.say("TOOL:write:a.txt=one;;SAY:written");
    await bench.hears(/^written/);
    assertEquals(await read(bench, "a.txt"), "oneformatted\n");
    bench.say("/trust");
    await bench.hears(/used as shown; you said so/);
    assertEquals(await bench.presses("Ignore them again"), "Ignored");
    bench.say("TOOL:write:b.txt=two;;SAY:second");
    await bench.hears(/work asks: Writing b\.txt/);
    await bench.presses("Allow once");
    await bench.hears(/^second/);
    assertEquals(await read(bench, "b.txt"), "two");
    const left = await Array.fromAsync(Deno.readDir(join(bench.home, "trust")), ({ name }) => name);
    assertEquals(left.filter((name) => name.length === 64).length <= 1, true);
  });
}
