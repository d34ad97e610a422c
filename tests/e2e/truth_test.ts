/** What is granted to a session stands in the journal: neither an edit nor an upgrade widens it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { Bench } from "./harness.ts";

const V3 = new URL("../fixtures/journal/v3.sql", import.meta.url);

async function edit(bench: Bench, file: string, change: Record<string, unknown>): Promise<void> {
  const path = join(bench.home, "sessions/work", file);
  const text = JSON.stringify({ ...JSON.parse(await Deno.readTextFile(path)), ...change });
  await Deno.writeTextFile(path, text);
}

/** The arguments of the last `claude` that was started. */
async function lastStart(bench: Bench): Promise<string> {
  const starts = (await bench.recorded()).filter(({ event }) => event === "start");
  return JSON.stringify(starts.at(-1));
}

/** A home with a session and one answer; the program has ended. */
async function spokenTo(): Promise<Bench> {
  const bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  assertEquals((await bench.end("SIGTERM")).code, 0);
  return bench;
}

Deno.test("e2e: edited files of a session change nothing, and are offered once", async () => {
  await using bench = await spokenTo();
  await edit(bench, "metadata.json", { permission_mode: "acceptEdits" });
  await edit(bench, "persona.json", { system_prompt: "Speak like a pirate." });
  await bench.start();
  bench.say("two");
  await bench.hears(/ok #2: two/);
  const told = await bench.hears(/The files of work were changed, and not from this chat/);
  assertMatch(told.text, /mode: .* → acceptEdits/);
  const before = await lastStart(bench);
  assert(!before.includes("pirate") && !before.includes("acceptEdits"), before);
  assertEquals(await bench.presses("Use the new one"), "In use");
  bench.say("three");
  await bench.hears(/ok #3: three/);
  const after = await lastStart(bench);
  assert(after.includes("pirate") && after.includes("acceptEdits"), after);
  assertEquals(bench.texts().filter((text) => /were changed/.test(text)), []);
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: a home of before the sessions' table keeps its session, with no right of its files", async () => {
  await using bench = await spokenTo();
  const mark = (await Deno.readTextFile(join(bench.home, "state/mark"))).trim();
  await edit(bench, "metadata.json", { permission_mode: "acceptEdits", model: "opus" });
  for (const end of ["", "-wal", "-shm"]) {
    await Deno.remove(join(bench.home, `state/journal.db${end}`)).catch(() => {});
  }
  {
    using db = new DatabaseSync(join(bench.home, "state/journal.db"));
    const now = Date.now();
    db.exec(`${await Deno.readTextFile(V3)} PRAGMA user_version = 3;
      INSERT INTO facts VALUES ('mark', '${mark}');
      INSERT INTO jobs (session, chat, user_id, text, state, outcome, created_at, submitted_at, done_at)
        VALUES ('work', 1, 1, 'one', 'done', 'answered', ${now}, ${now}, ${now});`);
  }
  await bench.start();
  bench.say("two");
  await bench.hears(/ok #2: two/); // The conversation goes on.
  const told = await bench.hears(/I have no record of how work was set up/);
  assertMatch(told.text, /mode: default → acceptEdits/);
  assert(!told.text.includes("model:"), told.text); // It gives no right, and is taken.
  const start = await lastStart(bench);
  assert(start.includes("opus") && !start.includes("acceptEdits"), start);
  assertEquals(await bench.presses("Keep the old one"), "Kept");
  const metadata = await Deno.readTextFile(join(bench.home, "sessions/work/metadata.json"));
  assertEquals(JSON.parse(metadata)["permission_mode"], "default");
});
