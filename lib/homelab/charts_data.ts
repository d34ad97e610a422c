import type { Chart, Panel, Point } from "./charts.ts";
import { type DatastoreUsage, forecast, usedPart } from "./pbs_stores.ts";
import { percent } from "./words.ts";

const DAY = 86_400_000;
/** As in the reports: where the curve turns to trouble. */
const WARN = { cpu: 80, memory: 90, disk: 85, temperature: 80, datastore: 80 } as const;
/** A forecast is drawn at most so far ahead; what lies beyond is said in words. */
const AHEAD_MS = 60 * DAY;
/** More curves are no picture for a phone any more. */
const MOST_PANELS = 6;

/** What Beszel's `system_stats` has of a system. */
export interface SystemDay {
  readonly name: string;
  readonly records: readonly unknown[];
}

/** What a day of a system looked like; null when there is no record of it. */
export function systemChart(name: string, records: readonly unknown[], now: number): Chart | null {
  const panels = curvesOf(records).filter(({ points }) => points.length > 0);
  if (panels.length === 0) return null;
  return { title: `${name} · 24 hours`, from: now - DAY, to: now, panels };
}

/** A day of several systems: the CPU of each as a curve, the rest as it was last. */
export function systemsChart(days: readonly SystemDay[], now: number): Chart | null {
  const panels = days.flatMap(({ name, records }): Panel[] => {
    const [cpu, ...rest] = curvesOf(records);
    if (cpu === undefined || cpu.points.length === 0) return [];
    const last = [cpu, ...rest].flatMap(({ label, unit, points }) => {
      const value = points.at(-1)?.value;
      return value === undefined ? [] : [`${SHORT[label] ?? ""}${Math.round(value)}${unit}`];
    });
    return [{ ...cpu, label: name, note: last.join(" · ") }];
  });
  if (panels.length === 0) return null;
  const title = "Systems · 24 hours of CPU";
  return { title, from: now - DAY, to: now, panels: panels.slice(0, MOST_PANELS) };
}

const SHORT: Readonly<Record<string, string>> = { CPU: "CPU ", Memory: "mem ", Disk: "disk " };

/** The four curves of a system, those without a value too. */
function curvesOf(records: readonly unknown[]): Panel[] {
  const stats = records.map(statsOf).filter((each) => each !== null)
    .sort((a, b) => a.at - b.at);
  const points = (key: "cpu" | "mp" | "dp"): Point[] =>
    stats.flatMap(({ at, values }) => {
      const value = values[key];
      return typeof value === "number" ? [{ at, value }] : [];
    });
  const temperatures = stats.flatMap(({ at, values }) => {
    const sensors = Object.values(Object(values["t"])).filter((each) => typeof each === "number");
    return sensors.length === 0 ? [] : [{ at, value: Math.max(...sensors) }];
  });
  const percent = { unit: " %", min: 0, max: 100 };
  const warm = { unit: " °C", min: 20, max: 80 };
  return [
    { ...percent, label: "CPU", points: points("cpu"), warn: WARN.cpu },
    { ...percent, label: "Memory", points: points("mp"), warn: WARN.memory },
    { ...percent, label: "Disk", points: points("dp"), warn: WARN.disk },
    { ...warm, label: "Temperature", points: temperatures, warn: WARN.temperature },
  ];
}

/** Its values with their time; null for what is no such record. */
function statsOf(record: unknown): { at: number; values: Record<string, unknown> } | null {
  const { created, stats } = Object(record) as { created?: unknown; stats?: unknown };
  // PocketBase writes a space where ISO 8601 has a T.
  const at = typeof created === "string" ? Date.parse(created.replace(" ", "T")) : NaN;
  if (Number.isNaN(at) || stats === null || typeof stats !== "object") return null;
  return { at, values: stats as Record<string, unknown> };
}

/** What of `status/datastore-usage` is drawn. */
export type DatastoreHistory =
  & Pick<DatastoreUsage, "store" | "total" | "used" | "estimated-full-date">
  & {
    readonly history?: unknown;
    readonly "history-start"?: unknown;
    readonly "history-delta"?: unknown;
  };

/**
 * How full the datastores of PBS became, and when they will be. Null when none of them has a history.
 */
export function datastoreChart(usages: readonly DatastoreHistory[], now: number): Chart | null {
  const stores = usages.map((usage) => storeOf(usage, now)).filter((each) => each !== null)
    .sort((a, b) => b.latest.value - a.latest.value)
    .slice(0, MOST_PANELS);
  if (stores.length === 0) return null;
  const ends = stores.flatMap(({ full }) => full === null ? [] : [full.at]);
  const from = Math.min(...stores.map(({ points }) => points[0]!.at));
  const to = ends.length === 0 ? now : Math.min(now + AHEAD_MS, Math.max(...ends) + 2 * DAY);
  const panels = stores.map(({ name, points, latest, full }): Panel => ({
    ...{ label: name, unit: " %", min: 0, max: 100, warn: WARN.datastore, points },
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

function storeOf(usage: DatastoreHistory, now: number): Store | null {
  const { store: name, history } = usage;
  const [start, delta] = [usage["history-start"], usage["history-delta"]];
  if (!Array.isArray(history)) return null;
  if (typeof start !== "number" || typeof delta !== "number") return null;
  const points = history.flatMap((value: unknown, index) =>
    typeof value === "number" ? [{ at: (start + index * delta) * 1000, value: value * 100 }] : []
  ).filter(({ at }) => at <= now);
  const used = usedPart(usage);
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
