import { assertEquals } from "@std/assert";
import { Anew } from "../lib/anew.ts";
import { fakeClock } from "./fake_clock.ts";

Deno.test("anew: a run that ends for another is followed by it, one that just ends is not", () => {
  const anew = new Anew(fakeClock());
  assertEquals(anew.next(), false);
  assertEquals([anew.begin(), anew.signal.aborted], [true, true]);
  assertEquals([anew.next(), anew.signal.aborted, anew.next()], [true, false, false]);
});

Deno.test("anew: what did not help is not tried again within the hour", async () => {
  const clock = fakeClock();
  const anew = new Anew(clock);
  assertEquals([anew.begin(), anew.next()], [true, true]);
  await clock.advance(59 * 60_000);
  assertEquals([anew.begin(), anew.next()], [false, false]);
  await clock.advance(60_000);
  assertEquals([anew.begin(), anew.next()], [true, true]);
});
