import type { NewDelivery, Place } from "../journal/mod.ts";

/** What is said without having been asked. */
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
  rows(notice: Notice): NewDelivery[];
  /** Rows for this chat were committed. */
  wake(chat: number): void;
}
