import type { Usage } from "../claude/events.ts";
import type { Clock } from "../clock.ts";
import { startOfDay } from "../conversation/mod.ts";
import { errorText } from "../errors.ts";
import type { Journal, Watch } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { cut, literal as plain } from "../text.ts";
import { type Notify, tell } from "./notice.ts";
import { Ticker } from "./ticker.ts";
import { readTimetable } from "./timetable.ts";
import { findingOf, watchPrompt } from "./watch_words.ts";

const log = logger("schedule");

/** Whoever looks at one thing and needs longer has lost the way. */
const RUN_MS = 5 * 60_000;
const DAY = 86_400_000;
/** The button below a finding answers for so long. */
const KEPT_MS = 30 * DAY;

/** How one run of a watch ended. */
export interface WatchRun {
  /** The sentence for a person when it did not answer; null when it did. */
  readonly failure: string | null;
  /** The last text of its answer. */
  readonly text: string;
  readonly usage: Usage | null;
}

export interface WatchesOptions {
  readonly journal: Pick<Journal, "watches" | "spending" | "deliveries" | "transaction">;
  readonly clock: Clock;
  readonly notify: Notify;
  /** Gives a prompt to Claude in a conversation of its own; it may cost so much. */
  readonly run: (prompt: string, budgetUsd: number, signal: AbortSignal) => Promise<WatchRun>;
  /** What is known of the homelab now, as text; empty without one. */
  readonly facts: (signal: AbortSignal) => Promise<string>;
  /** What a day of everything may cost; null: anything. */
  readonly budgetUsdPerDay: number | null;
}

/** The name under which the cost of a watch is booked. */
export const bookedUnder = (id: number) => `watch-${id}`;

/** Runs the prompts that are due, one after the other, and says what they find. */
export class Watches {
  readonly #ticker: Ticker;

  constructor(readonly options: WatchesOptions) {
    const due = () => {
      const times = this.#active().map((watch) => this.next(watch)).filter((time) => time !== null);
      return times.length === 0 ? null : Math.min(...times);
    };
    this.#ticker = new Ticker(options.clock, due, (signal) => this.#runDue(signal));
  }

  /** Begins, or looks again: a watch was added, removed, paused or resumed. */
  look(): void {
    this.#ticker.look();
  }

  close(): Promise<void> {
    return this.#ticker.close();
  }

  /** When a watch is due: once only for all the times that it missed. */
  next({ schedule, lastRunAt, createdAt }: Watch): number | null {
    return readTimetable(schedule).timetable.next(lastRunAt ?? createdAt);
  }

  #active(): Watch[] {
    return this.options.journal.watches.all().filter(({ paused }) => !paused);
  }

  async #runDue(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const due = this.#active().find((watch) => (this.next(watch) ?? Infinity) <= clock.now());
    if (due !== undefined) await this.#run(due, signal);
  }

  async #run(watch: Watch, signal: AbortSignal): Promise<void> {
    const { journal, clock, run } = this.options;
    journal.watches.change(watch.id, { lastRunAt: clock.now() });
    journal.watches.forget(clock.now() - KEPT_MS);
    const left = this.#left(watch);
    if (left.usd <= 0) return this.#overBudget(watch, left.words);
    const limit = new AbortController();
    const cancel = clock.after(RUN_MS, () => limit.abort());
    const stop = AbortSignal.any([signal, limit.signal]);
    try {
      const prompt = watchPrompt(watch, await this.options.facts(stop));
      const result = await run(prompt, left.usd, stop);
      if (signal.aborted) return this.#cutOff(watch, result.usage);
      this.#ended(watch, limit.signal.aborted ? tooLong(result) : result);
    } catch (error) {
      if (signal.aborted) return this.#cutOff(watch, null);
      log.error("Watch {id} failed: {error}", { id: watch.id, error });
      this.#ended(watch, { failure: errorText(error), text: "", usage: null });
    } finally {
      cancel();
    }
  }

  /** The end of the program broke it off: it is due again when the next one starts. */
  #cutOff(watch: Watch, usage: Usage | null): void {
    this.#note(watch, { usage, change: { lastRunAt: watch.lastRunAt } });
  }

  /** What it may cost today. */
  #left({ id, budgetUsd }: Watch): { usd: number; words: string } {
    const { journal, clock, budgetUsdPerDay } = this.options;
    const since = startOfDay(clock.now());
    const own = budgetUsd - journal.spending.total({ session: bookedUnder(id), since }).costUsd;
    const all = (budgetUsdPerDay ?? Infinity) - journal.spending.total({ since }).costUsd;
    return all < own
      ? { usd: all, words: `today's budget of $${budgetUsdPerDay}` }
      : { usd: own, words: `its $${budgetUsd} for today` };
  }

  #overBudget(watch: Watch, words: string): void {
    const today = startOfDay(this.options.clock.now());
    if (watch.overBudgetOn === today) return;
    const say = `💰 ${nameOf(watch)} has used up ${plain(words)}; it goes on tomorrow.`;
    this.#note(watch, { usage: null, change: { overBudgetOn: today }, say });
  }

  #ended(watch: Watch, { failure, text, usage }: WatchRun): void {
    if (failure !== null) {
      const told = watch.trouble !== null; // Once is enough.
      const say = told ? null : `⚠️ ${nameOf(watch)} failed: ${plain(failure)}`;
      return this.#note(watch, { usage, change: { trouble: failure }, say });
    }
    const found = findingOf(text);
    if (found === "nothing") {
      return this.#note(watch, { usage, change: { trouble: null, finding: null } });
    }
    if (found === "unchanged" || found.text === watch.finding) {
      return this.#note(watch, { usage, change: { trouble: null } });
    }
    const { text: finding } = found;
    const say = `👁 ${nameOf(watch)} found something:\n\n${finding}`;
    this.#note(watch, { usage, change: { trouble: null, finding }, say, finding });
  }

  /** Commits what a run leaves: its cost, what is known from then on, and what there is to say. */
  #note(watch: Watch, { usage, change, say = null, finding }: Left): void {
    const { journal, clock, notify } = this.options;
    const now = clock.now();
    tell(journal, notify, now, () => {
      if (usage !== null) journal.spending.add({ ...usage, session: bookedUnder(watch.id) }, now);
      journal.watches.change(watch.id, change);
      const removed = journal.watches.get(watch.id) === undefined; // While it ran.
      if (say === null || removed) return null;
      const about = finding === undefined
        ? null
        : { finding: journal.watches.found(watch, finding, now) };
      return { place: watch.place, text: say, about };
    });
  }
}

/** The outcome of a watch's run. */
interface Left {
  readonly usage: Usage | null;
  readonly change: Parameters<Journal["watches"]["change"]>[1];
  readonly say?: string | null;
  /** What it found, if that is new. */
  readonly finding?: string;
}

const TASK_SHOWN = 60;

function nameOf({ id, task }: Watch): string {
  return `**Watch ${id}** (${plain(cut(task, TASK_SHOWN))})`;
}

const tooLong = ({ usage }: WatchRun): WatchRun => ({
  failure: `it took longer than ${RUN_MS / 60_000} minutes and was stopped`,
  text: "",
  usage,
});
