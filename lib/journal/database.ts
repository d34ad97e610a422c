import type { DatabaseSync } from "node:sqlite";

/** A value of a column. */
export type Value = string | number | null;

/** A statement's parameters: one for each `?`, or one object with all that are named. */
type Parameters = (Value | Readonly<Record<string, Value>>)[];

/** A row as SQLite gives it: what the query names. The schema is STRICT. */
export type Row = Readonly<Record<string, Value>>;

/** A field that a column holds as JSON; null where it is NULL. */
export const json = (column: string) => (row: Row) => {
  const text = row[column];
  return typeof text === "string" ? JSON.parse(text) : null;
};

/** A field that a column holds as 1 or 0. */
export const flag = (column: string) => (row: Row): boolean => row[column] === 1;

/** The user of a row. */
export const userOf = (row: Row): number => row["user_id"] as number;

/**
 * Makes objects of rows: the fields `plain` are columns of their name in snake case, each other field
 * has its function.
 */
export const reading = <T>() =>
<Plain extends keyof T & string>(
  plain: readonly Plain[],
  others: { readonly [Field in Exclude<keyof T, Plain>]: (row: Row) => T[Field] },
): (row: Row) => T => {
  const columns = plain.map((field) => [field, snakeCase(field)] as const);
  const functions = Object.entries(others) as [string, (row: Row) => unknown][];
  return (row) =>
    Object.fromEntries([
      ...columns.map(([field, column]) => [field, row[column]]),
      ...functions.map(([field, make]) => [field, make(row)]),
    ]) as T;
};

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A query that is prepared, each of its rows decoded. */
export interface Query<T> {
  first(...parameters: Parameters): T | undefined;
  all(...parameters: Parameters): T[];
}

/**
 * A SQLite database as the journal uses it: statements are prepared once and are functions from then
 * on. What SQLite refuses is shown to who {@linkcode watch}es, and then thrown.
 */
export class Database {
  readonly #db: DatabaseSync;
  #failed: (error: unknown) => void = () => {};
  #closed = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Tells `failed`, and nobody who was told before, of each failure from now on. */
  watch(failed: (error: unknown) => void): void {
    this.#failed = failed;
  }

  /** Prepares a query. Without `decode` its columns have the names and types of `Row`. */
  query<Row, T = Row>(sql: string, decode?: (row: Row) => T): Query<T> {
    const statement = this.#db.prepare(sql);
    // SQLite gives what the query names; the schema is STRICT.
    const decoded = (row: unknown): T => decode === undefined ? row as T : decode(row as Row);
    return {
      first: (...parameters) => {
        const row = this.#guarded(() => statement.get(...parameters as Value[]));
        return row === undefined ? undefined : decoded(row);
      },
      all: (...parameters) =>
        this.#guarded(() => statement.all(...parameters as Value[])).map(decoded),
    };
  }

  /** Prepares a change. @returns what makes it, and says how many rows it changed. */
  change(sql: string): (...parameters: Parameters) => number {
    const statement = this.#db.prepare(sql);
    return (...parameters) =>
      Number(this.#guarded(() => statement.run(...parameters as Value[])).changes);
  }

  /** Prepares the insertion of a row. @returns what inserts one, and gives its id. */
  insert(sql: string): (...parameters: Parameters) => number {
    const statement = this.#db.prepare(sql);
    return (...parameters) =>
      Number(this.#guarded(() => statement.run(...parameters as Value[])).lastInsertRowid);
  }

  /** Runs statements that take no parameters. */
  exec(sql: string): void {
    this.#guarded(() => this.#db.exec(sql));
  }

  /** Runs `change` as one commit: all of it, or nothing when it throws. Does not nest. */
  transaction<T>(change: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.exec("COMMIT");
      return result;
    } catch (error) {
      // SQLite may have ended it itself, as on a full disk; the error must not be hidden by another.
      if (this.#db.isTransaction) this.exec("ROLLBACK");
      throw error;
    }
  }

  /** Closes it; may be called twice. */
  close(): void {
    if (!this.#closed) this.#db.close();
    this.#closed = true;
  }

  #guarded<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }
}
