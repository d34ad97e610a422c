import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Gate } from "../http/gate.ts";
import { deadline, orAborted, ServiceError } from "../http/client.ts";
import type { Proxmox } from "../proxmox/api.ts";

/** Long enough for a group of 10,000 manifests on a slow disk. */
const READ_MS = 120_000;
/** So many groups are read at once, of one datastore fewer: the lists of groups go before them. */
const AT_ONCE = 6;
const OF_ONE_STORE = 3;
/** A manifest changes only when it is verified or noted on; so long it is taken as it was read. */
const FRESH_MS = 3_600_000;
/** `is_finished` in PBS 4.2 pbs-datastore/src/backup_info.rs. */
export const MANIFEST = "index.json.blob";

const snapshots = z.array(z.object({
  "backup-time": z.number(),
  size: z.number().nullish(),
  files: z.array(z.object({ filename: z.string() })).nullish(),
  verification: z.object({ state: z.string() }).nullish(),
}));

/** One backup of a guest. */
export interface Snapshot {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** One that is not finished is no backup: it runs, or was broken off. */
  readonly finished: boolean;
  /** "unreadable": its manifest cannot be read; "unknown": it was not looked at. */
  readonly verified: "ok" | "failed" | "never" | "unreadable" | "unknown";
}

/** A group of backups, as the list of groups tells it. */
export interface Group {
  readonly store: string;
  readonly ns: string;
  readonly type: string;
  readonly id: string;
  /** The time of the newest, in seconds, and how many there are: while both stay, so do the manifests. */
  readonly last: number;
  readonly count: number;
}

interface Read {
  readonly version: string;
  readonly at: number;
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
}

/**
 * Reads the manifests of groups, and remembers them. To list a group's snapshots PBS opens every
 * manifest, 8 ms each on a slow disk: a look waits as long as it may, and the reading goes on behind
 * it, so that the next look has it.
 */
export class Snapshots {
  readonly #known = new Map<string, Read>();
  readonly #reading = new Map<string, Promise<readonly Snapshot[]>>();
  readonly #gate = new Gate(AT_ONCE, OF_ONE_STORE);
  readonly #closing = new AbortController();

  constructor(readonly api: Proxmox, readonly clock: Clock) {}

  /**
   * The snapshots of a group, newest first.
   * @throws {ServiceError} when PBS does not give them, or not before `signal` aborts.
   */
  async of(group: Group, signal: AbortSignal): Promise<readonly Snapshot[]> {
    const key = groupKey(group);
    const known = this.#known.get(key);
    const fresh = known?.version === versionOf(group) && this.clock.now() - known.at < FRESH_MS;
    if (known !== undefined && fresh) return known.snapshots;
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      reading = this.#read(group).finally(() => this.#reading.delete(key));
      reading.catch(() => {}); // Whoever still waits for it is told.
      this.#reading.set(key, reading);
    }
    const waited = reading;
    try {
      return await orAborted(signal, () => waited);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new ServiceError("late", "is still being read");
    }
  }

  /** Forgets groups that are not there any more. */
  keep(groups: readonly Group[]): void {
    const keys = new Set(groups.map(groupKey));
    for (const key of this.#known.keys()) if (!keys.has(key)) this.#known.delete(key);
  }

  /** Ends what is being read, and waits for it. */
  async close(): Promise<void> {
    this.#closing.abort(new ServiceError("late", "was not waited for"));
    await Promise.allSettled(this.#reading.values());
  }

  async #read(group: Group): Promise<readonly Snapshot[]> {
    const { store, ns, type, id } = group;
    const query = new URLSearchParams({ "backup-type": type, "backup-id": id });
    if (ns !== "") query.set("ns", ns);
    const path = `/admin/datastore/${encodeURIComponent(store)}/snapshots?${query}`;
    const at = this.clock.now();
    using limit = deadline(this.clock, this.#closing.signal, READ_MS);
    const listed = await this.#gate.run(
      store,
      limit.signal,
      () => this.api.get(path, snapshots, limit.signal),
    );
    const read = listed.map(snapshotOf).sort((a, b) => b.at - a.at);
    this.#known.set(groupKey(group), { version: versionOf(group), at, snapshots: read });
    return read;
  }
}

const groupKey = ({ store, ns, type, id }: Group) => JSON.stringify([store, ns, type, id]);
const versionOf = ({ last, count }: Group) => `${last} ${count}`;

/** Only what is finished and readable has a size (`backup_info_to_snapshot_list_item`). */
function snapshotOf(snapshot: z.output<typeof snapshots>[number]): Snapshot {
  const at = snapshot["backup-time"] * 1000;
  const whole = typeof snapshot.size === "number";
  const finished = whole ||
    (snapshot.files?.some(({ filename }) => filename === MANIFEST) ?? false);
  if (!finished) return { at, finished, verified: "never" };
  if (!whole) return { at, finished, verified: "unreadable" };
  return { at, finished, verified: verificationOf(snapshot.verification?.state) };
}

/** PBS 4.2 `VerifyState`. */
function verificationOf(state: string | undefined): Snapshot["verified"] {
  switch (state) {
    case undefined:
      return "never";
    case "ok":
    case "failed":
      return state;
    default:
      return "unknown";
  }
}
