/** The program with a fault: it forgets that the outcome of a sending is unknown. */
import { rewriteSql } from "./rewrite.ts";

rewriteSql((sql) => sql.replace("repeats = repeats + 1", "repeats = repeats"));
