/**
 * The news that a session's process has for the rest of the program. Everything about stream-json
 * ends in this folder; the outer parts see these types only.
 */

import type { ClaudeRequest } from "./request.ts";

export type {
  ClaudeRequest,
  Form,
  Option,
  PermissionRequest,
  PlanRequest,
  Question,
  QuestionRequest,
  RequestAnswer,
} from "./request.ts";
export { problemOf } from "./elicitation.ts";
export { type Grantable, grantKey } from "./grantable.ts";

/** The uuid that a prompt's line carries to the CLI: the handle of all accounting. */
export type PromptId = string;

/** A prompt on its way to a process. */
export interface Prompt {
  readonly id: PromptId;
  readonly text: string;
}

/** The cost of a turn. */
export interface Usage {
  /** US dollars of this turn alone. */
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly durationMs: number;
  readonly models: readonly ModelUsage[];
}

/** The share of one model. */
export interface ModelUsage {
  readonly model: string;
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A window of a subscription's limits, as the CLI reports it. */
export interface LimitWindow {
  /** `five_hour`, `seven_day`, … */
  readonly name: string;
  /** How much of it is used: 0 to 1, or more; null when it was not said. */
  readonly used: number | null;
  /** When it begins anew, in milliseconds since 1970; null when it was not said. */
  readonly resetsAt: number | null;
  readonly state: "allowed" | "nearly" | "reached";
}

/** The commands and models of the CLI, as it answers `initialize`. */
export interface InitializeInfo {
  readonly commands: readonly {
    readonly name: string;
    readonly description: string;
    /** The arguments that may follow; empty where there are none. */
    readonly hint: string;
  }[];
  readonly models: readonly {
    /** The name to ask for: `opus`, `default`, … */
    readonly value: string;
    /** The model that answers then: `claude-opus-5-5`. */
    readonly id: string;
    readonly title: string;
  }[];
}

/** The use of the conversation's context window. */
export interface ContextUsage {
  readonly model: string;
  readonly tokens: number;
  readonly maxTokens: number;
  readonly parts: readonly {
    readonly name: string;
    readonly tokens: number;
    readonly kind: "used" | "free" | "buffer" | "deferred";
  }[];
}

export type Outcome = "answered" | "interrupted" | "failed" | "limit";
export type ToolState = "running" | "done" | "failed" | "denied";
/** `refused`: the CLI is not one that we can work with; the tail says why. */
export type ExitReason = "closed" | "idle" | "crashed" | "killed" | "refused";

export interface BackgroundTask {
  readonly id: string;
  readonly description: string;
}

/** An MCP server that did not start, or is gone. Both texts are others'; no reason where none is known. */
export interface FailedServer {
  readonly name: string;
  readonly reason: string;
}

export type TurnEvent =
  /** A turn began. No prompts: nobody asked, the named background tasks report. */
  | {
    readonly type: "started";
    readonly prompts: readonly PromptId[];
    readonly reports?: readonly string[];
  }
  /** A prompt was taken into the running turn. */
  | { readonly type: "joined"; readonly prompt: PromptId }
  /** Provisional text; the truth comes as `message`. */
  | { readonly type: "text"; readonly delta: string }
  | { readonly type: "text_reset" }
  /** The final text of one block. */
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "thinking"; readonly tokens: number }
  /** A complete block of thoughts. */
  | { readonly type: "thought"; readonly text: string }
  | {
    readonly type: "tool";
    readonly id: string;
    readonly name: string;
    readonly summary: string;
    readonly state: ToolState;
    /** The call's input and output, cut where they are endless. */
    readonly input?: string;
    readonly output?: string;
  }
  /** A tool that a subagent called came to its end: files may have changed. */
  | { readonly type: "touched" }
  /** Something in the session's directory that its person should know, in a message of its own. */
  | { readonly type: "warning"; readonly text: string }
  | { readonly type: "request"; readonly request: ClaudeRequest }
  | {
    readonly type: "request_withdrawn";
    readonly id: string;
    /** The reason: the CLI took it back when it is not given; or the end of its turn, or of the process. */
    readonly by?: "ended" | "exited";
  }
  | {
    readonly type: "notice";
    readonly kind: "retrying" | "compacting" | "rate_limit" | "resuming" | "info";
    readonly text: string;
  }
  /** The model that answers, at the start of each turn. */
  | { readonly type: "model"; readonly name: string }
  /** The conversation's id, whenever it is new or changed (`/clear`). */
  | { readonly type: "session"; readonly id: string }
  | { readonly type: "background"; readonly tasks: readonly BackgroundTask[] }
  /** The subscription's limits, as far as the CLI knows them. */
  | { readonly type: "limits"; readonly windows: readonly LimitWindow[] }
  /** A turn is over. `text` is the sentence for a person when it was not simply answered. */
  | {
    readonly type: "ended";
    readonly prompts: readonly PromptId[];
    readonly outcome: Outcome;
    readonly text: string;
    readonly usage: Usage;
  }
  /** The turn that nobody asked for goes on with what a limit had stopped: a sentence that says so. */
  | { readonly type: "continues"; readonly text: string }
  /** The MCP servers of the process that failed, when that is something else than before. */
  | { readonly type: "servers"; readonly failed: readonly FailedServer[]; readonly more: number }
  /** The CLI could not write the conversation, or its own settings, to its disk. */
  | {
    readonly type: "unsaved";
    readonly what: "conversation" | "settings";
    readonly why: "full" | "quota";
  }
  /** A prompt that the CLI closed without a turn of its own. */
  | { readonly type: "dropped"; readonly prompt: PromptId; readonly cancelled: boolean }
  /** No line for so many milliseconds in a running turn. */
  | { readonly type: "silent"; readonly ms: number }
  | { readonly type: "exited"; readonly reason: ExitReason; readonly stderrTail: string };
