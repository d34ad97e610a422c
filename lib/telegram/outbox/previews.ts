import { type Place, PRIORITY } from "../../journal/mod.ts";
import { message } from "./compose.ts";
import type { FormattedText } from "../text/formatted.ts";
import { splitText } from "../text/split.ts";

/** Something to show that may be dropped, or replaced by what comes later under the same key. */
export interface Preview {
  /** A later preview with the same key takes the place of one that still waits. */
  readonly key: string;
  readonly priority: typeof PRIORITY.remove | typeof PRIORITY.edit | typeof PRIORITY.draft;
  /** Not before this time; by the clock's steady one. */
  readonly notBefore: number;
  /** True for what has to happen once, as taking buttons away; it outlives a 429. */
  readonly keep: boolean;
  /** Makes the call; nothing to do any more when it gives null. */
  readonly call: () => { method: string; payload: Record<string, unknown> } | null;
  /** Told when Telegram took it; `messageId` where it made a message. */
  readonly done?: (messageId: number | null) => void;
  /** Told when the call did not come through and is made again. */
  readonly failed?: () => void;
  /** Told when the message that it makes may stand already: it is not made again. */
  readonly doubtful?: () => void;
  /** Told when Telegram will not have it; only for those that are not kept. */
  readonly refused?: () => void;
}

/** A draft with Telegram's own stop button (Bot API 10.3 `sendMessageDraft`). */
export function draft(place: Place, id: number, text: FormattedText) {
  const { link_preview_options: _, ...payload } = message(text, { place, replyTo: null }) as Record<
    string,
    unknown
  >;
  return { method: "sendMessageDraft", payload: { ...payload, draft_id: id, can_stop: true } };
}

/** The call that gives a message this text, as much as fits, and these buttons, or none. */
export function edit(chat: number, messageId: number, whole: FormattedText, extra: object = {}) {
  const [text = whole] = splitText(whole);
  const { reply_parameters: _, disable_notification: __, ...payload } = message(
    text,
    { place: { chat }, replyTo: null },
    extra,
  ) as Record<string, unknown>;
  return { method: "editMessageText", payload: { ...payload, message_id: messageId } };
}

/** The preview that changes a message for good, its buttons for these or gone. */
export function edited(
  chat: number,
  messageId: number,
  text: FormattedText,
  extra: object = {},
): Preview {
  return {
    key: `message:${messageId}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call: () => edit(chat, messageId, text, extra),
  };
}

/** The preview that takes the buttons of a message away for good. */
export function withoutButtons(chat: number, messageId: number): Preview {
  return {
    key: `message:${messageId}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call: () => ({
      method: "editMessageReplyMarkup",
      payload: { chat_id: chat, message_id: messageId },
    }),
  };
}
