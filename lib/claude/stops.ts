import type { TurnEvent } from "./events.ts";

/** Watches the stop of the running turn, from its sending to the turn's end. */
export class Stops {
  #ended: (() => void) | null = null;

  /** @param watch told when a stop is sent; what it returns, when the stopped turn is over. */
  constructor(readonly watch: () => () => void) {}

  sent(): void {
    this.#ended ??= this.watch();
  }

  heard({ type }: TurnEvent): void {
    if (type !== "started" && type !== "ended") return;
    const ended = this.#ended;
    this.#ended = null; // One that came before its turn began had nothing to stop.
    if (type === "ended") ended?.();
  }
}
