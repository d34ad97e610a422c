import type { CallbackQuery } from "grammy/types";
import type { Ask, AskAnswer, QuestionAsk } from "../../claude/events.ts";
import type { OpenPrompt } from "../../journal/mod.ts";
import type { Asker, Context } from "../context.ts";
import type { PlainAct, PromptAction } from "./action.ts";
import { answerQuestion } from "./answer.ts";
import { invite } from "./invite.ts";
import type { Choice } from "./question.ts";

export const OLD = "This button is no longer in use.";
export const NOT_YOURS = "Only who asked Claude can answer this.";
export const TOO_LATE = "Too late: Claude no longer waits for this.";

/** What a tap on a prompt's button does. @returns the toast for the one who tapped. */
export function pressedPrompt(
  context: Context,
  asker: Asker,
  action: PromptAction,
  query: CallbackQuery,
): string {
  const prompt = context.journal.prompts.get(action.prompt);
  if (prompt === undefined || prompt.place.chat !== asker.place.chat) return OLD;
  if (prompt.user !== asker.user) return NOT_YOURS;
  if (!shows(prompt, query.message?.message_id)) return OLD;
  if (!prompt.open) return `This was settled already: ${prompt.outcome ?? "closed"}.`;
  const ask = prompt.ask as Ask;
  switch (action.act) {
    case "pick":
    case "done":
    case "back":
      return ask.kind === "question" ? chosen(context, prompt, ask, action) : OLD;
    default:
      return plain(context, prompt, ask, action.act);
  }
}

/**
 * Whether a message is the one that shows a prompt. A repeat after an unknown outcome has an older
 * twin: both are of this request, so either counts.
 */
function shows({ messageId, repeated }: OpenPrompt, pressed: number | undefined): boolean {
  if (messageId === null || pressed === undefined || pressed === messageId) return true;
  return repeated && pressed < messageId;
}

function plain(context: Context, prompt: OpenPrompt, ask: Ask, act: PlainAct): string {
  if (act === "why" || act === "write" || act === "revise") {
    return INVITED[act] === ask.kind ? invite(context, prompt, ask.kind) : OLD;
  }
  const meant = MEANINGS[act];
  if (meant.of !== ask.kind) return OLD;
  if (act === "session" && ask.kind === "permission" && ask.forSession === null) return OLD;
  const conversation = context.conversations.of(prompt.session);
  return conversation.answer(prompt, meant.answer, meant.words) ? meant.toast : TOO_LATE;
}

const INVITED = { why: "permission", write: "question", revise: "plan" } as const;

interface Meaning {
  readonly of: Ask["kind"];
  readonly answer: AskAnswer;
  /** What its message says afterwards. */
  readonly words: string;
  readonly toast: string;
}

const MEANINGS: Readonly<Record<Exclude<PlainAct, "why" | "write" | "revise">, Meaning>> = {
  allow: {
    of: "permission",
    answer: { kind: "allow", scope: "once" },
    words: "✓ allowed",
    toast: "Allowed",
  },
  session: {
    of: "permission",
    answer: { kind: "allow", scope: "session" },
    words: "✓ allowed for this session",
    toast: "Allowed for this session",
  },
  deny: {
    of: "permission",
    answer: { kind: "deny", reason: "The user denied this." },
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
    words: "✓ started, edits accepted",
    toast: "Started; edits are accepted",
  },
};

function chosen(context: Context, prompt: OpenPrompt, ask: QuestionAsk, choice: Choice): string {
  switch (answerQuestion(context, prompt, ask, choice)) {
    case "refused":
      return choice.act === "done"
        ? "Tap at least one, or reply with your own answer."
        : "That question is answered already.";
    case "noted":
      return choice.act === "back" ? "Back" : "Noted";
    case "answered":
      return "Answered";
    case "late":
      return TOO_LATE;
  }
}
