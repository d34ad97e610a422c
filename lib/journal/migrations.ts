import type { Database } from "./database.ts";

/** By version: what makes a journal of it one of the next. What was released is never edited. */
const MIGRATIONS: Readonly<Record<number, string>> = {
  1: `
ALTER TABLE jobs ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN afresh INTEGER NOT NULL DEFAULT 0;
ALTER TABLE status_messages ADD COLUMN job INTEGER;
CREATE INDEX deliveries_ended ON deliveries (sent_at) WHERE state IN ('sent', 'failed');
CREATE INDEX deliveries_missed ON deliveries (chat, sent_at) WHERE state = 'failed';

-- SQLite adds no key to a table that is there. By the clock is as they were read so far.
CREATE TABLE updates_2 (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  update_id   INTEGER NOT NULL UNIQUE,
  kind        TEXT NOT NULL,
  chat        INTEGER,
  thread      INTEGER,
  user_id     INTEGER,
  payload     TEXT NOT NULL,
  state       TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'held', 'done')),
  received_at INTEGER NOT NULL,
  done_at     INTEGER
) STRICT;
INSERT INTO updates_2
    (update_id, kind, chat, thread, user_id, payload, state, received_at, done_at)
  SELECT update_id, kind, chat, thread, user_id, payload, state, received_at, done_at
  FROM updates ORDER BY received_at, update_id;
DROP TABLE updates;
ALTER TABLE updates_2 RENAME TO updates;
CREATE INDEX updates_open ON updates (state) WHERE state <> 'done';

-- When a silence began was not written down: what is left of it is all that is known.
CREATE TABLE silences_2 (
  chat   INTEGER PRIMARY KEY,
  since  INTEGER NOT NULL,
  until  INTEGER NOT NULL,
  waited INTEGER NOT NULL
) STRICT;
INSERT INTO silences_2
  SELECT chat, now, until, until - now
  FROM silences, (SELECT unixepoch() * 1000 AS now) WHERE until > now;
DROP TABLE silences;
ALTER TABLE silences_2 RENAME TO silences;

CREATE TABLE alerts (
  probe TEXT NOT NULL,
  name  TEXT NOT NULL,
  level TEXT NOT NULL,
  told  TEXT NOT NULL,
  since INTEGER NOT NULL,
  text  TEXT NOT NULL,
  rest  TEXT NOT NULL,
  PRIMARY KEY (probe, name)
) STRICT;
CREATE TABLE alert_tellings (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  at    INTEGER NOT NULL,
  lines TEXT NOT NULL
) STRICT;
CREATE TABLE digests (at INTEGER PRIMARY KEY) STRICT;
CREATE TABLE watches (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule       TEXT NOT NULL,
  task           TEXT NOT NULL,
  chat           INTEGER NOT NULL,
  thread         INTEGER,
  user_id        INTEGER NOT NULL,
  budget_usd     REAL NOT NULL,
  paused         INTEGER NOT NULL DEFAULT 0,
  last_run_at    INTEGER,
  finding        TEXT,
  trouble        TEXT,
  over_budget_on INTEGER,
  created_at     INTEGER NOT NULL
) STRICT;
CREATE TABLE watch_findings (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  watch     INTEGER NOT NULL,
  task      TEXT NOT NULL,
  text      TEXT NOT NULL,
  continued INTEGER NOT NULL DEFAULT 0,
  at        INTEGER NOT NULL
) STRICT;
`,
  2: `
ALTER TABLE prompts ADD COLUMN closed_words TEXT;
ALTER TABLE prompts ADD COLUMN reply INTEGER;
`,
  3: `
ALTER TABLE jobs ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prompts ADD COLUMN answered_by TEXT;
ALTER TABLE alerts RENAME COLUMN name TO id;
UPDATE alerts SET rest = json_set(
  rest,
  '$.id', NULL,
  '$.service', json(iif(json_extract(rest, '$.name') = json_extract(rest, '$.title'), 'true', 'false')),
  '$.down', json('false'),
  '$.flips', json('[]'),
  '$.unstableSince', NULL
);
CREATE TABLE trust (
  session     TEXT PRIMARY KEY,
  made        TEXT NOT NULL,
  copy        TEXT NOT NULL,
  digest      TEXT NOT NULL,
  extent      TEXT NOT NULL CHECK (extent IN ('shown', 'mayChange', 'always')),
  permissions TEXT NOT NULL,
  git         TEXT NOT NULL,
  user_id     INTEGER,
  at          INTEGER NOT NULL
) STRICT;
CREATE TABLE trust_offers (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  session  TEXT NOT NULL,
  made     TEXT NOT NULL,
  user_id  INTEGER NOT NULL,
  digest   TEXT NOT NULL,
  delivery INTEGER,
  at       INTEGER NOT NULL
) STRICT;
CREATE TABLE trust_told (
  session TEXT PRIMARY KEY,
  made    TEXT NOT NULL,
  digest  TEXT NOT NULL
) STRICT;
-- The sessions themselves are taken over from their directories.
CREATE TABLE sessions (
  name               TEXT PRIMARY KEY,
  created            INTEGER NOT NULL,
  last_active        INTEGER NOT NULL,
  persona            TEXT NOT NULL,
  granted            TEXT NOT NULL,
  permission_mode    TEXT,
  model              TEXT,
  effort             TEXT,
  output             TEXT NOT NULL,
  idle_timeout       REAL NOT NULL,
  claude_session_id  TEXT,
  claude_session_ids TEXT NOT NULL,
  settings_shown     TEXT,
  persona_shown      TEXT
) STRICT;
CREATE TABLE session_offers (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  session    TEXT NOT NULL REFERENCES sessions (name) ON DELETE CASCADE,
  edit       TEXT NOT NULL,
  state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'used', 'kept', 'old')),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_offers_session ON session_offers (session);
CREATE TABLE session_renames (from_name TEXT PRIMARY KEY, to_name TEXT NOT NULL) STRICT;
CREATE TABLE proved_locks (
  cli  TEXT PRIMARY KEY,
  lock TEXT NOT NULL CHECK (lock IN ('flag', 'fallback')),
  at   INTEGER NOT NULL
) STRICT;
CREATE TABLE warnings (session TEXT PRIMARY KEY, words TEXT NOT NULL) STRICT;
CREATE TABLE grants (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  session TEXT NOT NULL REFERENCES sessions (name) ON DELETE CASCADE,
  what    TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  UNIQUE (session, what)
) STRICT;
`,
};

/** Makes a journal of version `from` one of version `to`; call it in a transaction. */
export function migrate(db: Database, from: number, to: number): void {
  for (let version = from; version < to; version++) {
    // Version 2 still called itself 1.
    if (version === 1 && hasSeq(db)) continue;
    db.exec(MIGRATIONS[version]!);
  }
  db.exec(`PRAGMA user_version = ${to}`);
}

const hasSeq = (db: Database): boolean =>
  db.query("SELECT 1 FROM pragma_table_info('updates') WHERE name = 'seq'").first() !== undefined;
