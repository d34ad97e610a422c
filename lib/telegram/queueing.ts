import type { Queue, StopResult } from "../conversation/mod.ts";
import { type Job, joined } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { button, keyboard } from "./buttons.ts";
import { deliveries } from "./compose.ts";
import type { Asker, Context } from "./context.ts";
import { type FormattedText, lines } from "./text/formatted.ts";
import { answeredBy, settle } from "./prompts/settle.ts";
import { said, TOO_LATE } from "./prompts/reply.ts";
import type { QueueAction } from "./queue_action.ts";

const log = logger("queue");

/** What a press of the queue's buttons led to. */
interface Pressed {
  readonly toast: string;
  readonly becomes?: FormattedText;
  readonly behind?: Promise<unknown>;
}

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
    button(`Run ${them}`, { do: "queue", act: "release", stop }),
    button(`Drop ${them}`, { do: "queue", act: "drop", stop }),
  ]);
  return { words: lines(`${text} Run ${them} or drop ${them}?`), extra };
}

/** Serves a button of the queue. */
export async function pressedQueue(
  context: Context,
  asker: Asker,
  action: QueueAction,
): Promise<Pressed> {
  switch (action.act) {
    case "cancel":
    case "now":
    case "rerun":
    case "later":
    case "say":
    case "yes":
    case "no":
      return await withJob(context, asker, action);
    case "stop":
      return stopAndDrop(context, asker, action);
    case "release":
    case "drop":
      return await settleHeld(context, asker, action);
    default:
      return action satisfies never;
  }
}

async function withJob(
  context: Context,
  asker: Asker,
  action: Extract<QueueAction, { job: number }>,
): Promise<Pressed> {
  const { act, job: id } = action;
  const job = context.journal.jobs.get(id);
  if (job === undefined || job.place.chat !== asker.place.chat) return { toast: SETTLED };
  if (job.user !== asker.user) return { toast: "Only who wrote this message can do that." };
  if (act !== "cancel" && await isOfEarlierSession(context, job)) return { toast: EARLIER };
  if (act === "rerun") return rerun(context, job);
  if (job.state !== "waiting") return { toast: outOfQueue(job) };
  switch (action.act) {
    case "cancel":
      return cancel(context, job);
    case "later":
      context.conversations.of(job.session).queue.later(id);
      return { toast: "It waits for the end of this turn." };
    case "say":
    case "yes":
    case "no":
      return toRequest(context, job, action);
    default:
      return sendNow(context, job);
  }
}

/** A waiting message turns out to be the answer to a request: it is one, and waits no more. */
function toRequest(
  context: Context,
  job: Job,
  { act, prompt: id }: Extract<QueueAction, { prompt: number }>,
): Pressed {
  const { journal, conversations } = context;
  const { queue } = conversations.of(job.session);
  const prompt = journal.prompts.get(id);
  const isOf = prompt?.open && prompt.session === job.session && prompt.user === job.user;
  if (prompt === undefined || !isOf) return { toast: NO_LONGER };
  if (!queue.waiting().some((each) => each.id === job.id)) return { toast: outOfQueue(job) };
  const also = () => answeredBy(context, prompt, [job]);
  if (act === "say") {
    const refusal = said(context, prompt, job.text, also);
    queue.show();
    if (refusal === TOO_LATE) return { toast: NO_LONGER }; // It waits for its turn, as before.
    return { toast: refusal ?? "Passed on" };
  }
  const toast = settle(context, prompt, act === "yes" ? "allow" : "deny", also);
  queue.show();
  return { toast };
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
  { turn: id, last }: Extract<QueueAction, { act: "stop" }>,
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
  { act, stop }: Extract<QueueAction, { act: "release" | "drop" }>,
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
