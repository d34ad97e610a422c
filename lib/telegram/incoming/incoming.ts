/**
 * Updates, read once: nobody behind the door looks into Telegram's own object, or into a text for
 * the command that it begins with. The journal keeps that object, and the kind that was found here.
 */
import type { CallbackQuery, Message, Update } from "grammy/types";
import type { JournalUpdate, UpdateKind } from "../../journal/mod.ts";
import { type Action, decode } from "../buttons.ts";
import type { Asker, Command } from "../context.ts";
import { asClaudeReads } from "../text/links.ts";
import { contentOf, readUpdate } from "../api/update.ts";

interface Arrived {
  /** Telegram's number of the update. */
  readonly id: number;
  readonly asker: Asker;
  /** The message that an answer replies to. */
  readonly replyTo: number | null;
}

/** The command that a text begins with. */
export interface Call {
  readonly name: string;
  /** The bot that it names. */
  readonly bot: string | undefined;
  /** The words behind it, as Claude reads them. */
  readonly args: string;
  /** The one of ours with this name; undefined where there is none. */
  readonly command: Command | undefined;
}

/** A message that a person wrote or changed. */
export interface Written extends Arrived {
  /** `edit`: it was changed; `other`: it is no text; a `prompt` may be a command of Claude Code's. */
  readonly kind: "prompt" | "command" | "stop" | "edit" | "other";
  readonly message: Message;
  /** Its text as Claude reads it. */
  readonly words: string;
  readonly call: Call | null;
  readonly receivedAt: number;
  /** True when it waited for a session to be chosen. */
  readonly held: boolean;
}

/** A tap on a button. */
export interface Press extends Arrived {
  readonly kind: "press";
  readonly query: CallbackQuery;
  /** The action of the button; null when it is none of ours, or of an earlier version. */
  readonly action: Action | null;
}

/** The Stop of Telegram's own under a draft. */
export interface DraftStop extends Arrived {
  readonly kind: "draft_stop";
  readonly draft: number;
}

/** A group has become a supergroup, with another id. */
export interface Move extends Arrived {
  readonly kind: "move";
  readonly from: number;
  readonly to: number;
}

export type Incoming = Written | Press | DraftStop | Move;

/** A command of ours by its name. */
export type FindCommand = (name: string) => Command | undefined;

/** An update as it goes to the journal; a new one has no kind before it is read. */
export type Arrival = Omit<JournalUpdate, "kind"> & { readonly kind?: UpdateKind };

/** Who did it. A draft is stopped by the person whose private chat it stood in. */
export function senderOf(update: Update): { id: number; username?: string } | undefined {
  return update.message?.from ?? update.edited_message?.from ?? update.callback_query?.from ??
    update.stopped_message_generation?.chat;
}

/** A new update with its sender and its place; null for one without a sender. */
export function arrivalOf(update: Update, receivedAt: number): Arrival | null {
  const { update_id: id, callback_query: query, stopped_message_generation: stopped } = update;
  const message = update.message ?? update.edited_message;
  const from = senderOf(update);
  if (from === undefined) return null;
  const user = movedChat(update) === null ? from.id : null; // Telegram says so, whoever did it.
  const shown = message ?? query?.message;
  const inTopic = shown !== undefined && "message_thread_id" in shown && shown.is_topic_message;
  const thread = inTopic ? shown.message_thread_id : undefined;
  const chat = (shown ?? stopped)?.chat.id;
  const place = chat === undefined ? null : thread === undefined ? { chat } : { chat, thread };
  return { id, place, user, payload: update, receivedAt, state: "new" };
}

/** Reads an update of the journal; null for one that cannot be read. */
export function readAgain(update: JournalUpdate, findCommand?: FindCommand): Incoming | null {
  const payload = readUpdate(update.payload);
  return payload && read({ ...update, payload }, findCommand);
}

/**
 * Reads an update, of which the journal may know the kind already.
 * @param username the bot's own name: a group's `/new@other_bot` is not for us.
 * @returns null for one that is not for us.
 */
export function read(
  { id, kind, place, user, payload, receivedAt, state }: Arrival,
  findCommand: FindCommand = () => undefined,
  username = "",
): Incoming | null {
  const update = payload as Update;
  const { callback_query: query, stopped_message_generation: stopped } = update;
  const message = update.message ?? update.edited_message;
  const asker = { place: place ?? { chat: user ?? 0 }, user: user ?? 0 };
  const base = { id, asker, replyTo: message?.message_id ?? null };
  const moved = movedChat(update);
  if (moved !== null) return { ...base, kind: "move", ...moved };
  if (query !== undefined) {
    return { ...base, kind: "press", query, action: decode(query.data ?? "") };
  }
  if (stopped !== undefined) return { ...base, kind: "draft_stop", draft: stopped.draft_id };
  if (message === undefined) return null;
  const words = asClaudeReads(message.text ?? "", message.entities);
  const parsed = parseCommand(message.text ?? "", words);
  const call = parsed && { ...parsed, command: findCommand(parsed.name) };
  const found = kind as Written["kind"] | undefined ?? kindOf(update, call, username);
  const held = state === "held";
  return found && { ...base, kind: found, message, words, call, receivedAt, held };
}

/** The prompts among updates of the journal, in their order. */
export const promptsOf = (updates: readonly JournalUpdate[]): Written[] =>
  updates.flatMap((update) => {
    const incoming = readAgain(update);
    return incoming?.kind === "prompt" ? [incoming] : [];
  });

function kindOf(
  { message, edited_message: edited }: Update,
  call: Call | null,
  username: string,
): Written["kind"] | null {
  if (edited !== undefined) return "edit";
  if (message === undefined || contentOf(message) === undefined) return null;
  if (message.text === undefined) return "other";
  if (call === null) return "prompt";
  // Telegram's names do not tell upper from lower case.
  if (call.bot !== undefined && call.bot.toLowerCase() !== username.toLowerCase()) return null;
  if (call.name === "stop") return "stop";
  if (call.name === "steer") return "prompt"; // Its text is one, in a hurry.
  return call.command === undefined ? "prompt" : "command"; // Claude Code has commands too.
}

/**
 * A leading `/command@bot arguments`; null for any other text.
 * @param words the same text as Claude reads it: the arguments are taken from there.
 */
export function parseCommand(
  text: string,
  words = text,
): { name: string; bot: string | undefined; args: string } | null {
  const match = /^\/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s|$)/.exec(text);
  if (match === null) return null;
  return { name: match[1]!.toLowerCase(), bot: match[2], args: words.replace(/^\S+/, "").trim() };
}

/** True when a text begins with a command, of ours or of Claude Code's: `/compact`, `/plugin:skill`. */
export const isCommand = (text: string): boolean =>
  /^\/[A-Za-z0-9_:-]+(?:@\w+)?(?:\s|$)/.test(text);

/** True when a prompt is for the running turn, without waiting for its end. */
export const isSteered = ({ call }: Written): boolean => call?.name === "steer";

/** True when an update is served at once, beside what waits in its place. */
export function isBeside(update: Incoming): boolean {
  if (update.kind === "command") return update.call?.command?.beside === true;
  return update.kind === "press" || update.kind === "stop" || update.kind === "draft_stop";
}

/** The old and the new id of a group that has become a supergroup; null for any other update. */
function movedChat({ message }: Update): { from: number; to: number } | null {
  const { chat, migrate_to_chat_id: to, migrate_from_chat_id: from } = message ?? {};
  if (chat === undefined) return null;
  if (to !== undefined) return { from: chat.id, to };
  return from === undefined ? null : { from, to: chat.id };
}
