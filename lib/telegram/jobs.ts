import type { Message, MessageOrigin } from "grammy/types";
import { type Job, joined, type JournalUpdate, type Piece } from "../journal/mod.ts";
import type { Asker, Context } from "./context.ts";
import { APART_S, glueOf, isRest } from "./cuts.ts";
import { asClaudeReads } from "./text/links.ts";
import { quoteOf } from "./quotes.ts";
import { isCommand, parseCommand } from "./update.ts";

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

/** A command that names its bot; one that names another never comes this far. */
const ADDRESSED = /^(\/[A-Za-z0-9_:-]+)@\w+/;

/** What Claude is given of one message: what it replies to, where it comes from, its text. */
export function promptText(message: Message): string {
  const written = asClaudeReads(message.text ?? "", message.entities);
  const text = steered(written) ?? written;
  if (isCommand(text)) return text.replace(ADDRESSED, "$1"); // It stands alone.
  const origin = originOf(message.forward_origin);
  const head = origin === null ? "" : `Forwarded from ${origin}:\n\n`;
  return quoteOf(message) + head + text;
}

/** What stands between two messages of one prompt that are no parts of one text. */
export const APART = "\n\n";

/** The messages of one prompt as the pieces of its text. */
export function piecesOf(messages: readonly Message[]): Piece[] {
  const whole = isCut(messages);
  return messages.map((message, index): Piece => {
    const messageId = message.message_id;
    const before = messages[index - 1];
    if (before === undefined) return { messageId, glue: "", text: promptText(message) };
    if (!whole && !isCut([before, message])) {
      return { messageId, glue: APART, text: promptText(message) };
    }
    return { messageId, glue: glueOf(before), text: restOf(message) };
  });
}

/** Whether all of these are parts of one text; forwarded ones were parts where they come from. */
const isCut = ([first, ...rest]: readonly Message[]): boolean =>
  first !== undefined && rest.length > 0 && isRest([first], rest) &&
  rest.every(({ forward_origin: origin }) => isSameOrigin(first.forward_origin, origin));

const isSameOrigin = (one: MessageOrigin | undefined, other: MessageOrigin | undefined) =>
  originOf(one) === originOf(other) && Math.abs((one?.date ?? 0) - (other?.date ?? 0)) <= APART_S;

/** A further part of a text: what it replies to, and where it is from, stand before the first. */
export const restOf = (message: Message): string =>
  asClaudeReads(message.text ?? "", message.entities);

/**
 * The job of the updates that make one prompt; all is changed in the caller's transaction.
 * @returns its id.
 */
export function addJob(
  context: Context,
  updates: readonly JournalUpdate[],
  session: string,
  asker: Asker,
  pieces: readonly Piece[] = piecesOf(updates.map(messageOf)),
): number {
  const { journal, clock, startedAt } = context;
  const last = messageOf(updates.at(-1)!);
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
 * Adds the rest of a text to the waiting job that its beginning became; in the caller's transaction.
 * @returns false when that job waits no more.
 */
export function extendJob(
  { journal, clock }: Context,
  job: number,
  before: Message,
  rest: readonly JournalUpdate[],
): boolean {
  const pieces = restPieces(before, rest.map(messageOf));
  const text = joined([...journal.pieces.of(job), ...pieces]);
  if (!journal.jobs.extend(job, text, pieces.at(-1)!.messageId)) return false;
  journal.pieces.add(job, before.chat.id, pieces);
  for (const { id } of rest) journal.updates.done(id, clock.now());
  return true;
}

/** Further parts of a text as pieces, the first of them behind `before`. */
export const restPieces = (before: Message, rest: readonly Message[]): Piece[] =>
  rest.map((message, index) => ({
    messageId: message.message_id,
    glue: glueOf(rest[index - 1] ?? before),
    text: restOf(message),
  }));

/** A cut text as one message: its first part, with all words. */
export function wholeMessage([first, ...rest]: readonly Written[]): Written {
  const parts = restPieces(first!, rest);
  const { entities: _, ...message } = first!;
  return { ...message, text: restOf(first!) + joined(parts) } as Written;
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
