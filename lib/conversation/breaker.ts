import type { Clock } from "../clock.ts";

/** Failures count together within this time. */
const WINDOW_MS = 5 * 60_000;
/** How long is waited before the next try, longer each time that one fails; the last one repeats. */
const PAUSES = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];

/**
 * Lets nothing through while what is behind it keeps failing. After a pause one try goes through:
 * when that fails the next pause is longer, when it succeeds everything goes through again.
 */
export class Breaker {
  /** When it failed since it last succeeded. */
  #failures: number[] = [];
  /** How many pauses were made since then; 0 while all goes through. */
  #pauses = 0;
  /** Ends the pause before its time; null when none runs. */
  #cancelPause: (() => void) | null = null;
  /** Whose try is under way between two pauses. */
  #trial: string | null = null;
  #told = new Set<number>();

  /**
   * @param limit so many failures without a success between them open it.
   * @param again told when something may go through again.
   */
  constructor(readonly clock: Clock, readonly limit: number, readonly again: () => void) {}

  /** Whether something may go through: anything, or the one try between two pauses. */
  admits(session: string): boolean {
    if (this.#pauses === 0) return true;
    return this.#cancelPause === null && (this.#trial === null || this.#trial === session);
  }

  /** The try between two pauses is this session's, if it is anybody's. */
  begin(session: string): void {
    if (this.#pauses > 0) this.#trial ??= session;
  }

  failed(): void {
    const { clock, limit } = this;
    if (this.#cancelPause !== null) return; // Begun before the pause.
    const since = clock.steady() - WINDOW_MS;
    this.#failures = [...this.#failures.filter((at) => at > since), clock.steady()];
    if (this.#pauses > 0 || this.#failures.length >= limit) this.#pause();
  }

  succeeded(): void {
    const wasOpen = this.#pauses > 0;
    this.close();
    this.#failures = [];
    this.#pauses = 0;
    if (wasOpen) this.again();
  }

  /** A try ended without showing anything. @returns whether it was the one between two pauses. */
  undecided(session: string): boolean {
    if (this.#trial !== session) return false;
    this.#trial = null;
    return true;
  }

  /** Ends the pause. @returns false when there is none. */
  tryNow(): boolean {
    if (this.#cancelPause === null) return false;
    this.close();
    return true;
  }

  /** Whether a chat is still to be told of this pause; `tell` notes that it was. */
  untold(chat: number): boolean {
    return this.#cancelPause !== null && !this.#told.has(chat);
  }

  tell(chat: number): void {
    this.#told.add(chat);
  }

  /** How long a pause is now. */
  get pauseMs(): number {
    return PAUSES[Math.min(this.#pauses, PAUSES.length) - 1] ?? 0;
  }

  /** Sets no timer any more. */
  close(): void {
    this.#cancelPause?.();
    this.#cancelPause = null;
    this.#trial = null;
  }

  #pause(): void {
    this.#pauses++;
    this.#trial = null;
    this.#told.clear();
    this.#cancelPause = this.clock.after(this.pauseMs, () => {
      this.#cancelPause = null;
      this.again();
    });
  }
}
