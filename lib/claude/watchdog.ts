import type { Clock } from "../clock.ts";

/** Barks when nobody has spoken for `ms`, and again after as long, until it is sent to sleep. */
export class Watchdog {
  #cancel = () => {};

  constructor(
    readonly clock: Clock,
    readonly ms: number,
    readonly bark: (silentMs: number) => void,
  ) {}

  /** Something was heard: the time starts anew. */
  reset(): void {
    this.sleep();
    const since = this.clock.steady();
    const bark = () => {
      this.#cancel = this.clock.after(this.ms, bark);
      this.bark(this.clock.steady() - since);
    };
    this.#cancel = this.clock.after(this.ms, bark);
  }

  sleep(): void {
    this.#cancel();
    this.#cancel = () => {};
  }
}
