import { z } from "zod";
import type { TaskLogs, Told } from "./task_logs.ts";
import { ServiceError } from "../http/client.ts";
import { type Part, part, type Proxmox } from "../proxmox/api.ts";
import { type Guest, guestsOf, type Resource, resources } from "../pve/guests.ts";
import type { Row } from "../report.ts";
import {
  askPermissions,
  holds,
  lackingRights,
  type Needed,
  type Permissions,
} from "../proxmox/rights.ts";

const flag = z.union([z.number(), z.boolean()]).nullish();
const backupJobs = z.array(z.object({
  schedule: z.string().nullish(),
  enabled: flag,
  all: flag,
  vmid: z.union([z.string(), z.number()]).nullish(),
  exclude: z.string().nullish(),
  pool: z.string().nullish(),
  node: z.string().nullish(),
  storage: z.string().nullish(),
  dumpdir: z.string().nullish(),
}));
const storages = z.array(z.object({
  storage: z.string(),
  type: z.string(),
  server: z.string().nullish(),
  datastore: z.string().nullish(),
  namespace: z.string().nullish(),
}));
const contents = z.array(z.object({
  vmid: z.number().nullish(),
  ctime: z.number().nullish(),
  subtype: z.string().nullish(),
}));

export type BackupJob = z.output<typeof backupJobs>[number];
export type Storage = z.output<typeof storages>[number];

/** The backups that a storage has, of any guest; or why they are not known. */
export type Content = Part<{
  of(guest: Guest): Told;
  /** True where task logs tell of them, and nobody looked at what is there. */
  readonly byLog: boolean;
}>;

/** What PVE knows of the backups that there should be. */
export interface Expected {
  readonly guests: readonly Guest[];
  /** Those that are not switched off. */
  readonly jobs: readonly BackupJob[];
  readonly storages: ReadonlyMap<string, Storage>;
  /** Of the storages that jobs write to and that are not asked of PBS. */
  readonly contents: ReadonlyMap<string, Content>;
  /** Some storages may be hidden: which backups in PBS are whose is known only of those that are not. */
  readonly hidden: boolean;
  /** Why it is not known which jobs back a guest up; null when it is. */
  readonly unsure: string | null;
  /** What is not known of all this. */
  readonly notes: readonly Row[];
}

const STORAGES: Needed = {
  ...{ path: "/storage", privilege: "Datastore.Audit", role: "PVEAuditor on /" },
  ...{ part: "PVE storages", hidden: "where their backups go is not known" },
};

/** pve-manager 9.2 leaves out guests, storages and pools that a token may not see. */
const NEEDED: readonly Needed[] = [
  {
    ...{ path: "/vms", privilege: "VM.Audit", role: "PVEAuditor on /" },
    ...{ part: "PVE guests", hidden: "guests that it may not see are not noticed" },
  },
  STORAGES,
];
const POOLS: Needed = {
  ...{ path: "/pool", privilege: "Pool.Audit", role: "PVEAuditor on /" },
  ...{ part: "PVE pools", hidden: "which guests the jobs of a pool back up is not known" },
};

/**
 * What should be backed up when, and where to.
 * @throws {ServiceError} when the guests, the jobs or the storages are not told.
 */
export async function expectBackups(
  api: Proxmox,
  logs: TaskLogs,
  isOurs: (storage: Storage, all: readonly Storage[]) => Promise<boolean>,
  signal: AbortSignal,
): Promise<Expected> {
  const [listed, jobs, stores, rights] = await Promise.all([
    api.get("/cluster/resources", resources, signal),
    api.get("/cluster/backup", backupJobs, signal),
    api.get("/storage", storages, signal),
    askPermissions(api, signal),
  ]);
  const guests = guestsOf(listed);
  if (guests.length === 0) {
    const text = "shows no guests: the token needs the role PVEAuditor on /";
    throw new ServiceError("refused", text);
  }
  const enabled = jobs.filter(({ enabled }) =>
    enabled === undefined || enabled === null || enabled
  );
  const targets = new Set(
    enabled.filter((job) => guests.some((guest) => backsUp(job, guest))).flatMap(storageOf),
  );
  const written = stores.filter(({ storage }) => targets.has(storage));
  const ours = await Promise.all(written.map((storage) => isOurs(storage, stores)));
  const others = written.filter((_, index) => !ours[index]);
  const pools = enabled.some(({ pool }) => pool)
    ? lackingRights(rights, [POOLS], "PVE rights")
    : [];
  const ask = { api, logs, listed, rights, signal };
  const backedUp = (storage: string) =>
    guests.filter((guest) =>
      enabled.some((job) => backsUp(job, guest) && storageOf(job).includes(storage))
    );
  return {
    guests,
    jobs: enabled,
    storages: new Map(stores.map((storage) => [storage.storage, storage])),
    contents: new Map(
      await Promise.all(
        others.map(async ({ storage }) =>
          [storage, await contentOf(storage, backedUp(storage), ask)] as const
        ),
      ),
    ),
    hidden: lackingRights(rights, [STORAGES]).length > 0,
    unsure: pools.length === 0 ? null : "which guests are in the pools of jobs is not known",
    notes: [...lackingRights(rights, NEEDED, "PVE rights"), ...pools.filter(isOfPools)],
  };
}

