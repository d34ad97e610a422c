import type { DatabaseSync } from "node:sqlite";

/** Which CLIs were tried by the canary, and what holds for each. */
export interface ProvedLocks {
  find(cli: string): "flag" | "fallback" | null;
  note(cli: string, lock: "flag" | "fallback", at: number): void;
}

/** What was last warned of in a session's directory. */
export interface Warnings {
  /** Notes the words. @returns false when they are the same as last time. */
  isNew(session: string, words: string): boolean;
  forget(session: string): void;
}

export function createProvedLocks(db: DatabaseSync): ProvedLocks {
  const find = db.prepare("SELECT lock FROM proved_locks WHERE cli = ?");
  const note = db.prepare("INSERT OR REPLACE INTO proved_locks VALUES (?, ?, ?)");
  return {
    find: (cli) => (find.get(cli) as { lock: "flag" | "fallback" } | undefined)?.lock ?? null,
    note: (cli, lock, at) => void note.run(cli, lock, at),
  };
}

export function createWarnings(db: DatabaseSync): Warnings {
  const note = db.prepare(
    `INSERT INTO warnings VALUES (?, ?)
     ON CONFLICT (session) DO UPDATE SET words = excluded.words WHERE words <> excluded.words`,
  );
  const forget = db.prepare("DELETE FROM warnings WHERE session = ?");
  return {
    isNew: (session, words) => note.run(session, words).changes === 1,
    forget: (session) => void forget.run(session),
  };
}
