/**
 * A Proxmox Backup Server, written from its sources: proxmox-backup 4.2.3 (506700f6c)
 * `src/api2/{status,access,admin,node}`, `src/server/jobstate.rs` and pbs-api-types 1.0.18. What a token
 * may not see is left out or refused as there, an unknown parameter is refused, and a manifest takes
 * its time.
 */
import { computeNextEvent, parseCalendarEvent, Zone } from "./calendar.ts";
import { type HomelabSim, labelledJson, pause, startHomelab } from "./homelab.ts";
import { type Access, permissionsOf, privilegesAt, type RightsModel } from "./rights.ts";

const AUDIT = ["Sys.Audit", "Datastore.Audit"];
/** pbs-api-types `acl.rs`; only what a token that looks could have. */
const MODEL: RightsModel = {
  roles: {
    Audit: AUDIT,
    DatastoreAudit: ["Datastore.Audit"],
    DatastoreBackup: ["Datastore.Backup"],
    DatastoreReader: ["Datastore.Audit", "Datastore.Verify", "Datastore.Read"],
    RemoteAudit: ["Remote.Audit"],
    NoAccess: [],
  },
  paths: ["/", "/access", "/datastore", "/remote", "/system"],
};

/** How a job stands (`JobState`); `unreadable` is a file of it that cannot be read. */
export type JobState =
  | { readonly kind: "created"; readonly time: number }
  | { readonly kind: "started"; readonly upid: string; readonly starttime: number }
  | { readonly kind: "finished"; readonly upid: string; readonly endtime: number; state: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "unreadable" };

export interface PbsJob {
  readonly id: string;
  readonly store: string;
  readonly ns?: string;
  readonly schedule?: string;
  readonly disable?: boolean;
  readonly run: JobState;
}

export interface SyncJob extends PbsJob {
  readonly remote?: string;
  readonly "remote-store": string;
  readonly "sync-direction"?: "pull" | "push";
}

export interface PbsTask {
  readonly upid: string;
  readonly starttime: number;
  readonly worker_type: string;
  readonly worker_id: string | null;
  readonly user: string;
  readonly endtime?: number;
  readonly status?: string;
}

export interface PbsSnapshot {
  readonly time: number;
  /** Without it the backup runs, or was broken off. */
  readonly finished?: boolean;
  readonly verified?: "ok" | "failed";
  /** Its manifest cannot be read. */
  readonly broken?: boolean;
}

export interface PbsGroup {
  readonly type: "ct" | "vm" | "host";
  readonly id: string;
  readonly comment?: string;
  readonly owner?: string;
  readonly snapshots: readonly PbsSnapshot[];
}

export interface PbsStore {
  readonly store: string;
  readonly total: number;
  readonly used: number;
  /** Seconds since 1970; what PBS computes from the history. */
  readonly full?: number;
  readonly stillBad?: number;
  /** `datastore.cfg`: `offline,message=disk swap`. */
  readonly maintenance?: string;
  /** Null where it cannot be removed. */
  readonly mounted?: boolean | null;
  readonly gc?: { readonly schedule?: string; readonly run: JobState };
  /** By namespace; "" is the root, which there always is. */
  readonly namespaces: Readonly<Record<string, readonly PbsGroup[]>>;
}

export interface PbsModel {
  access: Access;
  /** Seconds since 1970. */
  now: number;
  zone: Zone;
  /** Milliseconds that reading one manifest takes. */
  manifestMs: number;
  stores: PbsStore[];
  sync: SyncJob[];
  verify: PbsJob[];
  prune: PbsJob[];
  tasks: PbsTask[];
  /** Changes the `data` of an answer (its path below /api2/json), to see what is made of it. */
  edit?: (path: string, data: unknown) => unknown;
}

export const AUDITOR: Access = {
  user: [{ path: "/", role: "Audit" }],
  token: [{ path: "/", role: "Audit" }],
};

/** What README asks for. */
export const AUDITOR_AND_REMOTES: Access = {
  user: [...AUDITOR.user, { path: "/remote", role: "RemoteAudit" }],
  token: [...AUDITOR.token, { path: "/remote", role: "RemoteAudit" }],
};

/** An answer that is no success. */
class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

const AUTHID = "bot@pbs!telegram";

export interface PbsSim extends HomelabSim {
  readonly model: PbsModel;
}

/** Starts a server that has what `model` says; it may be changed while it runs. */
export function startPbsServer(model: PbsModel, secret: string): PbsSim {
  const sim = startHomelab({
    routes: {},
    authorization: `PBSAPIToken=${AUTHID}:${secret}`,
    service: async (request) => {
      try {
        const url = new URL(request.url);
        const { data, ...rest } = await new Server(model).answer(url);
        const edited = model.edit?.(url.pathname.replace("/api2/json", ""), data) ?? data;
        return labelledJson(JSON.stringify({ data: edited, ...rest }));
      } catch (error) {
        if (error instanceof Refusal) return labelledJson(error.message, error.status);
        throw error;
      }
    },
  });
  return Object.assign(sim, { model });
}

