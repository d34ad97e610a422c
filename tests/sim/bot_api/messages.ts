import type {
  Chat,
  Document,
  InlineKeyboardMarkup,
  Message,
  MessageEntity,
  MessageOrigin,
  PhotoSize,
  TextQuote,
  User,
  Voice,
} from "grammy/types";

/** What a message carries beside its text. */
export type Media =
  | { kind: "photo"; photo: PhotoSize[] }
  | { kind: "document"; document: Document }
  | { kind: "voice"; voice: Voice };

/** What a message looked like before an edit. */
export interface Version {
  /** When it began to look like that, in milliseconds. */
  at: number;
  text: string;
  entities: MessageEntity[];
  reply_markup?: InlineKeyboardMarkup;
}

/** A message as the people in the chat see it. */
export interface ChatMessage {
  readonly chat_id: number;
  readonly message_id: number;
  /** The topic that it is in. */
  readonly thread?: number;
  readonly from: User;
  readonly by_bot: boolean;
  /** Seconds since 1970, as Telegram counts. */
  readonly date: number;
  /** The text, or the caption of a file; "" when there is neither. */
  text: string;
  entities: MessageEntity[];
  reply_markup?: InlineKeyboardMarkup;
  readonly reply_to?: number;
  readonly quote?: TextQuote;
  /** Sent without a notification. */
  readonly disable_notification: boolean;
  readonly media?: Media;
  readonly media_group_id?: string;
  readonly forward_origin?: MessageOrigin;
  readonly protect_content: boolean;
  readonly link_preview_disabled: boolean;
  /** What the bot reacted with; "" for nothing. */
  reaction: string;
  pinned: boolean;
  /** How often it was edited. */
  edits: number;
  edit_date?: number;
  deleted: boolean;
  /** Every version, the present one last. */
  readonly versions: Version[];
}

/** Sets the content of a message and keeps what it was. */
export function revise(
  message: ChatMessage,
  content: Omit<Version, "at">,
  now: number,
): void {
  message.text = content.text;
  message.entities = content.entities;
  if (content.reply_markup) message.reply_markup = content.reply_markup;
  else delete message.reply_markup;
  message.edits++;
  message.edit_date = Math.floor(now / 1000);
  message.versions.push({ at: now, ...content });
}

/** The message as the Bot API tells it. `original` is what it replies to. */
export function toMessage(message: ChatMessage, chat: Chat, original?: ChatMessage): Message {
  const { text, entities, media } = message;
  const textKey = media ? "caption" : "text";
  return {
    message_id: message.message_id,
    from: message.from,
    chat,
    date: message.date,
    ...(message.thread !== undefined &&
      { message_thread_id: message.thread, is_topic_message: true as const }),
    ...(message.edit_date !== undefined && { edit_date: message.edit_date }),
    ...(message.forward_origin && { forward_origin: message.forward_origin }),
    ...(message.media_group_id && { media_group_id: message.media_group_id }),
    ...(message.protect_content && { has_protected_content: true as const }),
    ...(original &&
      { reply_to_message: toMessage(original, chat) as Message["reply_to_message"] & object }),
    ...(message.quote && { quote: message.quote }),
    ...(text !== "" && { [textKey]: text }),
    ...(entities.length > 0 && { [media ? "caption_entities" : "entities"]: entities }),
    ...(media?.kind === "photo" && { photo: media.photo }),
    ...(media?.kind === "document" && { document: media.document }),
    ...(media?.kind === "voice" && { voice: media.voice }),
    ...(message.reply_markup && { reply_markup: message.reply_markup }),
  };
}
