/**
 * A bound on what is under way at once, in all and of one lane, so that a lane that hangs leaves room
 * for the others. Who waits is served in order.
 */
export class Gate {
  readonly #most: number;
  readonly #ofOneLane: number;
  readonly #underWay = new Map<string, number>();
  #waiting: { readonly lane: string; readonly enter: () => void }[] = [];

  constructor(most: number, ofOneLane: number) {
    this.#most = most;
    this.#ofOneLane = ofOneLane;
  }

  /** What `work` gives, begun when there is room. Rejects with the signal's reason while it waits. */
  async run<T>(lane: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#room(lane, signal);
    try {
      return await work();
    } finally {
      this.#leave(lane);
    }
  }

  #room(lane: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#fits(lane)) {
      this.#enter(lane);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting = this.#waiting.filter((each) => each !== one);
        reject(signal.reason);
      };
      const one = {
        lane,
        enter: () => {
          signal.removeEventListener("abort", abort);
          this.#enter(lane);
          resolve();
        },
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(one);
    });
  }

  #fits(lane: string): boolean {
    const all = [...this.#underWay.values()].reduce((sum, count) => sum + count, 0);
    return all < this.#most && (this.#underWay.get(lane) ?? 0) < this.#ofOneLane;
  }

  #enter(lane: string): void {
    this.#underWay.set(lane, (this.#underWay.get(lane) ?? 0) + 1);
  }

  #leave(lane: string): void {
    const left = (this.#underWay.get(lane) ?? 1) - 1;
    if (left === 0) this.#underWay.delete(lane);
    else this.#underWay.set(lane, left);
    const next = this.#waiting.find((each) => this.#fits(each.lane));
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((each) => each !== next);
    next.enter();
  }
}
