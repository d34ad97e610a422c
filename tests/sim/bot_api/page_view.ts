import type { BotCommand, MessageEntity } from "grammy/types";
import type { ChatMessage } from "./messages.ts";
import { type ChatState, type Draft, DRAFT_LIFETIME_MS, type World } from "./world.ts";

/** A message as the page shows it. */
export interface PageMessage {
  chat: number;
  id: number;
  thread: number | null;
  mine: boolean;
  bot: boolean;
  author: string;
  date: number;
  text: string;
  entities: MessageEntity[];
  buttons: unknown[][];
  reply_to: number | null;
  quote: string | null;
  silent: boolean;
  edited: boolean;
  reaction: string;
  pinned: boolean;
  forwarded: string | null;
  file: PageFile | null;
}

export interface PageFile {
  kind: "photo" | "document" | "voice";
  id: string;
  name: string;
  size: number;
  width: number | null;
  height: number | null;
}

export interface PageChat {
  id: number;
  title: string;
  private: boolean;
  topics: { id: number; name: string }[];
  commands: BotCommand[];
  messages: PageMessage[];
  drafts: PageDraft[];
}

export interface PageDraft {
  thread: number | null;
  text: string;
  entities: MessageEntity[];
  can_stop: boolean;
  /** Milliseconds until it fades, by the server's clock. */
  left: number;
}

/** Everything that the page shows, for somebody who opens it now. */
export function snapshot(world: World, user: number, chats: readonly number[] | undefined): {
  now: number;
  user: { id: number; name: string };
  bot: { name: string; username: string };
  chats: PageChat[];
} {
  const shown = [...world.chats.values()]
    .filter(({ chat }) => chats ? chats.includes(chat.id) : chat.id === user || chat.id < 0);
  return {
    now: world.now(),
    user: { id: user, name: world.users.get(user)?.first_name ?? "You" },
    bot: { name: world.bot.first_name, username: world.bot.username },
    chats: shown.map((state) => chatView(world, user, state)),
  };
}

function chatView(world: World, user: number, state: ChatState): PageChat {
  const { chat, topics, messages, drafts } = state;
  return {
    id: chat.id,
    title: chat.id === user ? world.bot.first_name : chat.title ?? chat.first_name ?? "",
    private: chat.type === "private",
    topics: [...topics.values()].map((topic) => ({
      id: topic.message_thread_id,
      name: topic.name,
    })),
    commands: world.commands.seenBy(user, chat.id),
    messages: [...messages.values()].filter((message) => !message.deleted)
      .map((message) => messageView(world, user, message)),
    drafts: [...drafts.keys()].flatMap((thread) => {
      const draft = world.draft(state, thread);
      return draft ? [draftView(world, draft)] : [];
    }),
  };
}

export function messageView(world: World, user: number, message: ChatMessage): PageMessage {
  return {
    chat: message.chat_id,
    id: message.message_id,
    thread: message.thread ?? null,
    mine: message.from.id === user,
    bot: message.by_bot,
    author: message.from.first_name,
    date: message.date * 1000,
    text: message.text,
    entities: message.entities,
    buttons: message.reply_markup?.inline_keyboard ?? [],
    reply_to: message.reply_to ?? null,
    quote: message.quote?.text ?? null,
    silent: message.disable_notification,
    edited: message.edits > 0 && message.edit_date !== undefined,
    reaction: message.reaction,
    pinned: message.pinned,
    forwarded: forwardedFrom(message),
    file: fileView(world, message),
  };
}

export function draftView(world: World, draft: Draft): PageDraft {
  const { thread = null, text, entities, can_stop, at } = draft;
  return { thread, text, entities, can_stop, left: at + DRAFT_LIFETIME_MS - world.now() };
}

function forwardedFrom({ forward_origin: origin }: ChatMessage): string | null {
  switch (origin?.type) {
    case undefined:
      return null;
    case "user":
      return origin.sender_user.first_name;
    case "hidden_user":
      return origin.sender_user_name;
    case "chat":
      return origin.sender_chat.title ?? "a chat";
    case "channel":
      return origin.chat.title ?? "a channel";
    default:
      return origin satisfies never;
  }
}

function fileView(world: World, { media }: ChatMessage): PageFile | null {
  if (!media) return null;
  const { kind } = media;
  const photo = kind === "photo" ? media.photo.at(-1) : undefined;
  const id = kind === "photo"
    ? photo?.file_id ?? ""
    : kind === "voice"
    ? media.voice.file_id
    : media.document.file_id;
  const file = world.files.find(id);
  const { name = "file", file_size: size = 0 } = file ?? {};
  return { kind, id, name, size, width: photo?.width ?? null, height: photo?.height ?? null };
}
