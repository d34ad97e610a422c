import type { Message, MessageEntity, MessageOrigin, TextQuote, Update, User } from "grammy/types";
import { type FileKind, photoSizes } from "./files.ts";
import { type ChatMessage, type Media, revise } from "./messages.ts";
import { codePoints, foundEntities, MAX_TEXT } from "./text.ts";
import type { ChatState, World } from "./world.ts";

/** Where and how a person writes. */
export interface Writing {
  /** The user's id. */
  from: number;
  /** The chat's id; the user's private chat when it is not given. */
  chat?: number;
  /** The topic. */
  thread?: number;
  /** The number of the message that this replies to. */
  replyTo?: number;
  /** The part of that message that is quoted. */
  quote?: string;
  /** Seconds since 1970; now when it is not given. */
  date?: number;
  /** Where it was forwarded from. */
  origin?: MessageOrigin;
}

export interface Text extends Writing {
  text: string;
  /** Styles; commands and links are found without. */
  entities?: MessageEntity[];
}

export interface Attachment extends Writing {
  bytes?: Uint8Array<ArrayBuffer>;
  name?: string;
  mime_type?: string;
  caption?: string;
  /** What Telegram says of its size, when it is not that of the bytes. */
  file_size?: number;
  /** The same for all parts of an album. */
  mediaGroupId?: string;
  width?: number;
  height?: number;
  /** Seconds of a voice message. */
  duration?: number;
}

/** A message that a person writes; the bot gets it as an update. */
export function write(world: World, text: Text): Message {
  if (codePoints(text.text) > MAX_TEXT) {
    throw new Error(
      `Cannot send a text of ${text.text.length} characters: cut it at ${MAX_TEXT}, ` +
        "as Telegram's clients do",
    );
  }
  const entities = [...(text.entities ?? []), ...foundEntities(text.text)]
    .sort((a, b) => a.offset - b.offset);
  return deliver(world, text, { text: text.text, entities });
}

/** A long text as Telegram's clients send it: cut at 4096 characters. */
export function paste(world: World, text: Text): Message[] {
  const characters = [...text.text];
  const messages: Message[] = [];
  for (let at = 0; at < characters.length; at += MAX_TEXT) {
    messages.push(write(world, { ...text, text: characters.slice(at, at + MAX_TEXT).join("") }));
  }
  return messages;
}

/** A file that a person sends. */
export function attach(world: World, kind: FileKind, attachment: Attachment): Message {
  const text = attachment.caption ?? "";
  const { mediaGroupId } = attachment;
  return deliver(world, attachment, {
    text,
    entities: foundEntities(text),
    media: toMedia(world, kind, attachment),
    ...(mediaGroupId && { media_group_id: mediaGroupId }),
  });
}

function deliver(
  world: World,
  writing: Writing,
  content: Pick<ChatMessage, "text" | "entities"> & Partial<ChatMessage>,
): Message {
  const { state, user } = whereabouts(world, writing);
  const { thread, replyTo, date, origin } = writing;
  const quote = writing.quote === undefined ? undefined : quoteOf(state, writing.quote, replyTo);
  const message = world.add(state, {
    ...content,
    from: user,
    ...(thread !== undefined && { thread }),
    ...(replyTo !== undefined && { reply_to: replyTo }),
    ...(quote && { quote }),
    ...(date !== undefined && { date }),
    ...(origin && { forward_origin: origin }),
  });
  const told = world.tell(message);
  world.updates.push({ message: told as Update["message"] & object });
  return told;
}

function whereabouts(world: World, writing: Writing): { state: ChatState; user: User } {
  const user = world.users.get(writing.from);
  if (!user) throw new Error(`There is no user ${writing.from}; add it with addUser`);
  const id = writing.chat ?? writing.from;
  const state = world.chats.get(id);
  if (!state) throw new Error(`There is no chat ${id}; add it with addUser or addGroup`);
  if (writing.thread !== undefined && !state.topics.has(writing.thread)) {
    throw new Error(`There is no topic ${writing.thread} in chat ${id}; add it with addTopic`);
  }
  return { state, user };
}

function quoteOf(state: ChatState, text: string, replyTo: number | undefined): TextQuote {
  const position = state.messages.get(replyTo ?? 0)?.text.indexOf(text) ?? -1;
  if (position < 0) throw new Error(`Message ${replyTo} does not contain the quote '${text}'`);
  return { text, position, is_manual: true };
}

