import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Database } from "../../lib/journal/database.ts";
import { type Journal, journalOn } from "../../lib/journal/journal.ts";
import { SCHEMA } from "../../lib/journal/schema.ts";

/** What stands between the program and its disk. */
export interface Gate {
  /** Something is read, or written into an open transaction. */
  touch(): void;
  /** Something is to be on disk from now on. */
  commit<T>(act: () => T): T;
}

const OPEN: Gate = { touch() {}, commit: (act) => act() };

/** SQLite in memory behind a gate. It is the disk: what was committed survives every crash. */
export class GatedDatabase extends DatabaseSync {
  gate = OPEN;

  constructor() {
    super(":memory:");
  }

  override exec(sql: string): void {
    if (sql === "ROLLBACK") return super.exec(sql);
    if (sql === "COMMIT") return this.gate.commit(() => super.exec(sql));
    this.gate.touch();
    super.exec(sql);
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    const { run, get, all } = statement;
    const touched = <T extends StatementSync["get"] | StatementSync["all"]>(read: T) =>
      ((...values: Parameters<T>) => {
        this.gate.touch();
        return Reflect.apply(read, statement, values);
      }) as T;
    statement.get = touched(get);
    statement.all = touched(all);
    statement.run = ((...values: Parameters<typeof run>) => {
      const act = () => Reflect.apply(run, statement, values);
      if (!this.isTransaction) return this.gate.commit(act);
      this.gate.touch();
      return act();
    }) as typeof run;
    return statement;
  }
}

/** The database and the journal on it, for many simulations one after the other. */
export class Disk {
  readonly db = new GatedDatabase();
  readonly journal: Journal;
  readonly #emptying: string;

  constructor() {
    this.db.exec(`PRAGMA foreign_keys = ON; ${SCHEMA}`);
    this.journal = journalOn(new Database(this.db));
    const tables = this.db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
      .map(({ name }) => `DELETE FROM ${name};`);
    this.#emptying = `PRAGMA foreign_keys = OFF; BEGIN; ${
      tables.join(" ")
    } COMMIT; PRAGMA foreign_keys = ON;`;
  }

  /** An empty disk, for the next simulation. */
  clear(): void {
    this.db.gate = OPEN;
    if (this.db.isTransaction) this.db.exec("ROLLBACK");
    this.db.exec(this.#emptying);
  }
}
