/** A minute is the shortest time limit that the settings allow, so this test takes one. */
import { assertEquals } from "@std/assert";
import { buttons } from "../e2e/harness.ts";
import { realBench } from "./bench.ts";

Deno.test("real: a turn is parked when nobody answers, nothing is run, and it goes on with a tap", async () => {
  await using real = await realBench({ settings: { claude: { prompt_minutes: 1 } } });
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("TOOL:bash:touch late.txt;; SAY:went on without it");
  await bench.hears(/work asks|work wants/);
  await bench.hears(/Claude is waiting for you/, 45_000);
  const parked = await bench.hears(/Parked: nobody answered/, 80_000);
  assertEquals(buttons(parked), ["Go on", "Drop it"]);
  const files = [...Deno.readDirSync(`${bench.home}/sessions/work`)].map(({ name }) => name);
  assertEquals(files.includes("late.txt"), false);
  bench.say("SAY:still here");
  await bench.hears(/still here/);
});
