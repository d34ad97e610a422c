import { type Database, json, reading } from "./database.ts";

/** The trusted content of a session's directory. */
export interface TrustRow {
  readonly session: string;
  /** When the session was made: a later one of its name is another. */
  readonly made: string;
  /** The name of its copy. */
  readonly copy: string;
  /** Of all that was shown. */
  readonly digest: string;
  readonly extent: "shown" | "mayChange" | "always";
  readonly permissions: {
    readonly allow: readonly string[];
    readonly ask: readonly string[];
    readonly deny: readonly string[];
    readonly additionalDirectories: readonly string[];
  };
  /** Lines of `.git/config`. */
  readonly git: readonly string[];
  /** Who trusted it; null where the settings do. */
  readonly user: number | null;
  readonly at: number;
}

/** Content that was shown with buttons to trust it. */
export interface TrustOffer {
  readonly session: string;
  readonly made: string;
  readonly user: number;
  readonly digest: string;
  /** The document that belongs to it; null when the message said it all. */
  readonly delivery: number | null;
}

export interface Trusts {
  get(session: string): TrustRow | undefined;
  all(): TrustRow[];
  put(row: TrustRow): void;
  remove(session: string): void;
  /** The digest that the person was last told of. */
  told(session: string, made: string): string | null;
  /** Null: of nothing any more. */
  tell(session: string, made: string, digest: string | null): void;
  /** @returns the offer's id. */
  offer(offer: TrustOffer, at: number): number;
  offered(id: number): TrustOffer | undefined;
  /** Forgets offers that are older. */
  forget(before: number): void;
}

const fromRow = reading<TrustRow>()(["session", "made", "copy", "digest", "extent", "at"], {
  ...{ permissions: json("permissions"), git: json("git") },
  user: ({ user_id }) => user_id as number | null,
});

export function createTrusts(db: Database): Trusts {
  const get = db.query("SELECT * FROM trust WHERE session = ?", fromRow);
  const all = db.query("SELECT * FROM trust ORDER BY session", fromRow);
  const put = db.change("INSERT OR REPLACE INTO trust VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const told = db.query<{ digest: string }>(
    "SELECT digest FROM trust_told WHERE session = ? AND made = ?",
  );
  const tell = db.change("INSERT OR REPLACE INTO trust_told VALUES (?, ?, ?)");
  const untell = db.change("DELETE FROM trust_told WHERE session = ?");
  const offer = db.insert(
    `INSERT INTO trust_offers (session, made, user_id, digest, delivery, at)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const offered = db.query<TrustOffer>(
    "SELECT session, made, user_id AS user, digest, delivery FROM trust_offers WHERE id = ?",
  );
  return {
    get: (session) => get.first(session),
    all: () => all.all(),
    put({ session, made, copy, digest, extent, permissions, git, user, at }) {
      const json = [JSON.stringify(permissions), JSON.stringify(git)] as const;
      put(session, made, copy, digest, extent, ...json, user, at);
    },
    remove: db.change("DELETE FROM trust WHERE session = ?"),
    told: (session, made) => told.first(session, made)?.digest ?? null,
    tell(session, made, digest) {
      if (digest === null) untell(session);
      else tell(session, made, digest);
    },
    offer: ({ session, made, user, digest, delivery }, at) =>
      offer(session, made, user, digest, delivery, at),
    offered: (id) => offered.first(id),
    forget: db.change("DELETE FROM trust_offers WHERE at < ?"),
  };
}

/** The CLIs that the canary has tried, and the lock that each keeps. */
export interface ProvedLocks {
  find(cli: string): "flag" | "fallback" | null;
  note(cli: string, lock: "flag" | "fallback", at: number): void;
}

/** The last warning about each session's directory. */
export interface Warnings {
  /** Notes the words. @returns false when they are the same as last time. */
  isNew(session: string, words: string): boolean;
  forget(session: string): void;
}

export function createProvedLocks(db: Database): ProvedLocks {
  const find = db.query<{ lock: "flag" | "fallback" }>(
    "SELECT lock FROM proved_locks WHERE cli = ?",
  );
  return {
    find: (cli) => find.first(cli)?.lock ?? null,
    note: db.change("INSERT OR REPLACE INTO proved_locks VALUES (?, ?, ?)"),
  };
}

export function createWarnings(db: Database): Warnings {
  const note = db.change(
    `INSERT INTO warnings VALUES (?, ?)
     ON CONFLICT (session) DO UPDATE SET words = excluded.words WHERE words <> excluded.words`,
  );
  return {
    isNew: (session, words) => note(session, words) === 1,
    forget: db.change("DELETE FROM warnings WHERE session = ?"),
  };
}
