import type { DatabaseSync } from "node:sqlite";
import { createRenames, type Renames } from "./renames.ts";
import { createSessionOffers, type SessionOffers } from "./session_offers.ts";
import { transaction } from "./transaction.ts";

/** The truth about a session. The names are those of metadata.json, times are in ISO 8601. */
export interface SessionRecord {
  readonly name: string;
  readonly created: string;
  readonly last_active: string;
  /** The persona's id in the library. */
  readonly persona: string;
  /** The persona as it was granted, as JSON. */
  readonly granted: string;
  readonly permission_mode: string | null;
  readonly model: string | null;
  readonly effort: string | null;
  readonly output: string;
  /** In seconds. */
  readonly idle_timeout: number;
  readonly claude_session_id: string | null;
  readonly claude_session_ids: readonly string[];
  /** What may stand in the views without being news; null while they are somebody else's. */
  readonly settings_shown: string | null;
  readonly persona_shown: string | null;
}

export type SessionChanges = Partial<Omit<SessionRecord, "name">>;

export interface Sessions {
  get(name: string): SessionRecord | undefined;
  names(): string[];
  /** A session begins. What an earlier one of its name left is gone with the same commit. */
  begin(record: SessionRecord): void;
  /** @returns the record as it is now; undefined when there is none. */
  change(name: string, changes: SessionChanges): SessionRecord | undefined;
  /** Gives a session another persona; what was offered of its files is decided by that. */
  grant(name: string, persona: string, granted: string): SessionRecord | undefined;
  /** Notes activity; call it in the transaction of what was done. */
  active(name: string, at: number): void;
  /** Gives a session another conversation; call it in a transaction or not. */
  converse(name: string, id: string): void;
  /** The session is gone, with all that was kept for it. */
  remove(name: string): void;
  /** The session that a conversation belongs to. */
  ownerOf(conversation: string): string | undefined;
  /** The conversation of a session that an older journal knew better than its metadata.json. */
  noted(name: string): string | null;
  readonly offers: SessionOffers;
  readonly renames: Renames;
  /**
   * Closes an offer and changes its session, in one commit.
   * @returns the record as it is now; null when the offer was closed before.
   */
  decide(offer: number, state: "used" | "kept", changes: SessionChanges): SessionRecord | null;
}

interface Row extends Omit<SessionRecord, "created" | "last_active" | "claude_session_ids"> {
  created: number;
  last_active: number;
  claude_session_ids: string;
}

const iso = (time: number): string => new Date(time).toISOString();

const fromRow = (row: Row): SessionRecord => ({
  ...row,
  created: iso(row.created),
  last_active: iso(row.last_active),
  claude_session_ids: JSON.parse(row.claude_session_ids),
});

const COLUMNS = [
  "created",
  "last_active",
  "persona",
  "granted",
  "permission_mode",
  "model",
  "effort",
  "output",
  "idle_timeout",
  "claude_session_id",
  "claude_session_ids",
  "settings_shown",
  "persona_shown",
] as const;

/** The values of {@linkcode COLUMNS}. */
const valuesOf = (record: SessionRecord): (string | number | null)[] =>
  COLUMNS.map((column) => {
    if (column === "claude_session_ids") return JSON.stringify(record.claude_session_ids);
    if (column === "created" || column === "last_active") return Date.parse(record[column]);
    return record[column];
  });

/** Tables of what is kept for a session beside what refers to its row, and goes with it too. */
const BELONGINGS = ["conversation_ids", "trust", "trust_offers", "trust_told"];

/** The rows, one by one. */
function rowsOf(db: DatabaseSync) {
  const byName = db.prepare("SELECT * FROM sessions WHERE name = ?");
  const insert = db.prepare(
    `INSERT INTO sessions (name, ${COLUMNS.join(", ")})
     VALUES (?, ${COLUMNS.map(() => "?").join(", ")})`,
  );
  const update = db.prepare(
    `UPDATE sessions SET ${COLUMNS.map((column) => `${column} = ?`).join(", ")} WHERE name = ?`,
  );
  const get = (name: string): SessionRecord | undefined => {
    const row = byName.get(name);
    return row === undefined ? undefined : fromRow(row as unknown as Row);
  };
  return {
    get,
    insert: (record: SessionRecord) => void insert.run(record.name, ...valuesOf(record)),
    change(name: string, changes: SessionChanges): SessionRecord | undefined {
      const before = get(name);
      if (before === undefined) return undefined;
      const after = { ...before, ...changes };
      update.run(...valuesOf(after), name);
      return after;
    },
  };
}

export function createSessions(db: DatabaseSync): Sessions {
  const { get, insert, change } = rowsOf(db);
  const names = db.prepare("SELECT name FROM sessions ORDER BY name");
  const active = db.prepare("UPDATE sessions SET last_active = ? WHERE name = ?");
  const remove = db.prepare("DELETE FROM sessions WHERE name = ?");
  const owner = db.prepare(
    `SELECT name FROM sessions, json_each(claude_session_ids) WHERE value = ? LIMIT 1`,
  );
  const noted = db.prepare("SELECT id FROM conversation_ids WHERE session = ?");
  const renamed = db.prepare("DELETE FROM session_renames WHERE from_name = ?");
  const belongings = BELONGINGS.map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE session = ?`)
  );
  const offers = createSessionOffers(db);
  const forget = (name: string) => {
    remove.run(name);
    renamed.run(name); // Whatever had this name has another one by now.
    for (const each of belongings) each.run(name);
  };
  return {
    get,
    names: () => names.all().map(({ name }) => String(name)),
    begin: (record) =>
      transaction(db, () => {
        forget(record.name);
        insert(record);
      }),
    change,
    grant: (name, persona, granted) =>
      transaction(db, () => {
        offers.outdate(name);
        return change(name, { persona, granted });
      }),
    active: (name, at) => void active.run(at, name),
    converse(name, id) {
      const known = get(name)?.claude_session_ids ?? [];
      const all = known.includes(id) ? known : [...known, id];
      change(name, { claude_session_id: id, claude_session_ids: all });
    },
    remove: (name) => transaction(db, () => forget(name)),
    ownerOf: (conversation) => owner.get(conversation)?.["name"] as string | undefined,
    noted: (name) => (noted.get(name)?.["id"] ?? null) as string | null,
    offers,
    renames: createRenames(db),
    decide: (id, state, changes) =>
      transaction(db, () => {
        const session = offers.get(id)?.session;
        if (session === undefined || !offers.close(id, state)) return null;
        return change(session, changes) ?? null;
      }),
  };
}
