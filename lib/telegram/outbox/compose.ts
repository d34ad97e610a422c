import { type NewDelivery, type Place, PRIORITY } from "../../journal/mod.ts";
import type { FormattedText } from "../text/formatted.ts";
import { splitText } from "../text/split.ts";

/** Added to a text that may be in the chat twice. Whoever cuts texts leaves room for it. */
export const REPEAT_MARK = "\n\n↻ Sent again after a broken connection.";

/** The longest text of a message: Telegram's 4096, less what a repeat adds. */
export const LIMIT = 4096 - REPEAT_MARK.length;

/** Where a message goes and what it answers. */
interface Target {
  readonly place: Place;
  readonly replyTo: number | null;
  readonly silent?: boolean;
}

/** The payload of a `sendMessage`: entities, never a `parse_mode`; no link preview. */
export function message(text: FormattedText, target: Target, extra: object = {}) {
  const { place, replyTo, silent } = target;
  return {
    chat_id: place.chat,
    ...(place.thread === undefined ? {} : { message_thread_id: place.thread }),
    text: text.text.toWellFormed(), // Half an emoji, and Telegram refuses the whole message.
    ...(text.entities.length === 0 ? {} : { entities: text.entities }),
    ...(replyTo === null
      ? {}
      : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
    ...(silent ? { disable_notification: true } : {}),
    link_preview_options: { is_disabled: true },
    ...extra,
  };
}

/** A text of any length as deliveries: the first replies and notifies, the last has the buttons. */
export function deliveries(
  text: FormattedText,
  target: Target,
  options: { readonly priority?: number; readonly subject?: string; readonly extra?: object } = {},
): NewDelivery[] {
  const pieces = splitText(text, LIMIT);
  return pieces.map((piece, index) => ({
    chat: target.place.chat,
    priority: options.priority ?? PRIORITY.answer,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    method: "sendMessage",
    payload: message(
      piece,
      {
        place: target.place,
        replyTo: index === 0 ? target.replyTo : null,
        silent: index > 0 || target.silent === true,
      },
      index === pieces.length - 1 ? options.extra : {},
    ),
  }));
}
