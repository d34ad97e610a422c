import type { Ask } from "../../claude/events.ts";
import { type Journal, type OpenPrompt, PRIORITY } from "../../journal/mod.ts";
import { bold, concat, type FormattedText, lines } from "../text/formatted.ts";
import type { Outbox } from "../outbox.ts";
import { edit } from "../previews.ts";
import { planFolded } from "./plan.ts";
import { answered, BEGINNING, isAnswered, type Progress } from "./question.ts";

/** A prompt that ended: its message folds, its buttons go, and so does the invitation to write. */
export function showClosed(
  outbox: Outbox,
  journal: Journal,
  { id, place: { chat } }: OpenPrompt,
  words: string,
): void {
  outbox.offer(chat, {
    key: `prompt:${id}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call() {
      // Read now: its message may have been confirmed only after the answer was given elsewhere.
      const prompt = journal.prompts.get(id);
      if (prompt === undefined) return null;
      if (prompt.messageId !== null) return edit(chat, prompt.messageId, folded(prompt, words));
      journal.transaction(() => {
        rewordUnsent(journal, id, folded(prompt, words));
        journal.prompts.folded(id);
      });
      return null;
    },
    done: () => journal.prompts.folded(id),
  });
  removeNote(outbox, journal, id, chat);
}

/** What is still to be sent again says how it ended, too, and asks nothing any more. */
function rewordUnsent(journal: Journal, id: number, { text, entities }: FormattedText): void {
  const unsent = journal.prompts.unsent(id);
  const delivery = unsent === undefined ? undefined : journal.deliveries.get(unsent);
  if (delivery === undefined) return;
  const { reply_markup: _, ...payload } = delivery.payload;
  const now = { text, entities, disable_notification: true };
  journal.deliveries.reword(delivery.id, { ...payload, ...now });
}

/** Takes the invitation to write away. */
export function removeNote(outbox: Outbox, journal: Journal, id: number, chat: number): void {
  outbox.offer(chat, {
    key: `note:${id}`,
    priority: PRIORITY.remove,
    notBefore: 0,
    keep: true,
    call() {
      const note = journal.prompts.get(id)?.noteId ?? null;
      if (note === null) return null;
      return { method: "deleteMessage", payload: { chat_id: chat, message_id: note } };
    },
  });
}

/** What was asked and how it ended, in a line. */
function folded(prompt: OpenPrompt, words: string): FormattedText {
  const ask = prompt.ask as Ask;
  if (ask.kind === "plan") return planFolded(ask, words);
  if (ask.kind === "question") {
    const progress = prompt.progress as Progress | null ?? BEGINNING;
    if (isAnswered(ask, progress)) return lines(...answered(ask, progress));
  }
  return concat(`${prompt.summary}: `, bold(words));
}
