import { parseMetrics, type Sample } from "./kuma_metrics.ts";
import type { Series } from "./kuma_series.ts";
import { oneLine } from "./words.ts";

/** As Uptime Kuma 2.5 src/util numbers them; "unknown" where it says none of these. */
export const STATES = ["down", "up", "pending", "maintenance"] as const;
export type MonitorState = typeof STATES[number] | "unknown";

/** Where Kuma says several things of one monitor, the first of these is believed. */
const GRAVEST: readonly MonitorState[] = ["down", "pending", "unknown", "maintenance", "up"];

/** Whether `a` is as grave as `b`, or graver. */
export const isAsGrave = (a: MonitorState, b: MonitorState): boolean =>
  GRAVEST.indexOf(a) <= GRAVEST.indexOf(b);

/** What Kuma says of one thing that it watches. */
export interface Monitor {
  /** Kuma's id, and before 2.0 what else tells two of the same name apart. */
  readonly key: string;
  readonly name: string;
  readonly state: MonitorState;
  /** It sums up other monitors. */
  readonly group: boolean;
  /** Where that is from, in the metrics. */
  readonly series: readonly Series[];
  /** Kuma says this, too. */
  readonly disputed?: MonitorState;
  readonly latencyMs?: number;
  readonly certDays?: number;
  /** Kuma has seen a certificate, and does not say how long it is good for. */
  readonly certUnknown?: true;
  /** 0 to 1, of the last day. */
  readonly uptimeDay?: number;
  /** It should have been checked since: a status page shows a paused one as it was. */
  readonly uncheckedMs?: number;
}

/** Everything that one look at Kuma gave. */
export interface KumaView {
  readonly monitors: readonly Monitor[];
  /** When Kuma's process began, in ms since 1970; its metrics live in memory only. */
  readonly startedAt?: number;
  readonly version?: string;
  readonly incidents: readonly string[];
}

/** The monitors of `/metrics`, from 1.21 on. */
export function viewOfMetrics(page: string): KumaView {
  const samples = parseMetrics(page);
  const about = samples.filter(({ name }) => name.startsWith("monitor_"));
  const started = samples.find(({ name }) => name === "process_start_time_seconds")?.value;
  return {
    monitors: [...Map.groupBy(about, keyOf)].map(([key, same]) => monitorOf(key, same)),
    incidents: [],
    ...optional("startedAt", started === undefined ? undefined : started * 1000),
    ...optional(
      "version",
      samples.find(({ name }) => name === "app_version")?.labels["version"],
    ),
  };
}

/**
 * A monitor by all series that have its id. Mostly there is one of each metric. A monitor that was
 * tagged while it ran has two: Kuma's own checks write under the labels of its start, and a push under
 * those of now; a push that came in time is not written by the checks at all. Neither series says
 * which was written last, and none is removed but with the labels of the start (Uptime Kuma 2.5.3
 * server/prometheus, server/routers/api-router, server/model/monitor).
 */
function monitorOf(key: string, same: readonly Sample[]): Monitor {
  const of = (metric: string) => same.filter(({ name }) => name === metric);
  const said = of("monitor_status").map((sample) => ({ ...sample, state: stateOf(sample.value) }))
    .sort((a, b) => GRAVEST.indexOf(a.state) - GRAVEST.indexOf(b.state));
  const first = said[0] ?? { ...same[0]!, state: "unknown" };
  const other = said.at(-1)?.state ?? first.state;
  const latencies = of("monitor_response_time").filter(isOf(first.labels));
  const days = least(of("monitor_cert_days_remaining"));
  const lastDay = of("monitor_uptime_ratio").filter(({ labels }) => labels["window"] === "1d");
  return {
    ...{ key, name: nameOf(first.labels["monitor_name"], key), state: first.state },
    group: first.labels["monitor_type"] === "group",
    series: seriesOf(said.slice(0, MOST_SERIES), same),
    ...optional("disputed", other === first.state ? undefined : other),
    // -1 is Kuma's way to say that there is none.
    ...optional("latencyMs", least(latencies.filter(({ value }) => value >= 0))),
    ...optional("certDays", days),
    ...(days === undefined && of("monitor_cert_is_valid").length > 0 ? { certUnknown: true } : {}),
    ...optional("uptimeDay", least(lastDay)),
  };
}

/** One for each tag that came while the monitor ran; more is nothing that Kuma makes. */
const MOST_SERIES = 20;

