/** The tables of what is granted to sessions: a part of the schema, in which each has its reason. */
export const SESSION_TABLES = `
-- The truth about each session. metadata.json and persona.json in its directory are views of it for
-- people and scripts: Claude may write there, so nothing of them is taken without a tap. What else is
-- kept for a session refers to it and goes with it: a later one of its name inherits nothing.
CREATE TABLE sessions (
  name               TEXT PRIMARY KEY,
  created            INTEGER NOT NULL,
  last_active        INTEGER NOT NULL,
  -- The persona's id in the library, and the persona itself as it was granted, as JSON.
  persona            TEXT NOT NULL,
  granted            TEXT NOT NULL,
  permission_mode    TEXT,
  model              TEXT,
  effort             TEXT,
  output             TEXT NOT NULL,
  -- In seconds.
  idle_timeout       REAL NOT NULL,
  claude_session_id  TEXT,
  -- Every conversation that it ever had, as JSON: each has a transcript that belongs to it.
  claude_session_ids TEXT NOT NULL,
  -- What may stand in the views without being news: the settings in metadata.json, a digest of
  -- persona.json. Null while they are somebody else's.
  settings_shown     TEXT,
  persona_shown      TEXT
) STRICT;

-- What a session's files say and its row does not: shown in the chat once, and taken as it was shown.
CREATE TABLE session_offers (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  session    TEXT NOT NULL REFERENCES sessions (name) ON DELETE CASCADE,
  -- As JSON.
  edit       TEXT NOT NULL,
  state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'used', 'kept', 'old')),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_offers_session ON session_offers (session);

-- Sessions whose rows have their new name already, and whose directories may have the old one: two
-- things cannot change at once, so the next start finishes what a crash has cut off.
CREATE TABLE session_renames (
  from_name TEXT PRIMARY KEY,
  to_name   TEXT NOT NULL
) STRICT;
`;
