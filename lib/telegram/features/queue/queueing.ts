import { answeredBy, type Queue, type StopResult } from "../../../conversation/mod.ts";
import { type Job, joined, type OpenRequest, type Place } from "../../../journal/mod.ts";
import { logger } from "../../../log/mod.ts";
import { type Action, button, keyboard } from "../../buttons.ts";
import { deliveries } from "../../outbox/compose.ts";
import type { Asker, Context, Pressed, Presses, PressHandler } from "../../context.ts";
import { lines } from "../../text/formatted.ts";
import { settle } from "../requests/meanings.ts";
import { said, TOO_LATE } from "../requests/reply.ts";

const log = logger("queue");

const NO_LONGER = "Claude no longer waits for this.";
const SETTLED = "That was settled already.";

/** What is said of a button whose message is of a session that is there no more. */
export const EARLIER = "That was for a session that was put away.";

/** Whether a job was made for an earlier session of its name, or for one that is gone. */
export async function isOfEarlierSession(
  { sessions }: Pick<Context, "sessions">,
  { session, createdAt }: Pick<Job, "session" | "createdAt">,
): Promise<boolean> {
  if (!await sessions.exists(session)) return true;
  return Date.parse((await sessions.get(session)).created) > createdAt;
}

/** The session that a stop is for. */
export interface StopTarget {
  readonly session: string;
  /** Whether it is another than the one that is current in the place. */
  readonly elsewhere: boolean;
}

/**
 * The session whose turn a stop in a place ends: the current one's; where that does nothing, of those
 * that were left there the one that still works for the place. Null where there is none.
 */
export async function stopTarget(
  { sessions, conversations }: Pick<Context, "sessions" | "conversations">,
  place: Place,
): Promise<StopTarget | null> {
  const current = await sessions.active(place);
  if (current !== null && conversations.of(current).busy) {
    return { session: current, elsewhere: false };
  }
  const left = conversations.turns.findLast(({ place: { chat, thread } }) =>
    chat === place.chat && thread === place.thread
  );
  if (left !== undefined) return { session: left.session, elsewhere: true };
  return current === null ? null : { session: current, elsewhere: false };
}

/**
 * A stop without a choice made beforehand: what waits of its person is held back before the turn is
 * interrupted, and the person is asked about it. Nothing of it starts in between.
 * @param by the update that stopped: its buttons name it.
 */
export function stopAndAsk(
  context: Context,
  asker: Asker,
  session: string,
  stop: { readonly by: number; readonly replyTo: number | null },
): { readonly held: number; readonly stopped: Promise<StopResult> } {
  const conversation = context.conversations.of(session);
  const { place } = asker;
  let held = 0;
  try {
    held = holdBack(conversation.queue, asker, stop);
  } catch (error) { // The disk refuses. The turn is stopped all the same.
    log.error("Cannot hold back what waits in {session}: {error}", { session, error });
  }
  const stopped = conversation.stop();
  context.outbox.wake(place.chat);
  return { held, stopped };
}

function holdBack(
  queue: Queue,
  asker: Asker,
  stop: { readonly by: number; readonly replyTo: number | null },
): number {
  const { place } = asker;
  return queue.hold(asker, stop.by, (count) => {
    const target = { place, replyTo: stop.replyTo };
    const { words, extra } = heldQuestion(count, stop.by);
    return deliveries(words, target, { extra });
  });
}

/** What is asked about messages that a stop holds back. */
export function heldQuestion(count: number, stop: number) {
  const [text, them] = count === 1
    ? ["1 message is waiting.", "it"]
    : [`${count} messages are waiting.`, "them"];
  const extra = keyboard([
    button(`Run ${them}`, { do: "queue.release", stop }),
    button(`Drop ${them}`, { do: "queue.drop", stop }),
  ]);
  return { words: lines(`${text} Run ${them} or drop ${them}?`), extra };
}

/** The buttons of the queue; each names what it was shown for. */
export const QUEUE_PRESSES: Presses<"queue"> = {
  "queue.cancel": ofJob(waiting(cancel), { earlier: true }),
  "queue.now": ofJob(waiting(sendNow)),
  "queue.rerun": ofJob(rerun),
  "queue.later": ofJob(waiting(({ conversations }, { id, session }) => {
    conversations.of(session).queue.later(id);
    return { toast: "It waits for the end of this turn." };
  })),
  "queue.say": ofJob(waiting(toRequest(pass))),
  "queue.yes": ofJob(
    waiting(toRequest((context, open, _job, also) => settle(context, open, "allow", also))),
  ),
  "queue.no": ofJob(
    waiting(toRequest((context, open, _job, also) => settle(context, open, "deny", also))),
  ),
  "queue.stop": stopAndDrop,
  "queue.release": (context, asker, { stop }) => settleHeld(context, asker, stop, "release"),
  "queue.drop": (context, asker, { stop }) => settleHeld(context, asker, stop, "drop"),
};

type JobAction = Extract<Action, { do: `queue.${string}`; job: number }>;

type ServeJob<A> = (context: Context, job: Job, action: A) => Pressed;

