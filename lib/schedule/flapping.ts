/** Things that come and go so fast that no two checks in a row agree on them. */
import type { AlertLine, AlertThing } from "../journal/mod.ts";

const HOUR = 3_600_000;
/** So far back changes are counted. */
const COUNTED_MS = 6 * HOUR;
/** So many changes within that time, over so long at least, are unstable: three short outages. */
const UNSTABLE_FLIPS = 6;
const UNSTABLE_MS = HOUR;
/** Who did not change for so long is steady. */
const STEADY_MS = 2 * HOUR;
/** A change that is older is no news. */
const FRESH_MS = HOUR / 2;

/** The changes of a thing, with that of a check that sees `level` now. */
export function turned(
  { flips, level: before }: AlertThing,
  level: AlertThing["level"],
  now: number,
): readonly number[] {
  const counted = flips.filter((at) => at > now - COUNTED_MS && at <= now);
  return (before === "ok") === (level === "ok") ? counted : [...counted, now].slice(-MOST_FLIPS);
}

/** As many as the most frequent checks, one a minute, can see. */
const MOST_FLIPS = COUNTED_MS / 60_000;

/** What there is to tell of a thing's comings and goings; null when that is nothing. */
export function steadied(
  thing: AlertThing,
  now: number,
  toldLately: boolean,
): {
  readonly thing: AlertThing;
  readonly line: Pick<AlertLine, "kind" | "level" | "text" | "from" | "to" | "late"> | null;
} | null {
  const { flips, unstableSince, level } = thing;
  const [first = now, last = -Infinity] = [flips[0], flips.at(-1)];
  if (unstableSince !== null) {
    if (now - last < STEADY_MS) return null;
    const to = last === -Infinity ? now : last;
    const line = { kind: "steady", level: "warn", from: unstableSince, to } as const;
    // Of trouble that stayed the person was told.
    const told = level === "ok" ? { ...line, text: "", late: false } : null;
    return { thing: { ...thing, unstableSince: null }, line: told };
  }
  const unstable = flips.length >= UNSTABLE_FLIPS && now - first >= UNSTABLE_MS &&
    now - last < FRESH_MS && !toldLately;
  if (!unstable) return null;
  const text = `it changed ${flips.length} times`;
  const line = {
    kind: "unstable",
    level: "warn",
    text,
    from: first,
    to: now,
    late: false,
  } as const;
  return { thing: { ...thing, unstableSince: first }, line };
}
