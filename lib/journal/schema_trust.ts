/** What is trusted of the sessions' directories; see the design, "Trust". */
export const TRUST_TABLES = `
-- What of a session's directory its person trusts. 'made' is when the session was made: a later one of
-- its name trusts nothing. 'copy' names the directory below 'trust' that its process is given, 'digest'
-- is of all that was shown, 'extent' of how much of it is used; the rules and the lines of .git/config
-- are JSON. No user where the settings trust it.
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

-- What /trust showed: its buttons are for exactly that, and for who asked. 'delivery' is the document
-- that holds what is too long for a message, which has to have arrived before a tap counts.
CREATE TABLE trust_offers (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  session  TEXT NOT NULL,
  made     TEXT NOT NULL,
  user_id  INTEGER NOT NULL,
  digest   TEXT NOT NULL,
  delivery INTEGER,
  at       INTEGER NOT NULL
) STRICT;

-- What a person was last told of by itself, so that each change is told once.
CREATE TABLE trust_told (
  session TEXT PRIMARY KEY,
  made    TEXT NOT NULL,
  digest  TEXT NOT NULL
) STRICT;
`;
