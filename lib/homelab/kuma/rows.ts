import { duration } from "../../units.ts";
import type { Seen } from "./memory.ts";
import { byGravity } from "./monitors.ts";
import { type Level, worst } from "../../level.ts";
import { counted, type Row } from "../report.ts";

/** A certificate that ends within so many days. */
const CERT_WARN_DAYS = 14;
const CERT_BAD_DAYS = 3;

/** One row for each monitor; of a group only what its members do not say. */
export function kumaRows(seen: readonly Seen[]): Row[] {
  const counts = new Map<string, number>();
  return seen.map((each) => {
    const { name, key } = each.monitor;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    // Two monitors may have one name; a reader needs to tell them apart, too.
    const shown = count === 1 ? name : `${name} (${count})`;
    const row = { ...judged(each), name: shown, key: `monitor ${key}` };
    return saysNothing(each, seen) ? silenced(row) : row;
  });
}

/** A group repeats what its members say, unless none of the monitors here is as bad as it is. */
function saysNothing({ monitor }: Seen, seen: readonly Seen[]): boolean {
  return monitor.group &&
    seen.some((each) => !each.monitor.group && byGravity(each.monitor.state, monitor.state) <= 0);
}

/** Not well, or it would be reported as well again; not bad, for that is counted already. */
function silenced(row: Row): Row {
  if (row.level === "ok") return { ...row, detail: true };
  const { name, key, text } = row;
  return {
    ...{ level: "unknown", name, text: `${text}, as monitors here say` },
    ...(key === undefined ? {} : { key }),
    detail: true,
  };
}

type Judgement = Pick<Row, "level" | "text" | "down" | "detail">;

function judged({ monitor, changedMs, missing, left }: Seen): Judgement {
  if (missing) {
    return {
      level: "unknown",
      text: "not reported now: paused, removed, Kuma restarted, or a new tag wants it restarted",
    };
  }
  if (left) {
    const text = `paused or changed: Kuma's metrics keep ${monitor.state} until Kuma restarts`;
    return { level: "unknown", text };
  }
  const { uncheckedMs, disputed } = monitor;
  if (uncheckedMs !== undefined) {
    return { level: "unknown", text: `not checked for ${duration(uncheckedMs)}: probably paused` };
  }
  const since = changedMs === null ? "" : ` for ${duration(changedMs)}`;
  const also = disputed === undefined
    ? ""
    : `; Kuma's metrics say ${disputed}, too: they are clear again when Kuma restarts`;
  switch (monitor.state) {
    case "down":
      return { level: "bad", text: `down${since}${also}`, down: true };
    case "pending":
      return { level: "warn", text: `fails and is tried again${since}${also}` };
    case "maintenance":
      return { level: "unknown", text: `in maintenance${since}${also}`, detail: true };
    case "up":
      return up(monitor);
    case "unknown":
      return { level: "unknown", text: `Kuma says neither up nor down: not checked yet${also}` };
    default:
      return monitor.state satisfies never;
  }
}

function up({ latencyMs, uptimeDay, certDays, certUnknown }: Seen["monitor"]): Judgement {
  const level = worst([certLevel(certDays), certUnknown ? "unknown" : "ok"]);
  const cert = certUnknown
    ? ["Kuma does not say how long its certificate is good for"]
    : certDays === undefined
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

/** "2 down: Nextcloud, Closed port · 1 pending: Job · 11 of 14 up · 1 in maintenance". */
export function kumaSummary(seen: readonly Seen[]): string {
  const told = seen.filter((each) => !saysNothing(each, seen));
  const present = told.filter(({ missing }) => !missing);
  const of = (state: string) =>
    present.filter((each) => !isUnchecked(each) && each.monitor.state === state);
  const names = (found: readonly Seen[]) => found.map(({ monitor }) => monitor.name);
  const up = of("up");
  const ending = up.filter((each) => ["warn", "bad"].includes(judged(each).level));
  const number = (count: number, what: string) => count === 0 ? [] : [`${count} ${what}`];
  return [
    ...counted("down", names(of("down"))),
    ...counted("pending", names(of("pending"))),
    ...counted("with a certificate to renew", names(ending)),
    `${up.length} of ${present.length} up`,
    ...number(of("maintenance").length, "in maintenance"),
    ...number(present.filter(isUnchecked).length, "not checked"),
    ...number(told.length - present.length, "not reported"),
  ].join(" · ");
}

const isUnchecked = ({ monitor: { state, uncheckedMs }, left }: Seen) =>
  left || state === "unknown" || uncheckedMs !== undefined;
