import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/clock.ts";

interface Event {
  readonly at: number;
  readonly serial: number;
  readonly action: () => void;
  /** Whose event it is: it falls away with its owner. */
  readonly owner: Owner | null;
  /** Whether it is a timer of the program's own. */
  readonly timer: boolean;
  cancelled: boolean;
}

/** Somebody whose timers and answers end with it. */
export interface Owner {
  readonly alive: boolean;
}

/** Lets everything go on that waits for promises alone. */
export const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** The only time in a simulation: what happens, happens here, one event after the other. */
export class Timeline {
  now: number;
  readonly #events: Event[] = [];
  #serial = 0;

  constructor(start: number) {
    this.now = start;
  }

  /** Plans something. @returns what calls it off. */
  after(ms: number, action: () => void, owner: Owner | null = null): () => void {
    return this.#plan(ms, action, owner, false);
  }

  #plan(ms: number, action: () => void, owner: Owner | null, timer: boolean): () => void {
    const at = this.now + Math.ceil(Math.max(0, ms)); // Clocks show whole milliseconds.
    const event = { at, serial: ++this.#serial, action, owner, timer, cancelled: false };
    this.#push(event);
    return () => void (event.cancelled = true);
  }

  /** Resolves after so much time; never, when its owner is gone by then. */
  sleep(ms: number, owner: Owner | null = null): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve, owner));
  }

  /** The time as a part is handed it. */
  clockOf(owner: Owner): Clock {
    return {
      now: () => this.now,
      steady: () => this.now,
      after: (ms, action) => this.#plan(ms, action, owner, true),
    };
  }

  /** How many timers of a part's own are set. */
  timersOf(owner: Owner): number {
    return this.#events.filter((each) => each.owner === owner && each.timer && !each.cancelled)
      .length;
  }

  /** Lets the next event happen. @returns false when none is planned before `until`. */
  step(until = Infinity): boolean {
    while (this.#events.length > 0) {
      const first = this.#events[0]!;
      const void_ = first.cancelled || first.owner?.alive === false;
      if (!void_ && first.at > until) return false;
      this.#pop();
      if (void_) continue;
      this.now = Math.max(this.now, first.at);
      first.action();
      return true;
    }
    return false;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.serial < b.serial);
