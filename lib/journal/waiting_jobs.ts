import type { DatabaseSync } from "node:sqlite";
import type { Job } from "./jobs.ts";

/** Prepares a query for the jobs that a condition names. */
export type Select = (where: string) => (...values: (string | number | null)[]) => Job[];

/** What a person may do with jobs that wait, and with an edited one that does no more. */
export interface WaitingJobs {
  /** All that waits in a session, held back or not, in its order. */
  queue(session: string): Job[];
  /** Takes a waiting job out. @returns false when it waits no more. */
  cancel(id: number, at: number): boolean;
  /** Holds waiting jobs back for the stop `by`, until they are released or cancelled. */
  hold(ids: readonly number[], by: number): void;
  release(ids: readonly number[]): void;
  /** A waiting job goes before the others that wait; held back no longer. */
  hasten(id: number): void;
  /** What the stop `by` still holds back. */
  heldBy(by: number): Job[];
  /** Another text for a waiting job. @returns false when it waits no more. */
  revise(id: number, text: string): boolean;
  /**
   * The whole text of a waiting job whose rest has come, with the message that its answer replies to.
   * @returns false when it waits no more.
   */
  extend(id: number, text: string, messageId: number): boolean;
  /** Makes `again` of the edited `id`, once. @returns false when that was done before. */
  rerun(id: number, again: number): boolean;
}

export function createWaitingJobs(db: DatabaseSync, select: Select): WaitingJobs {
  const change = (assignment: string) =>
    db.prepare(`UPDATE jobs SET ${assignment} WHERE id = ? AND state = 'waiting'`);
  const cancel = change("state = 'done', outcome = 'cancelled', done_at = ?");
  const hold = change("held = ?");
  const revise = change("text = ?, changed = 1");
  const hasten = change("ahead = 1, held = NULL");
  const extend = change("text = ?, message_id = ?");
  const rerun = db.prepare("UPDATE jobs SET rerun = ? WHERE id = ? AND rerun IS NULL");
  return {
    queue: select("session = ? AND state = 'waiting' ORDER BY ahead DESC, id"),
    cancel: (id, at) => cancel.run(at, id).changes === 1,
    hold(ids, by) {
      for (const id of ids) hold.run(by, id);
    },
    release(ids) {
      for (const id of ids) hold.run(null, id);
    },
    hasten: (id) => void hasten.run(id),
    heldBy: select("held = ? AND state = 'waiting' ORDER BY id"),
    revise: (id, text) => revise.run(text, id).changes === 1,
    extend: (id, text, messageId) => extend.run(text, messageId, id).changes === 1,
    rerun: (id, again) => rerun.run(again, id).changes === 1,
  };
}
