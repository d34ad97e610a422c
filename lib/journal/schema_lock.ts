/** What keeps a directory from widening what its session may do; see the design, "Trust". */
export const LOCK_TABLES = `
-- A CLI, by its command and version, and what the canary saw to keep a directory's own configuration
-- out of it: each is tried once.
CREATE TABLE proved_locks (
  cli  TEXT PRIMARY KEY,
  lock TEXT NOT NULL CHECK (lock IN ('flag', 'fallback')),
  at   INTEGER NOT NULL
) STRICT;

-- What of a session's directory was last warned of: the same is not said with every message.
CREATE TABLE warnings (session TEXT PRIMARY KEY, words TEXT NOT NULL) STRICT;
`;
