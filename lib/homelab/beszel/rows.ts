/**
 * What a hub's records say, as rows: of its systems, of the alerts that its user has set, and of disks.
 * @module
 */
import { z } from "zod";
import { type Level, worst } from "../../level.ts";
import { oneLine } from "../../text.ts";
import type { Collection } from "./hub.ts";
import { asText, asTime, told } from "../http/decode.ts";
import { duration } from "../../units.ts";
import type { Row } from "../report.ts";

/** 500 is PocketBase's limit for a page; the order keeps the pages apart. */
const PAGE = "records?perPage=500";

/** From here on a value is "warn" and "bad", in percent and °C. The load of a minute is never bad. */
const LIMITS = {
  cpu: [80, Infinity],
  memory: [90, 98],
  disk: [85, 95],
  temperature: [80, 95],
} as const;

const value = told(z.number());

/** The last values of a system, as Beszel 0.18 internal/entities/system `Info` names them. */
const info = z.object({
  ...{ cpu: value, mp: value, dp: value },
  // "t" is the number of threads.
  dt: value,
  efs: told(z.record(z.string(), value)),
  sv: told(z.tuple([z.unknown(), z.number()], z.unknown())),
  ...{ u: value, v: told(z.string()), g: value },
  ...{ la: told(z.array(z.unknown())), l1: value, l5: value, l15: value },
}).catch({});

type Info = z.output<typeof info>;

const system = z.object({
  id: asText.transform((id) => oneLine(id)),
  name: asText.transform((name) => oneLine(name)),
  ...{ host: asText, status: asText },
  updated: asTime(),
  /** Of a system that is not up they are old. */
  info,
});

export type BeszelSystem = z.output<typeof system>;

export const SYSTEMS: Collection<BeszelSystem> = {
  path: `systems/${PAGE}&sort=name,id&fields=id,name,host,status,info,updated`,
  record: system,
};

/** One value of a system with its judgement. */
interface Measure {
  readonly level: Level;
  readonly text: string;
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
      return [{ level: "unknown", ...about, text: `paused${since}`, detail }];
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

function valuesOf(info: Info): Measure[] {
  const [, failed] = info.sv ?? [];
  const services = failed === 1 ? "1 service failed" : `${failed} services failed`;
  return [
    ...measure("CPU", info.cpu, LIMITS.cpu),
    ...measure("RAM", info.mp, LIMITS.memory),
    ...measure("disk", info.dp, LIMITS.disk),
    ...untold(info),
    ...extraDisks(info).filter(({ level }) => level !== "ok"),
    ...measure("", info.dt, LIMITS.temperature, "°C"),
    ...(failed === undefined || failed <= 0 ? [] : [{ level: "warn" as const, text: services }]),
  ];
}

/** What every agent tells, and this one does not. */
function untold({ cpu, mp, dp }: Info): Measure[] {
  const missing = Object.entries({ CPU: cpu, RAM: mp, disk: dp })
    .filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length === 0) return [];
  return [{ level: "unknown", text: `${missing.join(", ")} not told by its agent` }];
}

const extraDisks = ({ efs = {} }: Info): Measure[] =>
  Object.entries(efs).flatMap(([mount, used]) => measure(mount, used, LIMITS.disk));

function measure(
  name: string,
  value: number | undefined,
  [warn, bad]: readonly [number, number],
  unit = "%",
): Measure[] {
  if (value === undefined) return [];
  const level = value >= bad ? "bad" : value >= warn ? "warn" : "ok";
  return [{ level, text: `${name === "" ? "" : `${name} `}${Math.round(value)} ${unit}` }];
}

function moreOf(info: Info): string {
  const { u: uptime, v: version, g: gpu = 0, la, l1, l5, l15 } = info;
  const load = la ?? [l1, l5, l15].filter((each) => each !== undefined);
  const disks = extraDisks(info).map(({ text }) => text);
  return [
    ...(uptime !== undefined ? [`up ${duration(uptime * 1000)}`] : []),
    ...(load.length > 0 ? [`load ${load.join(" ")}`] : []),
    ...(gpu > 0 ? [`GPU ${Math.round(gpu)} %`] : []),
    ...disks,
    ...(version !== undefined ? [`agent ${version}`] : []),
  ].join(" · ");
}

