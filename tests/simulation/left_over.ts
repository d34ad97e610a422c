import type { DatabaseSync } from "node:sqlite";

const OPEN_ROWS = [
  "SELECT 'update' AS what, update_id, kind, state FROM updates WHERE state <> 'done'",
  "SELECT 'job' AS what, id, session, state, held, text FROM jobs WHERE state <> 'done'",
  "SELECT 'delivery' AS what, id, state, payload FROM deliveries WHERE state IN ('waiting', 'sending')",
];

/** Where the disk refused, these wait for the next start, which clears them. */
const LATE_ROWS = [
  "SELECT 'request' AS what, id, summary FROM prompts WHERE state = 'open'",
  "SELECT 'status message' AS what, * FROM status_messages",
];

/** Said to everybody from memory, and perhaps more than once in the same words. */
export const OF_THE_DISK = /^(⚠️|✅) The disk of Switchboard/;

/** What the journal holds that nobody waits for, in words. */
export function rowsWithoutEnd(db: DatabaseSync, late: boolean): string[] {
  const queries = late ? [...OPEN_ROWS, ...LATE_ROWS] : OPEN_ROWS;
  return queries.flatMap((query) => db.prepare(query).all().map((row) => JSON.stringify(row)));
}
