import type { Job, Journal } from "../journal/mod.ts";
import type { Composer } from "./screen.ts";

/**
 * After a start: what was with a process when the program died may have run, so it is not repeated.
 * Each such turn is closed and told, in one commit, with buttons to continue or to ask again.
 */
export function settleUncertain(journal: Journal, compose: Composer, now: number): void {
  const turns = Map.groupBy(journal.jobs.submitted(), (job: Job) => job.promptId);
  for (const jobs of turns.values()) {
    journal.transaction(() => {
      journal.jobs.done(jobs.map(({ id }) => id), "uncertain", now);
      journal.deliveries.add([compose.uncertain(jobs)], now);
    });
  }
}