function queryOf(params: URLSearchParams) {
  return {
    get: (name: string) => params.get(name),
    /** proxmox-schema: nothing that is not in the method's schema. */
    only(...names: string[]) {
      const other = [...params.keys()].find((name) => !names.includes(name));
      if (other === undefined) return;
      const text = `parameter verification errors\n\nparameter '${other}': ` +
        "schema does not allow additional properties";
      throw new Refusal(400, text);
    },
  };
}

type Query = ReturnType<typeof queryOf>;

class Server {
  constructor(readonly model: PbsModel) {}

  async answer(url: URL): Promise<Record<string, unknown>> {
    const path = url.pathname.replace(/^\/api2\/json/, "").split("/").slice(1).map(
      decodeURIComponent,
    );
    const [query, ...names] = [queryOf(url.searchParams), ...path];
    switch (names.join("/")) {
      case "version":
        return { data: { version: "4.2", release: "3", repoid: "506700f6c" } };
      case "access/permissions":
        query.only("auth-id", "path");
        return { data: this.#permissions() };
      case "status/datastore-usage":
        query.only();
        return { data: this.#usages() };
      case "admin/datastore":
        query.only();
        return {
          data: this.#stores().map(({ store, maintenance, mounted }) => ({
            ...{ store, "mount-status": mountStatus(mounted), "backend-type": "filesystem" },
            ...(maintenance === undefined ? {} : { maintenance }),
          })),
        };
      case "admin/gc":
        query.only("store");
        return { data: this.#gc() };
      case "admin/verify":
        query.only("store");
        return { data: this.#jobs(this.model.verify) };
      case "admin/prune":
        query.only("store");
        return { data: this.#jobs(this.model.prune) };
      case "admin/sync":
        query.only("store", "sync-direction");
        return { data: this.#sync(query.get("sync-direction") ?? "pull") };
      case "nodes/localhost/tasks":
        return this.#tasks(query);
      case "nodes/localhost/status":
        query.only();
        return { data: this.#host() };
    }
    const [admin, datastore, store, what] = names;
    if (admin !== "admin" || datastore !== "datastore" || names.length !== 4) {
      throw new Refusal(404, `Path '/api2/json/${names.join("/")}' not found.`);
    }
    return { data: await this.#inStore(store ?? "", what ?? "", query) };
  }

  #has(path: string, ...privileges: string[]): boolean {
    const held = privilegesAt(this.model.access, path, MODEL);
    return privileges.some((privilege) => held.has(privilege));
  }

  #permissions() {
    const all = permissionsOf(this.model.access, MODEL);
    return Object.fromEntries(
      [...all].map(([path, privileges]) => [path, Object.fromEntries(privileges)]),
    );
  }

  #stores(): PbsStore[] {
    return this.model.stores.filter(({ store, namespaces }) =>
      this.#has(`/datastore/${store}`, "Datastore.Audit", "Datastore.Backup") ||
      Object.keys(namespaces).some((ns) => this.#has(nsPath(store, ns), ...NS_PRIVILEGES))
    );
  }

  #usages() {
    return this.#stores().map(
      ({ store, total, used, full, stillBad = 0, mounted, maintenance }) => {
        const empty = { store, "mount-status": mountStatus(mounted), "backend-type": "filesystem" };
        if (mounted === false) return empty;
        if (!this.#has(`/datastore/${store}`, "Datastore.Audit", "Datastore.Backup")) return empty;
        const error = unavailable(store, maintenance);
        if (error !== null) return { ...empty, error };
        return {
          ...{ ...empty, total, used, avail: total - used },
          ...(full === undefined ? {} : { "estimated-full-date": full }),
          "gc-status": { ...GC, "still-bad": stillBad },
        };
      },
    );
  }

  #lookup(store: string): PbsStore {
    const found = this.model.stores.find((each) => each.store === store);
    if (found === undefined) throw new Refusal(400, `no such datastore '${store}'`);
    const error = unavailable(store, found.maintenance);
    if (error !== null) throw new Refusal(400, error);
    if (found.mounted === false) throw new Refusal(400, `datastore '${store}' is not mounted`);
    return found;
  }

  async #inStore(store: string, what: string, query: Query) {
    if (what === "namespace") {
      query.only("parent", "max-depth");
      const seen = (ns: string) => this.#has(nsPath(store, ns), ...NS_PRIVILEGES);
      const all = ["", ...Object.keys(this.#lookup(store).namespaces).filter((ns) => ns !== "")];
      const list = all.filter(seen).map((ns) => ({ ns }));
      if (list.length === 0) throw new Refusal(403, "permission check failed");
      return list;
    }
    const ns = query.get("ns") ?? "";
    if (what === "groups") query.only("ns");
    else if (what === "snapshots") query.only("ns", "backup-type", "backup-id");
    else throw new Refusal(404, `Path '/api2/json/admin/datastore/${store}/${what}' not found.`);
    const all = this.#has(nsPath(store, ns), "Datastore.Audit");
    if (!all && !this.#has(nsPath(store, ns), "Datastore.Backup")) {
      const missing = "Datastore.Audit|Datastore.Backup";
      throw new Refusal(
        403,
        `permission check failed - missing ${missing} on ${nsPath(store, ns)}`,
      );
    }
    const groups = this.#lookup(store).namespaces[ns] ?? (ns === "" ? [] : null);
    if (groups === null) throw new Refusal(400, `namespace '${ns}' does not exist`);
    const owned = groups.filter(({ owner = "backup@pbs" }) => all || owner === AUTHID);
    if (what === "groups") return owned.map(groupItem);
    const [type, id] = [query.get("backup-type"), query.get("backup-id")];
    const asked = owned.filter((group) =>
      (type === null || group.type === type) && (id === null || group.id === id)
    );
    const manifests = asked.reduce((sum, { snapshots }) => sum + snapshots.length, 0);
    await pause(manifests * this.model.manifestMs, new AbortController().signal);
    return asked.flatMap((group) => group.snapshots.map((one) => snapshotItem(group, one)));
  }

  #gc() {
    return this.#stores().flatMap(({ store, maintenance, mounted, gc }) => {
      if (unavailable(store, maintenance) !== null || mounted === false) return [];
      const { schedule, run = { kind: "unknown" as const } } = gc ?? {};
      const ended = run.kind === "finished" ? run : null;
      const next = this.#next(schedule, ended?.endtime ?? this.model.now);
      return [{
        ...{ ...GC, store, upid: ended?.upid ?? null },
        ...(schedule === undefined ? {} : { schedule }),
        ...(next === null ? {} : { "next-run": next }),
        ...(ended === null
          ? {}
          : { "last-run-state": ended.state, "last-run-endtime": ended.endtime }),
      }];
    });
  }

  #jobs(jobs: readonly PbsJob[]) {
    return jobs.filter(({ store, ns }) => this.#has(nsPath(store, ns ?? ""), "Datastore.Audit"))
      .map((job) => this.#job(job));
  }

  /** `check_sync_job_read_access`; a direction that was not asked for is left out before. */
  #sync(asked: string) {
    if (!["all", "pull", "push"].includes(asked)) {
      throw new Refusal(400, "parameter verification errors\n\nparameter 'sync-direction': value");
    }
    return this.model.sync.filter((job) => {
      const direction = job["sync-direction"] ?? "pull";
      if (asked !== "all" && asked !== direction) return false;
      if (!this.#has(nsPath(job.store, job.ns ?? ""), "Datastore.Audit")) return false;
      if (job.remote === undefined) {
        return direction === "pull" &&
          this.#has(`/datastore/${job["remote-store"]}`, "Datastore.Audit");
      }
      const below = direction === "push" ? `/${job["remote-store"]}` : "";
      return this.#has(`/remote/${job.remote}${below}`, "Remote.Audit");
    }).map((job) => this.#job(job));
  }

  /** `compute_schedule_status`. */
  #job({ run, ...config }: PbsJob) {
    const { schedule, disable } = config;
    if (run.kind === "unreadable") return config;
    const last = {
      created: run.kind === "created" ? run.time : 0,
      started: run.kind === "started" ? run.starttime : 0,
      finished: run.kind === "finished" ? run.endtime : 0,
      unknown: this.model.now - 30,
    }[run.kind];
    const next = disable === true ? null : this.#next(schedule, last);
    return {
      ...config,
      ...(next === null ? {} : { "next-run": next }),
      ...(run.kind === "started" || run.kind === "finished" ? { "last-run-upid": run.upid } : {}),
      ...(run.kind === "finished"
        ? { "last-run-state": run.state, "last-run-endtime": run.endtime }
        : {}),
    };
  }

  #next(schedule: string | undefined, last: number): number | null {
    if (schedule === undefined) return null;
    return computeNextEvent(parseCalendarEvent(schedule), last, this.model.zone);
  }

  #tasks(query: Query) {
    query.only(...TASK_PARAMETERS);
    const [limit, since] = [Number(query.get("limit") ?? 50), query.get("since")];
    const [running, errors] = [query.get("running") === "1", query.get("errors") === "1"];
    const all = this.#has("/system/tasks", "Sys.Audit");
    const found = this.model.tasks.toSorted((a, b) => b.starttime - a.starttime)
      .filter(({ starttime, user, worker_type, endtime, status }) => {
        if (since !== null && starttime < Number(since)) return false;
        if (!all && user !== AUTHID) return false;
        if (!worker_type.includes(query.get("typefilter") ?? "")) return false;
        if (running && endtime !== undefined) return false;
        return !errors || status !== "OK";
      })
      .map(({ upid, starttime, worker_type, worker_id, user, ...end }) => ({
        ...{ upid, node: "localhost", pid: 900, pstart: 11_000, starttime, worker_type, worker_id },
        ...{ user, ...end },
      }));
    const data = limit === 0 ? found : found.slice(0, limit);
    return { data, total: data.length };
  }

  #host() {
    if (!this.#has("/system/status", "Sys.Audit")) {
      throw new Refusal(403, "permission check failed");
    }
    const GiB = 1024 ** 3;
    const amount = (total: number, used: number) => ({ total, used, free: total - used });
    return {
      ...{ cpu: 0.03, wait: 0, uptime: 1_900_000, loadavg: [0.1, 0.1, 0.1] },
      memory: amount(8 * GiB, 3 * GiB),
      swap: amount(0, 0),
      root: { ...amount(100 * GiB, 30 * GiB), avail: 70 * GiB },
    };
  }
}

