import type { DatabaseSync } from "node:sqlite";
import { type Place, placeOf } from "./place.ts";
import { createWaitingJobs, type Select, type WaitingJobs } from "./waiting_jobs.ts";

/** A prompt on its way through a session. */
export interface Job {
  readonly id: number;
  readonly session: string;
  /** Where it was asked, and where its answer goes. */
  readonly place: Place;
  readonly user: number;
  /** The message to reply to; null when a button made the job. */
  readonly messageId: number | null;
  readonly text: string;
  readonly state: "waiting" | "submitted" | "done";
  /** How it ended; null while it has not. */
  readonly outcome: JobOutcome | null;
  readonly promptId: string | null;
  readonly followUp: number | null;
  /** It follows another: it shares its prompt with no other job. */
  readonly alone: boolean;
  /** What was made of it after an edit. */
  readonly rerun: number | null;
  /** Its text was edited while it waited. */
  readonly changed: boolean;
  /** The stop that holds it back; null when it simply waits. */
  readonly held: number | null;
  /** It came while the program was away. */
  readonly away: boolean;
  readonly createdAt: number;
}

export type NewJob = Pick<Job, "session" | "place" | "user" | "messageId" | "text" | "away">;

/** How a job ended; `uncertain`: the program died while it ran. */
export type JobOutcome =
  | "answered"
  | "interrupted"
  | "failed"
  | "limit"
  | "dropped"
  | "cancelled"
  | "uncertain";

export interface Jobs extends WaitingJobs {
  add(job: NewJob, at: number): number;
  get(id: number): Job | undefined;
  /** The jobs of a session that wait for their turn, in their order; not those that are held back. */
  waiting(session: string): Job[];
  /** After a start: what waits came while the program was away. */
  markAway(): void;
  /** The sessions that have waiting jobs, held back or not. */
  sessionsWaiting(): string[];
  /** Commit this before the prompt's first byte is written. */
  submit(ids: readonly number[], promptId: string, at: number): void;
  /** The jobs that one prompt carried. */
  ofPrompt(promptId: string): Job[];
  /** What was with a process and has no end. */
  submitted(): Job[];
  /** `turn`: the one that ended them. */
  done(ids: readonly number[], outcome: JobOutcome, at: number, turn?: string): void;
  /** The jobs that one turn ended, or else that one prompt carried, with this one. */
  siblings(job: Job): Job[];
  /** Makes `followUp` of `id`, once. @returns false when it has one already. */
  follow(id: number, followUp: number): boolean;
  /**
   * How far a session's conversation has come: no prompt given yet, one given, a turn ended. What was
   * before `since`, when the session was made, belongs to an earlier one of its name; what was before
   * a fresh start, to a conversation that is lost.
   */
  progress(session: string, since: number): "new" | "begun" | "kept";
  /** A job begins a fresh conversation of its session. */
  beginAfresh(id: number): void;
  /** The newest job of a session that did; 0 when there is none. */
  begunAfresh(session: string): number;
  /** Whether one of a session behind this one went to Claude. */
  wentSince(session: string, id: number): boolean;
  /** The newest job of a session: where it was last spoken to. */
  latest(session: string): Job | undefined;
}

interface Row {
  id: number;
  session: string;
  chat: number;
  thread: number | null;
  user_id: number;
  message_id: number | null;
  text: string;
  state: Job["state"];
  outcome: JobOutcome | null;
  prompt_id: string | null;
  follow_up: number | null;
  alone: number;
  rerun: number | null;
  changed: number;
  held: number | null;
  turn: string | null;
  away: number;
  created_at: number;
}

const fromRow = (row: Row): Job => ({
  id: row.id,
  session: row.session,
  place: placeOf(row),
  user: row.user_id,
  messageId: row.message_id,
  text: row.text,
  state: row.state,
  outcome: row.outcome,
  promptId: row.prompt_id,
  followUp: row.follow_up,
  alone: row.alone === 1,
  rerun: row.rerun,
  changed: row.changed === 1,
  held: row.held,
  away: row.away === 1,
  createdAt: row.created_at,
});

const selector = (db: DatabaseSync): Select => (where) => {
  const statement = db.prepare(`SELECT * FROM jobs WHERE ${where}`);
  return (...values) => (statement.all(...values) as unknown as Row[]).map(fromRow);
};

