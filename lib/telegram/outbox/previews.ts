import { type Place, PRIORITY } from "../../journal/mod.ts";
import type { FormattedText } from "../text/formatted.ts";
import { splitText } from "../text/split.ts";
import { message } from "./compose.ts";

/** A call of a method of the Bot API. */
export interface MethodCall {
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Something to show that may be dropped, or replaced by what comes later under the same key. */
export interface Preview {
  /** A later preview with the same key takes the place of one that still waits. */
  readonly key: string | object;
  readonly priority: typeof PRIORITY.remove | typeof PRIORITY.edit | typeof PRIORITY.draft;
  /** Not before this time; by the clock's steady one. */
  readonly notBefore?: number;
  /** True for what has to happen once, as taking buttons away; it outlives a 429. */
  readonly keep?: boolean;
  /** Makes the call; nothing to do any more when it gives null. */
  readonly call: () => MethodCall | null;
  /** Told when Telegram took it; `messageId` where it made a message. */
  readonly done?: (messageId: number | null) => void;
  /** Told when the call did not come through and is made again. */
  readonly failed?: () => void;
  /** Told when the message that it makes may stand already: it is not made again. */
  readonly doubtful?: () => void;
  /** Told when Telegram will not have it; only for those that are not kept. */
  readonly refused?: () => void;
}

/** The beginning of a text, as much as a message holds. */
function fitting(whole: FormattedText): FormattedText {
  const [text = whole] = splitText(whole);
  return text;
}

/** The call that sends a message, as much of it as fits. */
export function sending(
  text: FormattedText,
  target: Parameters<typeof message>[1],
  extra: object = {},
) {
  return { method: "sendMessage", payload: message(fitting(text), target, extra) };
}

/** A draft with Telegram's own stop button (Bot API 10.3 `sendMessageDraft`). */
export function draft(place: Place, id: number, text: FormattedText): MethodCall {
  const { link_preview_options: _, ...payload } = sending(text, { place, replyTo: null }).payload;
  return { method: "sendMessageDraft", payload: { ...payload, draft_id: id, can_stop: true } };
}

/** The call that gives a message this text, as much as fits, and these buttons, or none. */
export function edit(
  chat: number,
  messageId: number,
  text: FormattedText,
  extra: object = {},
): MethodCall {
  const { payload } = sending(text, { place: { chat }, replyTo: null }, extra);
  return { method: "editMessageText", payload: { ...payload, message_id: messageId } };
}

/** The call that takes a message away. */
export const deletion = (chat: number, messageId: number): MethodCall => ({
  method: "deleteMessage",
  payload: { chat_id: chat, message_id: messageId },
});

/** A change of a message that has to happen once, whoever else changes it. */
const lasting = (messageId: number, call: () => MethodCall): Preview => ({
  key: `message:${messageId}`,
  priority: PRIORITY.edit,
  keep: true,
  call,
});

/** The preview that changes a message for good, its buttons for these or gone. */
export const edited = (chat: number, messageId: number, text: FormattedText, extra: object = {}) =>
  lasting(messageId, () => edit(chat, messageId, text, extra));

/** The preview that takes the buttons of a message away for good. */
export const withoutButtons = (chat: number, messageId: number) =>
  lasting(messageId, () => ({
    method: "editMessageReplyMarkup",
    payload: { chat_id: chat, message_id: messageId },
  }));
