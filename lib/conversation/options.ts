import type { ClaudeRequest, Prompt, RequestAnswer, TurnEvent } from "../claude/events.ts";
import type { Clock } from "../clock.ts";
import type { Job, Journal, NewDelivery, OpenRequest } from "../journal/mod.ts";
import type { Closing, Notice, Turn } from "./turn.ts";
import type { TurnView } from "./view.ts";

/** A session's process, as far as a conversation needs it. */
export interface Worker {
  readonly alive: boolean;
  send(prompt: Prompt): void;
  interrupt(): Promise<boolean>;
  /** True while it waits for the answer to a request. */
  asks(requestId: string): boolean;
  answer(requestId: string, answer: RequestAnswer): boolean;
  close(reason: "killed"): Promise<void>;
}

/** The reason for which a session's process did not start. */
export type StartFailure =
  /** All slots are taken by processes that work: the job waits for one. */
  | { readonly kind: "full" }
  /** The disk refuses, as `words` say: the job waits until it does not. */
  | { readonly kind: "disk"; readonly words: string }
  /** The CLI itself does not come up. */
  | { readonly kind: "crash" }
  /** The CLI no longer has the conversation. */
  | { readonly kind: "lost" }
  /** Something of this session alone. */
  | { readonly kind: "other" };

/** The amount of its work that a session shows: `verbose` every tool call, `smart` long answers as files. */
export type Output = "normal" | "verbose" | "smart";

/** Everything that conversations are given. */
export interface ConversationOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly compose: Composer;
  readonly presenter: Presenter;
  readonly queuePresenter: QueuePresenter;
  /** The session's process, started when there is none. Rejects with a sentence for the person. */
  readonly acquire: (session: string) => Promise<Worker>;
  /** The meaning of an error of `acquire`. */
  readonly startFailure: (error: unknown) => StartFailure;
  /** The CLI gave the conversation this id. */
  readonly onSessionId: (session: string, id: string) => void;
  /** The session was spoken to. */
  readonly onActive: (session: string) => void;
  /** Milliseconds that a request may stay open. */
  readonly requestMs: number;
  /** The text of a file of a session; null when there is none, or it is none to be read. */
  readonly fileOf: (session: string, path: string) => Promise<string | null>;
  /** The text of a skill of a session, with what it runs; null when that cannot be read. */
  readonly skillOf: (session: string, skill: string) => Promise<string | null>;
  readonly output: (session: string) => Output;
  /** US dollars that a day may cost before each further prompt is asked about; null: any number. */
  readonly budgetUsdPerDay: number | null;
  readonly uuid: () => string;
}

/** An event that a verbose session shows by messages of its own. */
export type StepEvent = Extract<TurnEvent, { type: "tool" | "thought" }>;

/** Cuts what must arrive into deliveries. Pure and total: it sends nothing, and fails for no text. */
export interface Composer {
  answer(closing: Closing, output?: Output): NewDelivery[];
  /** A finished tool call, or a thought, as messages of its own. */
  stepMessages(turn: Turn, event: StepEvent): NewDelivery[];
  /** A request of Claude's; `id` is its row in the journal. The last message has the buttons. */
  request(turn: Turn, request: ClaudeRequest, id: number): NewDelivery[];
  notice(notice: Notice): NewDelivery;
}

/** Shows what is provisional. It may drop any of it; what must arrive lies in the journal. */
export interface Presenter {
  /** The view of a running turn changed. */
  show(turn: Turn, view: TurnView): void;
  /** The turn is over; its answer is in the journal. */
  ended(turn: Turn, view: TurnView): void;
  /** Deliveries for this chat were committed. */
  delivered(chat: number): void;
  /** A request was answered, withdrawn or expired: its buttons go, `words` say why. */
  requestClosed(open: OpenRequest, words: string): void;
}

/** A message that waits for its turn, as the chat knows it. */
export interface Waiting {
  readonly job: Job;
  /** Number of those before it, the running turn included. */
  readonly before: number;
  /** True when the running turn may take it in. */
  readonly steerable: boolean;
  /** The requests to its person in this turn: it may have been meant for one of them. */
  readonly requests: readonly OpenRequest[];
}

/** Shows what waits, each message by a line of its own with what may be done with it. */
export interface QueuePresenter {
  /** Shows what waits in a session now, oldest first; what is not named any more has gone on its way. */
  waiting(session: string, messages: readonly Waiting[]): void;
  /** A message was taken out: a line says so for good. */
  cancelled(job: Job): void;
}
