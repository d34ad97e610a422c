/** Starts that follow one that was refused, and runs that follow one whose journal is damaged. */
import { type Clock, sleep } from "../clock.ts";
import type { HomeError } from "./home.ts";
import { Announcement, type Tell, TROUBLE_WORDS } from "./trouble.ts";

/** A restart within this time did not help, and another one would not. */
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

const RETRY_MS = 5_000;

const MEANS =
  "I cannot start: what you send now waits at Telegram. I start by myself as soon as I can write.";

export interface RefusedStartOptions {
  readonly clock: Clock;
  readonly users: readonly number[];
  readonly tell: Tell;
  /** Says it to whoever started the program. */
  readonly complain: (words: string) => void;
}

/**
 * A start that the disk refuses, which is tried again. Whoever has nothing but a phone hears of it
 * there: a program that ended instead would only be silent.
 */
export class RefusedStart {
  /** The news of it for the users; null while nothing was refused. */
  #announcement: Announcement | null = null;
  /** Tells one of those who heard of it that it is over; null while it is not. */
  #good: ((user: number) => void) | null = null;

  constructor(readonly options: RefusedStartOptions) {}

  /** Tells whom it was not told yet, and returns when it is time for another try, or `signal` aborts. */
  async outlast(error: HomeError, signal: AbortSignal): Promise<void> {
    const { clock, complain, users, tell } = this.options;
    if (error.trouble === null) throw error;
    if (this.#announcement === null) {
      complain(`${error.message}\nSwitchboard starts by itself as soon as it can.`);
      const words = `⚠️ ${TROUBLE_WORDS[error.trouble]} ${MEANS}`;
      this.#announcement = new Announcement(users, words, tell, (user) => this.#good?.(user));
    }
    void this.#announcement.tell(() => !signal.aborted && this.#good === null);
    await sleep(clock, RETRY_MS, signal);
  }

  /** It has started. @param good tells a user so who has heard that it cannot, or hears it just now. */
  over(good: (user: number) => void): void {
    this.#good = good;
    for (const user of this.#announcement?.told ?? []) good(user);
  }
}
