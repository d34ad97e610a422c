import type { ExitReason, TurnEvent, Usage } from "../claude/events.ts";
import type { Job, JobOutcome, Journal, NewDelivery, OpenRequest } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { endLeftBare } from "./bare.ts";
import type { Budget } from "./budget.ts";
import type { Carried, InFlight } from "./in_flight.ts";
import { announce } from "./notices.ts";
import type { Composer, ConversationOptions } from "./options.ts";
import { type Choice, type Closing, type Notice, wordsOf } from "./turn.ts";
import { answerOf, EMPTY_VIEW, reduce, type TurnView } from "./view.ts";

const log = logger("conversation");

export const STOPPED_EARLY = "Stopped before it began.";
export const DROPPED = "Claude Code closed this message without answering it.";
const PARKED = "Parked: nobody answered. What Claude asked for was not run.";
const SHUT_DOWN = "Interrupted: Switchboard is shutting down.";
const NOT_REACHED = "Claude Code ended before it came to this message.";

/** Who stopped a turn; null when nobody did. */
export type StoppedBy = "person" | "parked" | "shutdown" | null;

/** The end of prompts, and what is said of it. */
export interface Ending {
  /** None when nobody asked. */
  readonly jobs: readonly Job[];
  readonly outcome: JobOutcome;
  readonly closing: Closing;
  /** Absent where the process did not say. */
  readonly usage?: Usage;
}

/** A choice about the last of some jobs; null where nobody asked. */
function choiceOf(jobs: readonly Job[], kind: "again" | "goOn" | "parked" | "lost"): Choice | null {
  const last = jobs.at(-1);
  return last === undefined ? null : { kind, job: last.id };
}

/** The command of Claude Code that a lone job asks for. */
function commandOf([job, ...more]: readonly Job[]): { command?: string } {
  const name = more.length > 0 ? undefined : /^\/([\w:-]+)/.exec(job?.text ?? "")?.[1];
  return name === undefined ? {} : { command: name };
}

/** A turn that came to its end. */
export function endedTurn(
  { turn, jobs }: Carried,
  before: TurnView,
  stopped: StoppedBy,
  event: Extract<TurnEvent, { type: "ended" }>,
): Ending {
  const { outcome, usage } = event;
  const shutdown = stopped === "shutdown";
  const parked = stopped === "parked" && outcome === "interrupted";
  const after = reduce(before, event);
  const interrupted = parked ? PARKED : shutdown ? SHUT_DOWN : "Stopped.";
  const again = outcome === "failed" || shutdown;
  const closing: Closing = {
    turn,
    outcome: parked ? "parked" : outcome,
    answer: answerOf(outcome === "answered" ? after : before),
    sentence: outcome === "interrupted" ? interrupted : event.text,
    choice: parked ? choiceOf(jobs, "parked") : again ? choiceOf(jobs, "again") : null,
    view: after,
    ...commandOf(jobs),
  };
  return { jobs, outcome, closing, usage };
}

/** A prompt that had no turn of its own. */
export function unanswered(
  { turn, jobs }: Carried,
  outcome: JobOutcome,
  sentence: string,
  lost = false,
): Ending {
  const closing = {
    turn,
    outcome: outcome === "cancelled" ? "interrupted" : "failed",
    answer: "",
    sentence,
    choice: choiceOf(jobs, lost ? "lost" : "again"),
    view: EMPTY_VIEW,
  } as const;
  return { jobs, outcome, closing };
}

/** All prompts that were with a process when it ended, each told in its own place. */
export function exited(
  { running, jobs, stranded, view }: InFlight,
  event: Extract<TurnEvent, { type: "exited" }>,
  shutdown: boolean,
): Ending[] {
  const killed = event.reason === "killed";
  const outcome = killed ? "cancelled" : "failed";
  const sentence = shutdown ? SHUT_DOWN : killed ? STOPPED_EARLY : NOT_REACHED;
  const turns = running === null ? [] : [{ turn: running.turn, jobs }];
  const [first, ...more] = [...turns, ...stranded];
  if (first === undefined) return [];
  const cutOff = cutOffTurn(first, view, event, shutdown);
  return [
    // One that never began says nothing of the conversation: the CLI may not even have it.
    running === null ? { ...cutOff, outcome } : cutOff,
    ...more.map((each) => unanswered(each, outcome, sentence)),
  ];
}

