import { duration } from "./duration.ts";
import type { Seen } from "./kuma_memory.ts";
import type { Level, Row } from "./report.ts";

/** A certificate that ends within so many days. */
const CERT_WARN_DAYS = 14;
const CERT_BAD_DAYS = 3;

/** One row for each monitor. */
export function kumaRows(seen: readonly Seen[]): Row[] {
  const counts = new Map<string, number>();
  return seen.map((each) => {
    const { name } = each.monitor;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    // Two monitors may have one name; a row's name is its identity.
    return { ...judged(each), name: count === 1 ? name : `${name} (${count})` };
  });
}

function judged({ monitor, changedMs, missing }: Seen): Pick<Row, "level" | "text"> {
  if (missing) {
    return { level: "unknown", text: "not reported now: paused, removed, or Kuma restarted" };
  }
  const { uncheckedMs } = monitor;
  if (uncheckedMs !== undefined) {
    return { level: "unknown", text: `not checked for ${duration(uncheckedMs)}: probably paused` };
  }
  const since = changedMs === null ? "" : ` for ${duration(changedMs)}`;
  switch (monitor.state) {
    case "down":
      return { level: "bad", text: `down${since}` };
    case "pending":
      return { level: "warn", text: `fails and is tried again${since}` };
    case "maintenance":
      return { level: "ok", text: `in maintenance${since}` };
    case "up":
      return up(monitor);
    default:
      return monitor.state satisfies never;
  }
}

function up({ latencyMs, uptimeDay, certDays }: Seen["monitor"]): Pick<Row, "level" | "text"> {
  const level = certLevel(certDays);
  const cert = certDays === undefined
    ? []
    : [certDays < 0 ? "certificate expired" : `certificate ${certDays} d`];
  const values = [
    ...(latencyMs === undefined ? [] : [`${latencyMs < 1 ? "< 1" : Math.round(latencyMs)} ms`]),
    ...(uptimeDay === undefined ? [] : [`24 h ${percent(uptimeDay)}`]),
  ];
  const parts = level === "ok" ? [...values, ...cert] : [...cert, ...values];
  return { level, text: parts.length === 0 ? "up" : parts.join(" · ") };
}

function certLevel(days: number | undefined): Level {
  if (days === undefined || days > CERT_WARN_DAYS) return "ok";
  return days > CERT_BAD_DAYS ? "warn" : "bad";
}

/** Never rounded up to 100: that would hide an outage. */
const percent = (part: number) =>
  `${part >= 1 ? 100 : Math.min(99.9, Math.floor(part * 1000) / 10)} %`;

/** "11 up, 2 down, 1 pending: Nextcloud, Closed port". */
export function kumaSummary(seen: readonly Seen[]): string {
  const present = seen.filter(({ missing }) => !missing);
  const of = (state: string) => present.filter(({ monitor }) => monitor.state === state);
  const counted = (["down", "pending", "maintenance"] as const).flatMap((state) => {
    const { length } = of(state);
    if (length === 0) return [];
    return [state === "maintenance" ? `${length} in maintenance` : `${length} ${state}`];
  });
  const missing = seen.length - present.length;
  const gone = missing === 0 ? [] : [`${missing} not reported`];
  const down = of("down").map(({ monitor }) => monitor.name);
  const names = down.length === 0 ? "" : `: ${down.join(", ")}`;
  return [`${of("up").length} of ${present.length} up`, ...counted, ...gone].join(", ") + names;
}
