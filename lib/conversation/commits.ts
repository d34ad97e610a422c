import type { Clock } from "../clock.ts";
import { logger } from "../log.ts";

const log = logger("conversation");

/** A disk that refused may have room again after so long. */
const RETRY_MS = 5_000;

/**
 * Commits in their order, each tried until it succeeds: an answer outlives a full disk. What is not
 * committed when the program ends is uncertain to the next start.
 */
export class Commits {
  readonly #waiting: (() => void)[] = [];
  #cancelRetry: (() => void) | null = null;
  #closed = false;

  /** @param caughtUp told when a commit that was refused has succeeded, and none waits. */
  constructor(readonly clock: Clock, readonly caughtUp: () => void) {}

  /** Whether something is still to be committed: until then the journal does not know it. */
  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  /** Runs `commit` now, or after those before it. */
  add(commit: () => void): void {
    this.#waiting.push(commit);
    if (this.#cancelRetry === null) this.#run();
  }

  /** Tries no more. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
  }

  #retry(): void {
    this.#run();
    if (!this.pending) this.caughtUp();
  }

  #run(): void {
    this.#cancelRetry = null;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        next();
      } catch (error) {
        log.error("Cannot commit the end of a turn: {error}", { error });
        if (!this.#closed) this.#cancelRetry = this.clock.after(RETRY_MS, () => this.#retry());
        return;
      }
      this.#waiting.shift();
    }
  }
}
