/**
 * Backups as vzdump's task logs tell of them, for storages whose content a token may not list. To read them
 * takes `Sys.Audit` on the node (pve-manager 9.2 API2/Tasks.pm), which an auditor has.
 * @module
 */
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { ServiceError } from "../http/client.ts";
import { type Part, part, type Proxmox } from "../proxmox/api.ts";
import type { Guest } from "../pve/guests.ts";
import type { Permissions } from "../proxmox/rights.ts";

const DAY = 24 * 3_600_000;
/** A monthly job has run within it; PVE itself keeps the list of some thousand tasks. */
const LOOKED_BACK_MS = 40 * DAY;
const MOST_TASKS = 500;
/** Of one node at one look: what is read is remembered, and the next look goes on. */
const MOST_LOGS = 12;
const MOST_LINES = 50_000;
const MOST_KNOWN = 2_000;

const tasks = z.array(z.object({
  upid: z.string(),
  starttime: z.number(),
  endtime: z.number().nullish(),
  id: z.string().nullish(),
}));
const log = z.array(z.object({ t: z.string() }));

type Task = z.output<typeof tasks>[number];

/** The guests that one run of vzdump saved, and where to. */
export interface Saved {
  /** Null for a directory. */
  readonly storage: string | null;
  /** When the backup of each guest began, by the guest. */
  readonly guests: ReadonlyMap<string, number>;
}

/**
 * Reads the log of a task (PVE/VZDump.pm `exec_backup`). It has the node's local times, so only what is
 * between two of them is used; the task says when it began.
 */
