/** The program with a fault: of an answer in several pieces it keeps the first two. */
import { rewriteSql } from "./rewrite.ts";

rewriteSql((sql) =>
  /INSERT INTO deliveries .*\bpiece,/.test(sql)
    ? sql.replace(/VALUES \(.*\)/, (values) => {
      const numbered = [...values.matchAll(/\?/g)].map((_, index) => `?${index + 1}`);
      return `SELECT ${numbered.join(", ")} WHERE ?4 < 2`;
    })
    : sql
);
