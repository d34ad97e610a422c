/**
 * Updates at the door: what Telegram delivers is looked at once, so that nothing behind the door meets
 * a message without a chat or a text that is no text.
 */
import type { Message, Update } from "grammy/types";
import { z } from "zod";
import { logger } from "../log/mod.ts";

const log = logger("receive");

/** Telegram leaves out what is not there; whoever writes null for it means the same. */
const withoutNulls = (value: unknown): unknown =>
  value === null || typeof value !== "object" || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));

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

const message = z.preprocess(
  withoutNulls,
  z.looseObject({
    ...words,
    message_id: z.int(),
    date: z.number(), // 0 for a message that is not accessible any more.
    chat,
    message_thread_id: z.int().optional(),
    migrate_to_chat_id: z.int().optional(),
    migrate_from_chat_id: z.int().optional(),
    forward_origin: z.looseObject({ type: z.string() }).optional(),
    quote: z.looseObject({ text: z.string(), entities }).optional(),
    reply_to_message: z.preprocess(withoutNulls, z.looseObject(words).optional()),
  }),
);

/** The parts of an update that something of ours reads (Bot API 10.5); the rest stays as it is. */
const schema = z.preprocess(
  withoutNulls,
  z.looseObject({
    update_id: z.int(),
    message: message.optional(),
    edited_message: message.optional(),
    callback_query: z.preprocess(
      withoutNulls,
      z.looseObject({
        id: z.string(),
        from: user,
        data: z.string().optional(),
        message: message.optional(),
      }),
    ).optional(),
    stopped_message_generation: z.looseObject({ chat, draft_id: z.int() }).optional(),
    my_chat_member: z.looseObject({ chat, from: user }).optional(),
  }),
);

/** An update whose fields are of the kinds that the Bot API names; null for one whose are not. */
export function readUpdate(raw: unknown): Update | null {
  const parsed = schema.safeParse(raw);
  return parsed.success && canBeWritten(parsed.data) ? parsed.data as unknown as Update : null;
}

/** Nesting of many thousand levels can be read as JSON, and not be written any more. */
function canBeWritten(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
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
 * The fields of a message that are something to answer to (Bot API 10.5). All other messages are
 * notices of Telegram's about the chat, and each version has more of them.
 */
const CONTENT: readonly (keyof Message)[] = [
  ...["text", "caption", "photo", "document", "animation", "video", "audio", "voice"] as const,
  ...["video_note", "sticker", "live_photo", "location", "venue", "contact", "poll"] as const,
  ...["dice", "checklist", "story", "paid_media", "game", "invoice"] as const,
];

/** Fields with content that grammY's types do not know yet. */
const NEWER_CONTENT = ["rich_message"];

/** Whether a person sent something with a message. */
export const hasContent = (message: Message): boolean =>
  [...CONTENT, ...NEWER_CONTENT].some((field) => field in message);

/** A leading `/command@bot arguments`; null for any other text. */
export function parseCommand(
  text: string,
): { name: string; bot: string | undefined; args: string } | null {
  const match = /^\/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+([\s\S]*))?$/.exec(text);
  if (match === null) return null;
  return { name: match[1]!.toLowerCase(), bot: match[2], args: (match[3] ?? "").trim() };
}

/** Whether a text begins with a command, of ours or of Claude Code's: `/compact`, `/plugin:skill`. */
export const isCommand = (text: string): boolean =>
  /^\/[A-Za-z0-9_:-]+(?:@\w+)?(?:\s|$)/.test(text);

/** Whether two names of bots are one: Telegram's do not tell upper from lower case. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
