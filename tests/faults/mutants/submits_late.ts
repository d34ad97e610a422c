/** The program with a fault: what goes to Claude is not noted as submitted, so a crash repeats it. */
import { rewriteSql } from "./rewrite.ts";

rewriteSql((sql) => sql.replace("SET state = 'submitted', prompt_id", "SET prompt_id"));
