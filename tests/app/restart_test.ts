import { assertEquals } from "@std/assert";
import { Restart } from "../../lib/app/restart.ts";
import { fakeClock } from "../fake_clock.ts";

Deno.test("restart: a run that ends for another is followed by it, one that just ends is not", () => {
  const restart = new Restart(fakeClock());
  assertEquals([restart.begin(false), restart.signal.aborted, restart.next()], [
    "sound",
    false,
    false,
  ]);
  assertEquals([restart.begin(true), restart.signal.aborted], ["begins", true]);
  assertEquals([restart.next(), restart.signal.aborted, restart.next()], [true, false, false]);
});

Deno.test("restart: what did not help is not tried again within the hour", async () => {
  const clock = fakeClock();
  const restart = new Restart(clock);
  assertEquals([restart.begin(true), restart.next()], ["begins", true]);
  await clock.advance(59 * 60_000);
  assertEquals([restart.begin(true), restart.next()], ["again", false]);
  await clock.advance(60_000);
  assertEquals([restart.begin(true), restart.next()], ["begins", true]);
});
