import type { Clock } from "../clock.ts";
import type { TurnEvent } from "./events.ts";

/** Knows when the running turn was told to stop, and says so once it has ended. */
export class Stops {
  #since: number | null = null;

  /** @param ended told when a stopped turn is over, with the time of the stop on the steady clock. */
  constructor(readonly clock: Clock, readonly ended: (since: number) => void) {}

  sent(): void {
    this.#since ??= this.clock.steady();
  }

  heard({ type }: TurnEvent): void {
    if (type !== "started" && type !== "ended") return;
    const since = this.#since;
    this.#since = null; // One that came before its turn began had nothing to stop.
    if (type === "ended" && since !== null) this.ended(since);
  }
}
