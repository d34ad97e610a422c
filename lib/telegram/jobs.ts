import type { Message, MessageOrigin } from "grammy/types";
import { type Job, joined, type JournalUpdate, type Piece } from "../journal/mod.ts";
import type { Asker, Context } from "./context.ts";
import { withAddresses } from "./links.ts";
import { quoteOf } from "./quotes.ts";
import { isCommand, parseCommand } from "./update.ts";

/** Telegram's clients cut a text at 4096 characters, or at a gap a little before. */
const CUT_AT = 4096;
const NEARLY_CUT = 4000;

type Written = Pick<Message, "message_id" | "date" | "text" | "forward_origin"> & Message;

/** The message of a prompt's update, or of an edit. */
export function messageOf(update: JournalUpdate): Written {
  const payload = update.payload as { message?: Written; edited_message?: Written };
  return (payload.message ?? payload.edited_message)!;
}

/** The text behind `/steer`; null for any other text. */
export function steered(text: string): string | null {
  const command = parseCommand(text);
  return command?.name === "steer" ? command.args : null;
}

/** A text so long that Telegram may have cut it, with the rest in a message of its own. */
export function mayGoOn({ text = "" }: Pick<Message, "text">): boolean {
  return text.length >= NEARLY_CUT && [...text].length >= NEARLY_CUT;
}

/** Whether `next` may be the rest of what `before` begins. */
export function goesOn(before: Message, next: Message): boolean {
  if (!mayGoOn(before) || (next.text ?? "").startsWith("/")) return false;
  return originOf(before.forward_origin) === originOf(next.forward_origin);
}

/** A command that names its bot; one that names another never comes this far. */
const ADDRESSED = /^(\/[A-Za-z0-9_:-]+)@\w+/;

/** What Claude is given of one message: what it replies to, where it comes from, its text. */
export function promptText(message: Message): string {
  const written = withAddresses(message.text ?? "", message.entities);
  const text = steered(written) ?? written;
  if (isCommand(text)) return text.replace(ADDRESSED, "$1"); // It stands alone.
  const origin = originOf(message.forward_origin);
  const head = origin === null ? "" : `Forwarded from ${origin}:\n\n`;
  return quoteOf(message) + head + text;
}

/** The messages of one prompt as the pieces of its text. */
export function piecesOf(messages: readonly Message[]): Piece[] {
  return messages.map((message, index): Piece => {
    const messageId = message.message_id;
    const before = messages[index - 1];
    if (before === undefined) return { messageId, glue: "", text: promptText(message) };
    if (!goesOn(before, message)) return { messageId, glue: "\n\n", text: promptText(message) };
    // Telegram trims each message: cut at a gap, the gap is gone; cut inside a line, nothing is.
    const whole = [...(before.text ?? "")].length >= CUT_AT;
    const text = withAddresses(message.text ?? "", message.entities);
    return { messageId, glue: whole ? "" : "\n", text };
  });
}

/**
 * The job of the updates that make one prompt; all is changed in the caller's transaction.
 * @returns its id.
 */
export function addJob(
  context: Context,
  updates: readonly JournalUpdate[],
  session: string,
  asker: Asker,
): number {
  const { journal, clock, startedAt } = context;
  const messages = updates.map(messageOf);
  const last = messages.at(-1)!;
  const pieces = piecesOf(messages);
  const job = {
    session,
    place: asker.place,
    user: asker.user,
    messageId: last.message_id,
    text: joined(pieces),
    // Telegram's dates are whole seconds.
    away: updates[0]!.state === "new" && last.date < Math.floor(startedAt / 1000),
  };
  const id = journal.jobs.add(job, clock.now());
  journal.pieces.add(id, asker.place.chat, pieces);
  for (const update of updates) journal.updates.done(update.id, clock.now());
  return id;
}

/**
 * A new job of one that has ended, once, with another text; in the caller's transaction.
 * @returns its id; null when there is one already.
 */
export function addFollowUp({ journal, clock }: Context, job: Job, text: string): number | null {
  if (journal.jobs.get(job.id)?.followUp !== null) return null;
  const { session, place, user, messageId } = job;
  const again = { session, place, user, messageId, text, away: false };
  const followUp = journal.jobs.add(again, clock.now());
  journal.jobs.follow(job.id, followUp);
  return followUp;
}

/** Where a message was forwarded from, in words; null for one that was not. */
function originOf(origin: MessageOrigin | undefined): string | null {
  if (origin === undefined) return null;
  switch (origin.type) {
    case "user":
      return [origin.sender_user.first_name, origin.sender_user.last_name ?? ""].join(" ").trim();
    case "hidden_user":
      return origin.sender_user_name;
    case "chat":
      return origin.sender_chat.title ?? origin.sender_chat.first_name ?? "a chat";
    case "channel":
      return origin.chat.title;
    default:
      return origin satisfies never;
  }
}
