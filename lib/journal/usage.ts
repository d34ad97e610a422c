import type { Database } from "./database.ts";

/** Money and tokens. */
export interface Spent {
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** The cost of a turn of a session. */
export interface TurnCost extends Spent {
  readonly session: string;
  readonly durationMs: number;
  readonly models: readonly (Spent & { readonly model: string })[];
}

/** A window of the subscription's limits, with the time of its report. */
export interface WindowRow {
  readonly name: string;
  /** 0 to 1, or more; null when it was not said. */
  readonly used: number | null;
  readonly resetsAt: number | null;
  readonly state: "allowed" | "nearly" | "reached";
  readonly at: number;
}

/** A choice of turns: those of a session, those since a time, or all. */
export interface Which {
  readonly session?: string;
  readonly since?: number;
  readonly until?: number;
}

export interface Spending {
  /** Notes what a turn cost; in the caller's transaction. */
  add(cost: TurnCost, at: number): void;
  /** The sum, with the number of turns. */
  total(which: Which): Spent & { readonly turns: number };
  /** The same by model, the dearest first. */
  byModel(which: Which): (Spent & { readonly model: string })[];
  /** Notes what the CLI says of a window; the latest word counts. */
  noteWindow(window: Omit<WindowRow, "at">, at: number): void;
  windows(): WindowRow[];
}

const SUMS = `coalesce(sum(u.cost_usd), 0) AS costUsd,
  coalesce(sum(u.input_tokens), 0) AS inputTokens,
  coalesce(sum(u.output_tokens), 0) AS outputTokens`;
const WHERE = "(:session IS NULL OR turn.session = :session) AND turn.at BETWEEN :since AND :until";

export function createSpending(db: Database): Spending {
  const insert = db.insert(
    `INSERT INTO usage (at, session, cost_usd, input_tokens, output_tokens, duration_ms)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const insertModel = db.change("INSERT INTO usage_models VALUES (?, ?, ?, ?, ?)");
  const total = db.query<Spent & { turns: number }>(
    `SELECT ${SUMS}, count(*) AS turns FROM usage u JOIN usage turn ON turn.id = u.id WHERE ${WHERE}`,
  );
  const byModel = db.query<Spent & { model: string }>(
    `SELECT u.model AS model, ${SUMS} FROM usage_models u JOIN usage turn ON turn.id = u.usage
     WHERE ${WHERE} GROUP BY u.model ORDER BY costUsd DESC, u.model`,
  );
  const note = db.change("INSERT OR REPLACE INTO limit_windows VALUES (?, ?, ?, ?, ?)");
  const windows = db.query<WindowRow>(
    "SELECT name, used, resets_at AS resetsAt, state, at FROM limit_windows ORDER BY resets_at, name",
  );
  const named = ({ session, since, until }: Which) => ({
    ...{ session: session ?? null, since: since ?? 0 },
    until: until ?? Number.MAX_SAFE_INTEGER,
  });
  return {
    add({ session, costUsd, inputTokens, outputTokens, durationMs, models }, at) {
      const turn = insert(at, session, costUsd, inputTokens, outputTokens, durationMs);
      for (const { model, ...spent } of models) {
        insertModel(turn, model, spent.costUsd, spent.inputTokens, spent.outputTokens);
      }
    },
    total: (which) => total.all(named(which))[0]!, // A sum always has its row.
    byModel: (which) => byModel.all(named(which)),
    noteWindow: ({ name, used, resetsAt, state }, at) => void note(name, used, resetsAt, state, at),
    windows: () => windows.all(),
  };
}

/** Prompts that wait for a word because the day's budget is used up. */
export interface BudgetHolds {
  /** Holds a waiting job back until its person decides. */
  ask(job: number): void;
  /** The decision about a job, or that it is being asked; undefined when it was never held. */
  state(job: number): "asked" | "run" | "dropped" | undefined;
  /** Settles a held job, once. @returns false when it is not being asked any more. */
  decide(job: number, state: "run" | "dropped"): boolean;
}

export function createBudgetHolds(db: Database): BudgetHolds {
  const state = db.query<{ state: "asked" | "run" | "dropped" }>(
    "SELECT state FROM budget_holds WHERE job = ?",
  );
  const decide = db.change("UPDATE budget_holds SET state = ? WHERE job = ? AND state = 'asked'");
  return {
    ask: db.change("INSERT OR IGNORE INTO budget_holds VALUES (?, 'asked')"),
    state: (job) => state.first(job)?.state,
    decide: (job, to) => decide(to, job) === 1,
  };
}
