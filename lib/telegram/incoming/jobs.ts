import type { MessageOrigin } from "grammy/types";
import { type Job, joined, type Piece } from "../../journal/mod.ts";
import type { Context } from "../context.ts";
import { APART_S, glueOf, isRest } from "./cuts.ts";
import { isCommand, isSteered, type Written } from "./incoming.ts";
import type { Group } from "./message_groups.ts";
import { quoteOf } from "./quotes.ts";

/** A command that names its bot; one that names another never comes this far. */
const ADDRESSED = /^(\/[A-Za-z0-9_:-]+)@\w+/;

/** The prompt that one message makes: what it replies to, where it comes from, its text. */
export function promptText(written: Written): string {
  const { message, words, call } = written;
  const text = isSteered(written) ? call!.args : words;
  if (isCommand(text)) return text.replace(ADDRESSED, "$1"); // It stands alone.
  const origin = originOf(message.forward_origin);
  const head = origin === null ? "" : `Forwarded from ${origin}:\n\n`;
  return quoteOf(message) + head + text;
}

/** The glue between two messages of one prompt that are no parts of one text. */
export const APART = "\n\n";

/** The messages of one prompt as the pieces of its text. */
export function piecesOf(all: Group): Piece[] {
  const whole = isCut(all);
  return all.map((written, index): Piece => {
    const { message_id: messageId } = written.message;
    const before = all[index - 1];
    if (before === undefined) return { messageId, glue: "", text: promptText(written) };
    return whole || isCut([before, written])
      ? { messageId, glue: glueOf(before), text: written.words }
      : { messageId, glue: APART, text: promptText(written) };
  });
}

/** True when all of these are parts of one text; forwarded ones were parts where they come from. */
const isCut = ([first, ...rest]: Group): boolean =>
  rest.length > 0 && isRest([first], rest) &&
  rest.every(({ message }) => isSameOrigin(first.message.forward_origin, message.forward_origin));

const isSameOrigin = (one: MessageOrigin | undefined, other: MessageOrigin | undefined) =>
  originOf(one) === originOf(other) && Math.abs((one?.date ?? 0) - (other?.date ?? 0)) <= APART_S;

/** Further parts of a text as pieces, the first of them behind `before`: their words alone. */
export const restPieces = (before: Written, rest: readonly Written[]): Piece[] =>
  rest.map(({ message, words }, index) => ({
    messageId: message.message_id,
    glue: glueOf(rest[index - 1] ?? before),
    text: words,
  }));

/**
 * The job of the messages that make one prompt; all is changed in the caller's transaction.
 * @returns its id.
 */
export function addJob(
  { journal, clock, startedAt }: Context,
  all: Group,
  session: string,
  pieces: readonly Piece[] = piecesOf(all),
): number {
  const { asker, held } = all[0];
  const { message } = all.at(-1)!;
  const job = {
    ...{ session, ...asker, messageId: message.message_id, text: joined(pieces) },
    // Telegram's dates are whole seconds.
    away: !held && message.date < Math.floor(startedAt / 1000),
  };
  const id = journal.jobs.add(job, clock.now());
  journal.pieces.add(id, asker.place.chat, pieces);
  for (const { id: update } of all) journal.updates.done(update, clock.now());
  return id;
}

/**
 * Adds the rest of a text to the waiting job that its beginning became; in the caller's transaction.
 * @returns false when that job waits no more.
 */
export function extendJob(
  { journal, clock }: Context,
  job: number,
  before: Written,
  rest: readonly Written[],
): boolean {
  const pieces = restPieces(before, rest);
  const text = joined([...journal.pieces.of(job), ...pieces]);
  if (!journal.jobs.extend(job, text, pieces.at(-1)!.messageId)) return false;
  journal.pieces.add(job, before.message.chat.id, pieces);
  for (const { id } of rest) journal.updates.done(id, clock.now());
  return true;
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

/** True when a job was made for an earlier session of its name, or for one that is gone. */
export async function isOfEarlierSession(
  { sessions }: Pick<Context, "sessions">,
  { session, createdAt }: Pick<Job, "session" | "createdAt">,
): Promise<boolean> {
  if (!await sessions.exists(session)) return true;
  return Date.parse((await sessions.get(session)).created) > createdAt;
}
