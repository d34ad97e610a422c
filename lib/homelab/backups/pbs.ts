import { z } from "zod";
import { oneLine } from "../../text.ts";
import { type Group, MANIFEST, type Snapshot, type Snapshots } from "./snapshots.ts";
import { ServiceError } from "../http/client.ts";
import { type Datastore, datastores, maintenanceOf, NO_DATASTORE } from "../pbs/stores.ts";
import { part, type Proxmox } from "../proxmox/api.ts";

const namespaces = z.array(z.object({ ns: z.string() }));
const groups = z.array(z.object({
  "backup-type": z.string(),
  "backup-id": z.string(),
  "last-backup": z.number(),
  "backup-count": z.number().nullish(),
  files: z.array(z.string()).nullish(),
  comment: z.string().nullish(),
}));

/** A datastore, and a namespace in it. */
export interface Place {
  readonly store: string;
  /** Empty at the root. */
  readonly ns: string;
}

/** `main/pve2`; `main` for its root, and for all of it. */
export const placeName = ({ store, ns }: { store: string; ns: string | null }): string =>
  ns ? `${store}/${ns}` : store;

/** The backups of one guest in one place. */
export interface Series extends Place {
  /** `ct/102`, `vm/200`, `host/laptop`. */
  readonly guest: string;
  readonly comment: string;
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
  /** Why the manifests were not read: then it is one backup at the most, and whether it is good is not known. */
  readonly unread: string | null;
}

/** All backups that could be read, and what of PBS could not. */
export interface Collected {
  readonly series: readonly Series[];
  /** Places that were not read, with the reason; of a datastore without a namespace, all of it. */
  readonly missing: readonly {
    readonly store: string;
    readonly ns: string | null;
    readonly reason: string;
  }[];
  /** Datastores that are away on purpose, and why. */
  readonly away: readonly { readonly store: string; readonly reason: string }[];
  /** All datastores that PBS shows. */
  readonly stores: readonly string[];
}

/**
 * The datastores that PBS shows.
 * @throws {ServiceError} also when there is none.
 */
export async function listDatastores(api: Proxmox, signal: AbortSignal): Promise<Datastore[]> {
  const all = await api.get("/admin/datastore", datastores, signal);
  if (all.length === 0) throw new ServiceError("refused", NO_DATASTORE);
  return all;
}

/**
 * Reads the backups of all datastores and namespaces: the newest of each guest from the lists of
 * groups, the others as far as their manifests are read in time.
 */
export async function collectBackups(
  api: Proxmox,
  all: readonly Datastore[],
  known: Snapshots,
  signal: AbortSignal,
): Promise<Collected> {
  const away = all.flatMap((each) => {
    const reason = awayBecause(each);
    return reason === null ? [] : [{ store: each.store, reason }];
  });
  const present = all.filter(({ store }) => !away.some((each) => each.store === store));
  const found = await Promise.all(
    present.map(({ store }) => inStore(api, store, known, signal)),
  );
  const { groups, series, missing } = together(found);
  known.keep(groups);
  return { series, missing, away, stores: all.map(({ store }) => store) };
}

/** What can be removed is away more often than not. */
export const NOT_MOUNTED = "not mounted";

/** Why a datastore cannot be read though nothing is wrong with it; null when it can. */
function awayBecause(datastore: Datastore): string | null {
  const maintenance = maintenanceOf(datastore.maintenance);
  if (maintenance !== null && !maintenance.readable) return maintenance.text;
  return datastore["mount-status"] === "notmounted" ? NOT_MOUNTED : null;
}

interface ListedGroup extends Group {
  readonly comment: string;
  readonly finished: boolean;
}

/** What was found in a datastore or a namespace. */
interface Found {
  readonly groups: readonly Group[];
  readonly series: readonly Series[];
  readonly missing: Collected["missing"];
}

async function inStore(
  api: Proxmox,
  store: string,
  known: Snapshots,
  signal: AbortSignal,
): Promise<Found> {
  const path = `/admin/datastore/${encodeURIComponent(store)}`;
  const spaces = await part(api.get(`${path}/namespace`, namespaces, signal));
  if ("missing" in spaces) return notRead(store, null, spaces.missing);
  const found = await Promise.all(spaces.data.map(async ({ ns }): Promise<Found> => {
    const query = ns === "" ? "" : `?${new URLSearchParams({ ns })}`;
    const listed = await part(api.get(`${path}/groups${query}`, groups, signal));
    if ("missing" in listed) return notRead(store, ns, listed.missing);
    const inIt = listed.data.map((group) => groupOf(store, ns, group));
    const series = await Promise.all(inIt.map((group) => seriesOf(group, known, signal)));
    return { groups: inIt, series, missing: [] };
  }));
  return together(found);
}

const together = (found: readonly Found[]): Found => ({
  groups: found.flatMap(({ groups }) => groups),
  series: found.flatMap(({ series }) => series),
  missing: found.flatMap(({ missing }) => missing),
});

const notRead = (store: string, ns: string | null, { message }: ServiceError): Found => ({
  ...{ groups: [], series: [] },
  missing: [{ store, ns, reason: message }],
});

function groupOf(store: string, ns: string, group: z.output<typeof groups>[number]): ListedGroup {
  return {
    ...{ store, ns, type: group["backup-type"], id: group["backup-id"] },
    ...{ last: group["last-backup"], count: group["backup-count"] ?? 0 },
    comment: oneLine(group.comment ?? "", 60),
    // A group with nothing but one that is not finished tells the time of that.
    finished: group.files?.includes(MANIFEST) ?? false,
  };
}

async function seriesOf(
  group: ListedGroup,
  known: Snapshots,
  signal: AbortSignal,
): Promise<Series> {
  const { store, ns, comment } = group;
  const of = { store, ns, guest: `${group.type}/${group.id}`, comment };
  const newest = newestOf(group);
  const read = await part(known.of(group, signal));
  if ("missing" in read) return { ...of, snapshots: newest, unread: read.missing.message };
  const agrees = newest.every(({ at }) => read.data.some((each) => each.at === at));
  return agrees
    ? { ...of, snapshots: read.data, unread: null }
    : { ...of, snapshots: newest, unread: "lists its newest backup, and then does not" };
}

/** The newest finished backup, as the list of groups tells it; what is in it is not known. */
function newestOf({ last, finished }: ListedGroup): Snapshot[] {
  return last > 0 && finished ? [{ at: last * 1000, finished, verified: "unknown" }] : [];
}
