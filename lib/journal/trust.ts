import type { DatabaseSync } from "node:sqlite";

/** What of a session's directory is trusted. */
export interface TrustRow {
  readonly session: string;
  readonly made: string;
  readonly copy: string;
  readonly digest: string;
  readonly extent: "shown" | "mayChange" | "always";
  readonly permissions: {
    readonly allow: readonly string[];
    readonly ask: readonly string[];
    readonly deny: readonly string[];
    readonly additionalDirectories: readonly string[];
  };
  readonly git: readonly string[];
  readonly user: number | null;
  readonly at: number;
}

/** What was shown with buttons to trust it. */
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
  told(session: string, made: string): string | null;
  /** Null: of nothing any more. */
  tell(session: string, made: string, digest: string | null): void;
  /** @returns the offer's id. */
  offer(offer: TrustOffer, at: number): number;
  offered(id: number): TrustOffer | undefined;
  /** Forgets offers that are older. */
  forget(before: number): void;
}

type Row = Omit<TrustRow, "permissions" | "git"> & { permissions: string; git: string };

const fromRow = ({ permissions, git, ...row }: Row): TrustRow => ({
  ...row,
  permissions: JSON.parse(permissions),
  git: JSON.parse(git),
});

const COLUMNS =
  "session, made, copy, digest, extent, permissions, git, user_id AS user, at FROM trust";

export function createTrusts(db: DatabaseSync): Trusts {
  const get = db.prepare(`SELECT ${COLUMNS} WHERE session = ?`);
  const all = db.prepare(`SELECT ${COLUMNS} ORDER BY session`);
  const put = db.prepare("INSERT OR REPLACE INTO trust VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const remove = db.prepare("DELETE FROM trust WHERE session = ?");
  const told = db.prepare("SELECT digest FROM trust_told WHERE session = ? AND made = ?");
  const tell = db.prepare("INSERT OR REPLACE INTO trust_told VALUES (?, ?, ?)");
  const untell = db.prepare("DELETE FROM trust_told WHERE session = ?");
  const offer = db.prepare(
    `INSERT INTO trust_offers (session, made, user_id, digest, delivery, at)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const offered = db.prepare(
    "SELECT session, made, user_id AS user, digest, delivery FROM trust_offers WHERE id = ?",
  );
  const forget = db.prepare("DELETE FROM trust_offers WHERE at < ?");
  return {
    get(session) {
      const row = get.get(session);
      return row === undefined ? undefined : fromRow(row as unknown as Row);
    },
    all: () => (all.all() as unknown as Row[]).map(fromRow),
    put(row) {
      const { session, made, copy, digest, extent, permissions, git, user, at } = row;
      const json = [JSON.stringify(permissions), JSON.stringify(git)] as const;
      put.run(session, made, copy, digest, extent, ...json, user, at);
    },
    remove: (session) => void remove.run(session),
    told: (session, made) =>
      (told.get(session, made) as { digest: string } | undefined)?.digest ?? null,
    tell(session, made, digest) {
      if (digest === null) untell.run(session);
      else tell.run(session, made, digest);
    },
    offer({ session, made, user, digest, delivery }, at) {
      return Number(offer.run(session, made, user, digest, delivery, at).lastInsertRowid);
    },
    offered: (id) => offered.get(id) as TrustOffer | undefined,
    forget: (before) => void forget.run(before),
  };
}
