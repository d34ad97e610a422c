import { type Chart, MOST_PANELS, type Panel, type Point } from "../charts/chart.ts";
import { type DatastoreUsage, forecast } from "./stores.ts";
import { percent, usedPart } from "../../units.ts";

const DAY = 86_400_000;
/** As in the report: where the curve turns to trouble. */
const WARN = 80;
/** A forecast is drawn at most so far ahead; what lies beyond is said in words. */
const AHEAD_MS = 60 * DAY;

/**
 * How full the datastores of PBS became, and when they will be. Null when none of them has a history.
 */
export function datastoreChart(usages: readonly DatastoreUsage[], now: number): Chart | null {
  const stores = usages.map((usage) => storeOf(usage, now)).filter((each) => each !== null)
    .sort((a, b) => b.latest.value - a.latest.value)
    .slice(0, MOST_PANELS);
  if (stores.length === 0) return null;
  const ends = stores.flatMap(({ full }) => full === null ? [] : [full.at]);
  const from = Math.min(...stores.map(({ points }) => points[0]!.at));
  const to = ends.length === 0 ? now : Math.min(now + AHEAD_MS, Math.max(...ends) + 2 * DAY);
  const panels = stores.map(({ name, points, latest, full }): Panel => ({
    ...{ label: name, unit: " %", min: 0, max: 100, warn: WARN, points },
    ...(full === null ? {} : { forecast: [latest, reached(latest, full.at, to)] }),
    note: `${percent(latest.value / 100)}${full === null ? "" : `, ${full.text}`}`,
  }));
  return { title: "Datastores", from, to, panels };
}

interface Store {
  readonly name: string;
  readonly points: readonly Point[];
  readonly latest: Point;
  readonly full: ReturnType<typeof forecast>;
}

function storeOf(usage: DatastoreUsage, now: number): Store | null {
  const { store: name, history, "history-start": start, "history-delta": delta } = usage;
  if (history === undefined || start === undefined || delta === undefined) return null;
  const points = history.flatMap((value, index) =>
    value === undefined ? [] : [{ at: (start + index * delta) * 1000, value: value * 100 }]
  ).filter(({ at }) => at <= now);
  const used = usedPart(usage.used, usage.total);
  const latest = used === null ? points.at(-1) : { at: now, value: used * 100 };
  if (points.length === 0 || latest === undefined) return null;
  return { name, points, latest, full: forecast(usage, now) };
}

/** Where the straight way to full is when the picture ends. */
function reached(latest: Point, fullAt: number, to: number): Point {
  if (fullAt <= to) return { at: fullAt, value: 100 };
  const part = (to - latest.at) / (fullAt - latest.at);
  return { at: to, value: latest.value + (100 - latest.value) * part };
}
