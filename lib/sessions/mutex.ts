/** One holder per key at a time, in the order of asking. In this process only. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  /** Settles when all who have asked so far, and those they led to, are done. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }

  /** Runs `work` when all who asked before for `key` are done; passes on what it returns or throws. */
  async hold<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const { promise: mine, resolve: release } = Promise.withResolvers<void>();
    this.#tails.set(key, mine);
    await before;
    try {
      return await work();
    } finally {
      release();
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    }
  }
}
