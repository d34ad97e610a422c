import { assertEquals, assertMatch } from "@std/assert";
import { ADA, Bench } from "./harness.ts";

Deno.test("e2e: as a draft the answer streams without a message, and its own Stop stops it", async () => {
  await using bench = await Bench.make({ settings: { telegram: { stream: "draft" } } });
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("CHUNK:10 SLOW:100 LONG:4000");
  await bench.api.waitFor((api) => /quick brown fox/.test(api.draft(ADA)?.text ?? ""), {
    what: "the draft to stream",
  });
  assertEquals(bench.texts().filter((text) => /working/.test(text)), []);
  bench.api.stopDraft(ADA);
  const stopped = await bench.hears(/⏹ Stopped\./);
  assertMatch(stopped.text, /^The quick brown fox/);
  bench.say("and now");
  await bench.hears(/ok #2: and now/);
  assertEquals(bench.api.violations, []);
});
