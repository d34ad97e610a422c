import type { ClaudeRequest, RequestAnswer } from "../../../claude/events.ts";
import type { OpenRequest } from "../../../journal/mod.ts";
import { NOT_SEEN } from "../../buttons.ts";
import type { Context } from "../../context.ts";

/** The answers to a request that need no further words. */
export type PlainAnswer = "allow" | "deny" | "start" | "start-edits" | "send-back";

interface Meaning {
  /** The kind of request that it answers. */
  readonly of: ClaudeRequest["kind"];
  readonly answer: RequestAnswer;
  /** The words of its message afterwards. */
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

export const TOO_LATE = "Too late: Claude no longer waits for this.";
export const NOT_ASKED = "Only who asked Claude can answer this.";

/** A yes and a no, by the kind of request. */
const ANSWERS: Readonly<
  Record<
    "allow" | "deny",
    Readonly<Record<Exclude<ClaudeRequest["kind"], "question">, PlainAnswer>>
  >
> = {
  allow: { permission: "allow", plan: "start" },
  deny: { permission: "deny", plan: "send-back" },
};

/** Says yes or no to a request. @returns the toast. */
export function settle(
  context: Context,
  open: OpenRequest,
  how: "allow" | "deny",
  also: () => void,
): string {
  const { kind } = open.request as ClaudeRequest;
  if (kind === "question") return "Claude asks for words here: reply to its question.";
  return mean(context, open, ANSWERS[how][kind], { also });
}

/** Gives a plain answer; a yes only to what was shown whole. @returns the toast. */
export function mean(
  { journal, conversations }: Context,
  open: OpenRequest,
  act: PlainAnswer,
  { words = MEANINGS[act].words, also = () => {} } = {},
): string {
  const { answer, toast } = MEANINGS[act];
  const isYes = answer.kind !== "deny";
  if (isYes && journal.deliveries.awaitsDocument(open.place.chat, open.requestId)) return NOT_SEEN;
  return conversations.of(open.session).answer(open, answer, words, also) ? toast : TOO_LATE;
}
