/**
 * The tables of `state/journal.db`, each with its reason. Times are milliseconds since 1970; JSON is
 * text; a place is a chat and, in a forum, its topic.
 *
 * This is all of it as it is now, for a new journal. Whoever changes anything here raises the version
 * and adds to `migrations.ts` what makes a journal of the version before the same.
 */
export const SCHEMA_VERSION = 4;

export const SCHEMA = `
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

-- A CLI, by its command and version, and what the canary saw to keep a directory's own configuration
-- out of it: each is tried once.
CREATE TABLE proved_locks (
  cli  TEXT PRIMARY KEY,
  lock TEXT NOT NULL CHECK (lock IN ('flag', 'fallback')),
  at   INTEGER NOT NULL
) STRICT;

-- What of a session's directory was last warned of: the same is not said with every message.
CREATE TABLE warnings (session TEXT PRIMARY KEY, words TEXT NOT NULL) STRICT;

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

-- What Telegram delivered, on disk before Telegram is told that it arrived. Kept for 8 days after
-- its end, to know a repeated delivery: update ids become random after a week of silence.
-- 'seq' is the order in which they came; neither the ids nor a clock that may be set tell it.
CREATE TABLE updates (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  update_id   INTEGER NOT NULL UNIQUE,
  kind        TEXT NOT NULL,
  chat        INTEGER,
  thread      INTEGER,
  user_id     INTEGER,
  payload     TEXT NOT NULL,
  -- new: not routed yet; held: a prompt that waits until a session is chosen; done.
  state       TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'held', 'done')),
  received_at INTEGER NOT NULL,
  done_at     INTEGER
) STRICT;
CREATE INDEX updates_open ON updates (state) WHERE state <> 'done';

-- A prompt on its way through a session. 'submitted' is committed before its first byte is written;
-- a submitted job without an end after a crash is uncertain and is never repeated by itself.
CREATE TABLE jobs (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  session      TEXT NOT NULL,
  chat         INTEGER NOT NULL,
  thread       INTEGER,
  user_id      INTEGER NOT NULL,
  message_id   INTEGER,
  text         TEXT NOT NULL,
  state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'submitted', 'done')),
  -- The uuid of the line that carried it; jobs that were merged share one.
  prompt_id    TEXT,
  outcome      TEXT,
  -- Received while the program was away: its answer says so.
  away         INTEGER NOT NULL DEFAULT 0,
  -- The job that a person made of this one by 'Ask again' or 'Continue': a second tap finds it.
  follow_up    INTEGER REFERENCES jobs (id),
  -- Made in that way: it shares its prompt with no other, so that its answer says what it is for.
  alone        INTEGER NOT NULL DEFAULT 0,
  -- As follow_up, for 'Run again' of a message that was edited after it had run.
  rerun        INTEGER REFERENCES jobs (id),
  -- Its text was edited while it waited.
  changed      INTEGER NOT NULL DEFAULT 0,
  -- The stop that holds it back until its person says what is to become of it.
  held         INTEGER,
  -- Its person wants it before the others that wait.
  ahead        INTEGER NOT NULL DEFAULT 0,
  -- It begins a fresh conversation of its session: what was before it belongs to one that is lost.
  afresh       INTEGER NOT NULL DEFAULT 0,
  -- The turn that ended it; a turn may answer several prompts.
  turn         TEXT,
  created_at   INTEGER NOT NULL,
  submitted_at INTEGER,
  done_at      INTEGER
) STRICT;
CREATE INDEX jobs_open ON jobs (session, state, id) WHERE state <> 'done';
CREATE INDEX jobs_prompt ON jobs (prompt_id);

-- The messages that a job was made of: an edit finds its job and its place in the text. 'glue' is
-- what stands before it there.
CREATE TABLE pieces (
  job        INTEGER NOT NULL REFERENCES jobs (id),
  chat       INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  glue       TEXT NOT NULL,
  text       TEXT NOT NULL,
  PRIMARY KEY (chat, message_id, job)
) STRICT;
CREATE INDEX pieces_job ON pieces (job);

-- What must reach a chat. 'sending' is committed before each attempt: found at start, its outcome is
-- unknown and it is sent once more, marked as repeated.
CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  chat       INTEGER NOT NULL,
  priority   INTEGER NOT NULL,
  -- What it belongs to: a turn's prompt_id, a permission request, an update.
  subject    TEXT,
  piece      INTEGER NOT NULL DEFAULT 0,
  method     TEXT NOT NULL,
  payload    TEXT NOT NULL,
  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'failed')),
  repeats    INTEGER NOT NULL DEFAULT 0,
  message_id INTEGER,
  error      TEXT,
  created_at INTEGER NOT NULL,
  sent_at    INTEGER
) STRICT;
CREATE INDEX deliveries_ended ON deliveries (sent_at) WHERE state IN ('sent', 'failed');
-- What a chat that was closed to the bot has missed; looked for with each update from there.
CREATE INDEX deliveries_missed ON deliveries (chat, sent_at) WHERE state = 'failed';
CREATE INDEX deliveries_open ON deliveries (chat, priority, id) WHERE state IN ('waiting', 'sending');

-- Until when Telegram wants no calls for a chat: a restart must not call within a 429's time.
-- It never lasts longer than from 'since' to 'until', however the clock was set meanwhile. 'waited'
-- adds up the silences since Telegram last took a call: the chat is told how long it was.
CREATE TABLE silences (
  chat   INTEGER PRIMARY KEY,
  since  INTEGER NOT NULL,
  until  INTEGER NOT NULL,
  waited INTEGER NOT NULL
) STRICT;

-- Permission requests, questions and plans: one answer each, bound to the request, the user and the
-- message.
CREATE TABLE prompts (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  request_id  TEXT NOT NULL,
  session     TEXT NOT NULL,
  chat        INTEGER NOT NULL,
  thread      INTEGER,
  user_id     INTEGER NOT NULL,
  summary     TEXT NOT NULL,
  -- What is asked, as JSON, to show it again with each choice.
  ask         TEXT NOT NULL,
  -- What was chosen so far of a question, as JSON; null before the first choice.
  progress    TEXT,
  delivery    INTEGER REFERENCES deliveries (id),
  -- Whether the user's next message in this place belongs to it: a reason, a change, an own answer.
  awaits      INTEGER NOT NULL DEFAULT 0,
  -- The delivery that invites to write that message; it goes with the end of the request.
  note        INTEGER REFERENCES deliveries (id),
  state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  outcome     TEXT,
  -- What its message is to say of its end, until it does: a crash may come between.
  closed_words TEXT,
  -- The message of the person's that became its answer, until then as well: whether Claude's process
  -- was given it before the crash is not known.
  reply       INTEGER,
  -- The user's messages whose words Claude was given as its answer, as a JSON array of their ids.
  answered_by TEXT,
  created_at  INTEGER NOT NULL
) STRICT;

-- Status messages on display. What is here at start was left by a program that died.
CREATE TABLE status_messages (
  chat       INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  -- The message that waits with it: when it was cancelled that is said, also after a crash.
  job        INTEGER,
  PRIMARY KEY (chat, message_id)
) STRICT;

-- What each turn cost.
CREATE TABLE usage (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  at            INTEGER NOT NULL,
  session       TEXT NOT NULL,
  cost_usd      REAL NOT NULL,
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  duration_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_at ON usage (at);

-- The same by model: a turn may take several, for subagents and summaries.
CREATE TABLE usage_models (
  usage         INTEGER NOT NULL REFERENCES usage (id),
  model         TEXT NOT NULL,
  cost_usd      REAL NOT NULL,
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  PRIMARY KEY (usage, model)
) STRICT;

-- The windows of the subscription's limits as the CLI last reported them: /usage shows them long
-- after the process that heard of them has ended.
CREATE TABLE limit_windows (
  name     TEXT PRIMARY KEY,
  used     REAL,
  resets_at INTEGER,
  state    TEXT NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

-- Prompts that the day's budget holds back: 'asked' until their person says so; 'run' may go on.
CREATE TABLE budget_holds (
  job   INTEGER PRIMARY KEY REFERENCES jobs (id),
  state TEXT NOT NULL CHECK (state IN ('asked', 'run', 'dropped'))
) STRICT;

-- Conversations that a journal before version 4 knew of and metadata.json did not yet: the start that
-- takes the sessions over takes them too.
CREATE TABLE conversation_ids (session TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT;

-- Who wrote without being allowed to: the first contact of each is logged, once.
CREATE TABLE strangers (user_id INTEGER PRIMARY KEY, first_seen INTEGER NOT NULL) STRICT;

-- What the probes look at, with what was told of it: a restart must neither tell it again nor forget
-- it. Names come from outside, and two things may have one; the id is ours. 'rest' is the whole of it
-- as JSON, the columns before are for reading.
CREATE TABLE alerts (
  probe TEXT NOT NULL,
  id    TEXT NOT NULL,
  level TEXT NOT NULL,
  told  TEXT NOT NULL,
  since INTEGER NOT NULL,
  text  TEXT NOT NULL,
  rest  TEXT NOT NULL,
  PRIMARY KEY (probe, id)
) STRICT;

-- What a person was told at once, as JSON: the buttons below it ask Claude about it, or mute it.
CREATE TABLE alert_tellings (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  at    INTEGER NOT NULL,
  lines TEXT NOT NULL
) STRICT;

-- When the daily digest was sent: a restart at that time neither repeats nor forgets it.
CREATE TABLE digests (at INTEGER PRIMARY KEY) STRICT;

-- Prompts that run on a schedule. What a run costs is in 'usage', under the session 'watch-<id>'.
CREATE TABLE watches (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule       TEXT NOT NULL,
  task           TEXT NOT NULL,
  -- Where it was set up, and where its findings go.
  chat           INTEGER NOT NULL,
  thread         INTEGER,
  user_id        INTEGER NOT NULL,
  -- What a day of it may cost, in US dollars.
  budget_usd     REAL NOT NULL,
  paused         INTEGER NOT NULL DEFAULT 0,
  -- Committed before a run begins: a crash in it does not run it twice.
  last_run_at    INTEGER,
  -- What was last found and not yet gone: the next run says only what is new.
  finding        TEXT,
  -- Why the last run failed: told once.
  trouble        TEXT,
  -- The day on which it was told that the budget is used up.
  over_budget_on INTEGER,
  created_at     INTEGER NOT NULL
) STRICT;

-- What watches found: the button below it goes on with it, once.
CREATE TABLE watch_findings (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  watch     INTEGER NOT NULL,
  task      TEXT NOT NULL,
  text      TEXT NOT NULL,
  continued INTEGER NOT NULL DEFAULT 0,
  at        INTEGER NOT NULL
) STRICT;

-- Small facts about this home: its id, as 'mark'.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;
