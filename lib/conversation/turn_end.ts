import type { Usage } from "../claude/events.ts";
import type { Job, JobOutcome, NewDelivery } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { announce } from "./notices.ts";
import type { Budget } from "./budget.ts";
import type { Commit } from "./commits.ts";
import type { ConversationOptions } from "./options.ts";
import type { Closing } from "./presenter.ts";

const log = logger("conversation");

/** What the end of a turn leaves to the journal. */
export interface TurnEnd {
  readonly jobs: readonly Job[];
  readonly outcome: JobOutcome;
  readonly closing: Closing;
  /** Absent where the process did not say. */
  readonly usage: Usage | undefined;
  readonly at: number;
}

/** So much text fits into one message, whatever its characters are. */
const PLAIN_PIECE = /[^]{1,1500}/gu;

/** The end of a turn as a commit. */
export function endOf(options: ConversationOptions, budget: Budget, end: TurnEnd): Commit {
  return {
    whole: () => commitWhole(options, budget, end),
    bare: () => commitBare(options, end),
  };
}

/** The closing transaction: jobs, usage and every piece of the answer, or nothing. */
function commitWhole(options: ConversationOptions, budget: Budget, end: TurnEnd): void {
  const { journal, compose, output } = options;
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
  announce(options, place.chat);
}

/** The same without what can be spared: no usage, and an answer as it can be put together. */
function commitBare(options: ConversationOptions, end: TurnEnd): void {
  const { journal } = options;
  const { jobs, outcome, closing, at } = end;
  const answer = plainly(options, closing);
  journal.transaction(() => {
    journal.jobs.done(jobs.map(({ id }) => id), outcome, at, closing.turn.id);
    journal.deliveries.add(answer, at);
  });
  log.warn("Committed the end of a turn of {session} without its usage", { ...closing.turn });
  announce(options, closing.turn.place.chat);
}

/** The answer; where that cannot be put together, its text in pieces, which any renderer takes. */
function plainly({ compose, output }: ConversationOptions, closing: Closing): NewDelivery[] {
  const { turn: { session, place, replyTo }, answer, sentence } = closing;
  try {
    return compose.answer(closing, output(session));
  } catch (error) {
    log.error("Cannot put the answer of {session} together: {error}", { session, error });
    const text = [answer, sentence].filter((each) => each !== "").join("\n\n");
    return (text.match(PLAIN_PIECE) ?? []).map((each) => compose.notice(place, each, replyTo));
  }
}
