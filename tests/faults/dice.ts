import { seeded } from "../sim/bot_api/faults.ts";

/** Chance that can be repeated: the same seed gives the same throws. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.#random(); // Neighbouring seeds begin alike.
  }

  /** A whole number from 0 to `limit`, without `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** One of them, more often the higher its weight. */
  pick<T>(choices: readonly (readonly [weight: number, T])[]): T {
    const total = choices.reduce((sum, [weight]) => sum + weight, 0);
    let at = this.below(total);
    for (const [weight, choice] of choices) {
      if (at < weight) return choice;
      at -= weight;
    }
    throw new Error("Cannot pick from nothing");
  }
}
