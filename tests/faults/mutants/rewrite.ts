import { DatabaseSync } from "node:sqlite";

/** Puts another statement in the place of each that the journal prepares. */
export function rewriteSql(rewrite: (sql: string) => string): void {
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (sql: string) {
    return prepare.call(this, rewrite(sql));
  };
}
