import { type Place, placeKey } from "../../lib/journal/mod.ts";
import { Random } from "./random.ts";
import { type Climate, climateOf } from "./weather.ts";

/** What a person, or fate, does; `wait` is the pause before it. */
export type Action = { readonly wait: number } & Deed;

/** What else a message may be than one that stands alone. */
export type Writing = "steer" | "forwards" | "comment and forwards" | "yes" | "no";

type Deed =
  | { readonly do: "write"; readonly who: number; readonly as?: Writing }
  /** Changes what the person wrote, counted from the newest. */
  | { readonly do: "edit"; readonly who: number; readonly back: number }
  | { readonly do: "command"; readonly who: number; readonly text: string }
  /** Taps one of the buttons that the person sees, counted from the newest; of `words` if there are. */
  | { readonly do: "press"; readonly who: number; readonly back: number; readonly words?: true }
  /** The program dies over its n-th effect from now. */
  | { readonly do: "crash"; readonly effects: number; readonly before: boolean }
  | { readonly do: "stop" }
  | { readonly do: "kill claude" }
  | { readonly do: "ban"; readonly who: number; readonly seconds: number }
  | { readonly do: "fill the disk"; readonly ms: number };

/** All that is decided beforehand; the rest follows from the seed. */
export interface Script {
  readonly seed: number;
  readonly climate: Climate;
  /** Where each person writes. */
  readonly places: readonly Place[];
  /** The session of each person at the beginning; null where none is chosen. */
  readonly sessions: readonly (string | null)[];
  readonly actions: readonly Action[];
}

/** Two people, each with a private chat of that number. */
export const PEOPLE = [1, 2] as const;
/** The group that both are in. */
export const GROUP = -100;

/** Where people meet: mostly each is alone with the bot, else in one group, or in its topics. */
function placesOf(random: Random): Place[] {
  const roll = random.next();
  if (roll < 0.75) return PEOPLE.map((chat) => ({ chat }));
  if (roll < 0.85) return PEOPLE.map(() => ({ chat: GROUP }));
  if (roll < 0.95) return PEOPLE.map((who) => ({ chat: GROUP, thread: 10 * who }));
  return [{ chat: PEOPLE[0] }, { chat: GROUP, thread: 10 }];
}

/** The script of a seed. */
export function scriptOf(seed: number): Script {
  const random = new Random(seed);
  const climate = climateOf(random);
  const places = placesOf(random);
  const together = random.chance(0.3) || new Set(places.map(placeKey)).size === 1;
  const sessions = ["alpha", together ? "alpha" : "beta"].map((name) =>
    random.chance(0.1) ? null : name
  );
  const actions = Array.from({ length: random.between(2, 12) }, (): Action => ({
    wait: waitOf(random),
    ...deedOf(random),
  }));
  return { seed, climate, places, sessions, actions };
}

function waitOf(random: Random): number {
  if (random.chance(0.35)) return random.between(0, 20);
  if (random.chance(0.8)) return random.between(20, 3_000);
  return random.between(3_000, 90_000);
}

function deedOf(random: Random): Deed {
  const who = random.below(2);
  const roll = random.next();
  if (roll < 0.34) return { do: "write", who };
  if (roll < 0.355) return { do: "write", who, as: "forwards" };
  if (roll < 0.37) return { do: "write", who, as: "comment and forwards" };
  if (roll < 0.42) return { do: "edit", who, back: random.below(3) };
  if (roll < 0.45) return { do: "write", who, as: "steer" };
  if (roll < 0.54) return { do: "command", who, text: "/stop" };
  if (roll < 0.58) {
    return {
      do: "command",
      who,
      text: random.pick([
        ...["/sessions", "/help", "/start", "/timeout 5", "/trust", "/trust"],
        ...["/rename gamma", "/rename delta", "/rename alpha"],
      ]),
    };
  }
  if (roll < 0.68) return { do: "press", who, back: random.below(3) };
  if (roll < 0.72) return { do: "press", who, back: random.below(2), words: true };
  if (roll < 0.75) return { do: "write", who, as: random.chance(0.6) ? "yes" : "no" };
  if (roll < 0.9) {
    return { do: "crash", effects: random.between(1, 40), before: random.chance(0.5) };
  }
  if (roll < 0.94) return { do: "stop" };
  if (roll < 0.97) return { do: "kill claude" };
  if (roll < 0.985) return { do: "ban", who, seconds: random.between(1, 200) };
  return { do: "fill the disk", ms: random.between(100, 30_000) };
}
