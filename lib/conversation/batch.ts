import type { Job, Place } from "../journal/mod.ts";

/** The jobs at the head of the queue that may become one prompt: of one place and user. */
export function nextBatch(waiting: readonly Job[]): readonly Job[] {
  const [first] = waiting;
  if (first === undefined) return [];
  const same = (job: Job) => job.user === first.user && samePlace(job.place, first.place);
  const end = waiting.findIndex((job) => !same(job));
  return end === -1 ? waiting : waiting.slice(0, end);
}

const samePlace = (a: Place, b: Place) => a.chat === b.chat && a.thread === b.thread;
