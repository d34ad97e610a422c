/** Time as it is handed to the parts: a test turns its hands itself. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment. Unlike `now` nobody ever sets it: how long things take. */
  steady(): number;
  /** Runs `action` once, `ms` from now, unless the returned function is called before. */
  after(ms: number, action: () => void): () => void;
}

/** The time of this machine. Timers hold the process open: whoever sets one cancels it when it closes. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener("abort", done);
  });
}

/** What `promise` gives, or `undefined` when it takes longer than `ms`. */
export async function within<T>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  const given = new AbortController();
  try {
    return await Promise.race([promise, sleep(clock, ms, given.signal).then(() => undefined)]);
  } finally {
    given.abort();
  }
}

/** Barks when nobody has spoken for `ms`, and again after as long, until it is sent to sleep. */
export class Watchdog {
  #cancel = () => {};

  constructor(
    readonly clock: Clock,
    readonly ms: number,
    readonly bark: (silentMs: number) => void,
  ) {}

  /** Something was heard: the time starts anew. */
  reset(): void {
    this.sleep();
    const since = this.clock.steady();
    const bark = () => {
      this.#cancel = this.clock.after(this.ms, bark);
      this.bark(this.clock.steady() - since);
    };
    this.#cancel = this.clock.after(this.ms, bark);
  }

  sleep(): void {
    this.#cancel();
    this.#cancel = () => {};
  }
}
