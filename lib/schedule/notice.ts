import type { Journal, NewDelivery, Place } from "../journal/mod.ts";

/** News for people that nobody asked for. */
export interface Notice {
  /** Null: every allowed user, in the private chat with them. */
  readonly place: Place | null;
  /** Markdown. */
  readonly text: string;
  /** What its buttons are about. */
  readonly about: { readonly alert: number } | { readonly finding: number } | null;
  /** PNGs that follow it. */
  readonly pictures?: readonly Uint8Array[];
}

/** How notices leave: as rows of the journal, in the same commit as what they tell of. */
export interface Notify {
  /** The deliveries that it takes, a chat's in order. */
  rows(notice: Notice): NewDelivery[];
  /** Rows for this chat were committed. */
  wake(chat: number): void;
}

/**
 * Says what `note` gives, in one commit with what that notes in the journal, so that it is told once;
 * null is nothing to say.
 */
export function tell(
  journal: Pick<Journal, "deliveries" | "transaction">,
  notify: Notify,
  now: number,
  note: () => Notice | null,
): void {
  const rows = journal.transaction(() => {
    const notice = note();
    const rows = notice === null ? [] : notify.rows(notice);
    journal.deliveries.add(rows, now);
    return rows;
  });
  for (const chat of new Set(rows.map((row) => row.chat))) notify.wake(chat);
}
