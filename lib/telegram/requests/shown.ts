import type { InlineKeyboardButton } from "grammy/types";
import type { ClaudeRequest } from "../../claude/events.ts";
import type { Document } from "../document.ts";
import type { FormattedText } from "../text/formatted.ts";
import { permissionShown } from "./permission.ts";
import { planShown } from "./plan.ts";
import { BEGINNING, questionsDocument, questionShown } from "./question.ts";

/** A request as it is put into the chat. */
export interface Shown {
  readonly text: FormattedText;
  readonly rows: InlineKeyboardButton[][];
  /** What was too long for the message, whole; null when the message says it all. */
  readonly document: Document | null;
}

/** What Claude asks, as a message; `id` is its row in the journal. */
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
