import { orAborted } from "./client.ts";

/**
 * A bound on what is under way at once, in all and of one question, so that a question that hangs leaves room
 * for the others. Who waits is served in order.
 */
export class Gate {
  readonly #underWay = new Set<Visit>();
  readonly #waiting = new Set<Visit>();

  constructor(readonly most: number, readonly ofOneQuestion: number) {}

  /** What `work` gives, begun when there is room. Rejects with the signal's reason while it waits. */
  async run<T>(question: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const { promise: room, resolve: enter } = Promise.withResolvers<void>();
    const visit = { question, enter };
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

  #hasRoom({ question }: Visit): boolean {
    const same = [...this.#underWay].filter((each) => each.question === question);
    return this.#underWay.size < this.most && same.length < this.ofOneQuestion;
  }
}

interface Visit {
  readonly question: string;
  readonly enter: () => void;
}
