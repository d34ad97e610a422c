import type { Update } from "grammy/types";
import type { Clock } from "../../clock.ts";
import type { Journal } from "../../journal/mod.ts";
import { logger } from "../../log/mod.ts";
import {
  arrivalOf,
  type FindCommand,
  type Incoming,
  read,
  senderOf,
} from "../incoming/incoming.ts";
import { readUpdate, Unreadable } from "../api/update.ts";

const log = logger("receive");

export interface ReceiverOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly allowed: ReadonlySet<number>;
  /** The bot's own name: a group's `/new@other_bot` is not for us. */
  readonly username: string;
  readonly findCommand: FindCommand;
  readonly route: (update: Incoming) => void;
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
    const arrival = arrivalOf(update, clock.now());
    if (arrival === null) return;
    const { id, user } = arrival;
    if (user !== null && !allowed.has(user)) return note(user, senderOf(update)?.username);
    const incoming = read(arrival, options.findCommand, options.username);
    if (incoming === null) return;
    const isNew = journal.updates.record({ ...arrival, kind: incoming.kind });
    if (isNew) options.route(incoming);
    else log.info("Update {id} came again", { id });
  };

  /** Notes a stranger, once. */
  function note(id: number, username: string | undefined): void {
    if (!journal.firstContact(id, clock.now())) return;
    log.warn("A stranger wrote: user {id} ({username})", { id, username });
  }
}

/** The chat in which an update may let the bot write again. */
function openedBy({ my_chat_member: member, message }: Update): number | undefined {
  if (member !== undefined) return member.chat.id;
  const opens = message?.forum_topic_reopened ?? message?.general_forum_topic_unhidden;
  return opens === undefined ? undefined : message?.chat.id;
}