/** Each series of a monitor's state with all values that stand under the same labels. */
function seriesOf(said: readonly Sample[], same: readonly Sample[]): Series[] {
  // With a tag of that name nobody can tell whose a ratio is.
  const values = said.some(({ labels }) => "window" in labels)
    ? same.filter(({ name }) => !WINDOWED.has(name))
    : same;
  return said.map(({ labels }) => ({
    labels: JSON.stringify(labels),
    says: JSON.stringify(values.filter(isOf(labels)).map(({ value }) => value)),
  }));
}

const stateOf = (value: unknown): MonitorState => STATES[value as number] ?? "unknown";

function least(samples: readonly Sample[]): number | undefined {
  const values = samples.map(({ value }) => value).filter(Number.isFinite);
  return values.length === 0 ? undefined : Math.min(...values);
}

/** Whether a sample belongs to a series; the window of a ratio hides a tag of that name. */
const isOf = (series: Sample["labels"]) => ({ name, labels }: Sample) =>
  [...new Set([...Object.keys(labels), ...Object.keys(series)])].every((label) =>
    labels[label] === series[label] || (label === "window" && WINDOWED.has(name))
  );

const WINDOWED: ReadonlySet<string> = new Set([
  "monitor_uptime_ratio",
  "monitor_response_time_seconds",
]);

/** Before 2.0 there is no id; a label that is absent prints as "null". */
function keyOf({ labels }: Sample): string {
  const { monitor_id: id, monitor_name: name, monitor_type: type, monitor_url: url } = labels;
  return id ?? [name, type, url, labels["monitor_hostname"], labels["monitor_port"]].join("\n");
}

const nameOf = (name: unknown, key: string) =>
  typeof name === "string" && name.trim() !== "" ? oneLine(name, LONGEST_NAME) : `monitor ${key}`;

/** Kuma's own page takes 150. */
const LONGEST_NAME = 150;

/** Of a status page's monitors, those that the page shows, with their last beat. */
export function viewOfStatusPage(page: unknown, heartbeats: unknown, now: number): KumaView {
  const { publicGroupList, incident, incidents } = Object(page) as Record<string, unknown>;
  const listed = list(publicGroupList).flatMap((group) => list(Object(group).monitorList));
  // A page may show a monitor under several headings.
  const byId = new Map(listed.map((each) => [String(Object(each).id), Object(each)]));
  const monitors = [...byId].map(([id, each]) => shownMonitor(id, each, Object(heartbeats), now));
  // One incident up to 2.0, a list from 2.1 on.
  const told = [...list(incidents), incident].map((each) => Object(each).title);
  return {
    monitors,
    incidents: told.filter((title) => typeof title === "string").map((title) => oneLine(title)),
  };
}

function shownMonitor(
  id: string,
  { name, type, certExpiryDaysRemaining: days }: Record<string, unknown>,
  { heartbeatList, uptimeList }: Record<string, unknown>,
  now: number,
): Monitor {
  const beats = list(Object(heartbeatList)[id]);
  const beat = Object(beats.at(-1)) as Record<string, unknown>;
  const times = beats.map(timeOf);
  return {
    ...{ key: id, name: nameOf(name, id), group: type === "group", series: [] },
    state: Number.isNaN(times.at(-1) ?? NaN) ? "unknown" : stateOf(beat["status"]),
    ...optional("latencyMs", number(beat["ping"])),
    ...optional("certDays", number(days)),
    ...optional("uptimeDay", number(Object(uptimeList)[`${id}_24`])),
    ...optional("uncheckedMs", uncheckedFor(times, now)),
  };
}

/**
 * How long a monitor's next beat is overdue; undefined if it is not. A page says nothing of pauses and
 * intervals: the pace is that of most beats, or, when somebody has changed it, of the last two.
 */
function uncheckedFor(times: readonly number[], now: number): number | undefined {
  const last = times.at(-1) ?? NaN;
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? USUAL_MS;
  const lately = gaps.length < 2 ? 0 : Math.min(...gaps.slice(-2));
  return now - last > 2 * Math.max(usual, lately) + LATE_MS ? now - last : undefined;
}

/** Kuma's own suggestion for an interval. */
const USUAL_MS = 60_000;

/** The page is cached for a minute, and a check may take as long as its interval. */
const LATE_MS = 2 * 60_000;

/** UTC, without saying so. */
const timeOf = (beat: unknown) => Date.parse(`${Object(beat).time}Z`.replace(" ", "T"));

const list = (value: unknown): unknown[] => Array.isArray(value) ? value : [];
const number = (value: unknown) => typeof value === "number" ? value : undefined;

function optional<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [name in K]?: V };
}
