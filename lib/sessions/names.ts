import { editDistance } from "../text.ts";
import { InvalidNameError } from "./errors.ts";

const NAME = /^[A-Za-z0-9_-]{1,50}$/;

/** Whether `name` may name a session or a persona: it is then one path component and no other. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** Throws {@linkcode InvalidNameError} unless `name` may name a session. */
export function checkName(name: string): void {
  if (!isName(name)) throw new InvalidNameError(name);
}

/** Up to three of `known` that somebody who wrote `name` may have meant, the likeliest first. */
export function nearNames(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase().slice(0, 50);
  if (wanted === "") return [];
  return known
    .map((candidate) => ({ candidate, distance: likeness(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** 0 for the same, less than 1 where one begins the other, else the number of edits. */
function likeness(a: string, b: string): number {
  if (a === b) return 0;
  if (b.startsWith(a) || a.startsWith(b)) return 0.5;
  return editDistance(a, b);
}
