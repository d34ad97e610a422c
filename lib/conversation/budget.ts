import type { Job, NewDelivery } from "../journal/mod.ts";
import { announce } from "./notices.ts";
import type { ConversationOptions } from "./options.ts";
import { nextBatch } from "./queue.ts";
import type { Turn } from "./turn.ts";

/** From here on the person is warned. */
const WARN_AT = 0.8;

/** The midnight before `now`, in this machine's time zone. */
export function startOfDay(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}

const usedUp = (spent: number, budget: number) =>
  `💰 Today's budget of $${budget} is used up ($${spent.toFixed(2)}).`;

/**
 * The limit of what a day may cost. It is warned of once on the way; when it is used up, each further prompt
 * waits for its person's word. What runs already is not touched.
 */
export class Budget {
  constructor(readonly options: ConversationOptions) {}

  /**
   * The jobs that may become the next prompt. Those that the budget holds back stay in the queue,
   * and each is asked about once.
   */
  next(waiting: readonly Job[]): readonly Job[] {
    const { journal, budgetUsdPerDay: budget } = this.options;
    if (budget === null) return nextBatch(waiting);
    const stateOf = ({ id }: Job) => journal.budgetHolds.state(id);
    const free = waiting.filter((job) => stateOf(job) !== "asked");
    const batch = nextBatch(free);
    const spent = this.#spent();
    if (batch.length === 0 || spent < budget) return batch;
    const granted = batch.filter((job) => stateOf(job) === "run");
    this.#ask(batch.filter((job) => !granted.includes(job)), spent, budget);
    return granted.length > 0 ? granted : this.next(waiting);
  }

  /** The warning, when a turn that cost so much has brought the day's sum near its limit or over it. */
  warning(costUsd: number, turn: Turn): NewDelivery[] {
    const { compose, budgetUsdPerDay: budget } = this.options;
    if (budget === null) return [];
    const spent = this.#spent();
    const before = spent - costUsd;
    if (before >= budget * WARN_AT || spent < budget * WARN_AT) return [];
    const text = spent >= budget
      ? `${usedUp(spent, budget)} I ask before each further message.`
      : `💰 ${Math.floor(spent / budget * 100)} % of today's budget is used: $${
        spent.toFixed(2)
      } of $${budget}.`;
    return [compose.notice({ place: turn.place, replyTo: null, text })];
  }

  #ask(jobs: readonly Job[], spent: number, budget: number): void {
    if (jobs.length === 0) return;
    const { journal, clock, compose } = this.options;
    journal.transaction(() => {
      for (const { id } of jobs) journal.budgetHolds.ask(id);
      const text = `${usedUp(spent, budget)} Run it anyway?`;
      const questions = jobs.map(({ id: job, place, messageId: replyTo }) =>
        compose.notice({ place, replyTo, text, choice: { kind: "overBudget", job } })
      );
      journal.deliveries.add(questions, clock.now());
    });
    for (const { chat } of jobs.map(({ place }) => place)) announce(this.options, chat);
  }

  #spent(): number {
    const { journal, clock } = this.options;
    const now = clock.now(); // What a clock that was ahead has noted is not of today.
    return journal.spending.total({ since: startOfDay(now), until: now }).costUsd;
  }
}
