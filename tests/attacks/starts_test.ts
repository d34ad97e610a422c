/** Settings that are changed while a process starts: what the chat said is what holds. */
import { delay } from "@std/async";
import { Arena, sample, SESSION, STEP_MS } from "./arena.ts";
import { judged } from "./open.ts";

/** The model that the newest call was for. */
function modelOf({ messages }: Arena): string {
  const calls = messages.requests.filter(({ path }) => path === "/v1/messages");
  return String(calls.at(-1)?.body?.model);
}

Deno.test("attacks: settings right behind /new hold for the process that starts", async () => {
  await using arena = await Arena.make();
  await arena.bench.start();
  arena.bench.say(`/new ${SESSION}`);
  arena.bench.say("/mode plan");
  arena.bench.say("/model sonnet"); // In plan mode the CLI takes sonnet where haiku is chosen.
  await arena.bench.hears(/mode: plan/, STEP_MS);
  await arena.bench.hears(/model: sonnet/, STEP_MS);
  await arena.turn(`TOOL:write:${arena.cwd}/made-by-write=x`, "TOOL:bash:touch made-by-touch");
  const effects: string[] = [];
  if (!/sonnet/.test(modelOf(arena))) effects.push("the model was not sonnet");
  if (arena.made("made-by-write") || arena.made("made-by-touch")) effects.push("it was no plan");
  judged("settings behind /new", effects);
});

/** Where a session comes from, and how long after its message the mode is taken back. */
const FROM = ["acceptEdits", "bypassPermissions"] as const;
const AFTER_MS = [0, 30, 60, 100, 150, 300];

Deno.test("attacks: a mode that is taken back while the process starts is taken back", async () => {
  await using arena = await Arena.make({
    settings: { claude: { allow_bypass: true } },
    claudeEnv: { IS_SANDBOX: "1" },
  });
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  const effects: string[] = [];
  for (const mode of FROM) {
    for (const ms of sample(AFTER_MS, 4)) {
      await arena.call(`/mode ${mode}`);
      if (mode === "bypassPermissions") {
        await arena.bench.presses("Yes, do everything without asking");
        await arena.bench.hears(/mode: bypassPermissions/);
      }
      await arena.restart();
      const name = `made-by-${mode}-${ms}`;
      // The model is slower than the chat: when it writes, the mode has long been answered for.
      const turn = arena.turn(`TTFT:2500 TOOL:write:${arena.cwd}/${name}=x`);
      await delay(ms);
      arena.bench.say("/mode default");
      await turn;
      if (arena.made(name)) effects.push(`from ${mode} after ${ms} ms`);
    }
  }
  judged("a mode taken back", effects.length > 0 ? ["a write passed unasked"] : []);
});
