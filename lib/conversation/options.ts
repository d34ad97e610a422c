import type { PermissionAnswer, Prompt } from "../claude/events.ts";
import type { Clock } from "../clock.ts";
import type { Journal } from "../journal/mod.ts";
import type { Composer, Screen } from "./screen.ts";

/** What a conversation needs of a session's process. */
export interface Worker {
  readonly alive: boolean;
  send(prompt: Prompt): void;
  interrupt(): Promise<boolean>;
  answer(requestId: string, answer: PermissionAnswer): boolean;
  close(reason: "killed"): Promise<void>;
}

export interface ConversationOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly compose: Composer;
  readonly screen: Screen;
  /** The session's process, started when there is none. Rejects with a sentence for the person. */
  readonly acquire: (session: string) => Promise<Worker>;
  /** True for the error of `acquire` that says that all places work: the job waits. */
  readonly isFull: (error: unknown) => boolean;
  /** The CLI gave the conversation this id. */
  readonly onSessionId: (session: string, id: string) => void;
  /** The session was spoken to. */
  readonly onActive: (session: string) => void;
  /** How long a permission prompt may stay open, in milliseconds. */
  readonly promptMs: number;
  readonly uuid: () => string;
}
