import type { AskAnswer, Prompt } from "../claude/events.ts";
import type { Clock } from "../clock.ts";
import type { Journal } from "../journal/mod.ts";
import type { Composer, Output, Presenter, QueuePresenter } from "./presenter.ts";

/** What a conversation needs of a session's process. */
export interface Worker {
  readonly alive: boolean;
  send(prompt: Prompt): void;
  interrupt(): Promise<boolean>;
  /** Whether it waits for the answer to a request. */
  asks(requestId: string): boolean;
  answer(requestId: string, answer: AskAnswer): boolean;
  close(reason: "killed"): Promise<void>;
}

export interface ConversationOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly compose: Composer;
  readonly presenter: Presenter;
  readonly queuePresenter: QueuePresenter;
  /** The session's process, started when there is none. Rejects with a sentence for the person. */
  readonly acquire: (session: string) => Promise<Worker>;
  /** True for the error of `acquire` that says that all places work: the job waits. */
  readonly isFull: (error: unknown) => boolean;
  /** What is wrong with the disk, in a sentence, where an error of `acquire` says so: the job waits. */
  readonly diskTrouble: (error: unknown) => string | null;
  /** True for the error of `acquire` that says that the CLI itself does not come up. */
  readonly isCrash: (error: unknown) => boolean;
  /** True for the error of `acquire` that says that the CLI no longer has the conversation. */
  readonly isLost: (error: unknown) => boolean;
  /** The CLI gave the conversation this id. */
  readonly onSessionId: (session: string, id: string) => void;
  /** The session was spoken to. */
  readonly onActive: (session: string) => void;
  /** How long a permission prompt may stay open, in milliseconds. */
  readonly requestMs: number;
  /** The text of a file of a session; null when there is none, or it is none to be read. */
  readonly fileOf: (session: string, path: string) => Promise<string | null>;
  /** What a skill of a session says and runs; null when that cannot be read. */
  readonly skillOf: (session: string, skill: string) => Promise<string | null>;
  /** How much of its work a session shows. */
  readonly output: (session: string) => Output;
  /** What a day may cost in US dollars before each further prompt is asked about; null: anything. */
  readonly budgetUsdPerDay: number | null;
  readonly uuid: () => string;
}