const NS_PRIVILEGES = ["Datastore.Audit", "Datastore.Backup", "Datastore.Modify", "Datastore.Read"];
const TASK_PARAMETERS = [
  ...["start", "limit", "store", "running", "errors", "userfilter", "since", "until"],
  ...["typefilter", "statusfilter"],
];
const GC = {
  ...{ upid: null, "index-file-count": 9, "index-data-bytes": 4096e9, "disk-bytes": 512e9 },
  ...{ "disk-chunks": 9, "removed-bytes": 0, "removed-chunks": 0, "pending-bytes": 0 },
  ...{ "pending-chunks": 0, "removed-bad": 0, "still-bad": 0 },
};

const nsPath = (store: string, ns: string) => `/datastore/${store}${ns === "" ? "" : `/${ns}`}`;

const mountStatus = (mounted: boolean | null | undefined) =>
  mounted === true ? "mounted" : mounted === false ? "notmounted" : "nonremovable";

/** `MaintenanceMode::check` for reading, and what `lookup_datastore` makes of it. */
function unavailable(store: string, maintenance: string | undefined): string | null {
  if (maintenance === undefined) return null;
  const [, type = "", message = ""] =
    /^(?:type=)?([a-z0-9-]+)(?:,message="?(.*?)"?)?$/.exec(maintenance) ?? [];
  const why: Readonly<Record<string, string>> = {
    delete: "datastore is being deleted",
    unmount: "datastore is being unmounted",
    offline: `offline maintenance mode: ${message}`,
    "s3-refresh": `S3 refresh maintenance mode: ${message}`,
  };
  return type in why ? `datastore '${store}' is unavailable: ${why[type]}` : null;
}

