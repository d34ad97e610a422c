import { isFree, type Queue, type StopResult } from "../../../conversation/mod.ts";
import type { Job, Place } from "../../../journal/mod.ts";
import { logger } from "../../../log/mod.ts";
import { type Action, button, EARLIER, keyboard, SETTLED } from "../../buttons.ts";
import { deliveries } from "../../outbox/compose.ts";
import type { Asker, Context, Pressed } from "../../context.ts";
import { isOfEarlierSession } from "../../incoming/jobs.ts";
import { lines } from "../../text/formatted.ts";

const log = logger("queue");

/** The session that a stop is for. */
export interface StopTarget {
  readonly session: string;
  /** True when it is another than the one that is current in the place. */
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

/** The question about messages that a stop holds back. */
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

/** Drops what waited when the button was shown, then stops the very turn it was shown for. */
export function stopAndDrop(
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
  const isFreeOf = isFree(turn);
  const dropped = conversation.queue.cancel((job) => job.id <= last && isFreeOf(job));
  return { toast: `Stopping… ${dropped} dropped`, behind: conversation.stop() };
}

/** Runs or drops the messages that a stop held back, once. */
export async function settleHeld(
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
  const isHeld = ({ held }: Job) => held === stop;
  if (await isOfEarlierSession(context, first)) {
    queue.cancel(isHeld);
    return { toast: EARLIER, becomes: lines("The session that this was for was put away.") };
  }
  const count = act === "release" ? queue.release(stop) : queue.cancel(isHeld);
  if (count === 0) return { toast: SETTLED }; // Another tap was quicker.
  const messages = count === 1 ? "1 message" : `${count} messages`;
  const goes = count === 1 ? "goes" : "go";
  return act === "release"
    ? { toast: "Going on", becomes: lines(`${messages} ${goes} to Claude.`) }
    : { toast: "Dropped", becomes: lines(`${messages} dropped.`) };
}
