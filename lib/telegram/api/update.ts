/**
 * Updates at the door: what Telegram delivers is looked at once, so that nothing behind the door meets
 * a message without a chat or a text that is no text.
 */
import type { Update } from "grammy/types";
import { z } from "zod";
import { logger } from "../../log/mod.ts";

const log = logger("receive");

/** The kinds of updates that Telegram is asked for (Bot API 10.5, `allowed_updates`). */
export const ALLOWED_UPDATES = [
  "message",
  "edited_message",
  "callback_query",
  "stopped_message_generation",
  "my_chat_member", // What the bot may do in a chat.
] as const;

const user = z.looseObject({ id: z.int() });
const chat = z.looseObject({ id: z.int() });
const entities = z.array(z.looseObject({
  type: z.string(),
  offset: z.int().nonnegative(),
  length: z.int().nonnegative(),
  url: z.string().optional(),
})).optional();

const words = {
  from: user.optional(),
  text: z.string().optional(),
  entities,
  caption: z.string().optional(),
  caption_entities: entities,
};

const message = z.looseObject({
  ...words,
  message_id: z.int(),
  date: z.number(), // 0 for a message that is not accessible any more.
  chat,
  message_thread_id: z.int().optional(),
  migrate_to_chat_id: z.int().optional(),
  migrate_from_chat_id: z.int().optional(),
  forward_origin: z.looseObject({ type: z.string() }).optional(),
  quote: z.looseObject({ text: z.string(), entities }).optional(),
  reply_to_message: z.looseObject(words).optional(),
});

/** The parts of an update that something of ours reads (Bot API 10.5); the rest stays as it is. */
const schema = z.looseObject({
  update_id: z.int(),
  message: message.optional(),
  edited_message: message.optional(),
  callback_query: z.looseObject({
    id: z.string(),
    from: user,
    data: z.string().optional(),
    message: message.optional(),
  }).optional(),
  stopped_message_generation: z.looseObject({ chat, draft_id: z.int() }).optional(),
  my_chat_member: z.looseObject({ chat, from: user }).optional(),
});

/** An update whose fields are of the kinds that the Bot API names; null for one whose are not. */
export function readUpdate(raw: unknown): Update | null {
  try {
    // Telegram leaves out what is not there; whoever writes null for it means the same.
    const text = JSON.stringify(raw, (_, value) => value ?? undefined);
    return schema.parse(JSON.parse(text)) as unknown as Update;
  } catch { // What is nested many thousand levels deep cannot be written down either.
    return null;
  }
}

/** Updates that cannot be read: the log names the first, and then ever fewer of them. */
export class Unreadable {
  #count = 0;

  /** Notes one. */
  note(raw: unknown): void {
    const count = ++this.#count;
    if (!Number.isInteger(Math.log10(count))) return;
    const id = String(Object(raw).update_id).slice(0, 30);
    log.warn("Telegram delivered what is no update ({count} so far); the last has the id {id}", {
      ...{ count, id },
    });
  }
}

/**
 * The fields of a message that are something to answer to (Bot API 10.5), each as it is called. All
 * other messages are notices of Telegram's about the chat, and each version has more of them.
 */
const CONTENT: Readonly<Record<string, string>> = {
  photo: "pictures",
  live_photo: "pictures",
  voice: "voice notes",
  audio: "audio files",
  animation: "animations", // Before the document, which stands beside it.
  video: "videos",
  video_note: "video notes",
  document: "files",
  sticker: "stickers",
  venue: "places",
  location: "places",
  contact: "contacts",
  poll: "polls",
  dice: "dice",
  checklist: "checklists",
  story: "stories",
  paid_media: "paid media",
  game: "games",
  invoice: "invoices",
  caption: "this kind of message",
  rich_message: "this kind of message",
  text: "texts",
};

/** The kind of content that a person sent; undefined for a notice of Telegram's. */
export const contentOf = (message: object): string | undefined =>
  Object.entries(CONTENT).find(([field]) => field in message)?.[1];