/** `backup_group_to_group_list_item`: the newest that is finished, or the only one. */
function groupItem({ type, id, comment, owner = "backup@pbs", snapshots }: PbsGroup) {
  const sorted = snapshots.toSorted((a, b) => b.time - a.time);
  const last = sorted.length === 1 ? sorted[0] : sorted.find(({ finished = true }) => finished);
  return {
    ...{ "backup-type": type, "backup-id": id, "last-backup": last?.time ?? 0 },
    ...{ "backup-count": snapshots.length, files: last === undefined ? [] : filesOf(last), owner },
    ...(comment === undefined ? {} : { comment }),
  };
}

function filesOf({ finished = true }: PbsSnapshot): string[] {
  return finished ? ["index.json.blob", "root.pxar.didx"] : ["root.tmp_didx"];
}

/** `backup_info_to_snapshot_list_item`: without a manifest that can be read, hardly anything. */
function snapshotItem(group: PbsGroup, snapshot: PbsSnapshot) {
  const { type, id, comment, owner = "backup@pbs" } = group;
  const { time, finished = true, verified, broken = false } = snapshot;
  const files = filesOf(snapshot);
  const common = {
    ...{ "backup-type": type, "backup-id": id, "backup-time": time, owner, protected: false },
  };
  if (!finished || broken) return { ...common, files: files.map((filename) => ({ filename })) };
  return {
    ...common,
    ...(comment === undefined ? {} : { comment }),
    ...(verified === undefined
      ? {}
      : { verification: { upid: "UPID:pbs:1:1:1:1:verify:x:root@pam:", state: verified } }),
    files: files.map((filename) => ({ filename, "crypt-mode": "none", size: 1024 })),
    size: 2048,
  };
}
