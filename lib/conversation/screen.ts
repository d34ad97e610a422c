import type { Outcome, PermissionRequest } from "../claude/events.ts";
import type { Job, NewDelivery, OpenPrompt, Place } from "../journal/mod.ts";
import type { TurnView } from "./view.ts";

/** A turn as the chat knows it. */
export interface Turn {
  /** Unique in the life of the program. */
  readonly id: string;
  readonly session: string;
  /** Where it was asked, and where its answer goes. */
  readonly place: Place;
  readonly user: number;
  /** The message it answers; null when nobody asked. */
  readonly replyTo: number | null;
  /** False for the report of a background task. */
  readonly asked: boolean;
  /** The question came while the program was away. */
  readonly away: boolean;
  readonly startedAt: number;
}

/** How a turn ended. */
export interface Closing {
  readonly turn: Turn;
  readonly outcome: Outcome;
  /** The answer in Markdown; empty when there is none. */
  readonly answer: string;
  /** A sentence for the person when it was not simply answered; Markdown. */
  readonly sentence: string;
  /** The job to repeat, when asking again makes sense. */
  readonly again: number | null;
  readonly view: TurnView;
}

/** Cuts what must arrive into deliveries. Pure: it sends nothing. */
export interface Composer {
  answer(closing: Closing): NewDelivery[];
  /** A permission prompt; `id` is its row in the journal. */
  prompt(turn: Turn, request: PermissionRequest, id: number): NewDelivery;
  /** What is said of prompts that were with a process when the program died. */
  uncertain(jobs: readonly Job[]): NewDelivery;
  /** A sentence in a place. */
  notice(place: Place, markdown: string, replyTo: number | null): NewDelivery;
}

/** Shows what is provisional. It may drop any of it; what must arrive lies in the journal. */
export interface Screen {
  /** The view of a running turn changed. */
  show(turn: Turn, view: TurnView): void;
  /** The turn is over; its answer is in the journal. */
  ended(turn: Turn, view: TurnView): void;
  /** Deliveries for this chat were committed. */
  delivered(chat: number): void;
  /** A permission prompt was answered, withdrawn or expired: its buttons go, `words` say why. */
  promptClosed(prompt: OpenPrompt, words: string): void;
}
