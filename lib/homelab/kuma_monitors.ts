import { parseMetrics, type Sample } from "./kuma_metrics.ts";

export type MonitorState = "up" | "down" | "pending" | "maintenance";

/** What Kuma says of one thing that it watches. */
export interface Monitor {
  /** Kuma's id, and before 2.0 what else tells two of the same name apart. */
  readonly key: string;
  readonly name: string;
  readonly state: MonitorState;
  readonly latencyMs?: number;
  readonly certDays?: number;
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

const STATES: readonly MonitorState[] = ["down", "up", "pending", "maintenance"];

/** The monitors of `/metrics`, from 1.21 on. Groups repeat what their members say, and are left out. */
export function viewOfMetrics(page: string): KumaView {
  const samples = parseMetrics(page);
  const about = samples.filter(({ labels }) => labels["monitor_type"] !== "group");
  const values = new Map(about.map((sample) => [indexOf(sample), sample.value]));
  const monitors = about.filter(({ name }) => name === "monitor_status").flatMap((sample) => {
    const state = STATES[sample.value];
    if (state === undefined) return [];
    const valueOf = (name: string, window?: string) =>
      values.get(indexOf({ ...sample, name }, window));
    const latency = valueOf("monitor_response_time");
    return [{
      ...{ key: keyOf(sample), name: sample.labels["monitor_name"] ?? keyOf(sample), state },
      // -1 is Kuma's way to say that there is none.
      ...optional("latencyMs", latency !== undefined && latency >= 0 ? latency : undefined),
      ...optional("certDays", valueOf("monitor_cert_days_remaining")),
      ...optional("uptimeDay", valueOf("monitor_uptime_ratio", "1d")),
    }];
  });
  const started = samples.find(({ name }) => name === "process_start_time_seconds")?.value;
  return {
    monitors,
    incidents: [],
    ...optional("startedAt", started === undefined ? undefined : started * 1000),
    ...optional(
      "version",
      samples.find(({ name }) => name === "app_version")?.labels["version"],
    ),
  };
}

const indexOf = (sample: Sample, window = sample.labels["window"] ?? "") =>
  `${sample.name} ${window} ${keyOf(sample)}`;

/** Before 2.0 there is no id; a label that is absent prints as "null". */
function keyOf({ labels }: Sample): string {
  const { monitor_id: id, monitor_name: name, monitor_type: type, monitor_url: url } = labels;
  return id ?? [name, type, url, labels["monitor_hostname"], labels["monitor_port"]].join(" ");
}

/** Of a status page's monitors, those that the page shows, with their last beat. */
export function viewOfStatusPage(page: unknown, heartbeats: unknown, now: number): KumaView {
  const { publicGroupList, incident, incidents } = Object(page) as Record<string, unknown>;
  const { heartbeatList, uptimeList } = Object(heartbeats) as Record<string, unknown>;
  const listed = list(publicGroupList).flatMap((group) => list(Object(group).monitorList));
  const monitors = listed.flatMap((each) => {
    const { id, name, certExpiryDaysRemaining: days } = Object(each) as Record<string, unknown>;
    const beats = list(Object(heartbeatList)[String(id)]);
    const beat = Object(beats.at(-1)) as Record<string, unknown>;
    const state = STATES[Number(beat["status"])];
    if (typeof name !== "string" || beat["status"] === undefined || state === undefined) return [];
    return [{
      ...{ key: String(id), name, state },
      ...optional("latencyMs", number(beat["ping"])),
      ...optional("certDays", number(days)),
      ...optional("uptimeDay", number(Object(uptimeList)[`${id}_24`])),
      ...optional("uncheckedMs", uncheckedFor(beats.slice(-2).map(timeOf), now)),
    }];
  });
  // One incident up to 2.0, a list from 2.1 on.
  const told = [...list(incidents), incident].map((each) => Object(each).title);
  return { monitors, incidents: told.filter((title) => typeof title === "string") };
}

/** How long a monitor's next beat is overdue, by the pace of its last two; undefined if it is not. */
function uncheckedFor(times: readonly number[], now: number): number | undefined {
  const last = times.at(-1) ?? NaN;
  const pace = times.length > 1 ? last - times[0]! : 0;
  return now - last > 3 * pace + LATE_MS ? now - last : undefined;
}

/** The page is cached for a minute, and retries take their time. */
const LATE_MS = 10 * 60_000;

/** UTC, without saying so. */
const timeOf = (beat: unknown) => Date.parse(`${Object(beat).time}Z`.replace(" ", "T"));

const list = (value: unknown): unknown[] => Array.isArray(value) ? value : [];
const number = (value: unknown) => typeof value === "number" ? value : undefined;

function optional<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [name in K]?: V };
}
