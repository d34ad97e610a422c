/**
 * A stand-in for Uptime Kuma, written from the sources of 2.5.3: what its checks, pushes, pauses and
 * tags do to `/metrics` (server/prometheus, server/model/monitor, server/routers/api-router, and
 * prom-client's hash map) and to a status page (server/routers/status-page-router).
 */
import type { Served } from "./homelab.ts";

/** DOWN, UP, PENDING, MAINTENANCE of src/util. */
export type Beat = 0 | 1 | 2 | 3;

type Labels = Readonly<Record<string, string>>;

interface SimMonitor {
  readonly id: number;
  name: string;
  readonly type: string;
  readonly interval: number;
  active: boolean;
  tags: string[];
  /** The labels of its start; the checks write under them. */
  labels: Labels;
  certDays: number | null;
  readonly beats: { status: Beat; time: number; ping: number | null }[];
}

export class KumaSim {
  readonly monitors = new Map<number, SimMonitor>();
  readonly #gauges = new Map<string, Map<string, { labels: Labels; value: number }>>();
  /** Tags that exist when Kuma starts; a label that is made later is an error until it restarts. */
  readonly #labelNames: Set<string>;

  constructor(public now: number, tags: readonly string[] = []) {
    this.#labelNames = new Set(tags);
  }

  add(name: string, type = "http", { interval = 60, certDays = null as number | null } = {}) {
    const id = this.monitors.size + 1;
    const bare = { id, name, type, interval, active: true, tags: [], certDays, beats: [] };
    const monitor: SimMonitor = { ...bare, labels: {} };
    monitor.labels = labelsOf(monitor);
    this.monitors.set(id, monitor);
    return id;
  }

  /** A check has ended: a heartbeat is stored, and every gauge written. */
  check(id: number, status: Beat, ping: number | null = null): void {
    const monitor = this.monitors.get(id)!;
    if (!monitor.active) return;
    this.#stored(monitor, status, ping);
    const { labels, certDays, beats } = monitor;
    if (certDays !== null) {
      this.#set("monitor_cert_is_valid", labels, 1);
      this.#set("monitor_cert_days_remaining", labels, certDays);
    }
    const ups = beats.filter(({ status }) => status === 1).length;
    for (const window of ["1d", "30d", "365d"]) {
      this.#set("monitor_uptime_ratio", { ...labels, window }, ups / beats.length);
    }
    this.#written(labels, status, ping);
  }

  /** The check of a push monitor: a push that came in time leaves the gauges as they are. */
  checkPush(id: number): void {
    const monitor = this.monitors.get(id)!;
    const last = monitor.beats.at(-1);
    const inTime = last?.status === 1 && this.now - last.time <= monitor.interval * 1000 + 1000;
    if (!inTime) this.check(id, 0);
  }

  /** `/api/push/TOKEN`: written under the labels of now. */
  push(id: number, status: Beat = 1, ping: number | null = null): void {
    const monitor = this.monitors.get(id)!;
    if (!monitor.active) return;
    this.#stored(monitor, status, ping);
    this.#written(labelsOf(monitor), status, ping);
  }

  /** Adds a tag; the monitor is not started again by that. */
  tag(id: number, name: string): void {
    this.monitors.get(id)!.tags.push(name);
  }

  pause(id: number): void {
    const monitor = this.monitors.get(id)!;
    monitor.active = false;
    for (const gauge of this.#gauges.values()) {
      gauge.delete(hashOf(monitor.labels));
      for (const window of ["1d", "30d", "365d"]) {
        gauge.delete(hashOf({ ...monitor.labels, window }));
      }
    }
  }

  resume(id: number): void {
    const monitor = this.monitors.get(id)!;
    monitor.active = true;
    monitor.labels = labelsOf(monitor);
  }

  rename(id: number, name: string): void {
    this.pause(id);
    this.monitors.get(id)!.name = name;
    this.resume(id);
  }

  /** What Kuma's own page shows of a monitor. */
  shows(id: number): Beat | "paused" | "no beat" {
    const { active, beats } = this.monitors.get(id)!;
    return active ? beats.at(-1)?.status ?? "no beat" : "paused";
  }

  metrics(): string {
    const lines = [...this.#gauges].flatMap(([name, gauge]) => [
      `# HELP ${name} …`,
      `# TYPE ${name} gauge`,
      ...[...gauge.values()].map(({ labels, value }) =>
        `${name}{${
          Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
        }} ${value}`
      ),
      "",
    ]);
    return lines.join("\n");
  }

  page(): { publicGroupList: unknown[]; incidents: unknown[] } {
    const monitorList = [...this.monitors.values()].map(({ id, name, type, certDays }) => ({
      ...{ id, name, sendUrl: 0, type },
      ...{ certExpiryDaysRemaining: certDays ?? "", validCert: certDays !== null },
    }));
    return { publicGroupList: [{ id: 1, name: "All", weight: 1, monitorList }], incidents: [] };
  }

  heartbeats(): { heartbeatList: Record<string, unknown[]>; uptimeList: Record<string, number> } {
    const all = [...this.monitors.values()];
    const time = (at: number) => new Date(at).toISOString().replace("T", " ").replace("Z", "");
    return {
      heartbeatList: Object.fromEntries(all.map(({ id, beats }) => [
        id,
        beats.slice(-100).map((beat) => ({ ...beat, time: time(beat.time), msg: "" })),
      ])),
      uptimeList: Object.fromEntries(all.map(({ id }) => [`${id}_24`, 1])),
    };
  }

  /** For a server: `/metrics`, and the status page "home". */
  routes(): Record<string, Served> {
    return {
      "/metrics": () => new Response(this.metrics()),
      "/api/status-page/home": () => Response.json(this.page()),
      "/api/status-page/heartbeat/home": () => Response.json(this.heartbeats()),
    };
  }

  #stored(monitor: SimMonitor, status: Beat, ping: number | null): void {
    monitor.beats.push({ status, time: this.now, ping });
  }

  #written(labels: Labels, status: Beat, ping: number | null): void {
    this.#set("monitor_status", labels, status);
    this.#set("monitor_response_time", labels, ping ?? -1);
  }

  #set(metric: string, labels: Labels, value: number): void {
    const names = Object.keys(labels).filter((label) => !/^(monitor_.*|window)$/.test(label));
    if (names.some((label) => !this.#labelNames.has(label))) return; // Caught and logged.
    const gauge = this.#gauges.get(metric) ?? new Map();
    this.#gauges.set(metric, gauge.set(hashOf(labels), { labels, value }));
  }
}

function labelsOf({ id, name, type, tags }: SimMonitor): Labels {
  const tagged = Object.fromEntries([...tags].sort().map((tag) => [tag, ""]));
  const url = type === "http" ? "http://127.0.0.1/" : "null";
  return {
    ...tagged,
    ...{ monitor_id: `${id}`, monitor_name: name, monitor_type: type, monitor_url: url },
    ...{ monitor_hostname: "null", monitor_port: "null" },
  };
}

const hashOf = (labels: Labels) =>
  Object.keys(labels).sort().map((key) => `${key}:${labels[key]}`).join(",");

const escaped = (text: string) =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