function createProgress(
  db: DatabaseSync,
): Pick<Jobs, "beginAfresh" | "begunAfresh" | "wentSince" | "progress"> {
  const beginAfresh = db.prepare("UPDATE jobs SET afresh = 1 WHERE id = ?");
  const newestAfresh = db.prepare(
    "SELECT coalesce(max(id), 0) AS id FROM jobs WHERE session = ? AND afresh = 1",
  );
  const begunAfresh = (session: string) => (newestAfresh.get(session) as { id: number }).id;
  const went = db.prepare(
    "SELECT 1 FROM jobs WHERE session = ? AND id > ? AND submitted_at IS NOT NULL LIMIT 1",
  );
  const progress = db.prepare(
    `SELECT max(CASE WHEN outcome IN ('answered', 'interrupted', 'limit') THEN 2
                     WHEN submitted_at IS NOT NULL THEN 1 ELSE 0 END) AS reached
     FROM jobs WHERE session = ? AND created_at >= ? AND id >= ?`,
  );
  return {
    beginAfresh: (id) => void beginAfresh.run(id),
    begunAfresh,
    wentSince: (session, id) => went.get(session, id) !== undefined,
    progress(session, since) {
      const { reached } = progress.get(session, since, begunAfresh(session)) as {
        reached: number | null;
      };
      return reached === 2 ? "kept" : reached === 1 ? "begun" : "new";
    },
  };
}

function createFollow(db: DatabaseSync): Jobs["follow"] {
  const follow = db.prepare("UPDATE jobs SET follow_up = ? WHERE id = ? AND follow_up IS NULL");
  const alone = db.prepare("UPDATE jobs SET alone = 1 WHERE id = ?");
  return (id, followUp) => {
    if (follow.run(followUp, id).changes === 0) return false;
    alone.run(followUp);
    return true;
  };
}

export function createJobs(db: DatabaseSync): Jobs {
  const insert = db.prepare(
    `INSERT INTO jobs (session, chat, thread, user_id, message_id, text, away, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = selector(db);
  const byId = select("id = ?");
  const waiting = select(
    "session = ? AND state = 'waiting' AND held IS NULL ORDER BY ahead DESC, id",
  );
  const ofTurn = select("turn = (SELECT turn FROM jobs WHERE id = ?) ORDER BY id");
  const ofPrompt = select("prompt_id = ? ORDER BY id");
  const submitted = select("state = 'submitted' ORDER BY id");
  const latest = select("session = ? ORDER BY id DESC LIMIT 1");
  const sessions = db.prepare(
    `SELECT session FROM jobs WHERE state = 'waiting'
     GROUP BY session ORDER BY min(id)`,
  );
  const markAway = db.prepare("UPDATE jobs SET away = 1 WHERE state = 'waiting'");
  const submit = db.prepare(
    "UPDATE jobs SET state = 'submitted', prompt_id = ?, submitted_at = ? WHERE id = ? AND state = 'waiting'",
  );
  const done = db.prepare(
    `UPDATE jobs SET state = 'done', outcome = ?, done_at = ?, turn = ?
     WHERE id = ? AND state <> 'done'`,
  );
  return {
    add(job, at) {
      const { session, place, user, messageId, text } = job;
      const thread = place.thread ?? null;
      const away = job.away ? 1 : 0;
      return Number(
        insert.run(session, place.chat, thread, user, messageId, text, away, at).lastInsertRowid,
      );
    },
    get: (id) => byId(id)[0],
    waiting,
    ...createWaitingJobs(db, select),
    markAway: () => void markAway.run(),
    sessionsWaiting: () => (sessions.all() as { session: string }[]).map(({ session }) => session),
    submit(ids, promptId, at) {
      for (const id of ids) submit.run(promptId, at, id);
    },
    ofPrompt,
    submitted,
    done(ids, outcome, at, turn) {
      for (const id of ids) done.run(outcome, at, turn ?? null, id);
    },
    siblings(job) {
      const together = ofTurn(job.id);
      if (together.length > 0) return together;
      return job.promptId === null ? [job] : ofPrompt(job.promptId);
    },
    follow: createFollow(db),
    ...createProgress(db),
    latest: (session) => latest(session)[0],
  };
}
