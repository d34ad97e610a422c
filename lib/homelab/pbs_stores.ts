import { z } from "zod";
import { duration } from "./duration.ts";
import type { Level, Row } from "./report.ts";
import { bar, bytes, oneLine, percent } from "./words.ts";

const DAY = 86_400_000;
/** Where Proxmox's own interface turns yellow and red. */
const USED_WARN = 0.8;
const USED_BAD = 0.95;
/** Time enough to buy a disk. */
const FULL_SOON_MS = 14 * DAY;
/** Beyond that an estimate from a month's history says nothing. */
const FORECAST_MS = 730 * DAY;

const gcStatus = z.looseObject({
  "index-data-bytes": z.number().optional(),
  "disk-bytes": z.number().optional(),
  "still-bad": z.number().optional(),
});

/** `/status/datastore-usage`: 3.x has less than 4.x, a datastore with trouble hardly anything. */
export const datastoreUsages = z.array(z.looseObject({
  store: z.string(),
  total: z.number().nullish(),
  used: z.number().nullish(),
  avail: z.number().nullish(),
  error: z.string().nullish(),
  "mount-status": z.string().nullish(),
  "estimated-full-date": z.number().nullish(),
  "gc-status": gcStatus.nullish(),
}));

export type DatastoreUsage = z.output<typeof datastoreUsages>[number];

/** A row for each datastore: how full it is, and when it will be. */
export function storeRows(usages: readonly DatastoreUsage[], now: number): Row[] {
  if (usages.length === 0) {
    const text = "shows no datastore: the user and the token both need the role Audit on /";
    return [{ level: "unknown", name: "datastores", text }];
  }
  return usages.flatMap((usage) => [storeRow(usage, now), ...chunkRows(usage)]);
}

function storeRow(usage: DatastoreUsage, now: number): Row {
  const { store: name, error } = usage;
  if (typeof error === "string") {
    const level: Level = /maintenance/i.test(error) ? "warn" : "bad";
    return { level, name, text: oneLine(error) };
  }
  if (usage["mount-status"] === "notmounted") {
    return { level: "ok", name, text: "not mounted (removable)" };
  }
  const part = usedPart(usage);
  if (part === null) return { level: "unknown", name, text: "its size is not told" };
  const full = fullIn(usage, now);
  const free = typeof usage.avail === "number" ? [`${bytes(usage.avail)} free`] : [];
  const forecast = full === null ? [] : [`full in ${duration(full)}`];
  const soon = full !== null && full < FULL_SOON_MS;
  const level: Level = part >= USED_BAD ? "bad" : part >= USED_WARN || soon ? "warn" : "ok";
  const text = [`${bar(part)} ${percent(part)}`, ...free, ...forecast].join(" · ");
  return { level, name, text };
}

/** The part of the whole that is used; null when it is not known. */
export function usedPart({ used, total }: DatastoreUsage): number | null {
  return typeof used === "number" && typeof total === "number" && total > 0 ? used / total : null;
}

/** PBS writes a time in the past, or 0, for "never", and nothing for "not enough history". */
function fullIn(usage: DatastoreUsage, now: number): number | null {
  const left = (usage["estimated-full-date"] ?? 0) * 1000 - now;
  return left > 0 && left < FORECAST_MS ? left : null;
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