export function readTaskLog(lines: readonly string[], { starttime, endtime }: Task): Saved {
  const guests = new Map<string, number>();
  let [storage, first]: [string | null, number | null] = [null, null];
  let current = { vmid: "", type: "", at: 0 };
  for (const line of lines) {
    const [, options] = /^INFO: starting new backup job: vzdump( .*)?$/.exec(line) ?? [];
    if (options !== undefined) storage = storageIn(options);
    const [, vmid, type] = /^INFO: Starting Backup of VM (\d+) \((qemu|lxc)\)$/.exec(line) ?? [];
    if (vmid !== undefined) current = { vmid, type: type === "qemu" ? "vm" : "ct", at: starttime };
    const [, day, time] = /^INFO: Backup started at (\S{10}) (\S{8})$/.exec(line) ?? [];
    const began = Date.parse(`${day}T${time}Z`) / 1000;
    if (!Number.isNaN(began)) {
      first ??= began;
      const at = starttime + Math.max(0, began - first);
      current = { ...current, at: Math.min(at, endtime ?? at) };
    }
    const [, done] = /^INFO: Finished Backup of VM (\d+) \(/.exec(line) ?? [];
    if (done === current.vmid) guests.set(`${current.type}/${done}`, current.at * 1000);
    const [, failed] = /^ERROR: Backup of VM (\d+) failed\b/.exec(line) ?? [];
    for (const type of failed === undefined ? [] : ["vm", "ct"]) guests.delete(`${type}/${failed}`);
  }
  return { storage, guests };
}

/** PVE/VZDump.pm `get_storage_param`: "local" unless said otherwise, none for a directory. */
function storageIn(options: string): string | null {
  const [, storage] = /(?:^|\s)--storage[ =]'?([\w.-]+)/.exec(options) ?? [];
  return storage ?? (/(?:^|\s)--dumpdir[ =]/.test(options) ? null : "local");
}

/** A guest, and a storage that a job writes its backups to. */
export interface Wanted {
  readonly guest: Guest;
  readonly storage: string;
}

/** The backups of one of these, as the logs tell. */
export interface Told {
  /** Newest first. */
  readonly times: readonly number[];
  /** Null when the newest backup is known, and nothing was deleted since. */
  readonly doubt: string | null;
}

/** The lists that a node gave. */
interface OfNode {
  /** Deletions, by `vmid@storage` (pve-storage API2/Storage/Content.pm): when the last one was. */
  readonly deleted: ReadonlyMap<string, number>;
  /** What was deleted before then is not listed any more; 0 where all is. */
  readonly deletedSince: number;
  /** Tasks whose logs were not read yet. */
  readonly unread: readonly Task[];
  /** Why one of them could not be; null when none was refused. */
  readonly unreadable: string | null;
}

/** The bounds of a look: what need not or may not be read. */
interface Bounds {
  readonly oldest: number;
  readonly offline: ReadonlySet<string>;
  readonly rights: Part<Permissions>;
  readonly signal: AbortSignal;
}

/** Reads the task logs of nodes, and remembers them: what has ended changes no more. */
export class TaskLogs {
  readonly #known = new Map<string, Saved>();

  constructor(readonly api: Proxmox, readonly clock: Clock) {}

  /** Reads what is new of the nodes of these. @returns what is known then. */
  async read(
    wanted: readonly Wanted[],
    offline: ReadonlySet<string>,
    rights: Part<Permissions>,
    signal: AbortSignal,
  ): Promise<(one: Wanted) => Told> {
    const names = [...new Set(wanted.map(({ guest }) => guest.node))];
    const oldest = Math.min(...wanted.map((one) => this.#timesOf(one)[0] ?? 0));
    const nodes = new Map(
      await Promise.all(
        names.map(async (node) =>
          [node, await part(this.#ofNode(node, { oldest, offline, rights, signal }))] as const
        ),
      ),
    );
    for (const upid of this.#known.keys()) {
      if (this.#known.size > MOST_KNOWN) this.#known.delete(upid);
    }
    return (one) => {
      const times = this.#timesOf(one);
      return { times, doubt: doubtOf(one, times[0], nodes) };
    };
  }

  #timesOf({ guest, storage }: Wanted): number[] {
    return [...this.#known.values()].filter((saved) => saved.storage === storage)
      .flatMap(({ guests }) => guests.get(guest.id) ?? []).sort((a, b) => b - a);
  }

  /** Reads the newest logs first, and none from before the `oldest` of what has to be known. */
  async #ofNode(
    node: string,
    { oldest, offline, rights, signal }: Bounds,
  ): Promise<OfNode> {
    if (offline.has(node)) throw new ServiceError("answer", "it is offline");
    if ("missing" in rights) throw rights.missing;
    if (!mayAudit(rights.data, node)) {
      throw new ServiceError("refused", `token lacks Sys.Audit on /nodes/${node}`);
    }
    const [backups, deletions] = await Promise.all([
      this.#tasks(node, "vzdump", signal),
      this.#tasks(node, "imgdel", signal),
    ]);
    const isUnread = ({ upid, starttime }: Task) =>
      !this.#known.has(upid) && starttime * 1000 > oldest;
    const read = await Promise.all(
      backups.filter(isUnread).slice(0, MOST_LOGS).map((task) =>
        part(this.#log(node, task, signal))
      ),
    );
    const deleted = new Map<string, number>();
    for (const { id, starttime } of deletions) {
      if (id) deleted.set(id, Math.max(deleted.get(id) ?? 0, starttime * 1000));
    }
    const oldestListed = (deletions.at(-1)?.starttime ?? 0) * 1000;
    return {
      deleted,
      deletedSince: deletions.length < MOST_TASKS ? 0 : oldestListed,
      unread: backups.filter(isUnread),
      unreadable: read.flatMap((each) => "missing" in each ? each.missing.message : [])[0] ?? null,
    };
  }

  /** Those that have ended, newest first. */
  async #tasks(node: string, type: string, signal: AbortSignal): Promise<Task[]> {
    const since = Math.floor((this.clock.now() - LOOKED_BACK_MS) / 1000);
    const query = `typefilter=${type}&since=${since}&limit=${MOST_TASKS}`;
    const path = `/nodes/${encodeURIComponent(node)}/tasks?${query}`;
    const listed = await this.api.get(path, tasks, signal);
    return listed.toSorted((a, b) => b.starttime - a.starttime);
  }

  async #log(node: string, task: Task, signal: AbortSignal): Promise<void> {
    const path = `/nodes/${encodeURIComponent(node)}/tasks/${encodeURIComponent(task.upid)}/log`;
    const lines = await this.api.get(`${path}?limit=${MOST_LINES}`, log, signal);
    this.#known.set(task.upid, readTaskLog(lines.map(({ t }) => t), task));
  }
}

/** A path at the top is listed, but for one on which the token has nothing. */
function mayAudit(held: Permissions, node: string): boolean {
  const own = held[`/nodes/${node}`];
  return own === undefined ? Boolean(held["/nodes"]?.["Sys.Audit"]) : "Sys.Audit" in own;
}

/** Why the newest backup may be another one than the `newest` that is known, or none. */
function doubtOf(
  { guest: { vmid, node }, storage }: Wanted,
  newest: number | undefined,
  nodes: ReadonlyMap<string, Part<OfNode>>,
): string | null {
  const own = nodes.get(node);
  if (own === undefined || "missing" in own) {
    return `the task logs of ${node} are not known: ${own?.missing.message ?? "not asked"}`;
  }
  if (own.data.unread.some(({ starttime }) => starttime * 1000 > (newest ?? 0))) {
    const { unreadable } = own.data;
    return unreadable === null
      ? `not all task logs of ${node} are read yet`
      : `a task log of ${node} cannot be read: ${unreadable}`;
  }
  if (newest === undefined) return `no task log of ${node} tells of a backup on ${storage}`;
  const isGone = [...nodes.values()].some((each) =>
    "data" in each && (each.data.deleted.get(`${vmid}@${storage}`) ?? 0) > newest
  );
  if (isGone) return `something of it was deleted from ${storage} since`;
  const [unlisted] = [...nodes].filter(([, each]) =>
    "data" in each && each.data.deletedSince > newest
  );
  return unlisted === undefined ? null : `${unlisted[0]} does not list all that was deleted since`;
}
