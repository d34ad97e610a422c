/** What persons have allowed: a part of the schema, in which each table has its reason. */
export const GRANT_TABLES = `
-- What a session may do without asking, until its person takes it back: 'what' is JSON, the same for
-- all that is the same. It goes with its session, and a later one of that name has none.
CREATE TABLE grants (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  session TEXT NOT NULL REFERENCES sessions (name) ON DELETE CASCADE,
  what    TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  UNIQUE (session, what)
) STRICT;
`;
