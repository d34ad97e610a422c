import { assert } from "@std/assert";
import { delay } from "@std/async";
import { setImmediate } from "node:timers";
import type { Clock } from "../lib/clock.ts";

/** A clock whose hands a test turns. */
export interface FakeClock extends Clock {
  /** Moves time on, running what falls due in its order; lets promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Somebody sets the clock: no time passes. */
  set(now: number): void;
  /** How many timers are set. */
  readonly timers: number;
}

/** A clock that stands still until it is told to move. */
export function fakeClock(start = Date.parse("2026-01-01T00:00:00Z")): FakeClock {
  let now = start;
  let steady = start; // Tests may reckon with either, until somebody sets the clock.
  let serial = 0;
  const timers = new Map<number, { at: number; action: () => void }>();
  const next = (until: number) =>
    [...timers].filter(([, { at }]) => at <= until).sort(([a, x], [b, y]) =>
      x.at - y.at || a - b
    )[0];
  return {
    now: () => now,
    steady: () => steady,
    set: (time) => void (now = time),
    after(ms, action) {
      const id = ++serial;
      timers.set(id, { at: steady + Math.max(0, ms), action });
      return () => void timers.delete(id);
    },
    async advance(ms) {
      const end = steady + ms;
      const pass = (until: number) => {
        now += Math.max(0, until - steady);
        steady = Math.max(steady, until);
      };
      await settle();
      for (let due = next(end); due !== undefined; due = next(end)) {
        const [id, { at, action }] = due;
        timers.delete(id);
        pass(at);
        action();
        await settle();
      }
      pass(end);
      await settle();
    },
    get timers() {
      return timers.size;
    },
  };
}

/**
 * Lets everything that waits for promises alone go on, real streams included. A timer of no time would
 * take a millisecond at least, and many on a busy machine.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what takes its real time (a server, a file, a picture), ten seconds at the most. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !condition(); turn++) await delay(5);
  assert(condition(), "waited in vain");
}
