import { type Clock, sleep } from "../clock.ts";
import { TROUBLE_WORDS } from "./disk.ts";
import type { HomeError } from "./home.ts";

const RETRY_MS = 5_000;

const MEANS =
  "I cannot start: what you send now waits at Telegram. I start by myself as soon as I can write.";

export interface RefusedStartOptions {
  readonly clock: Clock;
  readonly users: readonly number[];
  /** Tells one of them at once; never rejects. @returns false when that has to be tried again. */
  readonly tell: (user: number, words: string) => Promise<boolean>;
  /** Says it to whoever started the program. */
  readonly complain: (words: string) => void;
}

/**
 * A start that the disk refuses, which is tried again. Whoever has nothing but a phone hears of it
 * there: a program that ended instead would only be silent.
 */
export class RefusedStart {
  readonly #untold: Set<number>;
  #words: string | null = null;
  #telling = false;
  /** Tells one of those who heard of it that it is over; null while it is not. */
  #good: ((user: number) => void) | null = null;

  constructor(readonly options: RefusedStartOptions) {
    this.#untold = new Set(options.users);
  }

  /** Tells whom it was not told yet, and returns when it is time for another try, or `signal` aborts. */
  async outlast(error: HomeError, signal: AbortSignal): Promise<void> {
    const { clock, complain } = this.options;
    if (error.trouble === null) throw error;
    if (this.#words === null) {
      complain(`${error.message}\nSwitchboard starts by itself as soon as it can.`);
      this.#words = `⚠️ ${TROUBLE_WORDS[error.trouble]} ${MEANS}`;
    }
    void this.#tell(this.#words, signal);
    await sleep(clock, RETRY_MS, signal);
  }

  /** It has started. @param good tells a user so who has heard that it cannot, or hears it just now. */
  over(good: (user: number) => void): void {
    this.#good = good;
    if (this.#words === null) return;
    for (const user of this.options.users) if (!this.#untold.has(user)) good(user);
  }

  #isOver(): boolean {
    return this.#good !== null;
  }

  async #tell(words: string, signal: AbortSignal): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    for (const user of this.#untold) {
      if (signal.aborted || this.#isOver()) break;
      if (!await this.options.tell(user, words)) continue;
      this.#untold.delete(user);
      this.#good?.(user);
    }
    this.#telling = false;
  }
}
