import type { Job, Place } from "../journal/mod.ts";

/**
 * The jobs at the head of the queue that may become one prompt: of one place and user. A command of
 * Claude Code's is one only where nothing else stands in its prompt, and what follows another stays alone.
 */
export function nextBatch(waiting: readonly Job[]): readonly Job[] {
  const [first] = waiting;
  if (first === undefined) return [];
  if (isAlone(first)) return [first];
  const same = (job: Job) =>
    job.user === first.user && samePlace(job.place, first.place) && !isAlone(job);
  const end = waiting.findIndex((job) => !same(job));
  return end === -1 ? waiting : waiting.slice(0, end);
}

const isAlone = (job: Job) => job.alone || isCommand(job);

/** Whether a prompt is a command of Claude Code's, which is one only by itself. */
export const isCommand = ({ text }: Pick<Job, "text">) => /^\/[A-Za-z][\w:-]*(?:\s|$)/.test(text);

export const samePlace = (a: Place, b: Place) => a.chat === b.chat && a.thread === b.thread;
