import type { Database, Row } from "./database.ts";

/** A chat, or a topic in it. */
export interface Place {
  readonly chat: number;
  readonly thread?: number;
}

/** The place that a row's columns name. */
export const placeOf = ({ chat, thread }: Row): Place => ({
  chat: chat as number,
  ...(typeof thread === "number" ? { thread } : {}),
});

/** A place as a key. */
export const placeKey = ({ chat, thread }: Place): string =>
  thread === undefined ? `${chat}` : `${chat}:${thread}`;

/**
 * The changes when a group becomes a supergroup with a new id (Bot API 10.5, `migrate_to_chat_id`).
 * Its messages are numbered anew: none of the old ones can be replied to, edited or pressed.
 */
const MOVES = [
  `UPDATE deliveries SET chat = :to, state = 'waiting', payload = json_remove(
     json_set(payload, '$.chat_id', :to), '$.message_thread_id', '$.reply_parameters')
   WHERE chat = :from AND state IN ('waiting', 'sending')`,
  "UPDATE jobs SET chat = :to, message_id = NULL WHERE chat = :from AND state <> 'done'",
  "UPDATE jobs SET chat = :to WHERE chat = :from AND state = 'done'",
  "UPDATE updates SET chat = :to WHERE chat = :from AND state <> 'done'",
  "UPDATE prompts SET chat = :to WHERE chat = :from AND state = 'open'",
  "UPDATE watches SET chat = :to WHERE chat = :from",
  "DELETE FROM status_messages WHERE chat = :from",
];

/** Moves all that is kept for a chat to its new id, within a transaction. Again, it changes nothing. */
export function moveChat(db: Database, from: number, to: number): void {
  for (const sql of MOVES) {
    db.change(sql)(sql.includes(":to") ? { from, to } : { from });
  }
}
