/** One of the workers of `run.ts`: every so many-th seed, until all are done. */
import { Disk } from "./database.ts";
import { scriptOf } from "./script.ts";
import { simulate } from "./simulation.ts";

/** What a worker is told. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What it says: how many seeds were run since it said so last, and those that failed. */
export interface Progress {
  readonly done: number;
  readonly failed: readonly number[];
  readonly over: boolean;
}

const TELL_EVERY = 50;

/** The worker's side of the line, which has no type in Deno's library. */
const line = self as unknown as {
  onmessage: (event: MessageEvent<Share>) => void;
  postMessage(message: Progress): void;
};

Error.stackTraceLimit = 0; // Programs die of errors here all the time, and nobody reads their traces.

line.onmessage = async ({ data: { from, to, step } }) => {
  const disk = new Disk();
  let done = 0;
  let failed: number[] = [];
  for (let seed = from; seed < to; seed += step) {
    const { violations } = await simulate(scriptOf(seed), disk);
    if (violations.length > 0) failed.push(seed);
    if (++done < TELL_EVERY) continue;
    line.postMessage({ done, failed, over: false });
    [done, failed] = [0, []];
  }
  line.postMessage({ done, failed, over: true });
};
