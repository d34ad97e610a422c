import type { Chat, ForumTopic, User, UserFromGetMe } from "grammy/types";
import { Changes } from "./changes.ts";
import { CommandBook } from "./command_book.ts";
import { ApiError, badRequest } from "./errors.ts";
import { FileStore } from "./files.ts";
import { type ChatMessage, toMessage } from "./messages.ts";
import { UpdateQueue } from "./updates.ts";

/** The provisional text of a running answer (`sendMessageDraft`). */
export interface Draft {
  draft_id: number;
  text: string;
  entities: ChatMessage["entities"];
  can_stop: boolean;
  keep_on_stop: boolean;
  /** When the bot sent this frame, in milliseconds. */
  at: number;
  thread?: number;
}

/** Clients show a draft so long after its last frame. */
export const DRAFT_LIFETIME_MS = 30_000;

export interface ChatState {
  readonly chat: Chat;
  blocked: boolean;
  nextMessageId: number;
  /** Deleted ones too. */
  readonly messages: Map<number, ChatMessage>;
  readonly topics: Map<number, ForumTopic>;
  /** By topic; 0 is the chat itself. */
  readonly drafts: Map<number, Draft>;
  readonly actions: { at: number; action: string; thread?: number }[];
}

/** A button press that waits for the bot's answer. */
export interface Press {
  at: number;
  /** False after the bot's answer. */
  open: boolean;
  answer(answer: { text?: string; show_alert?: boolean }): void;
  /** Tells whoever waits for the answer that none will come. */
  giveUp(): void;
}

/** All that the stand-in knows: who there is, what was said, what waits. */
export class World {
  readonly users = new Map<number, User>();
  readonly chats = new Map<number, ChatState>();
  readonly presses = new Map<string, Press>();
  readonly files = new FileStore();
  readonly commands = new CommandBook();
  readonly changes = new Changes();
  readonly updates: UpdateQueue;
  /** Promises of the program that a call broke, in words. */
  readonly violations: string[] = [];
  nextGroupId = 13_000_000_001;

  constructor(readonly bot: UserFromGetMe, readonly now: () => number) {
    this.updates = new UpdateQueue(now, () => this.changes.notify({ kind: "call" }));
  }

  addChat(chat: Chat): ChatState {
    const state: ChatState = {
      chat,
      blocked: false,
      nextMessageId: 1,
      messages: new Map(),
      topics: new Map(),
      drafts: new Map(),
      actions: [],
    };
    this.chats.set(chat.id, state);
    this.changes.notify({ kind: "chat" });
    return state;
  }

  /** The chat of a call. Throws the 400 of a chat that the bot does not know. */
  chat(id: number | undefined): ChatState {
    if (id === undefined) throw badRequest("chat_id is empty");
    const state = this.chats.get(id);
    if (!state) throw badRequest("chat not found");
    return state;
  }

  /** A chat that the bot may write to, and the topic in it. Throws a 403 when it was blocked. */
  openChat(id: number | undefined, thread: number | undefined): ChatState {
    const state = this.chat(id);
    if (state.blocked) throw new ApiError(403, "Forbidden: bot was blocked by the user");
    if (thread !== undefined && !state.topics.has(thread)) {
      throw badRequest("message thread not found");
    }
    return state;
  }

  /** Puts a message into a chat. A message of the bot ends the draft in its topic. */
  add(
    state: ChatState,
    content:
      & Pick<ChatMessage, "from" | "text" | "entities">
      & Partial<
        Omit<ChatMessage, "message_id" | "chat_id" | "by_bot" | "versions" | "edits" | "deleted">
      >,
  ): ChatMessage {
    const at = this.now();
    const { text, entities, reply_markup } = content;
    const message: ChatMessage = {
      disable_notification: false,
      protect_content: false,
      link_preview_disabled: false,
      reaction: "",
      pinned: false,
      date: Math.floor(at / 1000),
      ...content,
      chat_id: state.chat.id,
      message_id: state.nextMessageId++,
      by_bot: content.from.id === this.bot.id,
      edits: 0,
      deleted: false,
      versions: [{ at, text, entities, ...(reply_markup && { reply_markup }) }],
    };
    state.messages.set(message.message_id, message);
    if (message.by_bot) this.dropDraft(state, message.thread);
    this.changed(message);
    return message;
  }

  changed(message: ChatMessage): void {
    const { chat_id: chat, message_id } = message;
    const kind = message.deleted ? "deleted" : "message";
    this.changes.notify({ kind, chat, message: message_id });
  }

  setDraft(state: ChatState, draft: Draft): void {
    state.drafts.set(draft.thread ?? 0, draft);
    this.changes.notify({ kind: "draft", chat: state.chat.id, thread: draft.thread });
  }

  /** The draft that people still see in a topic (or outside of any). */
  draft(state: ChatState, thread?: number): Draft | undefined {
    const draft = state.drafts.get(thread ?? 0);
    return draft && this.now() - draft.at < DRAFT_LIFETIME_MS ? draft : undefined;
  }

  dropDraft(state: ChatState, thread: number | undefined): void {
    if (!state.drafts.delete(thread ?? 0)) return;
    this.changes.notify({ kind: "draft", chat: state.chat.id, thread });
  }

  /** A message that is there and not deleted. */
  find(state: ChatState, id: number | undefined): ChatMessage | undefined {
    const message = id === undefined ? undefined : state.messages.get(id);
    return message?.deleted ? undefined : message;
  }

  /** The message as the Bot API tells it, with what it replies to. */
  tell(message: ChatMessage): ReturnType<typeof toMessage> {
    const state = this.chat(message.chat_id);
    return toMessage(message, state.chat, this.find(state, message.reply_to));
  }
}