/** A handler about a job of the one who presses, in its place; `earlier`: of an earlier session, too. */
function ofJob<A extends JobAction>(
  serve: ServeJob<A>,
  { earlier = false } = {},
): PressHandler<A> {
  return async (context, asker, action) => {
    const job = context.journal.jobs.get(action.job);
    if (job === undefined || job.place.chat !== asker.place.chat) return { toast: SETTLED };
    if (job.user !== asker.user) return { toast: "Only who wrote this message can do that." };
    if (!earlier && await isOfEarlierSession(context, job)) return { toast: EARLIER };
    return serve(context, job, action);
  };
}

/** The same of a job that has not gone yet. */
function waiting<A extends JobAction>(serve: ServeJob<A>): ServeJob<A> {
  return (context, job, action) =>
    job.state === "waiting" ? serve(context, job, action) : { toast: outOfQueue(job) };
}

type SayTo = (context: Context, open: OpenRequest, job: Job, also: () => void) => string;

/** A waiting message turns out to be the answer to a request: it is one, and waits no more. */
function toRequest(
  say: SayTo,
): ServeJob<Action<"queue.say" | "queue.yes" | "queue.no">> {
  return (context, job, { request }) => {
    const { journal, clock, conversations } = context;
    const { queue } = conversations.of(job.session);
    const open = journal.requests.get(request);
    const isOf = open?.isOpen && open.session === job.session && open.user === job.user;
    if (open === undefined || !isOf) return { toast: NO_LONGER };
    if (!queue.waiting().some((each) => each.id === job.id)) return { toast: outOfQueue(job) };
    const toast = say(context, open, job, () => answeredBy(journal, open, [job], clock.now()));
    queue.show();
    return { toast };
  };
}

/** The words of a job as the answer to a request. */
function pass(context: Context, open: OpenRequest, { text }: Job, also: () => void): string {
  const refusal = said(context, open, text, also);
  return refusal === TOO_LATE ? NO_LONGER : refusal ?? "Passed on"; // It waits for its turn, as before.
}

const outOfQueue = ({ state }: Job) =>
  state === "done" ? SETTLED : "Too late: Claude has it already.";

function cancel({ conversations }: Context, { id, session }: Job): Pressed {
  const cancelled = conversations.of(session).queue.cancel(id);
  return { toast: cancelled ? "Cancelled" : "Too late: it is on its way." };
}

function sendNow({ conversations }: Context, { id, session }: Job): Pressed {
  switch (conversations.of(session).steer(id)) {
    case "sent":
      return { toast: "Handed over: Claude reads it between two steps." };
    case "next":
      return { toast: "It goes next." };
    case "alone":
      return { toast: "A command of Claude Code's runs by itself: it goes next, after this turn." };
    case "elsewhere":
      return { toast: "Somebody else's turn is running: it goes next." };
    case "gone":
      return { toast: "It is on its way already." };
  }
}

/** Drops what waited when the button was shown, then stops the very turn it was shown for. */
function stopAndDrop(
  { status, conversations }: Context,
  asker: Asker,
  { turn: id, last }: Action<"queue.stop">,
): Pressed {
  const turn = status.turn(id);
  const conversation = turn && conversations.of(turn.session);
  if (!conversation?.busy) return { toast: "This turn is over already." };
  if (turn?.user !== asker.user) {
    return { toast: "Only who asked can drop what waits; ⏹ Stop stops the turn." };
  }
  const dropped = conversation.queue.drop(turn, last);
  return { toast: `Stopping… ${dropped} dropped`, behind: conversation.stop() };
}

/** What a stop held back runs or goes, once. */
async function settleHeld(
  context: Context,
  asker: Asker,
  stop: number,
  act: "release" | "drop",
): Promise<Pressed> {
  const { journal, conversations } = context;
  const [first] = journal.jobs.heldBy(stop);
  if (first === undefined || first.place.chat !== asker.place.chat) return { toast: SETTLED };
  if (first.user !== asker.user) return { toast: "Only who stopped can say that." };
  const { queue } = conversations.of(first.session);
  if (await isOfEarlierSession(context, first)) {
    queue.dropHeld(stop);
    return { toast: EARLIER, becomes: lines("The session that this was for was put away.") };
  }
  const count = act === "release" ? queue.release(stop) : queue.dropHeld(stop);
  const messages = count === 1 ? "1 message" : `${count} messages`;
  const goes = count === 1 ? "goes" : "go";
  return act === "release"
    ? { toast: "Going on", becomes: lines(`${messages} ${goes} to Claude.`) }
    : { toast: "Dropped", becomes: lines(`${messages} dropped.`) };
}

/** Makes a new job of a message that was edited after it had run, once, with its newest words. */
function rerun({ journal, clock, conversations }: Context, { id, ...job }: Job): Pressed {
  const pieces = journal.pieces.of(id);
  const { session, place, user, messageId } = job;
  const again = { session, place, user, messageId, text: joined(pieces), away: false };
  const made = journal.transaction(() => {
    if (journal.jobs.get(id)?.rerun !== null) return false;
    const made = journal.jobs.add(again, clock.now());
    journal.pieces.add(made, place.chat, pieces);
    return journal.jobs.rerun(id, made);
  });
  if (!made) return { toast: "That was done already." };
  conversations.wake(session);
  return { toast: "Running again", becomes: lines("It runs again, with its new words.") };
}
