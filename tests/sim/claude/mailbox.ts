/** Things that arrive, kept in order, and a way to wait for the next one that fits. */

/** Longer than anything that is waited for on purpose. */
const PATIENCE_MS = 30_000;

export class Mailbox<T> {
  readonly all: T[] = [];
  #read = 0;
  #closed = false;
  #wake: (() => void)[] = [];

  put(item: T): void {
    this.all.push(item);
    this.#wakeAll();
  }

  close(): void {
    this.#closed = true;
    this.#wakeAll();
  }

  /**
   * The next unread thing that fits; those before it count as read.
   *
   * @throws when no such thing comes in half a minute, or nothing more can come.
   */
  async next(fits: (item: T) => boolean): Promise<T> {
    const until = Date.now() + PATIENCE_MS;
    while (true) {
      while (this.#read < this.all.length) {
        const item = this.all[this.#read++] as T;
        if (fits(item)) return item;
      }
      if (this.#closed) throw new Error("It ended before what was waited for had come");
      if (Date.now() > until) throw new Error(`Nothing that fits came in ${PATIENCE_MS} ms`);
      await this.change(until - Date.now());
    }
  }

  /** Resolves when something arrives, when nothing more will, or after `ms`. */
  async change(ms: number): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  #wakeAll(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}
