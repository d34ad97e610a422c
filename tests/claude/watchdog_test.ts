import { assertEquals } from "@std/assert";
import { Watchdog } from "../../lib/clock.ts";
import { fakeClock } from "../fake_clock.ts";

function watched() {
  const clock = fakeClock();
  const barks: number[] = [];
  return { clock, barks, dog: new Watchdog(clock, 1_000, (ms) => barks.push(ms)) };
}

Deno.test("watchdog: it barks after the silence, and again after as long", async () => {
  const { clock, barks, dog } = watched();
  dog.reset();
  await clock.advance(999);
  assertEquals(barks, []);
  await clock.advance(1);
  assertEquals(barks, [1_000]);
  await clock.advance(2_500);
  assertEquals(barks, [1_000, 2_000, 3_000]);
});

Deno.test("watchdog: every word that is heard starts the time anew", async () => {
  const { clock, barks, dog } = watched();
  for (let word = 0; word < 5; word++) {
    dog.reset();
    await clock.advance(900);
  }
  assertEquals(barks, []);
  await clock.advance(100);
  assertEquals(barks, [1_000]);
});

Deno.test("watchdog: asleep it is silent and holds no timer", async () => {
  const { clock, barks, dog } = watched();
  dog.sleep();
  dog.reset();
  await clock.advance(1_500);
  dog.sleep();
  assertEquals(clock.timers, 0);
  await clock.advance(10_000);
  assertEquals(barks, [1_000]);
});

Deno.test("watchdog: put to sleep by its own bark, it stays asleep", async () => {
  const clock = fakeClock();
  const barks: number[] = [];
  const dog: Watchdog = new Watchdog(clock, 1_000, (ms) => {
    barks.push(ms);
    dog.sleep();
  });
  dog.reset();
  await clock.advance(5_000);
  assertEquals([barks.length, clock.timers], [1, 0]);
});
