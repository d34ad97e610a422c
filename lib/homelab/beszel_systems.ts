import { duration } from "./duration.ts";
import { type Level, worst } from "../level.ts";
import type { Row } from "./report.ts";
import { oneLine } from "./words.ts";

/** From here on a value is "warn" and "bad", in percent and °C. The load of a minute is never bad. */
const LIMITS = {
  cpu: [80, Infinity],
  memory: [90, 98],
  disk: [85, 95],
  temperature: [80, 95],
} as const;

/** A system as the hub's database has it; what is missing is undefined. */
export interface BeszelSystem {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly status: string;
  readonly updated: number;
  /** Its last values; of a system that is not up they are old. */
  readonly info: Readonly<Record<string, unknown>>;
}

/** One value of a system with its judgement. */
interface Measure {
  readonly level: Level;
  readonly text: string;
}

export function systemsFrom(records: readonly unknown[]): BeszelSystem[] {
  return records.map((record) => {
    const { id, name, host, status, updated, info } = Object(record) as Record<string, unknown>;
    return {
      ...{ id: oneLine(String(id)), name: oneLine(String(name)), host: String(host) },
      status: String(status),
      // PocketBase writes a space where ISO 8601 has a T.
      updated: Date.parse(String(updated).replace(" ", "T")),
      info: Object(info),
    };
  });
}

/** The statuses of a system (Beszel 0.18 internal/hub/systems/system_manager). */
export const STATUSES = ["up", "down", "paused", "pending"] as const;

/** The rows of a system: how it is, and behind that what is good to know. */
export function systemRows(system: BeszelSystem, now: number): Row[] {
  const { status, updated } = system;
  const since = Number.isNaN(updated) ? "" : ` for ${duration(now - updated)}`;
  const about = { name: system.name, key: `system ${system.id}` };
  switch (status) {
    case "up":
      return upRows(system, about);
    case "down":
      return [{ level: "bad", ...about, text: `down${since}`, down: true }];
    case "paused":
      return [{ level: "ok", ...about, text: `paused${since}` }];
    case "pending":
      return [{ level: "unknown", ...about, text: "has not reported yet" }];
    default: {
      const text = `Beszel calls it '${oneLine(status, 40)}', which Switchboard does not know`;
      return [{ level: "unknown", ...about, text }];
    }
  }
}

function upRows({ info }: BeszelSystem, about: Pick<Row, "name" | "key">): Row[] {
  const measures = valuesOf(info);
  // What stands out comes first; a phone cuts the rest.
  const calm = measures.filter(({ level }) => level === "ok");
  const shown = [...measures.filter(({ level }) => level !== "ok"), ...calm];
  const text = shown.map((measure) => measure.text).join(" · ");
  const level = worst(measures.map((measure) => measure.level));
  const more = moreOf(info);
  const rest = { name: `${about.name}, more`, key: `${about.key}, more`, text: more, detail };
  return [{ level, ...about, text }, ...(more === "" ? [] : [{ level: "ok" as const, ...rest }])];
}

const detail = true as const;

function valuesOf(info: BeszelSystem["info"]): Measure[] {
  const [, failed] = Array.isArray(info["sv"]) ? info["sv"] : [];
  return [
    ...measure("CPU", info["cpu"], LIMITS.cpu),
    ...measure("RAM", info["mp"], LIMITS.memory),
    ...measure("disk", info["dp"], LIMITS.disk),
    ...untold(info),
    ...extraDisks(info).filter(({ level }) => level !== "ok"),
    // "t" is the number of threads.
    ...measure("", info["dt"], LIMITS.temperature, "°C"),
    ...(typeof failed === "number" && failed > 0
      ? [{
        level: "warn" as const,
        text: failed === 1 ? "1 service failed" : `${failed} services failed`,
      }]
      : []),
  ];
}

/** What every agent tells, and this one does not (Beszel 0.18 internal/entities/system `Info`). */
function untold(info: BeszelSystem["info"]): Measure[] {
  const missing = Object.entries({ CPU: "cpu", RAM: "mp", disk: "dp" })
    .filter(([, key]) => typeof info[key] !== "number").map(([name]) => name);
  if (missing.length === 0) return [];
  return [{ level: "unknown", text: `${missing.join(", ")} not told by its agent` }];
}

const extraDisks = (info: BeszelSystem["info"]): Measure[] =>
  Object.entries(Object(info["efs"])).flatMap(([mount, used]) => measure(mount, used, LIMITS.disk));

function measure(
  name: string,
  value: unknown,
  [warn, bad]: readonly [number, number],
  unit = "%",
): Measure[] {
  if (typeof value !== "number") return [];
  const level = value >= bad ? "bad" : value >= warn ? "warn" : "ok";
  return [{ level, text: `${name === "" ? "" : `${name} `}${Math.round(value)} ${unit}` }];
}

function moreOf(info: BeszelSystem["info"]): string {
  const { u: uptime, v: version, g: gpu, la, l1, l5, l15 } = info;
  const load = Array.isArray(la) ? la : [l1, l5, l15].filter((each) => each !== undefined);
  const disks = extraDisks(info).map(({ text }) => text);
  return [
    ...(typeof uptime === "number" ? [`up ${duration(uptime * 1000)}`] : []),
    ...(load.length > 0 ? [`load ${load.join(" ")}`] : []),
    ...(typeof gpu === "number" && gpu > 0 ? [`GPU ${Math.round(gpu)} %`] : []),
    ...disks,
    ...(typeof version === "string" ? [`agent ${version}`] : []),
  ].join(" · ");
}