/** Undefined for what is no number, or nothing at all. */
const limitOf = (text: string): number | undefined =>
  text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;

const alert = z.object({
  ...{ system: asText, name: asText.transform((name) => oneLine(name, 40)) },
  ...{ value: asText.transform(limitOf), triggered: told(z.boolean()) },
});

export const ALERTS: Collection<z.output<typeof alert>> = {
  path: `alerts/${PAGE}&sort=id&fields=id,system,name,value,triggered`,
  record: alert,
};

/** The part of the report that alerts are, and the note's name when they did not come. */
export const ALERTS_PART = "Beszel's alerts";

/** The alerts that can be set, and what their value counts (Beszel 0.18 `alerts` collection). */
const UNITS: Readonly<Record<string, string>> = {
  ...{ CPU: " %", Memory: " %", Disk: " %", GPU: " %", Battery: " %" },
  ...{ Temperature: " °C", Bandwidth: " MB/s" },
  ...{ LoadAvg1: "", LoadAvg5: "", LoadAvg15: "" },
};

/**
 * A row for each alert that the hub's user has set; those that do not fire are details. That a system
 * is down is its own row, so its "Status" is none.
 */
export function alertRows(
  records: readonly z.output<typeof alert>[],
  nameOf: (system: string) => string | null,
): Row[] {
  return records.flatMap(({ system, name: kind, value, triggered }): Row[] => {
    const owner = nameOf(system);
    if (kind === "Status" || owner === null) return [];
    const about = {
      name: `${owner} · ${kind} alert`,
      key: `alert ${system} ${kind}`,
      part: ALERTS_PART,
    };
    const limit = value === undefined ? "a limit that is not told" : `${value}${UNITS[kind] ?? ""}`;
    const text = `${kind === "Battery" ? "under" : "over"} ${limit}`;
    if (triggered === true) return [{ level: "warn", ...about, text }];
    if (triggered === false) return [{ level: "ok", ...about, text: `not ${text}`, detail }];
    return [{ level: "unknown", ...about, text: "Beszel does not say whether it fires" }];
  });
}

const disk = z.object({
  ...{ id: asText, system: asText, name: asText, model: told(z.string()) },
  ...{ state: asText.transform((state) => oneLine(state, 40)), temp: value },
});

export const DISKS: Collection<z.output<typeof disk>> = {
  path: `smart_devices/${PAGE}&sort=id&fields=id,system,name,model,state,temp`,
  record: disk,
};

/** The part of the report that disks are, and the note's name when they did not come. */
export const DISKS_PART = "SMART";

/** What SMART says of a disk (Beszel 0.18 agent/smart `getSmartStatus`, internal/alerts/alerts_smart). */
const DISK_LEVELS: Readonly<Record<string, Level>> = {
  PASSED: "ok",
  WARNING: "warn",
  FAILED: "bad",
  UNKNOWN: "unknown",
};

/** A row for each disk. One that is well is a detail, and so is one that has no SMART, such as a VM's. */
export function diskRows(
  records: readonly z.output<typeof disk>[],
  nameOf: (system: string) => string | null,
): Row[] {
  return records.flatMap(({ id, system, name, model = "", state, temp = 0 }): Row[] => {
    const owner = nameOf(system);
    if (owner === null) return [];
    const level = DISK_LEVELS[state] ?? "unknown";
    const more = [
      ...(model !== "" ? [oneLine(model, 60)] : []),
      ...(temp > 0 ? [`${Math.round(temp)} °C`] : []),
    ];
    return [{
      ...{ level, name: `${owner} · ${oneLine(name, 60)}`, key: `disk ${id}` },
      text: [`SMART ${state === "" ? "not told" : state}`, ...more].join(" · "),
      part: DISKS_PART,
      ...(level === "ok" || state === "UNKNOWN" ? { detail } : {}),
    }];
  });
}
