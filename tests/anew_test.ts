import { assertEquals } from "@std/assert";
import { Anew } from "../lib/anew.ts";
import { fakeClock } from "./fake_clock.ts";

Deno.test("anew: a run that ends for another is followed by it, one that just ends is not", () => {
  const anew = new Anew(fakeClock());
  assertEquals([anew.begin(false), anew.signal.aborted, anew.next()], ["sound", false, false]);
  assertEquals([anew.begin(true), anew.signal.aborted], ["begins", true]);
  assertEquals([anew.next(), anew.signal.aborted, anew.next()], [true, false, false]);
});

Deno.test("anew: what did not help is not tried again within the hour", async () => {
  const clock = fakeClock();
  const anew = new Anew(clock);
  assertEquals([anew.begin(true), anew.next()], ["begins", true]);
  await clock.advance(59 * 60_000);
  assertEquals([anew.begin(true), anew.next()], ["again", false]);
  await clock.advance(60_000);
  assertEquals([anew.begin(true), anew.next()], ["begins", true]);
});
