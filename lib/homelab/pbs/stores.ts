import { z } from "zod";
import { oneLine } from "../../text.ts";
import { bytes, duration, percent, usedPart } from "../../units.ts";
import { type Level, levelAt, worse } from "../../level.ts";
import type { Row } from "../report.ts";
import { told } from "../http/decode.ts";

const DAY = 86_400_000;
/** Where Proxmox's own interface turns yellow and red. */
const USED = [0.8, 0.95] as const;
/** Time enough to buy a disk. */
const FULL_SOON_MS = 14 * DAY;
/** Beyond that an estimate from a month's history says nothing. */
const FORECAST_MS = 730 * DAY;

const gcStatus = z.object({
  "index-data-bytes": z.number().optional(),
  "disk-bytes": z.number().optional(),
  "still-bad": z.number().optional(),
});

/** `/status/datastore-usage`: 3.x has less than 4.x, a datastore with trouble hardly anything. */
export const datastoreUsages = z.array(z.object({
  store: z.string(),
  total: z.number().nullish(),
  used: z.number().nullish(),
  avail: z.number().nullish(),
  error: z.string().nullish(),
  "mount-status": z.string().nullish(),
  "estimated-full-date": z.number().nullish(),
  history: told(z.array(told(z.number()))),
  "history-start": told(z.number()),
  "history-delta": told(z.number()),
  "gc-status": gcStatus.nullish(),
}));

export type DatastoreUsage = z.output<typeof datastoreUsages>[number];

/** `/admin/datastore`: all of them, also those whose usage cannot be told. */
export const datastores = z.array(z.object({
  store: z.string(),
  "mount-status": z.string().nullish(),
  maintenance: z.string().nullish(),
}));

export type Datastore = z.output<typeof datastores>[number];

export const NO_DATASTORE =
  "shows no datastore: the user and the token both need the role Audit on /";

/** A row for each datastore: how full it is, and when it will be. */
export function storeRows(usages: readonly DatastoreUsage[], now: number): Row[] {
  if (usages.length === 0) return [{ level: "unknown", name: "datastores", text: NO_DATASTORE }];
  return usages.flatMap((usage) => [storeRow(usage, now), ...chunkRows(usage)]).map(ofDatastore);
}

/** A row for each datastore in maintenance, and for one whose usage `told` leaves out. */
export function maintenanceRows(
  listed: readonly Datastore[],
  told: readonly DatastoreUsage[] | null,
): Row[] {
  return listed.flatMap(({ store, maintenance }): Row[] => {
    const mode = maintenanceOf(maintenance);
    const without = told !== null && !told.some((usage) => usage.store === store);
    return [
      ...(mode === null
        ? []
        : [{ level: mode.level, name: `${store} maintenance`, text: mode.text }]),
      ...(without && mode === null
        ? [{ level: "unknown" as const, name: store, text: "unknown: its usage is not told" }]
        : []),
    ];
  }).map(ofDatastore);
}

/** Whoever names a datastore may name it like another line. */
const ofDatastore = (row: Row): Row => ({ ...row, key: `datastore ${row.name}` });

function storeRow(usage: DatastoreUsage, now: number): Row {
  const { store: name, error } = usage;
  if (typeof error === "string") {
    // Before it is mounted or while it is in maintenance it is away on purpose.
    const level: Level = /maintenance|being (unmounted|deleted)/i.test(error) ? "warn" : "bad";
    return { level, name, text: oneLine(error) };
  }
  switch (usage["mount-status"] ?? "nonremovable") {
    case "notmounted":
      return { level: "unknown", name, text: "not mounted (removable)", detail: true };
    case "mounted":
    case "nonremovable":
      return usageRow(usage, now);
    default: {
      const text = `unknown: PBS says '${oneLine(usage["mount-status"] ?? "")}'`;
      return { level: "unknown", name, text };
    }
  }
}

