import type { Ask, Outcome, TurnEvent } from "../claude/events.ts";
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
  /** The first words of the messages that it answers besides. */
  readonly also: readonly string[];
  /** False for the report of a background task. */
  readonly asked: boolean;
  /** The background tasks that it reports on, when nobody asked. */
  readonly reports?: readonly string[];
  /** Why it began, when it goes on with what a limit had stopped. */
  readonly continues?: string;
  /** The question came while the program was away. */
  readonly away: boolean;
  /** By the clock's steady time. */
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
  /** It was cut off by a crash and may have done a part: going on makes sense too. */
  readonly cutOff?: boolean;
  /** Nobody answered what Claude asked: it goes on with a tap, or not. */
  readonly parked?: boolean;
  /** The CLI has lost the conversation: asking again needs a fresh one. */
  readonly lost?: boolean;
  readonly view: TurnView;
  /** The command of Claude Code that was asked for, without its slash; absent for other prompts. */
  readonly command?: string;
}

/** How much of its work a session shows: `verbose` every tool call, `smart` long answers as files. */
export type Output = "normal" | "verbose" | "smart";

/** What a turn did on its way, for those who want to see it. */
export type StepEvent = Extract<TurnEvent, { type: "tool" | "thought" }>;

/** Cuts what must arrive into deliveries. Pure: it sends nothing. */
export interface Composer {
  answer(closing: Closing, output?: Output): NewDelivery[];
  /** A finished tool call, or a thought, as messages of its own. */
  stepMessages(turn: Turn, event: StepEvent): NewDelivery[];
  /** Asks whether a prompt may run although the day's budget is used up. */
  overBudget(job: Job, spent: number, budget: number): NewDelivery;
  /** Says why a prompt waits although nothing runs; `own`: it is this session alone that does not come up. */
  heldBack(job: Job, markdown: string, own: boolean): NewDelivery;
  /** Says that a turn's process is silent, with a button that ends it. */
  hung(turn: Turn, markdown: string): NewDelivery;
  /** Something that Claude asks; `id` is its row in the journal. The last message has the buttons. */
  request(turn: Turn, ask: Ask, id: number): NewDelivery[];
  /** What is said of prompts that were with a process when the program died. */
  uncertain(jobs: readonly Job[]): NewDelivery;
  /** A sentence in a place. */
  notice(place: Place, markdown: string, replyTo: number | null): NewDelivery;
}

/** Shows what is provisional. It may drop any of it; what must arrive lies in the journal. */
export interface Presenter {
  /** The view of a running turn changed. */
  show(turn: Turn, view: TurnView): void;
  /** The turn is over; its answer is in the journal. */
  ended(turn: Turn, view: TurnView): void;
  /** Deliveries for this chat were committed. */
  delivered(chat: number): void;
  /** A prompt was answered, withdrawn or expired: its buttons go, `words` say why. */
  requestClosed(prompt: OpenPrompt, words: string): void;
}

/** A message that waits for its turn, as the chat knows it. */
export interface Waiting {
  readonly job: Job;
  /** How many come before it, the running turn included. */
  readonly before: number;
  /** Whether the running turn may take it in. */
  readonly steerable: boolean;
  /** What Claude asks its person for in this turn: it may have been meant for that. */
  readonly requests: readonly OpenPrompt[];
}

/** Shows what waits, each message by a line of its own with what may be done with it. */
export interface QueuePresenter {
  /** What waits in a session now, oldest first; what is not named any more has gone on its way. */
  waiting(session: string, messages: readonly Waiting[]): void;
  /** A message was taken out: a line says so for good. */
  cancelled(job: Job): void;
}
