/**
 * Bare answers: a yes or a no and nothing else, written while Claude waits for an answer. By itself
 * one would be a prompt that says yes to whatever comes next, so it ends with its request.
 * @module
 */
import type { RequestAnswer } from "../claude/events.ts";
import type { Job, Journal, NewDelivery, OpenRequest, Place } from "../journal/mod.ts";
import type { Composer } from "./options.ts";

export type BareAnswer = "yes" | "no";

const YES = /^(y|yes|yep|yeah|ok|okay|sure|allow|go|go ahead|do it)[.!\s]{0,20}$/i;
const NO = /^(n|no|nope|nah|don['’]t|do not|deny|no thanks|no, thanks|no thank you)[.!\s]{0,20}$/i;
/** The quote of the message that is replied to, before the words. */
const QUOTE = /^(?:>[^\n]*\n)+\n/;

/** The yes or the no that a message is; null for one that says anything else. */
export function bareAnswer(text: string): BareAnswer | null {
  const words = text.replace(QUOTE, "").trim();
  return YES.test(words) ? "yes" : NO.test(words) ? "no" : null;
}

/** A person in a place. */
export interface Owner {
  readonly user: number;
  readonly place: Place;
}

/** True for a job of an owner's. */
export const isOf = ({ user, place }: Owner, owner: Owner): boolean =>
  user === owner.user && place.chat === owner.place.chat && place.thread === owner.place.thread;

/** The end of a request, with which bare answers end. */
interface Ended {
  readonly open: OpenRequest;
  readonly outcome: string;
  /** Null where nobody answered. */
  readonly answer: RequestAnswer | null;
}

/** The bare answer that an answer is; null for words, and for none. */
function saidBy(answer: RequestAnswer | null): BareAnswer | null {
  if (answer?.kind === "allow" || answer?.kind === "start") return "yes";
  return answer?.kind === "deny" || answer?.kind === "dismiss" ? "no" : null;
}

/**
 * Ends the bare answers beside a request that has ended, in its transaction. Those that say what the
 * tap said are a part of the answer; the others are told of, unless something else is open that they
 * may be for.
 * @returns whether there is something to tell.
 */
export function endBare(
  journal: Journal,
  compose: Composer,
  jobs: readonly Job[],
  { open, outcome, answer }: Ended,
  now: number,
): boolean {
  const said = saidBy(answer);
  const same = jobs.filter(({ text }) => said !== null && bareAnswer(text) === said);
  answeredBy(journal, open, same, now);
  const elsewhere = journal.requests.open().some((other) =>
    other.session === open.session && isOf(other, open)
  );
  const others = elsewhere ? [] : jobs.filter((job) => !same.includes(job));
  journal.jobs.done(others.map(({ id }) => id), "dropped", now);
  journal.deliveries.add(others.map((job) => notPassedOn(compose, job, outcome)), now);
  return others.length > 0;
}

/** Notes that waiting messages were the answer to a request; in its transaction. They run no more. */
export function answeredBy(
  journal: Journal,
  { id }: OpenRequest,
  jobs: readonly Job[],
  now: number,
): void {
  journal.requests.repliedBy(id, jobs.flatMap(({ messageId }) => messageId ?? []));
  journal.jobs.done(jobs.map((job) => job.id), "answered", now, `request:${id}`);
}

function notPassedOn(
  compose: Composer,
  { place, messageId: replyTo, text: said }: Job,
  outcome: string,
) {
  const text = `“${bareAnswer(said)}” was for what Claude asked, and that has ended: ${outcome}. ` +
    "Your message was not passed on.";
  return compose.notice({ place, replyTo, text });
}

/** After a start: the bare answers beside requests that the last run left open end with these. */
export function endLeftBare(journal: Journal, compose: Composer, now: number): NewDelivery[] {
  const open = journal.requests.open();
  const left = journal.jobs.sessionsWaiting().flatMap((session) => journal.jobs.queue(session))
    .filter((job) =>
      job.held === null && bareAnswer(job.text) !== null &&
      open.some((request) => request.session === job.session && isOf(job, request))
    );
  journal.jobs.done(left.map(({ id }) => id), "dropped", now);
  return left.map((job) => notPassedOn(compose, job, "expired with a restart"));
}
