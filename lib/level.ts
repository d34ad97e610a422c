/**
 * How a thing of the homelab is: the one order of urgency, and the marks that people see.
 * @module
 */

/** In the order of urgency. */
const LEVELS = ["ok", "unknown", "warn", "bad"] as const;

export type Level = typeof LEVELS[number];

/** A level as the chat shows it. */
export const MARKS: Readonly<Record<Level, string>> = {
  ok: "🟢",
  unknown: "⚪",
  warn: "🟠",
  bad: "🔴",
};

/** True when `a` is more urgent than `b`. */
export function moreUrgent(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b);
}

/** The more urgent of two levels. */
export const worse = (a: Level, b: Level): Level => moreUrgent(a, b) ? a : b;

/** The less urgent of two levels. */
export const milder = (a: Level, b: Level): Level => moreUrgent(a, b) ? b : a;

/** The most urgent of `levels`; "ok" when there is none. */
export const worst = (levels: Iterable<Level>): Level => [...levels].reduce(worse, "ok");

/** The level of a value by the two limits from which on it is "warn" and "bad". */
export const levelAt = (value: number, [warn, bad]: readonly [number, number]): Level =>
  value >= bad ? "bad" : value >= warn ? "warn" : "ok";

/** Orders things, the most urgent first. */
export function byUrgency(a: { readonly level: Level }, b: { readonly level: Level }): number {
  return LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level);
}
