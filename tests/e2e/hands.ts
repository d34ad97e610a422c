import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/clock.ts";

/** Lets what waits for promises, for streams and a little for files go on; quicker than any timer. */
export async function breathe(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

/** A clock whose hands a test turns, for many short lives. */
export class Hands implements Clock {
  #passed = 0;
  #serial = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly action: () => void }>();

  constructor(readonly start: number) {}

  now = (): number => this.start + this.#passed;
  steady = (): number => this.#passed;
  after = (ms: number, action: () => void): () => void => {
    const id = ++this.#serial;
    this.#timers.set(id, { at: this.#passed + Math.max(0, ms), action });
    return () => void this.#timers.delete(id);
  };

  /** Moves time on; what falls due runs in its order. */
  async advance(ms: number): Promise<void> {
    const end = this.#passed + ms;
    for (let due = this.#due(end); due !== undefined; due = this.#due(end)) {
      const [id, { at, action }] = due;
      this.#timers.delete(id);
      this.#passed = Math.max(this.#passed, at);
      action();
      await breathe();
    }
    this.#passed = end;
    await breathe();
  }

  #due(end: number) {
    return [...this.#timers].filter(([, { at }]) => at <= end)
      .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  }
}
