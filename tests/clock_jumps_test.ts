/** Somebody sets the machine's clock: nothing expires by it, and nothing waits for ever. */
import { assertEquals, assertMatch } from "@std/assert";
import { openJournal } from "../lib/journal/mod.ts";
import { Disk } from "../lib/app/disk.ts";
import { Watchdog } from "../lib/clock.ts";
import { aJob } from "./journal/fixture.ts";
import { asks, Stage, started } from "./conversation/stage.ts";
import { fakeClock } from "./fake_clock.ts";
import { flood } from "./telegram/fake_call.ts";
import { OutboxStage } from "./telegram/outbox_stage.ts";

const DAY = 24 * 60 * 60 * 1000;
const YEAR = 365 * DAY;
const JUMPS = [["a year back", -YEAR], ["a day ahead", DAY], ["a year ahead", YEAR]] as const;

for (const [how, jump] of JUMPS) {
  Deno.test(`clock: set ${how} during a 429, the answer goes after the time that was told`, async () => {
    await using stage = new OutboxStage();
    stage.telegram.next.push(flood(60));
    stage.deliver("answer");
    await stage.settle();
    stage.clock.set(stage.clock.now() + jump);
    await stage.clock.advance(59_000);
    assertEquals(stage.telegram.made.length, 1);
    await stage.clock.advance(2_000);
    assertMatch(stage.telegram.words.at(-1) ?? "", /^answer/);
  });

  Deno.test(`clock: set ${how} while the program was away, a 429 lasts no longer than it was`, async () => {
    const journal = openJournal(":memory:");
    journal.deliveries.silence(1, 60_000, 10 * YEAR);
    await using stage = new OutboxStage(journal);
    stage.clock.set(10 * YEAR + jump);
    stage.deliver("answer");
    await stage.clock.advance(61_000);
    assertMatch(stage.telegram.words.at(-1) ?? "", /^answer/);
  });

  Deno.test(`clock: set ${how}, a prompt keeps its time limit`, async () => {
    using stage = new Stage({ requestMs: 60_000 });
    await stage.ask("a");
    await stage.heard(started("p1"), asks("r1"));
    stage.clock.set(stage.clock.now() + jump);
    await stage.clock.advance(59_000);
    assertEquals(stage.worker.interrupts, 0);
    await stage.clock.advance(1_000);
    assertEquals(stage.worker.interrupts, 1);
  });

  Deno.test(`clock: set ${how}, a silent turn is told by the time that passed`, async () => {
    const clock = fakeClock();
    const barks: number[] = [];
    const dog = new Watchdog(clock, 60_000, (ms) => void barks.push(ms));
    dog.reset();
    clock.set(clock.now() + jump);
    await clock.advance(60_000);
    assertEquals(barks, [60_000]);
    dog.sleep();
  });

  Deno.test(`clock: set ${how}, the disk is looked at as before`, async () => {
    const clock = fakeClock();
    let looks = 0;
    const free = () => Promise.resolve(++looks * 1e12);
    const disk = new Disk({
      clock,
      free,
      probe: () => {},
      users: [],
      tell: () => Promise.resolve(true),
      note: () => {},
      goOn: () => {},
      restart: () => "sound",
    });
    await disk.look();
    clock.set(clock.now() + jump);
    await clock.advance(120_000);
    assertEquals(looks, 3);
    disk.close();
  });
}

Deno.test("clock: what a clock that was ahead has noted is not of today", async () => {
  using stage = new Stage({ budgetUsdPerDay: 1 });
  const spent = { session: "s", costUsd: 5, inputTokens: 1, outputTokens: 1, durationMs: 1 };
  stage.journal.spending.add({ ...spent, models: [] }, stage.clock.now() + YEAR);
  await stage.ask("a");
  assertEquals(stage.worker.sent.map(({ text }) => text), ["a"]);
});

Deno.test("clock: jobs go in the order of their coming, whatever it says", () => {
  using journal = openJournal(":memory:");
  for (const [text, at] of [["a", YEAR], ["b", 1], ["c", DAY]] as const) {
    journal.jobs.add(aJob({ text }), at);
  }
  assertEquals(journal.jobs.waiting("s").map(({ text }) => text), ["a", "b", "c"]);
});
