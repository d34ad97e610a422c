/** Attacks that still succeed: they are played and printed, and fail the suite when they are not listed. */
import { assertEquals } from "@std/assert";

/** By how the name of an attack begins: what of it still works, as its verdict says it. */
export const OPEN: Readonly<Record<string, readonly string[]>> = {};

/** Fails if an attack had an effect that is not known to be open. */
export function judged(attack: string, effects: readonly string[]): void {
  const known = Object.entries(OPEN).filter(([beginning]) => attack.startsWith(beginning))
    .flatMap(([, each]) => each);
  const open = effects.filter((effect) => known.includes(effect));
  if (open.length > 0) {
    Deno.stderr.writeSync(new TextEncoder().encode(`OPEN ${attack}: ${open.join("; ")}\n`));
  }
  assertEquals(effects.filter((effect) => !known.includes(effect)), [], attack);
}
