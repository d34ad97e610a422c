/** What changed in the world; the chat page is told, and whoever waits looks again. */
export type Change =
  | { kind: "message" | "deleted"; chat: number; message: number }
  | { kind: "draft"; chat: number; thread: number | undefined }
  | { kind: "action"; chat: number; thread: number | undefined; action: string }
  | { kind: "callback"; query: string; text?: string; alert: boolean }
  | { kind: "commands" | "call" | "chat" };

interface Waiter {
  look(): void;
  giveUp(reason: Error): void;
}

/** Tells watchers of changes, and lets tests wait for a state without polling. */
export class Changes {
  readonly #waiters = new Set<Waiter>();
  readonly #watchers = new Set<(change: Change) => void>();
  #scheduled = false;

  /** Something changed. Waiters look once after the running task, however much changed in it. */
  notify(change: Change): void {
    for (const watcher of this.#watchers) watcher(change);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      for (const waiter of [...this.#waiters]) waiter.look();
    });
  }

  /** Calls `watcher` at each change until the returned function is called. */
  watch(watcher: (change: Change) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * The first value of `look` that is neither undefined, null nor false, now or after a change.
   * Rejects with `explain()` when `timeoutMs` have passed, or with what `look` throws.
   */
  wait<T>(
    look: () => T | undefined | null | false,
    timeoutMs: number,
    explain: () => string,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiter: Waiter = {
      look: () => {
        try {
          const value = look();
          if (value === undefined || value === null || value === false) return;
          end();
          resolve(value);
        } catch (error) {
          waiter.giveUp(error instanceof Error ? error : new Error(String(error)));
        }
      },
      giveUp: (reason) => {
        end();
        reject(reason);
      },
    };
    const timer = setTimeout(() => waiter.giveUp(new Error(explain())), timeoutMs);
    const end = () => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    };
    this.#waiters.add(waiter);
    waiter.look();
    return promise;
  }

  /** Ends every wait with an error. */
  close(): void {
    for (const waiter of [...this.#waiters]) {
      waiter.giveUp(new Error("The Bot API server was closed while a test waited on it"));
    }
    this.#watchers.clear();
  }
}
