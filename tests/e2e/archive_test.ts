import { assert, assertEquals } from "@std/assert";
import { Bench } from "./harness.ts";

Deno.test("e2e: a session is put away, listed, and comes back with its context", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work planner");
  bench.say("remember this");
  await bench.hears(/ok #1: remember this/);
  await Deno.writeTextFile(`${bench.home}/sessions/work/files/note.txt`, "kept");
  bench.say("/archive work");
  await bench.hears(/Put work away\?/);
  assertEquals(await bench.presses("Archive it"), "Archiving…");
  const away = await bench.hears(/work is put away: \d+ files/);
  const file = /sessions_archive\/(\S+\.tar\.gz)/.exec(away.text)?.[1] ?? "";
  assertEquals([...Deno.readDirSync(`${bench.home}/sessions`)].map(({ name }) => name), []);
  assert((await Deno.stat(`${bench.home}/sessions_archive/${file}`)).size > 500);
  bench.say("/archives");
  await bench.hears(/Archives/);
  assertEquals(await bench.presses(`Restore ${file.replace(".tar.gz", "")}`), "Restoring…");
  await bench.hears(/work · planner is back/);
  assertEquals(await Deno.readTextFile(`${bench.home}/sessions/work/files/note.txt`), "kept");
  bench.say("/session work");
  bench.say("what was it?");
  await bench.hears(/ok #2: what was it\?/);
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: a session at work is not put away", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("CHUNK:10 SLOW:100 LONG:4000");
  await bench.hears(/work · working/);
  bench.say("/archive work");
  await bench.hears(/work is at work/);
});

Deno.test("e2e: a new session under the name of one that was put away starts afresh", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("old words");
  await bench.hears(/ok #1: old words/);
  bench.say("/archive work");
  await bench.hears(/Put work away\?/);
  await bench.presses("Archive it");
  await bench.hears(/work is put away/);
  bench.say("/new work planner");
  await bench.hears(/Made work\. Now in work · planner/);
  bench.say("new words");
  await bench.hears(/ok #1: new words/);
});
