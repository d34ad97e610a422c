import type { Update } from "grammy/types";
import type { Clock } from "../clock.ts";
import type { Journal, JournalUpdate, Place, UpdateKind } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { hasContent, parseCommand, readUpdate, sameName, Unreadable } from "./update.ts";

export { parseCommand } from "./update.ts";

const log = logger("receive");

/** What Telegram is asked for. */
export const ALLOWED_UPDATES = [
  "message",
  "edited_message",
  "callback_query",
  "stopped_message_generation",
  "my_chat_member", // What the bot may do in a chat.
] as const;

export interface ReceiverOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly allowed: ReadonlySet<number>;
  /** The bot's own name: a group's `/new@other_bot` is not for us. */
  readonly username: string;
  readonly isCommand: (name: string) => boolean;
  readonly route: (update: JournalUpdate) => void;
  /** Told when a chat, or a topic in it, may have become open to the bot; whoever did that. */
  readonly opened?: (chat: number) => void;
}

/**
 * The first station of an update: authorized, then on disk, then on its way. When it returns,
 * Telegram may be told that the update arrived; when it throws, it may not.
 */
export function createReceiver(options: ReceiverOptions): (update: Update) => void {
  const { journal, clock, allowed } = options;
  const unreadable = new Unreadable();
  return (raw) => {
    const update = readUpdate(raw);
    if (update === null) return unreadable.note(raw); // It will never be another: let it go.
    const open = openedBy(update);
    if (open !== undefined) options.opened?.(open);
    const from = senderOf(update);
    if (from === undefined) return;
    // Telegram says so, whoever did it.
    if (movedChat(update) !== null) return record(update, "move", null);
    if (!allowed.has(from.id)) {
      if (journal.firstContact(from.id, clock.now())) {
        log.warn("A stranger wrote: user {id} ({username})", {
          id: from.id,
          username: from.username,
        });
      }
      return;
    }
    const kind = kindOf(update, options);
    if (kind !== null) record(update, kind, from.id);
  };

  function record(update: Update, kind: UpdateKind, user: number | null): void {
    const { update_id: id } = update;
    const journaled = {
      id,
      kind,
      place: placeIn(update),
      user,
      payload: update,
      receivedAt: clock.now(),
    };
    if (!journal.updates.record(journaled)) return log.info("Update {id} came again", { id });
    options.route({ ...journaled, state: "new" });
  }
}

/** The chat in which an update may let the bot write again. */
function openedBy({ my_chat_member: member, message }: Update): number | undefined {
  if (member !== undefined) return member.chat.id;
  const opens = message?.forum_topic_reopened ?? message?.general_forum_topic_unhidden;
  return opens === undefined ? undefined : message?.chat.id;
}

/** The old and the new id of a group that has become a supergroup; null for any other update. */
export function movedChat({ message }: Update): { from: number; to: number } | null {
  if (message?.migrate_to_chat_id !== undefined) {
    return { from: message.chat.id, to: message.migrate_to_chat_id };
  }
  return message?.migrate_from_chat_id === undefined
    ? null
    : { from: message.migrate_from_chat_id, to: message.chat.id };
}

/** Who did it. A draft is stopped by the person whose private chat it stood in. */
export function senderOf(update: Update): { id: number; username?: string } | undefined {
  return update.message?.from ?? update.edited_message?.from ?? update.callback_query?.from ??
    update.stopped_message_generation?.chat;
}

/** What kind of thing an update is; null when it is not for us. */
function kindOf(update: Update, options: ReceiverOptions): UpdateKind | null {
  if (update.callback_query !== undefined) return "press";
  if (update.edited_message !== undefined) return "edit";
  if (update.stopped_message_generation !== undefined) return "draft_stop";
  const message = update.message;
  if (message === undefined || !hasContent(message)) return null;
  if (message.text === undefined) return "other";
  const command = parseCommand(message.text);
  if (command === null) return "prompt";
  if (command.bot !== undefined && !sameName(command.bot, options.username)) return null;
  if (command.name === "stop") return "stop";
  if (command.name === "steer") return "prompt"; // Its text is one, in a hurry.
  return options.isCommand(command.name) ? "command" : "prompt"; // Claude Code has commands too.
}

/** Where an update belongs to. */
export function placeIn(update: Update): Place | null {
  const stopped = update.stopped_message_generation;
  if (stopped !== undefined) return { chat: stopped.chat.id };
  const message = update.message ?? update.edited_message ?? update.callback_query?.message;
  if (message === undefined) return null;
  const thread = "message_thread_id" in message && message.is_topic_message
    ? message.message_thread_id
    : undefined;
  return thread === undefined ? { chat: message.chat.id } : { chat: message.chat.id, thread };
}
