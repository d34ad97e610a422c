/**
 * Long texts, as Telegram's clients cut them: each client where it likes, but only what does not fit
 * into one message. So the parts together are always longer than a message can be; that sum tells a
 * cut text from two messages. (Read in the sources of Desktop, Android, iOS, macOS and Web K.)
 */
import { isSteered, type Written } from "./incoming.ts";

/** The capacity of one message, in code points. */
const CUT_AT = 4096;
/** The parts of a cut text are longer together, less what each client trims at the cut. */
const SUM = 4032;
/** Nearly every first part is longer; a shorter text is never held back. */
const LONG = 2_000;
/** The parts of one text are sent within so many of Telegram's whole seconds. */
export const APART_S = 2;

/** The rest of a cut text comes within this time of the part before, or there is none. */
export const REST_MS = 1_500;

const lengthOf = ({ message: { text = "" } }: Written): number => {
  let length = 0;
  for (const _ of text) length++;
  return length;
};

const isTyped = ({ message }: Written) =>
  message.text !== undefined && message.via_bot === undefined;

/** True when a text is so long that its client may have cut it, with the rest in a message of its own. */
export const mayGoOn = (written: Written): boolean =>
  isTyped(written) && (written.message.text?.length ?? 0) >= LONG && lengthOf(written) >= LONG;

/**
 * True when `next` is the rest of the text that `parts` begin. Clients repeat what is replied to on each
 * part, so only the same reply counts.
 */
export function isRest(parts: readonly Written[], next: readonly Written[]): boolean {
  const all = [...parts, ...next];
  const together = all.every(isTyped) &&
    all.slice(1).every((written, index) => follows(all[index]!, written));
  return together && all.reduce((sum, written) => sum + lengthOf(written), 0) > SUM;
}

/** True when `next` may go on where `before` ends, by all but their lengths. */
export function follows({ message: before }: Written, next: Written): boolean {
  const { message } = next;
  return Math.abs(message.date - before.date) <= APART_S && !isSteered(next) &&
    message.reply_to_message?.message_id === before.reply_to_message?.message_id &&
    message.message_thread_id === before.message_thread_id;
}

/**
 * What stood between two parts of a text. Clients trim each part: cut at a gap, the gap is gone; cut
 * inside a line, where a part is full, nothing is.
 */
export const glueOf = (before: Written): string => lengthOf(before) >= CUT_AT ? "" : "\n";
