import { duration } from "./duration.ts";
import { type Level, type Row, worst } from "./report.ts";

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

/** An alert that is set in Beszel, of the user who asks. */
export interface BeszelAlert {
  readonly system: string;
  readonly name: string;
  readonly value: number;
  readonly triggered: boolean;
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
      ...{ id: String(id), name: String(name), host: String(host), status: String(status) },
      // PocketBase writes a space where ISO 8601 has a T.
      updated: Date.parse(String(updated).replace(" ", "T")),
      info: Object(info),
    };
  });
}

export function alertsFrom(records: readonly unknown[]): BeszelAlert[] {
  return records.map((record) => {
    const { system, name, value, triggered } = Object(record) as Record<string, unknown>;
    const on = triggered === true;
    return { system: String(system), name: String(name), value: Number(value), triggered: on };
  });
}

/** The rows of a system: how it is, and behind that what is good to know. */
export function systemRows(
  system: BeszelSystem,
  alerts: readonly BeszelAlert[],
  now: number,
): Row[] {
  const { name, status, updated } = system;
  const since = Number.isNaN(updated) ? "" : ` for ${duration(now - updated)}`;
  switch (status) {
    case "up":
      return upRows(system, alerts);
    case "down":
      return [{ level: "bad", name, text: `down${since}` }];
    case "paused":
      return [{ level: "ok", name, text: `paused${since}` }];
    default:
      return [{ level: "unknown", name, text: "has not reported yet" }];
  }
}

function upRows(system: BeszelSystem, alerts: readonly BeszelAlert[]): Row[] {
  const { name, info } = system;
  const fired = alerts.filter((alert) =>
    alert.system === system.id && alert.triggered && alert.name !== "Status"
  );
  const measures = [
    ...fired.map(({ name, value }) => ({ level: "warn" as const, text: alertText(name, value) })),
    ...valuesOf(info),
  ];
  // What stands out comes first; a phone cuts the rest.
  const calm = measures.filter(({ level }) => level === "ok");
  const shown = [...measures.filter(({ level }) => level !== "ok"), ...calm];
  const text = shown.map((measure) => measure.text).join(" · ");
  const level = worst(measures.map((measure) => measure.level));
  const more = moreOf(info);
  return [
    { level, name, text: text === "" ? "up" : text },
    ...(more === "" ? [] : [{ level: "ok" as const, name: `${name}, more`, text: more, detail }]),
  ];
}

const detail = true as const;

function valuesOf(info: BeszelSystem["info"]): Measure[] {
  const [, failed] = Array.isArray(info["sv"]) ? info["sv"] : [];
  return [
    ...measure("CPU", info["cpu"], LIMITS.cpu),
    ...measure("RAM", info["mp"], LIMITS.memory),
    ...measure("disk", info["dp"], LIMITS.disk),
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

function alertText(name: string, value: number): string {
  const unit = name === "Temperature"
    ? " °C"
    : /^(CPU|Memory|Disk|GPU|Battery)$/.test(name)
    ? " %"
    : "";
  return `alert: ${name} ${name === "Battery" ? "under" : "over"} ${value}${unit}`;
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
