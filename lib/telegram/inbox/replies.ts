/** Answers to updates that are not served, and how a reply becomes rows. */
import { type NewDelivery, PRIORITY } from "../../journal/mod.ts";
import { deliveries } from "../outbox/compose.ts";
import type { Reply } from "../context.ts";
import type { Incoming, Written } from "../incoming/incoming.ts";
import { code, concat, type FormattedText, lines } from "../text/formatted.ts";
import { contentOf } from "../api/update.ts";

/** A reply to an update as deliveries. */
export function replyRows(
  { id, asker: { place }, replyTo }: Incoming,
  { text, extra = {}, behind = [] }: Reply,
): NewDelivery[] {
  const options = { priority: PRIORITY.answer, subject: `update:${id}`, extra };
  return [...deliveries(text, { place, replyTo }, options), ...behind];
}

/** True when an update that a crash cut off is not served again. */
export function expires(update: Incoming): boolean {
  switch (update.kind) {
    case "press":
    case "stop":
    case "draft_stop": // Of a turn that is over.
      return true;
    case "command": // It may be half done.
      return update.call?.command?.repeatable !== true;
    default:
      return false;
  }
}

/** The words about an update that has expired; null where what it belonged to tells of its own end. */
export function expiredWords(update: Incoming): FormattedText | null {
  if (update.kind === "command") {
    const name = update.call?.name ?? "this command";
    return concat(
      "I was interrupted in the middle of ",
      code(`/${name}`),
      ". Please send it again.",
    );
  }
  if (update.kind !== "press") return null;
  const { action } = update;
  // Their message says that it is being done, and would say so for ever.
  if (action?.do === "archive.make") return cutOff(`putting ${action.session} away`, "/sessions");
  if (action?.do === "archive.restore") return cutOff("bringing a session back", "/archives");
  return null;
}

const cutOff = (work: string, list: string) =>
  concat(`I was interrupted in the middle of ${work}. `, code(list), " shows whether it is done.");

/** The words about something that could not be served, for reasons that only the log knows. */
export function sorryFor({ kind }: Incoming): string {
  return kind === "edit"
    ? "I could not take in your change of this message; the log of Switchboard says why. Please change it again."
    : "Something went wrong with this message; the log of Switchboard says what. Please send it again.";
}

/** The words about a message that is no text. */
export const notUnderstood = ({ message }: Written): FormattedText =>
  lines(`I cannot read ${contentOf(message)} yet. Please say it in words.`);
