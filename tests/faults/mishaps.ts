import type { FaultRule } from "../sim/bot_api/mod.ts";
import type { Dice } from "./dice.ts";
import type { Home } from "./home.ts";
import { broken } from "./sayings.ts";

/** Something that goes wrong, or gets in the way, while messages are on their way. */
type Mishap = (home: Home, dice: Dice) => Promise<void> | void;

const moment = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const weather = (dice: Dice): FaultRule => ({
  method: dice.pick<string | RegExp>([
    [5, "sendMessage"],
    [2, /^(send|edit|delete|answer)/],
    [1, "answerCallbackQuery"],
  ]),
  times: 1 + dice.below(3),
  probability: 0.5,
  seed: dice.below(1_000),
  do: dice.pick<FaultRule["do"]>([
    [2, { tooManyRequests: 1 }],
    [1, { tooManyRequests: 6 }],
    [2, { status: 502 }],
    [1, { status: 500 }],
    [3, "reset-before"],
    [3, "reset-after"],
    [1, { raw: "<html>gateway</html>" }],
    [1, { delayMs: 400 }],
    [1, "hang"],
  ]),
});

const deafness = (dice: Dice): FaultRule => ({
  method: "getUpdates",
  times: 1,
  // What was sent comes again, or late.
  do: dice.pick<FaultRule["do"]>([
    [3, "reset-after"],
    [1, "reset-before"],
    [1, { status: 502 }],
    [1, { raw: "[" }],
    [1, { delayMs: 300 }],
  ]),
});

const storm: Mishap = async ({ bench }, dice) => {
  const fault = bench.api.fault(weather(dice));
  await moment(200 + dice.below(800));
  fault.remove();
};

const killed: Mishap = async (home, dice) => {
  await moment(dice.below(900));
  await home.kill();
  if (dice.chance(0.3)) home.people.write((token) => ({ text: `${token} while it is away` }));
  if (dice.chance(0.2)) home.people.edit();
  await home.start();
};

/** What may happen, by weight: most of it is cheap, so that there can be many rounds. */
const MISHAPS: readonly (readonly [number, string, Mishap])[] = [
  [2, "none", () => {}],
  [6, "storm", storm],
  [2, "deaf", async ({ bench }, dice) => {
    const fault = bench.api.fault(deafness(dice));
    await moment(500);
    fault.remove();
  }],
  [5, "killed", killed],
  [2, "killed in a storm", async (home, dice) => {
    await Promise.all([storm(home, dice), killed(home, dice)]);
  }],
  [1, "killed twice", async (home, dice) => {
    await killed(home, dice);
    await killed(home, dice);
  }],
  [1, "away for a week", async (home, dice) => {
    await home.kill();
    // Random by then; but not below what the stand-in has not delivered yet.
    home.bench.api.nextUpdateId += 1 + dice.below(1_000_000_000);
    await home.start();
  }],
  [1, "ended", async (home, dice) => {
    await moment(dice.below(600));
    await home.end();
    await home.start();
  }],
  [3, "claude killed", async (home, dice) => {
    await moment(dice.below(600));
    home.killClaude(dice);
  }],
  [2, "claude breaks", ({ people }) => people.write(broken)],
  [2, "edited", async ({ people }, dice) => {
    await moment(dice.below(500));
    people.edit();
  }],
  [2, "stop", async ({ people }, dice) => {
    await moment(dice.below(400));
    people.stop();
  }],
  [2, "hurry", async ({ people }, dice) => {
    await moment(700); // The lines under waiting messages stand by then.
    people.hurry(dice.chance(0.5) ? "Send now" : "Cancel");
  }],
];

/** The mishap of this name, or one that chance picks. */
export function mishapOf(
  dice: Dice,
  named?: string,
): { readonly name: string; readonly strike: Mishap } {
  const known = MISHAPS.filter(([, name]) => named === undefined || name === named);
  return dice.pick(known.map(([weight, name, strike]) => [weight, { name, strike }] as const));
}
