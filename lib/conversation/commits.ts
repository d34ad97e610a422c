import type { Clock } from "../clock.ts";
import { logger } from "../log/mod.ts";

const log = logger("conversation");

/** A disk that refused may have room again after so long. */
const RETRY_MS = 5_000;
/** Tries after which what failed each time for the same reason may do so for ever. */
const TRIES = 3;

/** One further try of something that failed, a while later. */
export class Retry {
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(readonly clock: Clock, readonly action: () => void) {}

  /** True when a try is to come. */
  get pending(): boolean {
    return this.#cancel !== null;
  }

  /** Tries again soon, unless that is to come already. */
  soon(): void {
    if (this.#closed || this.pending) return;
    this.#cancel = this.clock.after(RETRY_MS, () => {
      this.#cancel = null;
      this.action();
    });
  }

  /** Tries no more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = null;
  }
}

/** A change of the journal. `bare`: without what can be spared, since the whole is refused for good. */
export type Commit = (bare: boolean) => void;

/**
 * Commits in their order, each tried until it succeeds: an answer outlives a full disk. What is not
 * committed when the program ends is uncertain to the next start.
 */
export class Commits {
  readonly #waiting: Commit[] = [];
  readonly #retry: Retry;
  /** The last failure of the first of them, and how many times in a row it was the same. */
  #failed = { why: "", times: 0 };

  /** @param caughtUp told when a commit that was refused has succeeded, and none waits. */
  constructor(clock: Clock, caughtUp: () => void) {
    this.#retry = new Retry(clock, () => {
      this.#run();
      if (!this.pending) caughtUp();
    });
  }

  /** True while something is still to be committed: until then the journal does not know it. */
  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  /** Commits it now, or after those before it. */
  add(commit: Commit): void {
    this.#waiting.push(commit);
    if (!this.#retry.pending) this.#run();
  }

  /** Sets no further timer. */
  close(): void {
    this.#retry.close();
  }

  #run(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const done = this.#succeeds(next, false) ||
        (this.#failed.times >= TRIES && this.#succeeds(next, true));
      if (!done) return this.#retry.soon();
      this.#waiting.shift();
      this.#failed = { why: "", times: 0 };
    }
  }

  #succeeds(commit: Commit, bare: boolean): boolean {
    try {
      commit(bare);
      return true;
    } catch (error) {
      log.error("Cannot commit the end of a turn: {error}", { error, bare });
      const why = String(error);
      if (!bare) {
        this.#failed = { why, times: why === this.#failed.why ? this.#failed.times + 1 : 1 };
      }
      return false;
    }
  }
}
