import { type Clock, sleep } from "./clock.ts";
import { TROUBLE_WORDS } from "./disk.ts";
import type { HomeError } from "./keeping.ts";

const RETRY_MS = 5_000;

const MEANS =
  "I cannot start: what you send now waits at Telegram. I start by myself as soon as I can write.";

export interface RefusedStartOptions {
  readonly clock: Clock;
  readonly users: readonly number[];
  /** Tells one of them at once; never rejects. @returns false when that has to be tried again. */
  readonly tell: (user: number, words: string) => Promise<boolean>;
  /** Says it to whoever started the program: there is no log yet. */
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

  constructor(readonly options: RefusedStartOptions) {
    this.#untold = new Set(options.users);
  }

  /** Who has heard of it, and waits for the good news. */
  get told(): readonly number[] {
    return this.options.users.filter((user) => this.#words !== null && !this.#untold.has(user));
  }

  /** Tells whom it was not told yet, and returns when it is time for another try, or `signal` aborts. */
  async outlast(error: HomeError, signal: AbortSignal): Promise<void> {
    if (error.trouble === null) throw error;
    if (this.#words === null) {
      this.options.complain(`${error.message}\nSwitchboard starts by itself as soon as it can.`);
      this.#words = `⚠️ ${TROUBLE_WORDS[error.trouble]} ${MEANS}`;
    }
    void this.#tell(this.#words, signal);
    await sleep(this.options.clock, RETRY_MS, signal);
  }

  async #tell(words: string, signal: AbortSignal): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    for (const user of this.#untold) {
      if (signal.aborted) break;
      if (await this.options.tell(user, words)) this.#untold.delete(user);
    }
    this.#telling = false;
  }
}
