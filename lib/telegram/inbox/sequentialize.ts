import { placeKey } from "../../journal/mod.ts";
import type { Incoming } from "../incoming/incoming.ts";

/** The updates of one place, one after the other. */
interface PlaceQueue {
  tail: Promise<void>;
  /** What is not served yet, in its order; the first is being served. */
  readonly unserved: Incoming[];
}

/** What a person sends in one place is served in its order; places do not wait for each other. */
export class Sequentializer {
  readonly #queues = new Map<string, PlaceQueue>();

  /** Serves an update after what came before it in its place. */
  serve(update: Incoming, work: () => Promise<void>): void {
    const { unserved } = this.#queueOf(update);
    unserved.push(update);
    this.after(update, async () => {
      await work();
      unserved.splice(unserved.indexOf(update), 1);
    });
  }

  /** Does something when what came before in the update's place is served. */
  after(update: Incoming, work: () => Promise<void>): Promise<void> {
    const queue = this.#queueOf(update);
    const tail = queue.tail.then(work).finally(() => {
      if (queue.tail === tail) this.#queues.delete(keyOf(update));
    });
    queue.tail = tail;
    return tail;
  }

  /** What was sent right behind an update that is being served. */
  behind(update: Incoming): Incoming | undefined {
    const { unserved } = this.#queueOf(update);
    const at = unserved.findIndex(({ id }) => id === update.id);
    return at === -1 ? undefined : unserved[at + 1];
  }

  /** True when a prompt was sent in the place of `update` that is not served yet. */
  hasPrompt(update: Incoming): boolean {
    const { unserved = [] } = this.#queues.get(keyOf(update)) ?? {};
    return unserved.some(({ kind }) => kind === "prompt");
  }

  /** Settles when everything is served. */
  async idle(): Promise<void> {
    await Promise.all([...this.#queues.values()].map(({ tail }) => tail));
  }

  #queueOf(update: Incoming): PlaceQueue {
    const key = keyOf(update);
    const queue = this.#queues.get(key) ?? { tail: Promise.resolve(), unserved: [] };
    this.#queues.set(key, queue);
    return queue;
  }
}

const keyOf = ({ asker }: Incoming) => placeKey(asker.place);
