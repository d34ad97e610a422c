import type { Database, Value } from "./database.ts";
import { createRenames, type Renames } from "./renames.ts";

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
  /** The part of the views that is no news: settings, and a digest of the persona; null while they are another's. */
  readonly settings_shown: string | null;
  readonly persona_shown: string | null;
}

export type SessionChanges = Partial<Omit<SessionRecord, "name">>;

/** A difference between a session's files and its row, as it was shown in the chat. */
export interface SessionOffer {
  readonly id: number;
  readonly session: string;
  /** As JSON. */
  readonly edit: string;
  /** `old`: another one, or the chat, came before it was decided. */
  readonly state: "open" | "used" | "kept" | "old";
}

interface SessionOffers {
  get(id: number): SessionOffer | undefined;
  /** The one of a session that waits for a decision. */
  open(session: string): SessionOffer | undefined;
  /** Makes an offer; one of the same session that is open gets old. @returns its id. */
  add(session: string, edit: string, at: number): number;
  /** @returns false when it was closed before. */
  close(id: number, state: "used" | "kept"): boolean;
  /** Closes the open offer of a session, which something else has decided. */
  outdate(session: string): void;
  /** Forgets older ones that are closed. */
  forget(before: number): void;
}

export interface Sessions {
  get(name: string): SessionRecord | undefined;
  names(): string[];
  /** Begins a session, and removes with the same commit what an earlier one of its name left. */
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

const nameOf = ({ name }: { name: string }): string => name;

/** The values of {@linkcode COLUMNS}. */
const valuesOf = (record: SessionRecord): Value[] =>
  COLUMNS.map((column) => {
    if (column === "claude_session_ids") return JSON.stringify(record.claude_session_ids);
    if (column === "created" || column === "last_active") return Date.parse(record[column]);
    return record[column];
  });

/** Tables of what is kept for a session beside what refers to its row, and goes with it too. */
const BELONGINGS = ["conversation_ids", "trust", "trust_offers", "trust_told"];

/** The rows, one by one. */
function rowsOf(db: Database) {
  const byName = db.query("SELECT * FROM sessions WHERE name = ?", fromRow);
  const insert = db.change(
    `INSERT INTO sessions (name, ${COLUMNS.join(", ")})
     VALUES (?, ${COLUMNS.map(() => "?").join(", ")})`,
  );
  const update = db.change(
    `UPDATE sessions SET ${COLUMNS.map((column) => `${column} = ?`).join(", ")} WHERE name = ?`,
  );
  return {
    get: (name: string) => byName.first(name),
    insert: (record: SessionRecord) => void insert(record.name, ...valuesOf(record)),
    change(name: string, changes: SessionChanges): SessionRecord | undefined {
      const before = byName.first(name);
      if (before === undefined) return undefined;
      const after = { ...before, ...changes };
      update(...valuesOf(after), name);
      return after;
    },
  };
}

function createOffers(db: Database): SessionOffers {
  const select = (where: string) =>
    db.query<SessionOffer>(`SELECT id, session, edit, state FROM session_offers WHERE ${where}`);
  const byId = select("id = ?");
  const open = select("session = ? AND state = 'open'");
  const insert = db.insert(
    "INSERT INTO session_offers (session, edit, created_at) VALUES (?, ?, ?)",
  );
  const close = db.change("UPDATE session_offers SET state = ? WHERE id = ? AND state = 'open'");
  const outdate = db.change(
    "UPDATE session_offers SET state = 'old' WHERE session = ? AND state = 'open'",
  );
  return {
    get: (id) => byId.first(id),
    open: (session) => open.first(session),
    add(session, edit, at) {
      outdate(session);
      return insert(session, edit, at);
    },
    close: (id, state) => close(state, id) === 1,
    outdate,
    forget: db.change("DELETE FROM session_offers WHERE state <> 'open' AND created_at < ?"),
  };
}

export function createSessions(db: Database): Sessions {
  const { get, insert, change } = rowsOf(db);
  const names = db.query("SELECT name FROM sessions ORDER BY name", nameOf);
  const owner = db.query(
    `SELECT name FROM sessions, json_each(claude_session_ids) WHERE value = ? LIMIT 1`,
    nameOf,
  );
  const noted = db.query<{ id: string }>("SELECT id FROM conversation_ids WHERE session = ?");
  const remove = [
    db.change("DELETE FROM sessions WHERE name = ?"),
    // Whatever had this name has another one by now.
    db.change("DELETE FROM session_renames WHERE from_name = ?"),
    ...BELONGINGS.map((table) => db.change(`DELETE FROM ${table} WHERE session = ?`)),
  ];
  const offers = createOffers(db);
  const forget = (name: string) => remove.forEach((each) => each(name));
  return {
    get,
    names: () => names.all(),
    begin: (record) =>
      db.transaction(() => {
        forget(record.name);
        insert(record);
      }),
    change,
    grant: (name, persona, granted) =>
      db.transaction(() => {
        offers.outdate(name);
        return change(name, { persona, granted });
      }),
    active: db.change("UPDATE sessions SET last_active = ?2 WHERE name = ?1"),
    converse(name, id) {
      const known = get(name)?.claude_session_ids ?? [];
      const all = known.includes(id) ? known : [...known, id];
      change(name, { claude_session_id: id, claude_session_ids: all });
    },
    remove: (name) => db.transaction(() => forget(name)),
    ownerOf: (conversation) => owner.first(conversation),
    noted: (name) => noted.first(name)?.id ?? null,
    offers,
    renames: createRenames(db),
    decide: (id, state, changes) =>
      db.transaction(() => {
        const session = offers.get(id)?.session;
        if (session === undefined || !offers.close(id, state)) return null;
        return change(session, changes) ?? null;
      }),
  };
}
