import type { ConversationOptions, Worker } from "./options.ts";

/** The start of a session's process for its next prompt. A stop does not wait for it. */
export class Start {
  #giveUp = () => {};

  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    /** A process that was asked for is there, and has nothing to do. */
    readonly unused: () => void,
  ) {}

  /** The process; null when the start was given up, though the process may still come up. */
  async worker(): Promise<Worker | null> {
    const stopped = Promise.withResolvers<null>();
    const acquired = this.options.acquire(this.session);
    this.#giveUp = () => {
      stopped.resolve(null);
      acquired.then(this.unused, () => {}); // A start that fails frees its place by itself.
    };
    return await Promise.race([acquired, stopped.promise]);
  }

  /** Gives up the start that runs, or ran last: its prompt will not be sent. */
  giveUp(): void {
    this.#giveUp();
  }
}
