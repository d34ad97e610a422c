import type { CallbackQuery } from "grammy/types";
import type { JournalUpdate } from "../journal/mod.ts";
import { decode } from "./buttons.ts";
import { findCommand } from "./commands.ts";
import { code, concat, type FormattedText } from "./text/formatted.ts";
import { parseCommand } from "./receive.ts";
import { messageOf } from "./jobs.ts";

/** Whether an update that a crash cut off is not served again. */
export function expires(update: JournalUpdate): boolean {
  switch (update.kind) {
    case "press":
    case "stop":
    case "draft_stop": // Of a turn that is over.
      return true;
    case "command": // It may be half done.
      return findCommand(parseCommand(messageOf(update).text ?? "")?.name ?? "")?.repeatable !==
        true;
    default:
      return false;
  }
}

/** What is said of an update that has expired; null where what it belonged to tells of its own end. */
export function expiredWords(update: JournalUpdate): FormattedText | null {
  if (update.kind === "command") {
    const name = parseCommand(messageOf(update).text ?? "")?.name ?? "this command";
    return concat(
      "I was interrupted in the middle of ",
      code(`/${name}`),
      ". Please send it again.",
    );
  }
  if (update.kind !== "press") return null;
  const action = decode(queryOf(update).data ?? "");
  // Their message says that it is being done, and would say so for ever.
  if (action?.do === "archive.make") return cutOff(`putting ${action.session} away`, "/sessions");
  if (action?.do === "archive.restore") return cutOff("bringing a session back", "/archives");
  return null;
}

const cutOff = (work: string, list: string) =>
  concat(`I was interrupted in the middle of ${work}. `, code(list), " shows whether it is done.");

const queryOf = ({ payload }: JournalUpdate) =>
  (payload as { callback_query: CallbackQuery }).callback_query;
