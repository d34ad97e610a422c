/** One run of a watch with the real Claude Code CLI. */
import { assert, assertEquals } from "@std/assert";
import { emptyConfigRoot, makeEmptyConfigRoot } from "../../lib/claude/config_root.ts";
import { denoSpawn } from "../../lib/claude/launch.ts";
import { systemClock } from "../../lib/clock.ts";
import { personaLibrary } from "../../lib/sessions/library.ts";
import { watchRuns } from "../../lib/watch_runs.ts";
import { startMessagesApi } from "../sim/messages_api/server.ts";
import { claudeEnv, realClaude } from "../sim/real_claude.ts";

const BUILTIN = new URL("../../personas", import.meta.url).pathname;

async function watchOnce(prompt: string, settings: object = {}) {
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
      configRoot: () => emptyConfigRoot(home),
      uuid: () => crypto.randomUUID(),
      sweep: () => Promise.resolve(),
    });
    const result = await run(prompt, 0.25, new AbortController().signal);
    const left = [...Deno.readDirSync(`${home}/state/watch`)].map(({ name }) => name);
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

Deno.test("real watch: what its persona allows runs, and the answer's last text is the finding", async () => {
  const { result, tools } = await watchOnce("TOOL:bash:df -h /;;SAY:NOTHING_FOUND");
  assertEquals([result.failure, result.text.trim()], [null, "NOTHING_FOUND"]);
  assert((result.usage?.costUsd ?? 0) > 0);
  assertEquals(tools.filter((name) => /Write|Edit|Web|Agent|Task/.test(name)), []);
});

for (const command of ["touch made.txt", "df -h / > made.txt", "df -h /; touch made.txt"]) {
  Deno.test(`real watch: '${command}' is denied, whatever the user's own settings allow`, async () => {
    const settings = { permissions: { allow: ["Bash", "Bash(touch:*)", "Write"] } };
    const { result, left, bodies } = await watchOnce(`TOOL:bash:${command};;SAY:done`, settings);
    assertEquals([result.failure, left], [null, []]);
    assert(/denied|permission/i.test(bodies));
  });
}
