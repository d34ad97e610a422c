import type { Database } from "./database.ts";

/** The numbers of what was ended of people who are not allowed any more. */
export interface Dismissed {
  readonly updates: number;
  readonly jobs: number;
  readonly requests: number;
  readonly deliveries: number;
  readonly watches: number;
}

const OTHERS = "NOT IN (SELECT value FROM json_each(:allowed))";
/** A private chat has the number of its person. */
const PRIVATE = `chat > 0 AND chat ${OTHERS}`;

const ENDS: Readonly<Record<keyof Dismissed, string>> = {
  updates: `UPDATE updates SET state = 'done', done_at = :at
    WHERE state <> 'done' AND user_id ${OTHERS}`,
  jobs: `UPDATE jobs SET state = 'done', outcome = 'cancelled', done_at = :at
    WHERE state = 'waiting' AND user_id ${OTHERS}`,
  // In a group all see it: there it expires with the others.
  requests:
    `UPDATE prompts SET state = 'closed', outcome = 'expired', closed_words = NULL, reply = NULL
    WHERE (state = 'open' OR closed_words IS NOT NULL OR reply IS NOT NULL) AND ${PRIVATE}`,
  deliveries: `UPDATE deliveries SET state = 'failed', error = 'not allowed any more', sent_at = :at
    WHERE state IN ('waiting', 'sending') AND ${PRIVATE}`,
  watches: `UPDATE watches SET paused = 1 WHERE paused = 0 AND user_id ${OTHERS}`,
};

/** Nothing is called in their private chats: what stands there stays as it is. */
const FORGOTTEN = [
  `DELETE FROM silences WHERE ${PRIVATE}`,
  `DELETE FROM status_messages WHERE ${PRIVATE}`,
  // What they trusted runs no longer; what the settings trust has no user.
  `DELETE FROM trust WHERE user_id ${OTHERS}`,
  // What they allowed is asked about again.
  `DELETE FROM grants WHERE user_id ${OTHERS}`,
];

/**
 * Ends what the journal holds of everybody but the allowed users: their updates, waiting jobs, open
 * requests and watches, and all that waits for their private chats. Call it in a transaction, when
 * nothing runs.
 */
export function dismissOthers(
  db: Database,
  allowed: Iterable<number>,
  at: number,
): Dismissed {
  const users = JSON.stringify([...allowed]);
  const run = (sql: string) => {
    const values = sql.includes(":at") ? { allowed: users, at } : { allowed: users };
    return db.change(sql)(values);
  };
  for (const sql of FORGOTTEN) run(sql);
  const { updates, jobs, requests, deliveries, watches } = ENDS;
  return {
    updates: run(updates),
    jobs: run(jobs),
    requests: run(requests),
    deliveries: run(deliveries),
    watches: run(watches),
  };
}
