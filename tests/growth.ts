/** How the time that something takes grows: by the processor's time, since others run beside a test. */
import { assert } from "@std/assert";
import process from "node:process";

/** The processor's time of this thread so far, in milliseconds; of the whole process where it is not told. */
function spentMs(): number {
  try {
    const [nanoseconds] = Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
}

/** The processor's time in milliseconds. */
export function cpuMs(work: () => unknown): number {
  const before = spentMs();
  work();
  return spentMs() - before;
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
  let second = cpuMs(() => take(more));
  let first = Infinity;
  for (let tries = 0; tries < 3 && second >= room; tries++) {
    first = Math.min(first, cpuMs(() => take(less)), cpuMs(() => take(less)));
    if (second < room + 9 * first) break;
    second = Math.min(second, cpuMs(() => take(more)));
  }
  if (second < room) return;
  assert(first < 2_000, `${length} characters take ${first} ms`);
  assert(second < room + 9 * first, `${first} ms, then ${second} ms`);
}
