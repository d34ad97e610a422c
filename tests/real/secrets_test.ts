/** Our secrets against the tools of the real Claude Code CLI, in the mode that asks for nothing. */
import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { realBench } from "./bench.ts";

/** The second has what a rule of the CLI takes for a pattern, or for its end. */
for (const prefix of ["switchboard-", "switchboard (a) [b]! {c}, "]) {
  Deno.test(`real: no tool of Claude reads the secrets of '${prefix}…' or changes what is known, in any mode`, () =>
    tried(prefix));
}

async function tried(prefix: string): Promise<void> {
  await using real = await realBench({
    home: await Deno.makeTempDir({ prefix }),
    settings: {
      claude: { allow_bypass: true, permission_mode: "bypassPermissions" },
      homelab: { pbs: { url: "https://127.0.0.1:1", token_file: "pbs-token" } },
    },
    claudeEnv: { IS_SANDBOX: "1" },
  });
  const { bench, messages } = real;
  const { home } = bench;
  await Deno.writeTextFile(`${home}/pbs-token`, "bot@pbs!telegram:verysecret\n");
  await Deno.writeTextFile(`${home}/notes.txt`, "an ordinary file\n");
  await bench.start();
  bench.say("/new work");
  // Of a command with brackets in it the CLI finds no path (2.1.332): of those its own tools are kept.
  const touches = /[[{]/.test(home) ? [] : [`TOOL:bash:touch '${home}/state/planted'`];
  const attempts = [
    ...[`TOOL:read:${home}/pbs-token`, `TOOL:read:${home}/sessions/../pbs-token`],
    ...[`TOOL:bash:cat '${home}/pbs-token'`, `TOOL:bash:head -1 ../../pbs-token`],
    ...["TOOL:read:/proc/self/environ", "TOOL:bash:cat /proc/self/environ"],
    ...[`TOOL:write:${home}/state/planted=x`, ...touches],
    ...[`TOOL:read:${home}/notes.txt`, "SAY:that was all"],
  ];
  bench.say(attempts.join(";; "));
  await bench.hears(/that was all/);
  const sent = JSON.stringify(messages.requests.map(({ body }) => body));
  for (const secret of ["verysecret", "ANTHROPIC_API_KEY=", "sk-ant-test"]) {
    assert(!sent.includes(secret), `${secret} went to the model: ${sent.slice(-3000)}`);
  }
  assert(sent.includes("an ordinary file"));
  assertEquals(await exists(`${home}/state/planted`), false);
  assert(!bench.texts().some((text) => /work asks/.test(text)));
}
