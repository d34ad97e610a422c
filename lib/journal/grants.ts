import type { DatabaseSync } from "node:sqlite";

/** Something that a person has allowed a session from now on. */
export interface Grant {
  readonly id: number;
  readonly session: string;
  /** What is allowed, as JSON; the same for all that is the same. */
  readonly what: string;
  readonly user: number;
  readonly at: number;
}

export interface Grants {
  /** A second one for the same changes nothing. */
  add(grant: Pick<Grant, "session" | "what" | "user">, at: number): void;
  has(session: string, what: string): boolean;
  get(id: number): Grant | undefined;
  /** Those of a session, oldest first. */
  of(session: string): Grant[];
  /** The sessions that have any, by name. */
  sessions(): { readonly session: string; readonly count: number }[];
  /** Takes one back. @returns false when it was taken back before. */
  end(id: number): boolean;
  /** Takes all of a session back. */
  endAll(session: string): void;
}

export function createGrants(db: DatabaseSync): Grants {
  const insert = db.prepare(
    `INSERT INTO grants (session, what, user_id, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (session, what) DO NOTHING`,
  );
  const columns = "id, session, what, user_id AS user, at";
  const has = db.prepare("SELECT 1 FROM grants WHERE session = ? AND what = ?");
  const byId = db.prepare(`SELECT ${columns} FROM grants WHERE id = ?`);
  const of = db.prepare(`SELECT ${columns} FROM grants WHERE session = ? ORDER BY id`);
  const sessions = db.prepare(
    "SELECT session, count(*) AS count FROM grants GROUP BY session ORDER BY session",
  );
  const end = db.prepare("DELETE FROM grants WHERE id = ?");
  const endAll = db.prepare("DELETE FROM grants WHERE session = ?");
  return {
    add: ({ session, what, user }, at) => void insert.run(session, what, user, at),
    has: (session, what) => has.get(session, what) !== undefined,
    get: (id) => byId.get(id) as Grant | undefined,
    of: (session) => of.all(session) as unknown as Grant[],
    sessions: () => sessions.all() as unknown as { session: string; count: number }[],
    end: (id) => end.run(id).changes === 1,
    endAll: (session) => void endAll.run(session),
  };
}
