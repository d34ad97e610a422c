/** How the time that something takes grows: by the processor's time, since others run beside a test. */
import { assert } from "@std/assert";
import process from "node:process";

/** The processor's time in milliseconds. */
export function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The least of a few measurements until one is below `most`: others run beside a test. */
function least(work: () => unknown, most = 0): number {
  let best = Infinity;
  for (let tries = 0; tries < 3 && best >= most; tries++) best = Math.min(best, cpuMs(work));
  return best;
}

/**
 * Four times as much takes four times as long, with some room for the collector and the caches; by the
 * square it would be sixteen times, and seconds for the first. What is over at once does not matter.
 */
export function grows(
  take: (text: string) => unknown,
  text: (length: number) => string,
  length: number,
) {
  const [less, more] = [text(length), text(4 * length)];
  const room = 300;
  if (cpuMs(() => take(more)) < room) return;
  const first = least(() => take(less));
  assert(first < 2_000, `${length} characters take ${first} ms`);
  const most = room + 9 * first;
  const second = least(() => take(more), most);
  assert(second < most, `${first} ms, then ${second} ms`);
}
