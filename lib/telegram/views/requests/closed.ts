import type { ClaudeRequest } from "../../../claude/events.ts";
import { type Journal, type OpenRequest, PRIORITY } from "../../../journal/mod.ts";
import { bold, concat, type FormattedText, lines } from "../../text/formatted.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import { deletion, edit } from "../../outbox/previews.ts";
import { planFolded } from "./plan.ts";
import { answered, BEGINNING, isAnswered, type Progress } from "./question.ts";

/** A request that ended: its message folds, its buttons go, and so does the invitation to write. */
export function showClosed(
  outbox: Outbox,
  journal: Journal,
  { id, place: { chat } }: OpenRequest,
  words: string,
): void {
  outbox.offer(chat, {
    key: `request:${id}`,
    priority: PRIORITY.edit,
    keep: true,
    call() {
      // Read now: its message may have been confirmed only after the answer was given elsewhere.
      const open = journal.requests.get(id);
      if (open === undefined) return null;
      if (open.messageId !== null) return edit(chat, open.messageId, folded(open, words));
      journal.transaction(() => {
        rewordUnsent(journal, id, folded(open, words));
        journal.requests.folded(id);
      });
      return null;
    },
    done: () => journal.requests.folded(id),
  });
  removeNote(outbox, journal, id, chat);
}

/** What is still to be sent again says how it ended, too, and asks nothing any more. */
function rewordUnsent(journal: Journal, id: number, { text, entities }: FormattedText): void {
  const unsent = journal.requests.unsent(id);
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
    keep: true,
    call() {
      const note = journal.requests.get(id)?.noteId ?? null;
      return note === null ? null : deletion(chat, note);
    },
  });
}

/** A request and its end, in a line. */
function folded(open: OpenRequest, words: string): FormattedText {
  const request = open.request as ClaudeRequest;
  if (request.kind === "plan") return planFolded(request, words);
  if (request.kind === "question") {
    const progress = open.progress as Progress | null ?? BEGINNING;
    if (isAnswered(request, progress)) return lines(...answered(request, progress));
  }
  return concat(`${open.summary}: `, bold(words));
}
