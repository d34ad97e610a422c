import { type Database, flag, reading, userOf } from "./database.ts";
import { type Place, placeOf } from "./place.ts";

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
  /** The way it ended; null while it has not. */
  readonly outcome: JobOutcome | null;
  readonly promptId: string | null;
  readonly followUp: number | null;
  /** True for a job that follows another: it shares its prompt with no other. */
  readonly alone: boolean;
  /** The job that was made of it after an edit. */
  readonly rerun: number | null;
  /** True when its text was edited while it waited. */
  readonly changed: boolean;
  /** The stop that holds it back; null when it simply waits. */
  readonly held: number | null;
  /** True when it came while the program was away. */
  readonly away: boolean;
  readonly createdAt: number;
}

export type NewJob = Pick<Job, "session" | "place" | "user" | "messageId" | "text" | "away">;

/** The end of a job; `uncertain`: the program died while it ran. */
export type JobOutcome =
  | "answered"
  | "interrupted"
  | "failed"
  | "limit"
  | "dropped"
  | "cancelled"
  | "uncertain";

/** The changes that a person may make to jobs that wait, and to an edited one that does no more. */
interface WaitingJobs {
  /** All jobs that wait in a session, held back or not, in their order. */
  queue(session: string): Job[];
  /** Takes a waiting job out. @returns false when it waits no more. */
  cancel(id: number, at: number): boolean;
  /** Holds waiting jobs back for the stop `by`, until they are released or cancelled. */
  hold(ids: readonly number[], by: number): void;
  release(ids: readonly number[]): void;
  /** Puts a waiting job before the others that wait; it is held back no longer. */
  hasten(id: number): void;
  /** The jobs that the stop `by` still holds back. */
  heldBy(by: number): Job[];
  /** Changes the text of a waiting job. @returns false when it waits no more. */
  revise(id: number, text: string): boolean;
  /**
   * The whole text of a waiting job whose rest has come, with the message that its answer replies to.
   * @returns false when it waits no more.
   */
  extend(id: number, text: string, messageId: number): boolean;
  /** Makes `again` of the edited `id`, once. @returns false when that was done before. */
  rerun(id: number, again: number): boolean;
}

export interface Jobs extends WaitingJobs {
  add(job: NewJob, at: number): number;
  get(id: number): Job | undefined;
  /** The jobs of a session that wait for their turn, in their order; not those that are held back. */
  waiting(session: string): Job[];
  /** Marks, after a start, what waits as having come while the program was away. */
  markAway(): void;
  /** The sessions that have waiting jobs, held back or not. */
  sessionsWaiting(): string[];
  /** Commit this before the prompt's first byte is written. */
  submit(ids: readonly number[], promptId: string, at: number): void;
  /** The jobs that one prompt carried. */
  ofPrompt(promptId: string): Job[];
  /** The jobs that were given to a process and have no end. */
  submitted(): Job[];
  /** Ends jobs; `turn` is the one that ended them. */
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
  /** Notes that a job begins a fresh conversation of its session. */
  beginAfresh(id: number): void;
  /** The newest job of a session that did; 0 when there is none. */
  begunAfresh(session: string): number;
  /** @returns whether a job of the session behind this one went to Claude. */
  wentSince(session: string, id: number): boolean;
  /** The newest job of a session: where it was last spoken to. */
  latest(session: string): Job | undefined;
}

const fromRow = reading<Job>()(
  [
    ...["id", "session", "messageId", "text", "state", "outcome", "promptId", "followUp"] as const,
    ...["rerun", "held", "createdAt"] as const,
  ],
  {
    ...{ place: placeOf, user: userOf },
    ...{ alone: flag("alone"), changed: flag("changed"), away: flag("away") },
  },
);

const selector = (db: Database) => (where: string) =>
  db.query(`SELECT * FROM jobs WHERE ${where}`, fromRow);

