import { assertEquals } from "@std/assert";
import { Ticker } from "../../lib/schedule/ticker.ts";
import { fakeClock } from "../fake_clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const refuse = () => {
  throw new Error("the disk does not answer");
};

Deno.test("ticker: who cannot tell what is due is asked again, and nothing is thrown", async () => {
  const clock = fakeClock();
  let [asked, done] = [0, 0];
  const due = () => ++asked === 1 || asked === 3 ? refuse() : clock.now();
  const ticker = new Ticker(clock, due, () => Promise.resolve(void done++));
  ticker.look(); // Asked for the first time.
  await clock.advance(MINUTE); // Asked again, done, and asked for the third time.
  assertEquals([asked, done], [3, 1]);
  await clock.advance(MINUTE);
  assertEquals([asked, done], [5, 2]);
  await ticker.close();
  assertEquals(clock.timers, 0);
});

Deno.test("ticker: a clock that is set back does not hold up what is due", async () => {
  const clock = fakeClock();
  let done = 0;
  const ticker = new Ticker(clock, () => clock.now(), () => Promise.resolve(void done++));
  ticker.look();
  await clock.advance(10_000);
  const before = done;
  clock.set(clock.now() - 5 * HOUR);
  await clock.advance(10_000);
  assertEquals(done - before, 10);
  await ticker.close();
});
