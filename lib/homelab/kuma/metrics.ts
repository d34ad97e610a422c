/**
 * Uptime Kuma's `/metrics`, in Prometheus' text format.
 * @module
 */
import { ask, readSecret, refusal, ServiceError } from "../http/client.ts";
import {
  byGravity,
  type KumaService,
  type KumaView,
  type Monitor,
  nameOf,
  type Series,
  stateOf,
} from "./monitors.ts";

/**
 * Asks a Kuma for its metrics, with the API key in a file.
 * @throws {ServiceError}
 */
export async function readMetrics(
  { url, environment, fetch }: KumaService,
  file: string,
  signal: AbortSignal,
): Promise<KumaView> {
  const key = await readSecret(environment, file, "has no API key");
  // The user is ignored.
  const login = btoa(`:${key}`);
  const headers = { authorization: `Basic ${login}` };
  const answer = await ask(fetch, `${url}/metrics`, { signal, headers });
  if (answer.status === 401) {
    const text = "does not accept the API key (401). A key is made under Settings, API Keys; " +
      "a user's password is not accepted once a key exists";
    throw new ServiceError("refused", text, 401);
  }
  if (answer.status !== 200) throw refusal(answer, [key, login]);
  return viewOfMetrics(answer.text);
}

/** The monitors of `/metrics`, from 1.21 on. */
export function viewOfMetrics(page: string): KumaView {
  const samples = parseMetrics(page);
  const about = samples.filter(({ name }) => name.startsWith("monitor_"));
  const started = samples.find(({ name }) => name === "process_start_time_seconds")?.value;
  return {
    monitors: [...Map.groupBy(about, monitorKey)].map(([key, same]) => monitorOf(key, same)),
    incidents: [],
    startedAt: started === undefined ? undefined : started * 1000,
    version: samples.find(({ name }) => name === "app_version")?.labels["version"],
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
    .sort((a, b) => byGravity(a.state, b.state));
  const first = said[0] ?? { ...same[0]!, state: "unknown" };
  const other = said.at(-1)?.state ?? first.state;
  const latencies = of("monitor_response_time").filter(isOf(first.labels));
  const days = least(of("monitor_cert_days_remaining"));
  const lastDay = of("monitor_uptime_ratio").filter(({ labels }) => labels["window"] === "1d");
  return {
    ...{ key, name: nameOf(first.labels["monitor_name"], key), state: first.state },
    group: first.labels["monitor_type"] === "group",
    series: seriesOf(said.slice(0, MOST_SERIES), same),
    disputed: other === first.state ? undefined : other,
    // -1 is Kuma's way to say that there is none.
    latencyMs: least(latencies.filter(({ value }) => value >= 0)),
    certDays: days,
    certUnknown: days === undefined && of("monitor_cert_is_valid").length > 0,
    uptimeDay: least(lastDay),
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

function least(samples: readonly Sample[]): number | undefined {
  const values = samples.map(({ value }) => value).filter(Number.isFinite);
  return values.length === 0 ? undefined : Math.min(...values);
}

/** True when a sample belongs to a series; the window of a ratio hides a tag of that name. */
const isOf = (series: Sample["labels"]) => ({ name, labels }: Sample) =>
  [...new Set([...Object.keys(labels), ...Object.keys(series)])].every((label) =>
    labels[label] === series[label] || (label === "window" && WINDOWED.has(name))
  );

const WINDOWED: ReadonlySet<string> = new Set([
  "monitor_uptime_ratio",
  "monitor_response_time_seconds",
]);

/** Before 2.0 there is no id; a label that is absent prints as "null". */
function monitorKey({ labels }: Sample): string {
  const { monitor_id: id, monitor_name: name, monitor_type: type, monitor_url: url } = labels;
  return id ?? [name, type, url, labels["monitor_hostname"], labels["monitor_port"]].join("\n");
}

/** One line of a page of metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a page in Prometheus' text format. What is no sample is passed over. */
export function parseMetrics(page: string): Sample[] {
  return page.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    return [{ name, labels: labelsOf(labels), value: numberOf(value) }];
  });
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)].map(([, name = "", value = ""]) => [
    name,
    value.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char),
  ]);
  return Object.fromEntries(pairs);
}

const numberOf = (text: string): number =>
  /^[+-]?Inf$/.test(text) ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
