import type { DatabaseSync } from "node:sqlite";

/** What a session's files say and its row does not, as it was shown in the chat. */
export interface SessionOffer {
  readonly id: number;
  readonly session: string;
  /** As JSON. */
  readonly edit: string;
  /** `old`: another one, or the chat, came before it was decided. */
  readonly state: "open" | "used" | "kept" | "old";
}

export interface SessionOffers {
  get(id: number): SessionOffer | undefined;
  /** The one of a session that waits for a decision. */
  open(session: string): SessionOffer | undefined;
  /** Makes an offer; one of the same session that is open gets old. @returns its id. */
  add(session: string, edit: string, at: number): number;
  /** @returns false when it was closed before. */
  close(id: number, state: "used" | "kept"): boolean;
  /** What is open of a session is decided by something else. */
  outdate(session: string): void;
  /** Forgets older ones that are closed. */
  forget(before: number): void;
}

export function createSessionOffers(db: DatabaseSync): SessionOffers {
  const columns = "id, session, edit, state";
  const byId = db.prepare(`SELECT ${columns} FROM session_offers WHERE id = ?`);
  const open = db.prepare(
    `SELECT ${columns} FROM session_offers WHERE session = ? AND state = 'open'`,
  );
  const insert = db.prepare(
    "INSERT INTO session_offers (session, edit, created_at) VALUES (?, ?, ?)",
  );
  const close = db.prepare("UPDATE session_offers SET state = ? WHERE id = ? AND state = 'open'");
  const outdate = db.prepare(
    "UPDATE session_offers SET state = 'old' WHERE session = ? AND state = 'open'",
  );
  const forget = db.prepare(
    "DELETE FROM session_offers WHERE state <> 'open' AND created_at < ?",
  );
  return {
    get: (id) => byId.get(id) as SessionOffer | undefined,
    open: (session) => open.get(session) as SessionOffer | undefined,
    add(session, edit, at) {
      outdate.run(session);
      return Number(insert.run(session, edit, at).lastInsertRowid);
    },
    close: (id, state) => close.run(state, id).changes === 1,
    outdate: (session) => void outdate.run(session),
    forget: (before) => void forget.run(before),
  };
}