/** A turn whose process ended under it. */
function cutOffTurn(
  { turn, jobs }: Carried,
  before: TurnView,
  { reason, stderrTail }: Extract<TurnEvent, { type: "exited" }>,
  shutdown: boolean,
): Ending {
  const outcome = reason === "crashed" || reason === "refused" ? "failed" : "interrupted";
  const closing = {
    turn,
    outcome,
    answer: answerOf(before),
    sentence: shutdown ? SHUT_DOWN : exitSentence(reason, stderrTail),
    choice: choiceOf(jobs, reason === "crashed" ? "goOn" : "again"),
    view: { ...before, phase: "done" },
  } as const;
  return { jobs, outcome, closing };
}

function exitSentence(reason: ExitReason, stderrTail: string): string {
  if (reason === "refused") return stderrTail;
  if (reason === "killed") {
    return "Stopped. Claude Code did not react, so its process was ended; your next message resumes the conversation.";
  }
  const said = stderrTail === ""
    ? "It said nothing."
    : `Its last words:\n\n~~~\n${stderrTail}\n~~~`;
  return `Claude Code ended in the middle of this turn. Your next message resumes the conversation. ${said}`;
}

/**
 * The closing transaction: jobs, usage and every piece of the answer, or nothing.
 * @param bare without the usage, which the journal refuses for good.
 */
export function commitEnding(
  options: ConversationOptions,
  budget: Budget,
  { jobs, outcome, closing, usage }: Ending,
  at: number,
  bare: boolean,
): void {
  const { journal } = options;
  const { id, session, place } = closing.turn;
  const answer = composed(options, closing);
  journal.transaction(() => {
    journal.jobs.done(jobs.map((job) => job.id), outcome, at, id);
    journal.deliveries.add(answer, at);
    if (usage === undefined || bare) return;
    journal.spending.add({ session, ...usage }, at);
    journal.deliveries.add(budget.warning(usage.costUsd, closing.turn), at);
  });
  if (bare) log.warn("Committed the end of a turn of {session} without its usage", { session });
  announce(options, place.chat);
}

/** So much text fits into one message, whatever its characters are. */
const PLAIN_PIECE = /[^]{1,1500}/gu;

/** The answer; one that cannot be put together is told as plain text. */
function composed({ compose, output }: ConversationOptions, closing: Closing): NewDelivery[] {
  const { turn: { session, place, replyTo }, answer, sentence } = closing;
  const shown = output(session);
  try {
    return compose.answer(closing, shown);
  } catch (error) {
    log.error("Cannot put the answer of {session} together: {error}", { session, error });
    const whole = [answer, sentence].filter((each) => each !== "").join("\n\n");
    const pieces: readonly string[] = whole.match(PLAIN_PIECE) ?? [];
    return pieces.map((text) => compose.notice({ place, replyTo, text }));
  }
}

/**
 * After a start: what was with a process when the program died may have run, so it is not repeated.
 * Each such turn is closed and told, in one commit, with buttons to continue or to ask again; and so
 * is each message that answered what Claude asked in it, or was to be a part of an answer, or that
 * said no more than yes or no beside it.
 */
export function settleUncertain(journal: Journal, compose: Composer, now: number): void {
  const turns = Map.groupBy(journal.jobs.submitted(), (job: Job) => job.promptId);
  for (const jobs of turns.values()) {
    journal.transaction(() => {
      journal.jobs.done(jobs.map(({ id }) => id), "uncertain", now);
      const replies = journal.requests.replied(jobs[0]!.session);
      const told = uncertainReplies(journal, compose, replies);
      journal.deliveries.add([...told, compose.notice(uncertain(jobs))], now);
    });
  }
  journal.transaction(() => {
    const unused = journal.requests.open().filter(({ replyIds }) => replyIds.length > 0);
    journal.deliveries.add(uncertainReplies(journal, compose, unused), now);
    journal.deliveries.add(endLeftBare(journal, compose, now), now);
  });
}

/** The notice about the jobs of a turn. */
function uncertain(jobs: readonly Job[]): Notice {
  const { id, place, messageId: replyTo } = jobs.at(-1)!;
  const also = jobs.slice(0, -1).map((job) => wordsOf(job.text));
  const text = "**Interrupted** by a restart while Claude was at it. Some of it may be done " +
    "already, so I did not run it again. Shall Claude continue, or shall I ask the same again?";
  return { place, replyTo, text, also, choice: { kind: "goOn", job: id } };
}

const MAYBE_PASSED_ON =
  "Interrupted by a restart as I passed this on: Claude may not have got it. It will not be passed on again.";

function uncertainReplies(
  journal: Journal,
  compose: Composer,
  requests: readonly OpenRequest[],
): NewDelivery[] {
  return requests.flatMap(({ id, place, replyIds }) => {
    journal.requests.repliesTold(id);
    return replyIds.map((replyTo) => compose.notice({ place, replyTo, text: MAYBE_PASSED_ON }));
  });
}
