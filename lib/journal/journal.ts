import { DatabaseSync } from "node:sqlite";
import { errorText } from "../errors.ts";
import { type Alerts, createAlerts } from "./alerts.ts";
import { Database } from "./database.ts";
import { createDeliveries, type Deliveries } from "./deliveries.ts";
import { createGrants, type Grants } from "./grants.ts";
import { createJobs, type Jobs } from "./jobs.ts";
import { migrate } from "./migrations.ts";
import { createPieces, type Pieces } from "./pieces.ts";
import { createRequests, type Requests } from "./requests.ts";
import { moveChat } from "./place.ts";
import { type Dismissed, dismissOthers } from "./removed_users.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createUpdates, type Updates } from "./updates.ts";
import { type BudgetHolds, createBudgetHolds, createSpending, type Spending } from "./usage.ts";
import {
  createProvedLocks,
  createTrusts,
  createWarnings,
  type ProvedLocks,
  type Trusts,
  type Warnings,
} from "./trust.ts";
import { createWatches, type Watches } from "./watches.ts";

const PROBE = `INSERT OR REPLACE INTO facts VALUES ('probe', printf('%.*c', 65536, 'x'));
  DELETE FROM facts WHERE name = 'probe';`;

/** The journal cannot be opened; the message names the file. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

/** The durable record. Every method is synchronous and, outside a transaction, its own commit. */
export interface Journal extends Disposable {
  readonly updates: Updates;
  readonly jobs: Jobs;
  readonly pieces: Pieces;
  readonly deliveries: Deliveries;
  readonly requests: Requests;
  /** The rights that persons have given. */
  readonly grants: Grants;
  /** Runs `change` as one commit: all of it, or nothing when it throws. Does not nest. */
  transaction<T>(change: () => T): T;
  /** The cost of turns, and the use of the subscription's limits. */
  readonly spending: Spending;
  readonly budgetHolds: BudgetHolds;
  readonly alerts: Alerts;
  readonly watches: Watches;
  /** The trusted content of the sessions' directories. */
  readonly trust: Trusts;
  readonly sessions: Sessions;
  readonly provedLocks: ProvedLocks;
  readonly warnings: Warnings;
  /** Status messages on display, to be removed by whoever starts after a crash. */
  readonly statusMessages: {
    /** @param job the one that waits with it. */
    add(chat: number, messageId: number, job?: number): void;
    remove(chat: number, messageId: number): void;
    /** `cancelled`: what waited with it was taken out. */
    all(): { chat: number; messageId: number; cancelled: boolean }[];
  };
  /** Ends what is here of everybody but the allowed users, when nothing runs. */
  dismissOthers(allowed: Iterable<number>, at: number): Dismissed;
  /** Moves all that is here of a group to its new id. */
  moveChat(from: number, to: number): void;
  /** @returns true for the first contact of a stranger. */
  firstContact(user: number, at: number): boolean;
  /** Writes something of the size of an answer and takes it away. @throws when the disk refuses. */
  probe(): void;
  /** A small fact about this home, made once by `make`. */
  fact(name: string, make: () => string): string;
  /** Tells `failed`, and nobody who was told before, of what SQLite refuses from now on. */
  watch(failed: (error: unknown) => void): void;
  close(): void;
}

/**
 * Opens the journal, making it when it is not there and bringing up one of an older version. Every
 * commit is on disk when it returns (`synchronous=FULL`, 0.2 ms).
 * @throws {JournalError} when the file cannot be opened or is from a newer version.
 */
export function openJournal(path: string): Journal {
  return journalOn(open(path));
}

/** The journal in a database that has its schema. */
export function journalOn(db: Database): Journal {
  const stranger = db.change("INSERT OR IGNORE INTO strangers VALUES (?, ?)");
  return {
    updates: createUpdates(db),
    jobs: createJobs(db),
    pieces: createPieces(db),
    deliveries: createDeliveries(db),
    requests: createRequests(db),
    grants: createGrants(db),
    statusMessages: createStatusMessages(db),
    transaction: (change) => db.transaction(change),
    spending: createSpending(db),
    budgetHolds: createBudgetHolds(db),
    alerts: createAlerts(db),
    watches: createWatches(db),
    trust: createTrusts(db),
    sessions: createSessions(db),
    provedLocks: createProvedLocks(db),
    warnings: createWarnings(db),
    dismissOthers: (allowed, at) => db.transaction(() => dismissOthers(db, allowed, at)),
    moveChat: (from, to) => db.transaction(() => moveChat(db, from, to)),
    firstContact: (user, at) => stranger(user, at) === 1,
    probe: () => db.transaction(() => db.exec(PROBE)),
    fact: createFacts(db),
    watch: (failed) => db.watch(failed),
    close: () => db.close(),
    [Symbol.dispose]: () => db.close(),
  };
}

function open(path: string): Database {
  let db: Database | undefined;
  try {
    db = new Database(new DatabaseSync(path));
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    const [found] = db.query<{ user_version: number }>("PRAGMA user_version").all();
    const version = found?.user_version ?? 0;
    if (version > SCHEMA_VERSION) {
      throw new JournalError(`'${path}' was written by a newer Switchboard (version ${version}).`);
    }
    if (version < SCHEMA_VERSION) bringUp(db, version);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof JournalError) throw error;
    throw new JournalError(`Cannot open the journal '${path}': ${errorText(error)}`);
  }
}

/** Makes the tables of a new journal, or what has changed since an older version. */
function bringUp(db: Database, version: number): void {
  db.transaction(() => {
    if (version > 0) migrate(db, version, SCHEMA_VERSION);
    else db.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
  });
}

function createFacts(db: Database): Journal["fact"] {
  const select = db.query<{ value: string }>("SELECT value FROM facts WHERE name = ?");
  const insert = db.change("INSERT INTO facts VALUES (?, ?)");
  return (name, make) => {
    const known = select.first(name);
    if (known !== undefined) return known.value;
    const value = make();
    insert(name, value);
    return value;
  };
}

function createStatusMessages(db: Database): Journal["statusMessages"] {
  const add = db.change("INSERT OR IGNORE INTO status_messages VALUES (?, ?, ?)");
  const all = db.query(
    `SELECT chat, message_id AS messageId, EXISTS (
       SELECT 1 FROM jobs WHERE id = job AND outcome = 'cancelled' AND turn IS NULL) AS cancelled
     FROM status_messages`,
    (row: { chat: number; messageId: number; cancelled: number }) => ({
      ...row,
      cancelled: row.cancelled === 1,
    }),
  );
  return {
    add: (chat, messageId, job) => void add(chat, messageId, job ?? null),
    remove: db.change("DELETE FROM status_messages WHERE chat = ? AND message_id = ?"),
    all: () => all.all(),
  };
}
