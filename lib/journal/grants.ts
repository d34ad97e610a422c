import type { Database } from "./database.ts";

/** Something that a person has allowed a session from now on. */
export interface Grant {
  readonly id: number;
  readonly session: string;
  /** The right as JSON; equal rights have equal texts. */
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

export function createGrants(db: Database): Grants {
  const insert = db.change(
    `INSERT INTO grants (session, what, user_id, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (session, what) DO NOTHING`,
  );
  const has = db.query("SELECT 1 FROM grants WHERE session = ? AND what = ?");
  const select = (rest: string) =>
    db.query<Grant>(`SELECT id, session, what, user_id AS user, at FROM grants WHERE ${rest}`);
  const byId = select("id = ?");
  const of = select("session = ? ORDER BY id");
  const sessions = db.query<{ session: string; count: number }>(
    "SELECT session, count(*) AS count FROM grants GROUP BY session ORDER BY session",
  );
  const end = db.change("DELETE FROM grants WHERE id = ?");
  return {
    add: ({ session, what, user }, at) => void insert(session, what, user, at),
    has: (session, what) => has.first(session, what) !== undefined,
    get: (id) => byId.first(id),
    of: (session) => of.all(session),
    sessions: () => sessions.all(),
    end: (id) => end(id) === 1,
    endAll: db.change("DELETE FROM grants WHERE session = ?"),
  };
}