/** The note of rights that could not be asked for is there already. */
const isOfPools = ({ name }: Row) => name === POOLS.part;

/** PVE 9.2 `PVE::VZDump::get_storage_param`: "local" unless said otherwise, none for a directory. */
export function storageOf({ storage, dumpdir }: BackupJob): string[] {
  return dumpdir ? [] : [storage || "local"];
}

/** PVE 9.2 `PVE::VZDump::get_included_guests`: a pool goes before guests, and they before all. */
export function backsUp({ all, vmid, exclude, pool, node }: BackupJob, guest: Guest): boolean {
  if (node && node !== guest.node) return false;
  const has = (list: string | number | null | undefined) =>
    `${list ?? ""}`.split(/[,;\s]+/).includes(`${guest.vmid}`);
  if (pool) return pool === guest.pool;
  if (vmid) return has(vmid);
  return Boolean(all) && !has(exclude);
}

/** Where to ask. */
interface Asking {
  readonly api: Proxmox;
  readonly logs: TaskLogs;
  readonly listed: readonly Resource[];
  readonly rights: Part<Permissions>;
  readonly signal: AbortSignal;
}

/**
 * The backups of `guests` on a storage, from the nodes that have it. PVE 9.2 `check_volume_access`: a token
 * that may only look gets an empty list of them, so it is asked only when the list is whole, and else
 * the logs of the tasks that made them are read.
 */
async function contentOf(
  storage: string,
  guests: readonly Guest[],
  { api, logs, listed, rights, signal }: Asking,
): Promise<Content> {
  if ("missing" in rights) return rights;
  const here = listed.filter((each) => each.type === "storage" && each.storage === storage);
  const nodes = here.filter(({ status }) => status === "available")
    .flatMap(({ node }) => node ?? []);
  const whole = here.some(({ shared }) => shared) ? nodes.slice(0, 1) : nodes;
  if (whole.length === 0 || (!here.some(({ shared }) => shared) && nodes.length < here.length)) {
    return { missing: new ServiceError("answer", `storage ${storage} is not available`) };
  }
  const path = `/storage/${storage}`;
  const may = holds(rights.data, path, "Datastore.Allocate") ||
    (holds(rights.data, path, "Datastore.AllocateSpace") &&
      holds(rights.data, "/vms/100", "VM.Backup"));
  if (!may) {
    const wanted = guests.map((guest) => ({ guest, storage }));
    const offline = new Set(
      listed.filter(({ type, status }) => type === "node" && status === "offline")
        .flatMap(({ node }) => node ?? []),
    );
    const told = await logs.read(wanted, offline, rights, signal);
    const of = (guest: Guest) => {
      const { times, doubt } = told({ guest, storage });
      return { times, doubt: doubt && `token may not list storage ${storage}, and ${doubt}` };
    };
    return { data: { of, byLog: true } };
  }
  const asked = await Promise.all(
    whole.map((node) =>
      part(
        api.get(
          `/nodes/${node}/storage/${encodeURIComponent(storage)}/content?content=backup`,
          contents,
          signal,
        ),
      )
    ),
  );
  const missing = asked.find((each) => "missing" in each);
  if (missing !== undefined) return missing;
  const found = asked.flatMap((each) => "data" in each ? each.data : []);
  const of = (guest: Guest) => ({ times: timesIn(found, guest), doubt: null });
  return { data: { of, byLog: false } };
}

function timesIn(found: z.output<typeof contents>, { id }: Guest): number[] {
  return found.flatMap(({ vmid, ctime, subtype }) => {
    const type = { lxc: "ct", qemu: "vm" }[subtype ?? ""];
    return typeof ctime === "number" && id === `${type}/${vmid}` ? [ctime * 1000] : [];
  });
}
