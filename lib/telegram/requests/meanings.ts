import type { ClaudeRequest, RequestAnswer } from "../../claude/events.ts";

/** The answers to a request that need no further words. */
export type PlainAnswer = "allow" | "deny" | "start" | "start-edits" | "send-back";

interface Meaning {
  /** The kind of request that it answers. */
  readonly of: ClaudeRequest["kind"];
  readonly answer: RequestAnswer;
  /** What its message says afterwards. */
  readonly words: string;
  readonly toast: string;
}

const DENIED: RequestAnswer = { kind: "deny", reason: "The user denied this." };

/** The answers, as Claude and the person are told of them. A plan begins with its edits asked for one by one. */
export const MEANINGS: Readonly<Record<PlainAnswer, Meaning>> = {
  allow: {
    of: "permission",
    answer: { kind: "allow" },
    words: "✓ allowed",
    toast: "Allowed",
  },
  deny: {
    of: "permission",
    answer: DENIED,
    words: "✗ denied",
    toast: "Denied",
  },
  start: {
    of: "plan",
    answer: { kind: "start", edits: "ask" },
    words: "✓ started",
    toast: "Started",
  },
  "start-edits": {
    of: "plan",
    answer: { kind: "start", edits: "accept" },
    words: "✓ started; edits are accepted",
    toast: "Started; edits are accepted until its process ends",
  },
  "send-back": {
    of: "plan",
    answer: DENIED,
    words: "✎ sent back",
    toast: "Sent back",
  },
};
