import type { ClaudeRequest } from "../../../claude/events.ts";
import { type Journal, type OpenRequest, PRIORITY } from "../../../journal/mod.ts";
import { edit } from "../../outbox/previews.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import type { FormattedText } from "../../text/formatted.ts";
import type { Shown } from "./detail.ts";
import { permissionShown } from "./permission.ts";
import { planShown } from "./plan.ts";
import { BEGINNING, questionsDocument, questionShown } from "./question.ts";

/** A request as a message; `id` is its row in the journal. */
export function shown(session: string, request: ClaudeRequest, id: number): Shown {
  switch (request.kind) {
    case "permission":
      return permissionShown(session, request, id);
    case "question":
      return {
        ...questionShown(session, request, BEGINNING, id),
        document: questionsDocument(request),
      };
    case "plan":
      return planShown(session, request, id);
    default:
      return request satisfies never;
  }
}

/** Gives the message of an open request another text and other buttons. */
export function showAgain(
  { outbox, journal }: { readonly outbox: Outbox; readonly journal: Journal },
  { id, place: { chat } }: OpenRequest,
  text: FormattedText,
  extra: object,
): void {
  outbox.offer(chat, {
    key: `request:${id}`,
    priority: PRIORITY.edit,
    keep: true,
    call() {
      // Read now: the tap may come before the journal has the message's number.
      const messageId = journal.requests.get(id)?.messageId ?? null;
      return messageId === null ? null : edit(chat, messageId, text, extra);
    },
  });
}
