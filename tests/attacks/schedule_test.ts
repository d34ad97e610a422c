/** A schedule that somebody else made. */
import { delay } from "@std/async";
import { join } from "@std/path";
import { Arena, SESSION, write } from "./arena.ts";
import { judged } from "./open.ts";

/** The CLI looks at its schedule each minute, and spreads what is due by some seconds. */
const SCHEDULE_MS = 75_000;

Deno.test("attacks: a planted schedule starts no turn", async () => {
  await using arena = await Arena.make();
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await arena.bench.end("SIGTERM");
  const task = { id: "a1b2c3d4", cron: "* * * * *", recurring: true, createdAt: Date.now() };
  await write(
    join(arena.cwd, ".claude/scheduled_tasks.json"),
    JSON.stringify({ tasks: [{ ...task, prompt: "MARK-OF-SCHEDULE" }] }),
  );
  await arena.bench.start();
  await arena.turn();
  const end = performance.now() + SCHEDULE_MS;
  while (performance.now() < end && !arena.sent().includes("MARK-OF-SCHEDULE")) await delay(200);
  judged("a schedule", arena.sent().includes("MARK-OF-SCHEDULE") ? ["a turn began"] : []);
});
