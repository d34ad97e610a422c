/**
 * What a session's process tells the rest of the program. Everything about stream-json ends in this
 * folder; the outer parts see these types only.
 */

/** The uuid that a prompt's line carries to the CLI: the handle of all accounting. */
export type PromptId = string;

/** A prompt on its way to a process. */
export interface Prompt {
  readonly id: PromptId;
  readonly text: string;
}

/** What a turn cost. */
export interface Usage {
  /** US dollars of this turn alone. */
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly durationMs: number;
  readonly models: readonly string[];
}

/** Something that Claude wants to do and may not without a person's word. */
export interface PermissionRequest {
  /** The CLI's request id; one answer. */
  readonly id: string;
  readonly tool: string;
  /** What it wants to do, in one line. */
  readonly summary: string;
  /** The command, the path or the input in full. */
  readonly detail: string;
  /** True for questions and plans, which a plain yes or no does not answer. */
  readonly interactive: boolean;
}

export type PermissionAnswer =
  | { readonly allow: true }
  | { readonly allow: false; readonly reason: string };

export type Outcome = "answered" | "interrupted" | "failed" | "limit";
export type ToolState = "running" | "done" | "failed" | "denied";
/** `refused`: the CLI is not one that we can work with; the tail says why. */
export type ExitReason = "closed" | "idle" | "crashed" | "killed" | "refused";

export interface BackgroundTask {
  readonly id: string;
  readonly description: string;
}

export type TurnEvent =
  /** A turn began. No prompts: nobody asked, a background task reports. */
  | { readonly type: "started"; readonly prompts: readonly PromptId[] }
  /** A prompt was taken into the running turn. */
  | { readonly type: "joined"; readonly prompt: PromptId }
  /** Provisional text; the truth comes as `message`. */
  | { readonly type: "text"; readonly delta: string }
  | { readonly type: "text_reset" }
  /** The final text of one block. */
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "thinking"; readonly tokens: number }
  | {
    readonly type: "tool";
    readonly id: string;
    readonly name: string;
    readonly summary: string;
    readonly state: ToolState;
  }
  | { readonly type: "prompt"; readonly request: PermissionRequest }
  | { readonly type: "prompt_withdrawn"; readonly id: string }
  | {
    readonly type: "notice";
    readonly kind: "retrying" | "compacting" | "rate_limit" | "model" | "mode" | "info";
    readonly text: string;
  }
  /** The conversation's id, whenever it is new or changed (`/clear`). */
  | { readonly type: "session"; readonly id: string }
  | { readonly type: "background"; readonly tasks: readonly BackgroundTask[] }
  /** A turn is over. `text` is the sentence for a person when it was not simply answered. */
  | {
    readonly type: "ended";
    readonly prompts: readonly PromptId[];
    readonly outcome: Outcome;
    readonly text: string;
    readonly usage: Usage;
  }
  /** A prompt that the CLI closed without a turn of its own. */
  | { readonly type: "dropped"; readonly prompt: PromptId; readonly cancelled: boolean }
  /** No line for so many milliseconds in a running turn. */
  | { readonly type: "silent"; readonly ms: number }
  | { readonly type: "exited"; readonly reason: ExitReason; readonly stderrTail: string };
