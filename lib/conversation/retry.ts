import type { Clock } from "../clock.ts";

/** A disk that refused may have room again after so long. */
const RETRY_MS = 5_000;

/** One further try of something that failed, a while later. */
export class Retry {
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(readonly clock: Clock, readonly action: () => void) {}

  /** Whether a try is to come. */
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
