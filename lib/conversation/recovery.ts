import type { Job, Journal, NewDelivery, OpenPrompt } from "../journal/mod.ts";
import type { Composer } from "./presenter.ts";

/**
 * After a start: what was with a process when the program died may have run, so it is not repeated.
 * Each such turn is closed and told, in one commit, with buttons to continue or to ask again; and so
 * is each message that answered what Claude asked in it, or was to be a part of an answer.
 */
export function settleUncertain(journal: Journal, compose: Composer, now: number): void {
  const turns = Map.groupBy(journal.jobs.submitted(), (job: Job) => job.promptId);
  for (const jobs of turns.values()) {
    journal.transaction(() => {
      journal.jobs.done(jobs.map(({ id }) => id), "uncertain", now);
      const replies = journal.prompts.replied(jobs[0]!.session);
      const told = uncertainReplies(journal, compose, replies);
      journal.deliveries.add([...told, compose.uncertain(jobs)], now);
    });
  }
  journal.transaction(() => {
    const unused = journal.prompts.open().filter(({ replyIds }) => replyIds.length > 0);
    journal.deliveries.add(uncertainReplies(journal, compose, unused), now);
  });
}

const NOT_PASSED_ON =
  "Interrupted by a restart as I passed this on: Claude may not have got it. It will not be passed on again.";

function uncertainReplies(
  journal: Journal,
  compose: Composer,
  prompts: readonly OpenPrompt[],
): NewDelivery[] {
  return prompts.flatMap(({ id, place, replyIds }) => {
    journal.prompts.repliesTold(id);
    return replyIds.map((replyId) => compose.notice(place, NOT_PASSED_ON, replyId));
  });
}
