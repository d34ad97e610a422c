/** The program with a fault: what Telegram refuses for a while counts as sent. */
import { rewriteSql } from "./rewrite.ts";

rewriteSql((sql) => sql.replace(/^(UPDATE deliveries SET state = )'waiting'/, "$1'sent'"));
