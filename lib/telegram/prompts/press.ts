import type { CallbackQuery } from "grammy/types";
import { type Ask, grantKey, type QuestionAsk } from "../../claude/events.ts";
import type { OpenPrompt } from "../../journal/mod.ts";
import type { Asker, Context } from "../context.ts";
import type { PlainAct, PromptAction } from "./action.ts";
import { fitsMessage } from "../grants/words.ts";
import { answerQuestion } from "./answer.ts";
import { consider, isConsidered, unconsider } from "./from_now_on.ts";
import { invite } from "./invite.ts";
import { MEANINGS } from "./meanings.ts";
import type { Choice } from "./question.ts";
import { answeredBy, TOO_LATE, yesesBeside } from "./settle.ts";

export const OLD = "This button is no longer in use.";
export const NOT_YOURS = "Only who asked Claude can answer this.";

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
    case "skip":
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
  if (act === "consider" || act === "grant" || act === "unconsider") {
    return fromNowOn(context, prompt, ask, act);
  }
  if (act === "decline" || act === "dismiss") return closed(context, prompt, ask, act);
  const meant = MEANINGS[act];
  if (meant.of !== ask.kind) return OLD;
  const conversation = context.conversations.of(prompt.session);
  const words = act === "start-edits" ? editsAccepted(context, prompt.session) : meant.words;
  const yeses = act === "deny" ? [] : yesesBeside(context, prompt);
  const also = () => answeredBy(context, prompt, yeses);
  return conversation.answer(prompt, meant.answer, words, also) ? meant.toast : TOO_LATE;
}

/** A form is closed without an answer. */
function closed(
  { conversations }: Context,
  prompt: OpenPrompt,
  ask: Ask,
  act: "decline" | "dismiss",
): string {
  if (ask.kind !== "question" || ask.form === undefined) return OLD;
  const [answer, words, toast] = act === "decline"
    ? [{ kind: "deny", reason: "The user declined." } as const, "✗ declined", "Declined"]
    : [{ kind: "dismiss" } as const, "✗ cancelled", "Cancelled"];
  return conversations.of(prompt.session).answer(prompt, answer, words) ? toast : TOO_LATE;
}

/** The CLI keeps the mode as long as the process lives. */
function editsAccepted({ journal }: Context, session: string): string {
  const seconds = journal.sessions.get(session)?.idle_timeout;
  const idle = seconds === undefined
    ? ""
    : `: after ${Math.round(seconds / 60)} min idle, or /mode`;
  return `✓ started; edits are accepted until this process ends${idle}`;
}

/** The steps to a grant. What it allows has been on display before the tap that gives it. */
function fromNowOn(
  context: Context,
  prompt: OpenPrompt,
  ask: Ask,
  act: "consider" | "grant" | "unconsider",
): string {
  if (ask.kind !== "permission" || ask.grantable === null || !fitsMessage(ask.grantable)) {
    return OLD;
  }
  if (act === "consider") {
    consider(context, prompt, ask);
    return "This is what it would allow";
  }
  if (!isConsidered(prompt)) return OLD;
  if (act === "unconsider") {
    unconsider(context, prompt);
    return "Back";
  }
  const { session, user } = prompt;
  const what = grantKey(ask.grantable);
  const { journal, clock, conversations } = context;
  const given = conversations.of(session).answer(
    prompt,
    { kind: "allow" },
    "✓ allowed from now on",
    () => journal.grants.add({ session, what, user }, clock.now()),
  );
  return given ? "Allowed from now on; /allowed takes it back" : TOO_LATE;
}

const INVITED = { why: "permission", write: "question", revise: "plan" } as const;

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
