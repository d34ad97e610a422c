import { type JournalUpdate, placeKey } from "../journal/mod.ts";

/** What was sent in one place, one after the other. */
interface Lane {
  tail: Promise<void>;
  /** What is not served yet, in its order; the first is being served. */
  readonly unserved: JournalUpdate[];
}

/** What a person sends in one place is served in its order; places do not wait for each other. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  /** Serves an update after what came before it in its place. */
  serve(update: JournalUpdate, work: () => Promise<void>): void {
    const { unserved } = this.#laneOf(update);
    unserved.push(update);
    this.after(update, async () => {
      await work();
      unserved.splice(unserved.indexOf(update), 1);
    });
  }

  /** Does something when what came before in the update's place is served. */
  after({ place }: JournalUpdate, work: () => Promise<void>): Promise<void> {
    const key = keyOf(place);
    const lane = this.#laneOf({ place });
    const tail = lane.tail.then(work).finally(() => {
      if (lane.tail === tail) this.#lanes.delete(key);
    });
    lane.tail = tail;
    return tail;
  }

  /** What was sent right behind an update that is being served. */
  behind(update: JournalUpdate): JournalUpdate | undefined {
    const { unserved } = this.#laneOf(update);
    const at = unserved.findIndex(({ id }) => id === update.id);
    return at === -1 ? undefined : unserved[at + 1];
  }

  /** Whether a prompt was sent in the place of `update` that is not served yet. */
  hasPrompt({ place }: JournalUpdate): boolean {
    const { unserved = [] } = this.#lanes.get(keyOf(place)) ?? {};
    return unserved.some(({ kind }) => kind === "prompt");
  }

  /** Settles when everything is served. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ tail }) => tail));
  }

  #laneOf({ place }: Pick<JournalUpdate, "place">): Lane {
    const key = keyOf(place);
    const lane = this.#lanes.get(key) ?? { tail: Promise.resolve(), unserved: [] };
    this.#lanes.set(key, lane);
    return lane;
  }
}

const keyOf = (place: JournalUpdate["place"]) => place === null ? "" : placeKey(place);
