import type { BotCommand, BotCommandScope, Message, Update, User } from "grammy/types";
import type { Call, CallLog } from "./calls.ts";
import type { FaultHandle, FaultRule, Faults } from "./faults.ts";
import { addTopic } from "./methods/chats.ts";
import type { ChatMessage } from "./messages.ts";
import {
  attach,
  type Attachment,
  paste,
  press,
  type Pressed,
  type PressOptions,
  rewrite,
  stopDraft,
  type Text,
  write,
} from "./people.ts";
import type { Draft, World } from "./world.ts";

const TIMEOUT_MS = 10_000;

/** How long and for what a test waits. */
export interface WaitOptions {
  timeoutMs?: number;
  /** Said in the error when it did not come. */
  what?: string;
}

/** A running stand-in of Telegram's Bot API: its people, what is seen in the chats, its faults. */
export class BotApi implements AsyncDisposable {
  /** What `apiRoot` must be, without a slash at the end. */
  readonly url: string;
  readonly token: string;
  readonly #world: World;
  readonly #log: CallLog;
  readonly #faults: Faults;
  readonly #stop: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(
    parts: {
      url: string;
      token: string;
      world: World;
      log: CallLog;
      faults: Faults;
      stop: () => Promise<void>;
    },
  ) {
    this.url = parts.url;
    this.token = parts.token;
    this.#world = parts.world;
    this.#log = parts.log;
    this.#faults = parts.faults;
    this.#stop = parts.stop;
  }

  /** A person, with their private chat with the bot. */
  addUser(user: { id: number; first_name: string; last_name?: string; username?: string }): User {
    const added: User = { ...user, is_bot: false, language_code: "en" };
    this.#world.users.set(user.id, added);
    this.#world.addChat({ ...user, type: "private" });
    return added;
  }

  /** A group that the bot is in; its id is negative. */
  addGroup({ id, title, is_forum }: { id: number; title: string; is_forum?: boolean }): void {
    if (id >= 0) throw new RangeError(`The id of a group is negative, got ${id}`);
    const isSuper = is_forum || id < -1_000_000_000_000;
    this.#world.addChat(
      isSuper
        ? { id, title, type: "supergroup", ...(is_forum && { is_forum: true as const }) }
        : { id, title, type: "group" },
    );
  }

  /** A topic in a forum or a private chat; gives its `message_thread_id`. */
  addTopic(chat: number, name: string): number {
    return addTopic(this.#world, this.#world.chat(chat), name).message_thread_id;
  }

  /** A person writes a text of at most 4096 characters. */
  send(text: Text): Message {
    return write(this.#world, text);
  }

  /** A person pastes a long text; it is cut at 4096 characters, as Telegram's clients do. */
  paste(text: Text): Message[] {
    return paste(this.#world, text);
  }

  sendPhoto(attachment: Attachment): Message {
    return attach(this.#world, "photo", attachment);
  }

  sendVoice(attachment: Attachment): Message {
    return attach(this.#world, "voice", attachment);
  }

  sendDocument(attachment: Attachment): Message {
    return attach(this.#world, "document", attachment);
  }

  /** A person forwards a text; from a hidden user when no `origin` is given. */
  forward(text: Text): Message {
    const date = Math.floor(this.#world.now() / 1000) - 60;
    const hidden = { type: "hidden_user", sender_user_name: "Somebody", date } as const;
    return write(this.#world, { origin: hidden, ...text });
  }

  /** A person changes what they wrote. */
  edit({ chat, messageId, text }: { chat: number; messageId: number; text: string }): Message {
    return rewrite(this.#world, chat, messageId, text);
  }

  /** A person presses a button; `answer` resolves when the bot answers the query. */
  press(options: PressOptions): Pressed {
    return press(this.#world, options);
  }

  /** A person presses Stop on the draft of their chat. */
  stopDraft(chat: number, thread?: number): void {
    stopDraft(this.#world, chat, thread);
  }

  /** Any update, as it is; its number is given here. */
  updateRaw(content: Omit<Update, "update_id">): Update | undefined {
    return this.#world.updates.push(content);
  }

  /** A person deletes a message; the bot is not told, as in Telegram. */
  deleteByUser(chat: number, messageId: number): void {
    const message = this.#world.find(this.#world.chat(chat), messageId);
    if (!message) throw new Error(`There is no message ${messageId} in chat ${chat}`);
    message.deleted = true;
    this.#world.changed(message);
  }

  /** A person blocks the bot; every call to their chat is refused with a 403. */
  block(user: number, blocked = true): void {
    this.#world.chat(user).blocked = blocked;
  }

  /** The number of the next update, as after a week of silence. */
  set nextUpdateId(id: number) {
    this.#world.updates.nextId = id;
  }

  get nextUpdateId(): number {
    return this.#world.updates.nextId;
  }

  /** Another program has a webhook set for this bot, or has removed it. */
  set webhook(url: string | null) {
    this.#world.updates.webhook = url;
  }

  get webhook(): string | null {
    return this.#world.updates.webhook;
  }

  /** How many updates the bot has not confirmed. */
  get pendingUpdates(): number {
    return this.#world.updates.size;
  }

  /** Whether a long poll of the bot waits now. */
  get polled(): boolean {
    return this.#world.updates.polled;
  }

  /** Every update that the bot could get, in order. */
  get updates(): readonly Update[] {
    return this.#world.updates.all;
  }

  /** What is seen in a chat, or in one topic of it, in order. */
  messages(chat: number, { thread }: { thread?: number } = {}): ChatMessage[] {
    return this.history(chat).filter((message) =>
      !message.deleted && (thread === undefined || message.thread === thread)
    );
  }

  /** The last message of a chat; that of the bot when `byBot`. */
  lastMessage(chat: number, { byBot }: { byBot?: boolean } = {}): ChatMessage | undefined {
    return this.messages(chat).findLast((message) => !byBot || message.by_bot);
  }

  /** Every message that ever was in a chat, with all versions of it. */
  history(chat: number): ChatMessage[] {
    return [...this.#world.chat(chat).messages.values()];
  }

  /** What is in a file that somebody sent. */
  file(id: string): Uint8Array {
    return this.#world.files.get(id).bytes;
  }

  /** The draft that is seen now; clients show it for 30 s after its last frame. */
  draft(chat: number, thread?: number): Draft | undefined {
    return this.#world.draft(this.#world.chat(chat), thread);
  }

  /** The "typing" and the like of a chat. */
  actions(chat: number): readonly { at: number; action: string; thread?: number }[] {
    return this.#world.chat(chat).actions;
  }

  /** The names of the topics of a chat, by their number. */
  topics(chat: number): ReadonlyMap<number, string> {
    const { topics } = this.#world.chat(chat);
    return new Map([...topics].map(([thread, { name }]) => [thread, name]));
  }

  /** The commands set for a scope; of the default one when it is not given. */
  commands(scope?: BotCommandScope, language?: string): BotCommand[] {
    return this.#world.commands.get(scope, language);
  }

  /** Every request of the bot, in the order of arrival. */
  get calls(): readonly Call[] {
    return this.#log.all;
  }

  /** Promises that the program broke: `parse_mode: …`, `calledDuringBan: …`. */
  get violations(): readonly string[] {
    return this.#world.violations;
  }

  /** Orders a fault; the first rule that meets a call strikes. */
  fault(rule: FaultRule): FaultHandle {
    return this.#faults.add(rule);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /**
   * What `predicate` gives when it is first neither undefined, null nor false; it is asked again at
   * each change. Rejects after `timeoutMs` with what was waited for and the last messages.
   */
  waitFor<T>(
    predicate: (api: BotApi) => T | undefined | null | false,
    { timeoutMs = TIMEOUT_MS, what = "a change" }: WaitOptions = {},
  ): Promise<T> {
    const explain = () => `Waited ${timeoutMs} ms for ${what} in vain.\n${this.#dump()}`;
    return this.#world.changes.wait(() => predicate(this), timeoutMs, explain);
  }

  /** A message of the bot whose text is, or matches, `text`; from message `after` on. */
  waitForMessage(
    chat: number,
    text: string | RegExp,
    { after = 0, thread, ...options }: WaitOptions & { after?: number; thread?: number } = {},
  ): Promise<ChatMessage> {
    const isIt = (message: ChatMessage) =>
      message.by_bot && message.message_id > after &&
      (typeof text === "string" ? message.text === text : text.test(message.text));
    const what = `a message of the bot in chat ${chat} like ${String(text)}`;
    const place = thread === undefined ? {} : { thread };
    return this.waitFor(() => this.messages(chat, place).find(isIt), { what, ...options });
  }

  /** Ends every poll, wait and connection. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #dump(): string {
    const chats = [...this.#world.chats.keys()];
    const last = chats.flatMap((chat) => this.messages(chat))
      .sort((a, b) => a.date - b.date || a.message_id - b.message_id).slice(-5)
      .map((message) => `  ${describe(message)}`);
    const call = this.calls.at(-1);
    return [
      "The last messages:",
      ...(last.length > 0 ? last : ["  none"]),
      call ? `The last call: ${call.method} ${call.outcome} ${call.description ?? ""}` : "No call",
      ...this.violations.map((violation) => `Violation: ${violation}`),
    ].join("\n");
  }
}

function describe({ chat_id, message_id, from, text, reply_markup }: ChatMessage): string {
  const buttons = reply_markup?.inline_keyboard.flat().map((button) => `[${button.text}]`) ?? [];
  return `${chat_id}/${message_id} ${from.first_name}: ${JSON.stringify(text.slice(0, 300))} ` +
    buttons.join(" ");
}
