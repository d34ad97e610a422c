import type { Place } from "../journal/mod.ts";
import type { Context } from "./context.ts";

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
