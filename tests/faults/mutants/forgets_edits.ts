/** The program with a fault: a message that has become a prompt keeps its old words. */
import { rewriteSql } from "./rewrite.ts";

rewriteSql((sql) => sql.replace(/^UPDATE pieces SET text = .*/, (update) => `${update} AND 0`));
