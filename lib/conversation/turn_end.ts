import type { Usage } from "../claude/events.ts";
import type { Job, JobOutcome } from "../journal/mod.ts";
import type { Budget } from "./budget.ts";
import type { ConversationOptions } from "./options.ts";
import type { Closing } from "./screen.ts";

/** What the end of a turn leaves to the journal. */
export interface TurnEnd {
  readonly jobs: readonly Job[];
  readonly outcome: JobOutcome;
  readonly closing: Closing;
  /** Absent where the process did not say. */
  readonly usage: Usage | undefined;
  readonly at: number;
}

/** The closing transaction: jobs, usage and every piece of the answer, or nothing. */
export function commitEnd(options: ConversationOptions, budget: Budget, end: TurnEnd): void {
  const { journal, compose, screen, output } = options;
  const { jobs, outcome, closing, usage, at } = end;
  const { session, place } = closing.turn;
  const answer = compose.answer(closing, output(session));
  journal.transaction(() => {
    journal.jobs.done(jobs.map(({ id }) => id), outcome, at, closing.turn.id);
    journal.deliveries.add(answer, at);
    if (usage === undefined) return;
    journal.spending.add({ session, ...usage }, at);
    journal.deliveries.add(budget.warning(usage.costUsd, closing.turn), at);
  });
  screen.delivered(place.chat);
}
