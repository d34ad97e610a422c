import { type Database, flag, reading, userOf } from "./database.ts";
import { type Place, placeOf } from "./place.ts";

/** A prompt that runs on a schedule. */
export interface Watch {
  readonly id: number;
  /** As it was written. */
  readonly schedule: string;
  /** The prompt: what to look at. */
  readonly task: string;
  readonly place: Place;
  readonly user: number;
  /** The most that a day of it may cost. */
  readonly budgetUsd: number;
  readonly paused: boolean;
  readonly lastRunAt: number | null;
  /** The last finding that is not gone. */
  readonly finding: string | null;
  /** The reason why the last run failed. */
  readonly trouble: string | null;
  /** The midnight of the day on which it was told that the budget is used up. */
  readonly overBudgetOn: number | null;
  readonly createdAt: number;
}

export type NewWatch = Pick<Watch, "schedule" | "task" | "place" | "user" | "budgetUsd">;
export type WatchChange = Partial<
  Pick<Watch, "paused" | "lastRunAt" | "finding" | "trouble" | "overBudgetOn">
>;

/** A finding of a watch. */
export interface Finding {
  readonly id: number;
  readonly watch: number;
  readonly task: string;
  readonly text: string;
  readonly at: number;
}

export interface Watches {
  add(watch: NewWatch, at: number): number;
  get(id: number): Watch | undefined;
  /** All of them, oldest first. */
  all(): Watch[];
  change(id: number, change: WatchChange): void;
  /** @returns false when it is gone already. */
  remove(id: number): boolean;
  /** @returns the finding's id. */
  found(watch: Watch, text: string, at: number): number;
  finding(id: number): Finding | undefined;
  /** Marks a finding as taken up, once. @returns false when it was before. */
  takeUp(id: number): boolean;
  /** Forgets findings that are older. */
  forget(before: number): void;
}

const fromRow = reading<Watch>()(
  [
    ...["id", "schedule", "task", "budgetUsd", "lastRunAt", "finding", "trouble"] as const,
    ...["overBudgetOn", "createdAt"] as const,
  ],
  { place: placeOf, user: userOf, paused: flag("paused") },
);

export function createWatches(db: Database): Watches {
  const insert = db.insert(
    `INSERT INTO watches (schedule, task, chat, thread, user_id, budget_usd, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const byId = db.query("SELECT * FROM watches WHERE id = ?", fromRow);
  const all = db.query("SELECT * FROM watches ORDER BY id", fromRow);
  const update = db.change(
    `UPDATE watches SET paused = ?, last_run_at = ?, finding = ?, trouble = ?, over_budget_on = ?
     WHERE id = ?`,
  );
  const remove = db.change("DELETE FROM watches WHERE id = ?");
  const find = db.insert("INSERT INTO watch_findings (watch, task, text, at) VALUES (?, ?, ?, ?)");
  const finding = db.query<Finding>(
    "SELECT id, watch, task, text, at FROM watch_findings WHERE id = ?",
  );
  const takeUp = db.change(
    "UPDATE watch_findings SET continued = 1 WHERE id = ? AND continued = 0",
  );
  return {
    add: ({ schedule, task, place, user, budgetUsd }, at) =>
      insert(schedule, task, place.chat, place.thread ?? null, user, budgetUsd, at),
    get: (id) => byId.first(id),
    all: () => all.all(),
    change(id, change) {
      const watch = byId.first(id);
      if (watch === undefined) return; // Removed while it ran.
      const { paused, lastRunAt, finding, trouble, overBudgetOn } = { ...watch, ...change };
      update(paused ? 1 : 0, lastRunAt, finding, trouble, overBudgetOn, id);
    },
    remove: (id) => remove(id) === 1,
    found: ({ id, task }, text, at) => find(id, task, text, at),
    finding: (id) => finding.first(id),
    takeUp: (id) => takeUp(id) === 1,
    forget: db.change("DELETE FROM watch_findings WHERE at < ?"),
  };
}
