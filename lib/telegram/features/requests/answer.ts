import type { QuestionRequest, RequestAnswer } from "../../../claude/events.ts";
import type { OpenRequest } from "../../../journal/mod.ts";
import { keyboard } from "../../buttons.ts";
import type { Context } from "../../context.ts";
import { removeNote } from "../../views/requests/closed.ts";
import {
  answersOf,
  BEGINNING,
  type Choice,
  choose,
  isAnswered,
  type Progress,
  questionShown,
} from "../../views/requests/question.ts";
import { showAgain } from "../../views/requests/shown.ts";

/** `refused`: not a choice that can be made now; `late`: Claude no longer waits. */
export type Answered = "refused" | "noted" | "answered" | "late";

/**
 * Notes a choice, and gives Claude the answers when it was the last one. `also` is in the same
 * commit; it is not made when the choice is refused.
 */
export function answerQuestion(
  context: Context,
  open: OpenRequest,
  request: QuestionRequest,
  choice: Choice,
  also = () => {},
): Answered {
  const { journal, conversations } = context;
  const before = open.progress as Progress | null ?? BEGINNING;
  const progress = choose(request, before, choice);
  if (progress === null) return "refused";
  const conversation = conversations.of(open.session);
  if (!conversation.isAsked(open)) return "late";
  const note = () => {
    journal.requests.choose(open.id, progress);
    journal.requests.unawait(open.id);
    also();
  };
  if (isAnswered(request, progress)) {
    const answer = answerOf(request, before, progress, choice);
    return conversation.answer(open, answer, "✓ answered", note) ? "answered" : "late";
  }
  journal.transaction(note);
  if (open.awaits) removeNote(context.outbox, journal, open.id, open.place.chat);
  const { text, rows } = questionShown(open.session, request, progress, open.id);
  showAgain(context, open, text, keyboard(...rows)); // The next question, or other ticks.
  return "noted";
}

/** Words to the only question are said to Claude as such; all else is an answer to its question. */
function answerOf(
  request: QuestionRequest,
  before: Progress,
  after: Progress,
  choice: Choice,
): RequestAnswer {
  return choice.act === "text" && request.form === undefined && request.questions.length === 1 &&
      before.picked.length === 0
    ? { kind: "response", text: choice.text }
    : { kind: "answers", answers: answersOf(request, after) };
}
