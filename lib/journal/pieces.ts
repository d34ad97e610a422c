import type { Database } from "./database.ts";

/** A message that a job was made of. */
export interface Piece {
  readonly messageId: number;
  /** The words before it in the job's text. */
  readonly glue: string;
  readonly text: string;
}

/** The text of a prompt that was made of these. */
export const joined = (pieces: readonly Piece[]): string =>
  pieces.map(({ glue, text }) => glue + text).join("");

/** The messages that jobs were made of. */
export interface Pieces {
  add(job: number, chat: number, pieces: readonly Piece[]): void;
  /** The newest job that was made of a message. */
  jobOf(chat: number, messageId: number): number | undefined;
  /** The pieces of a job in their order. */
  of(job: number): Piece[];
  /** Notes the text of an edited message. @returns false when nothing of it has changed. */
  revise(job: number, messageId: number, text: string): boolean;
}

export function createPieces(db: Database): Pieces {
  const insert = db.change("INSERT OR IGNORE INTO pieces VALUES (?, ?, ?, ?, ?)");
  const jobOf = db.query<{ job: number | null }>(
    "SELECT max(job) AS job FROM pieces WHERE chat = ? AND message_id = ?",
  );
  const of = db.query<Piece>(
    "SELECT message_id AS messageId, glue, text FROM pieces WHERE job = ? ORDER BY rowid",
  );
  const revise = db.change(
    "UPDATE pieces SET text = ?1 WHERE job = ?2 AND message_id = ?3 AND text <> ?1",
  );
  return {
    add(job, chat, pieces) {
      for (const { messageId, glue, text } of pieces) insert(job, chat, messageId, glue, text);
    },
    jobOf: (chat, messageId) => jobOf.first(chat, messageId)?.job ?? undefined,
    of: (job) => of.all(job),
    revise: (job, messageId, text) => revise(text, job, messageId) === 1,
  };
}
