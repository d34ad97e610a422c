import type { ToolState, TurnEvent } from "../claude/events.ts";

/** One thing that Claude did in a turn. */
export interface Step {
  readonly id: string;
  readonly summary: string;
  readonly state: ToolState;
}

/** The running turn as a person should see it. Rebuilt from events; never edited in place. */
export interface TurnView {
  readonly phase: "waiting" | "working" | "asking" | "done";
  /** The steps in the order they began. */
  readonly steps: readonly Step[];
  /** The final texts so far, in their order: together they are the answer. */
  readonly messages: readonly string[];
  /** Provisional text of the block that is being written; empty between blocks. */
  readonly draft: string;
  /** Something that goes on besides: a retry, a compaction, a long silence. Empty when nothing does. */
  readonly notice: string;
  /** The model that answers; empty until it is known. */
  readonly model: string;
  /** The open requests, by their ids. */
  readonly requests: readonly string[];
  /** The number of messages that wait for the end of the turn, of who asked it, and the newest of them. */
  readonly waiting: { readonly count: number; readonly last: number };
}

const JOINED = "Read what you sent meanwhile";

export const EMPTY_VIEW: TurnView = {
  phase: "waiting",
  steps: [],
  messages: [],
  draft: "",
  notice: "",
  model: "",
  requests: [],
  waiting: { count: 0, last: 0 },
};

/** Returns the view after `event`. Pure: the same events give the same view. */
export function reduce(before: TurnView, event: TurnEvent): TurnView {
  switch (event.type) {
    case "started":
      return { ...before, phase: "working" };
    case "text":
      return { ...before, draft: before.draft + event.delta, notice: "" };
    case "text_reset": // A retried model call starts its text again.
      return before.draft === "" ? before : { ...before, draft: "" };
    case "message":
      return { ...before, messages: [...before.messages, event.text], draft: "", notice: "" };
    case "tool":
      return { ...before, steps: withStep(before.steps, event), notice: "" };
    case "request":
      return withRequests(before, [...before.requests, event.request.id]);
    case "request_withdrawn":
      return withRequests(before, before.requests.filter((id) => id !== event.id));
    case "model":
      return { ...before, model: event.name };
    case "notice":
    case "continues":
      return { ...before, notice: event.text };
    case "silent":
      return { ...before, notice: `Nothing heard for ${Math.round(event.ms / 60_000)} min` };
    case "ended":
      return { ...before, phase: "done", draft: "", notice: "", requests: [] };
    case "exited":
      return { ...before, phase: "done", notice: "", requests: [] };
    case "joined":
      return {
        ...before,
        steps: withStep(before.steps, { id: event.prompt, summary: JOINED, state: "done" }),
      };
    case "thinking":
    case "thought":
    case "session":
    case "background":
    case "limits":
    case "touched":
    case "warning":
    case "dropped":
    case "unsaved":
    case "servers":
      return before;
    default:
      return event satisfies never;
  }
}

/** The answer so far: all texts of the turn in their order, those before tool calls too. */
export function answerOf(view: TurnView): string {
  return [...view.messages, view.draft].filter((text) => text.trim() !== "").join("\n\n");
}

function withRequests(before: TurnView, ids: readonly string[]): TurnView {
  const phase = ids.length > 0 ? "asking" : before.phase === "asking" ? "working" : before.phase;
  return { ...before, phase, requests: ids };
}

function withStep(steps: readonly Step[], { id, summary, state }: Step): readonly Step[] {
  const step = { id, summary, state };
  return steps.some((each) => each.id === id)
    ? steps.map((each) => (each.id === id ? step : each))
    : [...steps, step];
}
