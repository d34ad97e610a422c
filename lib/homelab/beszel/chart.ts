import { z } from "zod";
import type { BeszelHub, Collection } from "./hub.ts";
import { SYSTEMS } from "./rows.ts";
import { type Chart, MOST_PANELS, type Panel, type Point } from "../charts/chart.ts";
import { asTime, told } from "../http/decode.ts";
import { matches } from "../report.ts";

const DAY = 86_400_000;
/** As in the reports: where the curve turns to trouble. */
const WARN = { cpu: 80, memory: 90, disk: 85, temperature: 80 } as const;

const value = told(z.number());
const record = z.object({
  created: asTime(),
  stats: told(z.object({
    ...{ cpu: value, mp: value, dp: value },
    t: told(z.record(z.string(), value)),
  })),
});

/** One of the hub's `system_stats`. */
export type SystemStats = z.output<typeof record>;

/** The hub keeps means over 20 minutes for a day: 72 records. */
function statsOf(id: string): Collection<SystemStats> {
  const filter = encodeURIComponent(`system='${id}' && type='20m'`);
  const fields = "fields=created,stats";
  const path =
    `system_stats/records?filter=${filter}&sort=-created&perPage=80&skipTotal=1&${fields}`;
  return { path, record };
}

/** What Beszel remembers of a day of a system. */
export interface SystemDay {
  readonly name: string;
  readonly records: readonly SystemStats[];
}

/**
 * The last 24 hours of the systems that have `only` in their name: of one alone all its curves, of
 * several a curve each. Null when the hub remembers nothing of them.
 * @throws {ServiceError}
 */
export async function beszelChart(
  hub: BeszelHub,
  now: number,
  signal: AbortSignal,
  only?: string,
): Promise<Chart | null> {
  const [listed] = await hub.lists([SYSTEMS], signal);
  if (listed.status === "rejected") throw listed.reason;
  const systems = listed.value
    .filter(({ id, name }) => /^\w+$/.test(id) && matches(only, name));
  // "nas" is that system alone, though there is a "nas-backup".
  const exact = systems.filter(({ name }) => name.toLowerCase() === only?.toLowerCase());
  const wanted = (exact.length > 0 ? exact : systems).slice(0, MOST_PANELS);
  const [first, ...more] = wanted.map(({ id }) => statsOf(id));
  if (first === undefined) return null;
  const answers = await hub.lists([first, ...more], signal);
  const days = answers.flatMap((answer, index): SystemDay[] =>
    answer.status === "fulfilled" ? [{ name: wanted[index]!.name, records: answer.value }] : []
  );
  return days.length === 1
    ? systemChart(days[0]!.name, days[0]!.records, now)
    : systemsChart(days, now);
}

/** What a day of a system looked like; null when there is no record of it. */
export function systemChart(
  name: string,
  records: readonly SystemStats[],
  now: number,
): Chart | null {
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
function curvesOf(records: readonly SystemStats[]): Panel[] {
  const measured = records.flatMap(({ created: at, stats }) =>
    stats === undefined || Number.isNaN(at) ? [] : [{ at, ...stats }]
  ).sort((a, b) => a.at - b.at);
  const points = (key: "cpu" | "mp" | "dp"): Point[] =>
    measured.flatMap(({ at, [key]: value }) => value === undefined ? [] : [{ at, value }]);
  const temperatures = measured.flatMap(({ at, t = {} }) => {
    const sensors = Object.values(t).filter((each) => each !== undefined);
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
