import type { Outcome } from "../claude/events.ts";
import type { Job, Place } from "../journal/mod.ts";
import { cut } from "../text.ts";
import type { TurnView } from "./view.ts";

/** A turn as the chat knows it. */
export interface Turn {
  /** Unique in the life of the program. */
  readonly id: string;
  readonly session: string;
  /** The place where it was asked, and where its answer goes. */
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
  /** The reason why it began, when it goes on with what a limit had stopped. */
  readonly continues?: string;
  /** The question came while the program was away. */
  readonly away: boolean;
  /** By the clock's steady time. */
  readonly startedAt: number;
}

/** The choices of a person who is told something; each kind has its buttons. */
export type Choice =
  /** It had no end of its own, or a bad one: it can be asked again. */
  | { readonly kind: "again"; readonly job: number }
  /** It was cut off and may have done a part: it can go on, or be asked again. */
  | { readonly kind: "goOn"; readonly job: number }
  /** Nobody answered what Claude asked: it goes on with a tap, or not. */
  | { readonly kind: "parked"; readonly job: number }
  /** The CLI has lost the conversation: asking again needs a fresh one. */
  | { readonly kind: "lost"; readonly job: number }
  /** Crashes hold it back; `own`: it is its session alone that does not come up. */
  | { readonly kind: "heldBack"; readonly job: number; readonly own: boolean }
  /** The day's budget is used up: it may run all the same, or not. */
  | { readonly kind: "overBudget"; readonly job: number }
  /** The turn's process says nothing: it can be ended. */
  | { readonly kind: "silent"; readonly turn: string };

/** Something that is told beside answers. */
export interface Notice {
  readonly place: Place;
  readonly replyTo: number | null;
  /** Markdown. */
  readonly text: string;
  /** The first words of the messages that it is about besides. */
  readonly also?: readonly string[];
  readonly choice?: Choice;
}

/** The end of a turn, as the chat is told of it. */
export interface Closing {
  readonly turn: Turn;
  readonly outcome: Outcome | "parked";
  /** The answer in Markdown; empty when there is none. */
  readonly answer: string;
  /** A sentence for the person when it was not simply answered; Markdown. */
  readonly sentence: string;
  /** Null where nothing is left to do, or nobody asked. */
  readonly choice: Choice | null;
  readonly view: TurnView;
  /** The command of Claude Code that was asked for, without its slash; absent for other prompts. */
  readonly command?: string;
}

/** The turn that jobs of one place and user ask for; its answer replies to the last of them. */
export function turnOf(id: string, jobs: readonly Job[], startedAt: number): Turn {
  const last = jobs.at(-1)!;
  return {
    id,
    session: last.session,
    place: last.place,
    user: last.user,
    replyTo: last.messageId,
    also: jobs.slice(0, -1).map(({ text }) => wordsOf(text)),
    asked: true,
    away: jobs.some(({ away }) => away),
    startedAt,
  };
}

/** A turn that nobody asked for: it goes where the session was last spoken to. */
export function unaskedTurn(
  id: string,
  { session, place, user }: Job,
  startedAt: number,
  reports: readonly string[] = [],
): Turn {
  return {
    ...{ id, session, place, user, startedAt, reports },
    ...{ replyTo: null, also: [], asked: false, away: false },
  };
}

/** The first line of a prompt that goes on where an interrupted one was. */
export const CONTINUES = "You were interrupted in the middle of your work on this request:";

/** Lines of a prompt besides the person's own words: what it quotes, and where that is from. */
const NOT_SAID = /^(\s*$|>|Forwarded from .+:$)/;

/** Characters of a message that name it. */
const WORDS_SHOWN = 40;

/** The first words of a message: those of the request that it goes on with. */
export function wordsOf(text: string): string {
  const line = text.split("\n").find((each) => each !== CONTINUES && !NOT_SAID.test(each)) ?? "";
  return cut(line.trim(), WORDS_SHOWN);
}
