import type { DatabaseSync } from "node:sqlite";

/** Runs `change` as one commit: all of it, or nothing when it throws. Does not nest. */
export function transaction<T>(db: DatabaseSync, change: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = change();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite may have ended it itself, as on a full disk; the error must not be hidden by another.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
