import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { HomeError } from "../../lib/app/home.ts";
import { RefusedStart } from "../../lib/app/restart.ts";
import { fakeClock, settle } from "../fake_clock.ts";

const FULL = new HomeError("/home", new Error("database or disk is full"), "full");

function stage() {
  const clock = fakeClock();
  const told: string[] = [];
  const complaints: string[] = [];
  const reachable = new Set([1]);
  const refused = new RefusedStart({
    clock,
    users: [1, 2],
    tell: (user, words) => {
      if (reachable.has(user)) told.push(`${user}: ${words}`);
      return Promise.resolve(reachable.has(user));
    },
    complain: (words) => void complaints.push(words),
  });
  return { clock, told, complaints, reachable, refused };
}

Deno.test("refused start: each is told once, and the operator once, however long it takes", async () => {
  const { clock, told, complaints, reachable, refused } = stage();
  const { signal } = new AbortController();
  for (let turn = 0; turn < 3; turn++) {
    const waiting = refused.outlast(FULL, signal);
    await clock.advance(5_000);
    await waiting;
    reachable.add(2);
  }
  assertEquals(told.map((words) => words.slice(0, 2)), ["1:", "2:"]);
  assertMatch(told[0]!, /disk of Switchboard is full\. I cannot start/);
  assertEquals(complaints.length, 1);
  assertEquals(heardOf(refused), [1, 2]);
});

/** Who hears that it is over. */
function heardOf(refused: RefusedStart): number[] {
  const heard: number[] = [];
  refused.over((user) => void heard.push(user));
  return heard;
}

Deno.test("refused start: where all went well nobody has to hear that it does", () => {
  assertEquals(heardOf(stage().refused), []);
});

Deno.test("refused start: who was not reached before it was over hears nothing of it", async () => {
  const { clock, told, reachable, refused } = stage();
  const waiting = refused.outlast(FULL, new AbortController().signal);
  await clock.advance(5_000);
  await waiting;
  assertEquals(heardOf(refused), [1]);
  reachable.add(2);
  await clock.advance(60_000);
  assertEquals(told.length, 1);
});

Deno.test("refused start: who hears of it while it ends hears of its end too", async () => {
  const clock = fakeClock();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const told: number[] = [];
  const refused = new RefusedStart({
    clock,
    users: [1, 2],
    tell: (user) => (told.push(user), promise),
    complain: () => {},
  });
  const waiting = refused.outlast(FULL, new AbortController().signal);
  await clock.advance(5_000);
  await waiting;
  const heard = heardOf(refused);
  assertEquals([told, heard], [[1], []]);
  resolve(true);
  await settle();
  assertEquals([told, heard], [[1], [1]]);
});

Deno.test("refused start: a stop ends the wait at once", async () => {
  const stop = new AbortController();
  const waiting = stage().refused.outlast(FULL, stop.signal);
  stop.abort();
  await waiting;
});

Deno.test("refused start: what no disk is to blame for is not waited for", async () => {
  const { refused, told } = stage();
  const mine = new HomeError("/home", new Error("Permission denied (os error 13)"), null);
  await assertRejects(() => refused.outlast(mine, AbortSignal.timeout(1_000)), HomeError);
  assertEquals(told, []);
});
