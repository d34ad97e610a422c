import { z } from "zod";
import { ServiceError } from "./http.ts";
import { part, type Proxmox } from "./proxmox.ts";

/** Reading the snapshots of a group opens each manifest: a few groups at a time, not all. */
const AT_ONCE = 6;

const datastores = z.array(z.looseObject({
  store: z.string(),
  "mount-status": z.string().nullish(),
  maintenance: z.string().nullish(),
}));
const namespaces = z.array(z.looseObject({ ns: z.string() }));
const groups = z.array(z.looseObject({
  "backup-type": z.string(),
  "backup-id": z.string(),
  "last-backup": z.number(),
  files: z.array(z.string()).nullish(),
  comment: z.string().nullish(),
}));
const snapshots = z.array(z.looseObject({
  "backup-time": z.number(),
  size: z.number().nullish(),
  verification: z.looseObject({ state: z.string() }).nullish(),
}));

/** One backup of a guest. */
export interface Snapshot {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** One that is not finished is no backup: it runs, or was broken off. */
  readonly finished: boolean;
  readonly verified: "ok" | "failed" | "never" | "unknown";
}

/** The backups of one guest in one place. */
export interface Series {
  /** `ct/102`, `vm/200`, `host/laptop`. */
  readonly guest: string;
  readonly comment: string;
  /** The datastore, and the namespace in it. */
  readonly place: string;
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
  /** Why a closer look gave nothing: then it is one backup at the most, and whether it is good is not known. */
  readonly unread: string | null;
}

/** All backups that could be read, and what of PBS could not. */
export interface Collected {
  readonly series: readonly Series[];
  /** Places that were not read, with the reason. */
  readonly missing: readonly { readonly place: string; readonly reason: string }[];
  /** Places that are away on purpose. */
  readonly away: readonly string[];
}

/**
 * Reads the backups of all datastores and namespaces.
 * @throws {ServiceError} when not even the datastores are told.
 */
export async function collectBackups(api: Proxmox, signal: AbortSignal): Promise<Collected> {
  const all = await api.get("/admin/datastore", datastores, signal);
  if (all.length === 0) {
    const text = "shows no datastore: the user and the token both need the role Audit on /";
    throw new ServiceError("refused", text);
  }
  const present = all.filter((each) => !isAway(each));
  const found = await Promise.all(present.map(({ store }) => storeBackups(api, store, signal)));
  return {
    series: found.flatMap(({ series }) => series),
    missing: found.flatMap(({ missing }) => missing),
    away: all.filter(isAway).map(({ store }) => store),
  };
}

function isAway(datastore: z.output<typeof datastores>[number]): boolean {
  return datastore["mount-status"] === "notmounted" ||
    /type=(offline|unmount)/.test(datastore.maintenance ?? "");
}

type Found = Omit<Collected, "away">;

async function storeBackups(api: Proxmox, store: string, signal: AbortSignal): Promise<Found> {
  const path = `/admin/datastore/${encodeURIComponent(store)}`;
  const spaces = await part(api.get(`${path}/namespace`, namespaces, signal));
  if ("missing" in spaces) return notRead(store, spaces.missing);
  const found = await Promise.all(spaces.data.map(async ({ ns }): Promise<Found> => {
    const place = ns === "" ? store : `${store}/${ns}`;
    const query = ns === "" ? "" : `?${new URLSearchParams({ ns })}`;
    const listed = await part(api.get(`${path}/groups${query}`, groups, signal));
    if ("missing" in listed) return notRead(place, listed.missing);
    const series = await inTurns(listed.data, async (group): Promise<Series> => {
      const [type, id] = [group["backup-type"], group["backup-id"]];
      const asked = new URLSearchParams({ "backup-type": type, "backup-id": id });
      if (ns !== "") asked.set("ns", ns);
      const closer = await part(api.get(`${path}/snapshots?${asked}`, snapshots, signal));
      const read = "data" in closer ? closer.data.map(snapshotOf) : [];
      return {
        guest: `${type}/${id}`,
        comment: (group.comment ?? "").split("\n", 1)[0] ?? "",
        place,
        snapshots: read.length === 0 ? lastOnly(group) : read.sort((a, b) => b.at - a.at),
        unread: "missing" in closer ? closer.missing.message : null,
      };
    });
    return { series, missing: [] };
  }));
  return {
    series: found.flatMap(({ series }) => series),
    missing: found.flatMap(({ missing }) => missing),
  };
}

function notRead(place: string, { message }: ServiceError): Found {
  return { series: [], missing: [{ place, reason: message }] };
}

/** Only what is finished has a size. */
function snapshotOf(snapshot: z.output<typeof snapshots>[number]): Snapshot {
  const state = snapshot.verification?.state;
  return {
    at: snapshot["backup-time"] * 1000,
    finished: typeof snapshot.size === "number",
    verified: state === "ok" || state === "failed" ? state : "never",
  };
}

/** What the group itself tells when a closer look gave nothing: its newest finished backup. */
function lastOnly(group: z.output<typeof groups>[number]): Snapshot[] {
  const at = group["last-backup"] * 1000;
  const finished = group.files?.includes("index.json.blob") ?? false;
  return at > 0 && finished ? [{ at, finished, verified: "unknown" }] : [];
}

/** {@linkcode AT_ONCE} of `items` at a time; the results in their order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  }));
  return results;
}
