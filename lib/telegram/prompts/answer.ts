import type { AskAnswer, QuestionAsk } from "../../claude/events.ts";
import { type OpenPrompt, PRIORITY } from "../../journal/mod.ts";
import { keyboard } from "../buttons.ts";
import type { Context } from "../context.ts";
import { edit } from "../previews.ts";
import { removeNote } from "./closed.ts";
import {
  answersOf,
  BEGINNING,
  type Choice,
  choose,
  isAnswered,
  type Progress,
  questionShown,
} from "./question.ts";

/** `refused`: not a choice that can be made now; `late`: Claude no longer waits. */
export type Answered = "refused" | "noted" | "answered" | "late";

/**
 * Notes a choice, and gives Claude the answers when it was the last one. `also` is in the same
 * commit; it is not made when the choice is refused.
 */
export function answerQuestion(
  context: Context,
  prompt: OpenPrompt,
  ask: QuestionAsk,
  choice: Choice,
  also = () => {},
): Answered {
  const { journal, conversations } = context;
  const before = prompt.progress as Progress | null ?? BEGINNING;
  const progress = choose(ask, before, choice);
  if (progress === null) return "refused";
  const conversation = conversations.of(prompt.session);
  if (!conversation.isAsked(prompt)) return "late";
  const note = () => {
    journal.prompts.choose(prompt.id, progress);
    journal.prompts.unawait(prompt.id);
    also();
  };
  if (isAnswered(ask, progress)) {
    const answer = answerOf(ask, before, progress, choice);
    return conversation.answer(prompt, answer, "✓ answered", note) ? "answered" : "late";
  }
  journal.transaction(note);
  if (prompt.awaits) removeNote(context.outbox, journal, prompt.id, prompt.place.chat);
  show(context, prompt, ask, progress);
  return "noted";
}

/** Words to the only question are said to Claude as such; all else is an answer to its question. */
function answerOf(
  ask: QuestionAsk,
  before: Progress,
  after: Progress,
  choice: Choice,
): AskAnswer {
  return choice.act === "text" && ask.form === undefined && ask.questions.length === 1 &&
      before.picked.length === 0
    ? { kind: "response", text: choice.text }
    : { kind: "answers", answers: answersOf(ask, after) };
}

/** The same message with the next question, or other ticks. */
function show({ outbox, journal }: Context, prompt: OpenPrompt, ask: QuestionAsk, to: Progress) {
  const { chat } = prompt.place;
  const { text, rows } = questionShown(prompt.session, ask, to, prompt.id);
  outbox.offer(chat, {
    key: `prompt:${prompt.id}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call() {
      const messageId = journal.prompts.get(prompt.id)?.messageId ?? null;
      return messageId === null ? null : edit(chat, messageId, text, keyboard(...rows));
    },
  });
}