const DEFAULT_NAMES = { photo: "photo.jpg", document: "document.txt", voice: "voice.oga" };
const DEFAULT_TYPES = { photo: "image/jpeg", document: "text/plain", voice: "audio/ogg" };

function toMedia(world: World, kind: FileKind, attachment: Attachment): Media {
  const bytes = attachment.bytes ?? new TextEncoder().encode(`${kind} content`);
  const name = attachment.name ?? DEFAULT_NAMES[kind];
  const mime_type = attachment.mime_type ?? DEFAULT_TYPES[kind];
  const { file_id, file_unique_id, file_size, ...file } = world.files.add({
    kind,
    name,
    mime_type,
    bytes,
    file_size: attachment.file_size,
  });
  if (kind === "photo") {
    const { width = 640, height = 480 } = attachment;
    return {
      kind,
      photo: photoSizes({ ...file, file_id, file_unique_id, file_size }, width, height),
    };
  }
  const common = { file_id, file_unique_id, mime_type, file_size };
  return kind === "voice"
    ? { kind, voice: { ...common, duration: attachment.duration ?? 2 } }
    : { kind, document: { ...common, file_name: name } };
}

/** A person changes what they wrote; the bot gets an `edited_message`. */
export function rewrite(world: World, chat: number, id: number, text: string): Message {
  const message = world.find(world.chat(chat), id);
  if (!message || message.by_bot) throw new Error(`Nobody wrote message ${id} in chat ${chat}`);
  const { reply_markup } = message;
  const content = { text, entities: foundEntities(text), ...(reply_markup && { reply_markup }) };
  revise(message, content, world.now());
  world.changed(message);
  const told = world.tell(message);
  world.updates.push({ edited_message: told as Update["edited_message"] & object });
  return told;
}

export interface PressOptions {
  from: number;
  chat?: number;
  messageId: number;
  /** The button's text or its data; it must be on the message. */
  button?: string;
  /** Data as an old client may send it, whether the button is there or not. */
  data?: string;
}

/** A press of a button, and what the bot answers to it. */
export interface Pressed {
  id: string;
  answer: Promise<{ text?: string; show_alert?: boolean }>;
}

/** A person presses a button; the bot gets a `callback_query`. */
export function press(world: World, options: PressOptions): Pressed {
  const { state, user } = whereabouts(world, options);
  const message = world.find(state, options.messageId);
  const data = options.data ?? dataOf(message, options);
  const id = `${world.now()}${world.presses.size + 1}`;
  const { promise: answer, resolve, reject } = Promise.withResolvers<
    Awaited<Pressed["answer"]>
  >();
  answer.catch(() => {}); // Not everybody who presses waits for the answer.
  world.presses.set(id, {
    at: world.now(),
    open: true,
    giveUp: () => reject(new Error(`The bot never answered the press of '${data}'`)),
    answer: (given) => {
      world.changes.notify({
        kind: "callback",
        query: id,
        ...(given.text !== undefined && { text: given.text }),
        alert: given.show_alert ?? false,
      });
      resolve(given);
    },
  });
  world.updates.push({
    callback_query: {
      id,
      from: user,
      message: message
        ? world.tell(message)
        : { chat: state.chat, message_id: options.messageId, date: 0 },
      chat_instance: String(state.chat.id),
      data,
    },
  });
  return { id, answer };
}

function dataOf(message: ChatMessage | undefined, { messageId, button }: PressOptions): string {
  const buttons = message?.reply_markup?.inline_keyboard.flat() ?? [];
  const found = buttons.find((each) =>
    each.text === button || ("callback_data" in each && each.callback_data === button)
  );
  if (found && "callback_data" in found) return found.callback_data;
  const there = buttons.map((each) => `'${each.text}'`).join(", ") || "no button";
  const why = found ? "it does not call back (disabled, a link or a copy)" : `there is ${there}`;
  throw new Error(`Cannot press '${button}' on message ${messageId}: ${why}`);
}

/** A person presses Stop on a draft; the bot gets a `stopped_message_generation`. */
export function stopDraft(world: World, chat: number, thread?: number): void {
  const state = world.chat(chat);
  const draft = world.draft(state, thread);
  if (!draft?.can_stop) throw new Error(`There is no draft with Stop in chat ${chat}`);
  if (state.chat.type !== "private") throw new Error("Drafts are in private chats only");
  if (!draft.keep_on_stop) world.dropDraft(state, thread);
  world.updates.push({
    stopped_message_generation: {
      chat: state.chat,
      draft_id: draft.draft_id,
      ...(thread !== undefined && { message_thread_id: thread }),
    },
  });
}
