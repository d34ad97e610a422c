import type { Clock } from "../clock.ts";

/** What did not help so long ago would not help now. */
const LEAST_MS = 60 * 60_000;

/** Ends a run whose journal is damaged, so that another begins in its place, with a new journal. */
export class Restart {
  #ending = new AbortController();
  #last = -Infinity;

  constructor(readonly clock: Clock) {}

  /** Aborts when the present run has to end for the next one. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /**
   * Ends the present run if the journal is damaged.
   * @returns `sound` when it is not; `again` when the last run ended so within an hour.
   */
  begin(isDamaged: boolean): "begins" | "sound" | "again" {
    if (!isDamaged) return "sound";
    const now = this.clock.steady();
    if (now - this.#last < LEAST_MS) return "again";
    this.#last = now;
    this.#ending.abort();
    return "begins";
  }

  /** The present run is over. @returns whether another is to follow; `signal` is the next one's then. */
  next(): boolean {
    const wanted = this.signal.aborted;
    if (wanted) this.#ending = new AbortController();
    return wanted;
  }
}
