import type { Clock } from "../clock.ts";
import { logger } from "../log/mod.ts";

const log = logger("schedule");

/** The clock is looked at so often at least: somebody may set it, and a machine may have slept. */
const LOOK_MS = 30 * 60_000;

/** Between two times, and after one that failed: what stays due must not run without a pause. */
const PAUSE_MS = 1_000;
const FAILED_MS = 60_000;

/** Does something whenever it is due, never twice at once. */
export class Ticker {
  readonly #stopping = new AbortController();
  #cancel = () => {};
  #flight: Promise<void> | null = null;
  /** By the steady clock: nothing that somebody sets holds it up. */
  #notBefore = -Infinity;

  constructor(
    readonly clock: Clock,
    /** When it is due next; null for not at all. Asked again after each time. */
    readonly due: () => number | null,
    readonly work: (signal: AbortSignal) => Promise<void>,
  ) {}

  /** Begins, or looks again when it is due: that may have changed. */
  look(): void {
    this.#cancel();
    if (this.#flight !== null || this.#stopping.signal.aborted) return;
    const wait = this.#wait();
    if (wait === null) return;
    if (wait > 0) {
      this.#cancel = this.clock.after(Math.min(wait, LOOK_MS), () => this.look());
      return;
    }
    this.#flight = this.#run().finally(() => {
      this.#flight = null;
      this.look();
    });
  }

  /** How long it is until then. When it cannot be told, as from a journal that refuses, it is asked again. */
  #wait(): number | null {
    try {
      const due = this.due();
      if (due === null) return null;
      return Math.max(due - this.clock.now(), this.#notBefore - this.clock.steady());
    } catch (error) {
      log.error("Cannot tell what is due: {error}", { error });
      return FAILED_MS;
    }
  }

  /** Breaks off what runs, and waits for it. */
  async close(): Promise<void> {
    this.#cancel();
    this.#stopping.abort();
    await this.#flight;
  }

  async #run(): Promise<void> {
    try {
      await this.work(this.#stopping.signal);
      this.#notBefore = this.clock.steady() + PAUSE_MS;
    } catch (error) {
      this.#notBefore = this.clock.steady() + FAILED_MS;
      if (!this.#stopping.signal.aborted) log.error("What was due failed: {error}", { error });
    }
  }
}