function createProgress(
  db: Database,
): Pick<Jobs, "beginAfresh" | "begunAfresh" | "wentSince" | "progress"> {
  const newestAfresh = db.query<{ id: number }>(
    "SELECT coalesce(max(id), 0) AS id FROM jobs WHERE session = ? AND afresh = 1",
  );
  const begunAfresh = (session: string) => newestAfresh.first(session)?.id ?? 0;
  const went = db.query(
    "SELECT 1 FROM jobs WHERE session = ? AND id > ? AND submitted_at IS NOT NULL LIMIT 1",
  );
  const progress = db.query<{ reached: number | null }>(
    `SELECT max(CASE WHEN outcome IN ('answered', 'interrupted', 'limit') THEN 2
                     WHEN submitted_at IS NOT NULL THEN 1 ELSE 0 END) AS reached
     FROM jobs WHERE session = ? AND created_at >= ? AND id >= ?`,
  );
  return {
    beginAfresh: db.change("UPDATE jobs SET afresh = 1 WHERE id = ?"),
    begunAfresh,
    wentSince: (session, id) => went.first(session, id) !== undefined,
    progress(session, since) {
      const reached = progress.first(session, since, begunAfresh(session))?.reached;
      return reached === 2 ? "kept" : reached === 1 ? "begun" : "new";
    },
  };
}

function createFollow(db: Database): Jobs["follow"] {
  const follow = db.change("UPDATE jobs SET follow_up = ? WHERE id = ? AND follow_up IS NULL");
  const alone = db.change("UPDATE jobs SET alone = 1 WHERE id = ?");
  return (id, followUp) => {
    if (follow(followUp, id) === 0) return false;
    alone(followUp);
    return true;
  };
}

function createWaitingJobs(db: Database): WaitingJobs {
  const select = selector(db);
  const queue = select("session = ? AND state = 'waiting' ORDER BY ahead DESC, id");
  const heldBy = select("held = ? AND state = 'waiting' ORDER BY id");
  const change = (assignment: string) =>
    db.change(`UPDATE jobs SET ${assignment} WHERE id = ?1 AND state = 'waiting'`);
  const cancel = change("state = 'done', outcome = 'cancelled', done_at = ?2");
  const hold = change("held = ?2");
  const revise = change("text = ?2, changed = 1");
  const extend = change("text = ?2, message_id = ?3");
  const rerun = db.change("UPDATE jobs SET rerun = ? WHERE id = ? AND rerun IS NULL");
  return {
    queue: (session) => queue.all(session),
    cancel: (id, at) => cancel(id, at) === 1,
    hold: (ids, by) => ids.forEach((id) => hold(id, by)),
    release: (ids) => ids.forEach((id) => hold(id, null)),
    hasten: change("ahead = 1, held = NULL"),
    heldBy: (by) => heldBy.all(by),
    revise: (id, text) => revise(id, text) === 1,
    extend: (id, text, messageId) => extend(id, text, messageId) === 1,
    rerun: (id, again) => rerun(again, id) === 1,
  };
}

export function createJobs(db: Database): Jobs {
  const insert = db.insert(
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
  const sessions = db.query(
    `SELECT session FROM jobs WHERE state = 'waiting'
     GROUP BY session ORDER BY min(id)`,
    ({ session }: { session: string }) => session,
  );
  const markAway = db.change("UPDATE jobs SET away = 1 WHERE state = 'waiting'");
  const submit = db.change(
    "UPDATE jobs SET state = 'submitted', prompt_id = ?, submitted_at = ? WHERE id = ? AND state = 'waiting'",
  );
  const done = db.change(
    `UPDATE jobs SET state = 'done', outcome = ?, done_at = ?, turn = ?
     WHERE id = ? AND state <> 'done'`,
  );
  return {
    add({ session, place: { chat, thread = null }, user, messageId, text, away }, at) {
      return insert(session, chat, thread, user, messageId, text, away ? 1 : 0, at);
    },
    get: (id) => byId.first(id),
    waiting: (session) => waiting.all(session),
    ...createWaitingJobs(db),
    markAway: () => void markAway(),
    sessionsWaiting: () => sessions.all(),
    submit: (ids, promptId, at) => ids.forEach((id) => submit(promptId, at, id)),
    ofPrompt: (promptId) => ofPrompt.all(promptId),
    submitted: () => submitted.all(),
    done: (ids, outcome, at, turn) => ids.forEach((id) => done(outcome, at, turn ?? null, id)),
    siblings(job) {
      const together = ofTurn.all(job.id);
      if (together.length > 0) return together;
      return job.promptId === null ? [job] : ofPrompt.all(job.promptId);
    },
    follow: createFollow(db),
    ...createProgress(db),
    latest: (session) => latest.first(session),
  };
}