function usageRow(usage: DatastoreUsage, now: number): Row {
  const { store: name } = usage;
  const part = usedPart(usage.used, usage.total);
  if (part === null) return { level: "unknown", name, text: "unknown: its size is not told" };
  const full = forecast(usage, now);
  const free = typeof usage.avail === "number" ? [`${bytes(usage.avail)} free`] : [];
  const soon = full !== null && full.at - now < FULL_SOON_MS;
  const level = worse(levelAt(part, USED), soon ? "warn" : "ok");
  const said = full === null ? [] : [full.text];
  const text = [`${bar(part)} ${percent(part)}`, ...free, ...said].join(" · ");
  return { level, name, text };
}

const BAR_CELLS = 10;

/** "██████░░░░" */
function bar(part: number): string {
  const filled = Math.max(0, Math.min(BAR_CELLS, Math.round(part * BAR_CELLS)));
  return "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
}

/**
 * When a datastore is full, and how that is said; null when it never is, or not for years. PBS writes a
 * time in the past, or 0, for "never", and nothing for "not enough history".
 */
export function forecast(
  usage: Pick<DatastoreUsage, "estimated-full-date">,
  now: number,
): { readonly at: number; readonly text: string } | null {
  const at = (usage["estimated-full-date"] ?? 0) * 1000;
  const left = at - now;
  return left > 0 && left < FORECAST_MS ? { at, text: `full in ${duration(left)}` } : null;
}

/**
 * What garbage collection found: how well the data is shared, and chunks that are broken: backups that
 * use them cannot be restored whole.
 */
function chunkRows(usage: DatastoreUsage): Row[] {
  const { "index-data-bytes": logical = 0, "disk-bytes": physical = 0, "still-bad": bad = 0 } =
    usage["gc-status"] ?? {};
  const name = `${usage.store} chunks`;
  const shared = logical > 0 && physical > 0
    ? [`${(logical / physical).toFixed(1)}× deduplicated to ${bytes(physical)}`]
    : [];
  if (bad > 0) return [{ level: "bad", name, text: [`${bad} corrupt`, ...shared].join(" · ") }];
  return shared.map((text) => ({ level: "ok", name, text, detail: true }));
}

/** A datastore's maintenance mode: who set it wants something left alone. */
export interface Maintenance {
  readonly level: Level;
  /** Backups in it can be read. */
  readonly readable: boolean;
  /** Such as "in maintenance (offline): disk swap". */
  readonly text: string;
}

/** PBS 4.2 pbs-api-types maintenance.rs `MaintenanceType`. */
const MAINTENANCE: Readonly<Record<string, { readable: boolean; text: string }>> = {
  "read-only": { readable: true, text: "in maintenance (read-only, backups to it fail)" },
  offline: { readable: false, text: "in maintenance (offline)" },
  delete: { readable: false, text: "being deleted" },
  unmount: { readable: false, text: "being unmounted" },
  "s3-refresh": { readable: false, text: "in maintenance (its S3 cache is refreshed)" },
};

/**
 * The maintenance mode that a datastore's configuration names: `offline,message=disk swap`, or with the
 * key of the default written out, `type=offline`. Null without one.
 */
export function maintenanceOf(text: string | null | undefined): Maintenance | null {
  if (text === null || text === undefined || text === "") return null;
  const properties = propertiesOf(text);
  const type = properties.get("type") ?? "";
  const known = Object.hasOwn(MAINTENANCE, type) ? MAINTENANCE[type] : undefined;
  const said = oneLine(decoded(properties.get("message") ?? ""));
  const message = said === "" ? "" : `: ${said}`;
  return known === undefined
    ? { level: "unknown", readable: false, text: `in maintenance (${oneLine(type)})${message}` }
    : { level: "warn", readable: known.readable, text: `${known.text}${message}` };
}

/** A property string of Proxmox: `value,key=value,key="quoted, value"`; a value alone is the type's. */
function propertiesOf(text: string): Map<string, string> {
  const parts = text.matchAll(/(?:([a-z-]+)=)?(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:,|$)/g);
  const found = new Map<string, string>();
  for (const [whole, key = "type", quoted, plain = ""] of parts) {
    if (whole !== "") found.set(key, quoted?.replace(/\\(.)/g, "$1") ?? plain);
  }
  return found;
}

/** The message is percent-encoded where it is not plain. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
