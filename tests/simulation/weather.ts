import type { Random } from "./random.ts";

/** How bad the world is: the probability of each mishap where it can happen. */
export interface Climate {
  /** A call is answered with 429. */
  readonly flood: number;
  /** A call does not reach Telegram. */
  readonly unreachable: number;
  /** The connection of a call breaks, or Telegram stumbles, before or after it was carried out. */
  readonly broken: number;
  /** A call takes long, perhaps too long. */
  readonly slow: number;
  /** An answer to a poll is lost. */
  readonly poll: number;
  /** Telegram delivers again what was confirmed. */
  readonly repeated: number;
  /** Telegram delivers what happened at almost the same time in another order. */
  readonly reordered: number;
  /** A commit finds the disk full. */
  readonly full: number;
  /** A commit takes long. */
  readonly slowDisk: number;
  /** A process of Claude crashes or hangs, at its start or in a turn. */
  readonly claude: number;
  /** Children do not die with the program. */
  readonly orphans: boolean;
}

export const CALM: Climate = {
  flood: 0,
  unreachable: 0,
  broken: 0,
  slow: 0,
  poll: 0,
  repeated: 0,
  reordered: 0,
  full: 0,
  slowDisk: 0,
  claude: 0,
  orphans: false,
};

/** A climate: most of it is fair, as it is outside. */
export function climateOf(random: Random): Climate {
  const some = (often: number, much: number) => random.chance(often) ? random.next() * much : 0;
  return {
    flood: some(0.3, 0.12),
    unreachable: some(0.3, 0.15),
    broken: some(0.4, 0.25),
    slow: some(0.3, 0.2),
    poll: some(0.3, 0.3),
    repeated: some(0.3, 0.5),
    reordered: some(0.2, 0.8),
    full: some(0.25, 0.1),
    slowDisk: some(0.2, 0.1),
    claude: some(0.4, 0.3),
    orphans: random.chance(0.2),
  };
}

/** The climate while it lasts; in the end the weather clears. */
export class Weather {
  #climate: Climate;
  /** Until when every commit finds the disk full. */
  fullUntil = 0;

  constructor(climate: Climate) {
    this.#climate = climate;
  }

  get now(): Climate {
    return this.#climate;
  }

  clear(): void {
    this.#climate = { ...CALM, orphans: this.#climate.orphans };
    this.fullUntil = 0;
  }
}
