import type { Database } from "./database.ts";

/** A session has another name in the journal, and perhaps not yet on the disk. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** The names that sessions are about to have. */
export interface Renames {
  /** Gives all that is kept for a session to the name `to`, and notes that its directory follows. */
  begin(rename: Rename): void;
  /** The directory could not follow: all goes back. */
  undo(rename: Rename): void;
  /** All is as it is to be; what came for the old name meanwhile follows. */
  end(rename: Rename): void;
  /** Another one has the old name. */
  forget(from: string): void;
  /** The renames that a crash has cut off. */
  open(): Rename[];
}

/** The tables of a session's past; all others belong to the session itself. */
const HISTORY = ["jobs", "prompts", "usage"];
/** The ending that keeps an earlier session's past under a name that no session can have. */
const EARLIER = " (earlier)";

export function createRenames(db: Database): Renames {
  const insert = db.change("INSERT INTO session_renames VALUES (?, ?)");
  const remove = db.change("DELETE FROM session_renames WHERE from_name = ?");
  const open = db.query<Rename>(
    'SELECT from_name AS "from", to_name AS "to" FROM session_renames ORDER BY from_name',
  );
  const commit = (change: () => void) =>
    db.transaction(() => {
      db.exec("PRAGMA defer_foreign_keys = ON"); // Until the end of this transaction.
      change();
    });
  return {
    begin: ({ from, to }) =>
      commit(() => {
        setEarlierAside(db, to);
        move(db, { from, to });
        insert(from, to);
      }),
    undo: ({ from, to }) =>
      commit(() => {
        move(db, { from: to, to: from });
        remove(from);
      }),
    end: ({ from, to }) =>
      commit(() => {
        move(db, { from, to });
        remove(from);
      }),
    forget: remove,
    open: () => open.all(),
  };
}

/** A session may get a name that another one had: it inherits nothing, and answers for nothing of it. */
function setEarlierAside(db: Database, name: string): void {
  db.change("DELETE FROM sessions WHERE name = ?")(name);
  for (const table of tables(db)) {
    const change = HISTORY.includes(table)
      ? `UPDATE ${table} SET session = session || '${EARLIER}' WHERE session = ?`
      : `DELETE FROM ${table} WHERE session = ?`;
    db.change(change)(name);
  }
}

function move(db: Database, { from, to }: Rename): void {
  db.change("UPDATE sessions SET name = ? WHERE name = ?")(to, from);
  for (const table of tables(db)) {
    db.change(`UPDATE OR REPLACE ${table} SET session = ? WHERE session = ?`)(to, from);
  }
}

/** Every table with a session in it. */
function tables(db: Database): string[] {
  return db.query(
    `SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
     WHERE m.type = 'table' AND c.name = 'session' ORDER BY m.name`,
    ({ name }: { name: string }) => name,
  ).all();
}
