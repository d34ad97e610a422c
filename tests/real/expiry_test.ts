/** A minute is the shortest time limit that the settings allow, so this test takes one. */
import { assertEquals } from "@std/assert";
import { buttons } from "../e2e/harness.ts";
import { realBench } from "./bench.ts";

Deno.test("real: a prompt that nobody answers is denied when its time is up, and Claude goes on", async () => {
  await using real = await realBench({ settings: { claude: { prompt_minutes: 1 } } });
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("TOOL:bash:touch late.txt;; SAY:went on without it");
  await bench.hears(/work asks/);
  await bench.hears(/went on without it/, 80_000);
  const prompt = await bench.hears(/no answer within 1 min: denied/);
  assertEquals(buttons(prompt), []);
  const files = [...Deno.readDirSync(`${bench.home}/sessions/work`)].map(({ name }) => name);
  assertEquals(files.includes("late.txt"), false);
});
