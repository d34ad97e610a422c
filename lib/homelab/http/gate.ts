import { orAborted } from "./client.ts";

/**
 * A bound on what is under way at once, in all and of one lane, so that a lane that hangs leaves room
 * for the others. Who waits is served in order.
 */
export class Gate {
  readonly #underWay = new Set<Visit>();
  readonly #waiting = new Set<Visit>();

  constructor(readonly most: number, readonly ofOneLane: number) {}

  /** What `work` gives, begun when there is room. Rejects with the signal's reason while it waits. */
  async run<T>(lane: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const { promise: room, resolve: enter } = Promise.withResolvers<void>();
    const visit = { lane, enter };
    this.#waiting.add(visit);
    this.#admit();
    try {
      if (this.#waiting.has(visit)) await orAborted(signal, () => room);
      return await work();
    } finally {
      this.#waiting.delete(visit);
      this.#underWay.delete(visit);
      this.#admit();
    }
  }

  #admit(): void {
    for (const visit of this.#waiting) {
      if (!this.#hasRoom(visit)) continue;
      this.#waiting.delete(visit);
      this.#underWay.add(visit);
      visit.enter();
    }
  }

  #hasRoom({ lane }: Visit): boolean {
    const same = [...this.#underWay].filter((each) => each.lane === lane);
    return this.#underWay.size < this.most && same.length < this.ofOneLane;
  }
}

interface Visit {
  readonly lane: string;
  readonly enter: () => void;
}
