/**
 * A Proxmox VE cluster, written from its sources: pve-manager 9.2 (14a22df3) `PVE/API2/{Cluster,Backup,
 * Replication,ReplicationConfig}.pm` and `API2Tools.pm`, pve-storage `PVE/API2/Storage/*` and
 * `check_volume_access`, pve-access-control `get_effective_permissions`. What a token may not see is left
 * out or refused as there, and an unknown parameter is refused.
 */
import { computeNextEvent, parseCalendarEvent, Zone } from "./calendar.ts";
import { type HomelabSim, labelledJson, startHomelab } from "./homelab.ts";
import { type Access, permissionsOf, privilegesAt, type RightsModel } from "./rights.ts";

/** pve-access-control `$privgroups`; only what a token that looks could have. */
const AUDITS = ["VM.Audit", "VM.GuestAgent.Audit", "Sys.Audit", "Datastore.Audit", "SDN.Audit"];
const MODEL: RightsModel = {
  roles: {
    PVEAuditor: [...AUDITS, "Pool.Audit", "Mapping.Audit"],
    // Roles that an owner may make.
    Lists: [...AUDITS, "Pool.Audit", "Datastore.AllocateSpace", "VM.Backup"],
    OnlyVms: ["VM.Audit"],
    NoPools: AUDITS,
    NoAccess: [],
  },
  paths: ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"],
};

export interface PveNode {
  readonly node: string;
  readonly online?: boolean;
  /** `manager_status`, where HA is used. */
  readonly ha?: string;
}

export interface PveGuest {
  readonly type: "qemu" | "lxc";
  readonly vmid: number;
  readonly node: string;
  readonly name?: string;
  /** As pvestatd sends it. */
  readonly status?: string;
  readonly uptime?: number;
  readonly template?: boolean;
  readonly pool?: string;
  readonly lock?: string;
  /** The state in `manager_status`, else in `resources.cfg`. */
  readonly ha?: string;
  readonly onboot?: boolean;
}

export interface PveStorage {
  readonly storage: string;
  readonly type: string;
  readonly content?: string;
  readonly shared?: boolean;
  readonly server?: string;
  readonly datastore?: string;
  readonly namespace?: string;
  readonly away?: boolean;
  /** Backups on it, as the plugin lists them; of a storage that is not shared, on a node. */
  readonly backups?: readonly {
    readonly type: "qemu" | "lxc";
    readonly vmid: number;
    readonly ctime: number;
    readonly node?: string;
  }[];
}

export interface PveReplication {
  readonly id: string;
  readonly guest: number;
  readonly target: string;
  readonly disable?: boolean;
  readonly remove_job?: "local" | "full";
  readonly state: {
    readonly last_sync?: number;
    readonly last_try?: number;
    readonly fail_count?: number;
    readonly error?: string;
    readonly pid?: number;
  };
}

/** A task that has ended, with its log. */
export interface PveTask {
  readonly node: string;
  readonly type: string;
  readonly id?: string;
  readonly starttime: number;
  readonly endtime: number;
  readonly status?: string;
  /** Its lines; "refused" for one whose file is gone. */
  readonly log?: readonly string[] | "refused";
}

export interface PveModel {
  access: Access;
  /** Seconds since 1970. */
  now: number;
  zone: Zone;
  nodes: PveNode[];
  guests: PveGuest[];
  storages: PveStorage[];
  jobs: Record<string, unknown>[];
  replication: PveReplication[];
  tasks: Record<string, unknown>[];
  /** What the nodes have in their lists of tasks. */
  nodeTasks?: PveTask[];
  /** Where several nodes are one; `quorate` as pmxcfs has it. */
  cluster?: { readonly name: string; readonly quorate?: 0 | 1 };
  /** Changes the `data` of an answer (its path below /api2/json), to see what is made of it. */
  edit?: (path: string, data: unknown) => unknown;
}

export const PVE_AUDITOR: Access = {
  user: [{ path: "/", role: "PVEAuditor" }],
  token: [{ path: "/", role: "PVEAuditor" }],
};

class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export interface PveSim extends HomelabSim {
  readonly model: PveModel;
}

/** Starts a cluster that has what `model` says; it may be changed while it runs. */
export function startPveServer(model: PveModel, secret: string): PveSim {
  const sim = startHomelab({
    routes: {},
    authorization: `PVEAPIToken=bot@pve!telegram=${secret}`,
    service: (request) => {
      try {
        const url = new URL(request.url);
        const data = new Cluster(model).answer(url);
        const edited = model.edit?.(url.pathname.replace("/api2/json", ""), data) ?? data;
        return labelledJson(JSON.stringify({ data: edited }));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return labelledJson(
          JSON.stringify({ data: null, message: `${error.message}\n` }),
          error.status,
        );
      }
    },
  });
  return Object.assign(sim, { model });
}

class Cluster {
  constructor(readonly model: PveModel) {}

  answer(url: URL): unknown {
    const path = url.pathname.replace(/^\/api2\/json/, "").split("/").slice(1).map(
      decodeURIComponent,
    );
    const params = url.searchParams;
    switch (path.join("/")) {
      case "access/permissions":
        only(params, "userid", "path");
        return this.#permissions();
      case "cluster/resources":
        only(params, "type");
        return this.#resources(params.get("type"));
      case "cluster/backup":
        only(params);
        this.#check("/", "Sys.Audit");
        return this.#jobs();
      case "cluster/backup-info/not-backed-up":
        only(params);
        this.#check("/", "Sys.Audit");
        return this.#unprotected();
      case "cluster/jobs/schedule-analyze":
        only(params, "schedule", "starttime", "iterations");
        return this.#analyze(params);
      case "cluster/status":
        only(params);
        this.#check("/", "Sys.Audit");
        return this.#status();
      case "cluster/replication":
        only(params);
        return this.model.replication.filter(({ guest }) => this.#has(`/vms/${guest}`, "VM.Audit"))
          .map(({ state: _state, ...job }) => ({ ...config(job), type: "local" }));
      case "cluster/tasks":
        only(params);
        return this.#has("/", "Sys.Audit") ? this.model.tasks : [];
      case "storage":
        only(params, "type");
        return this.model.storages
          .filter(({ storage }) =>
            this.#has(`/storage/${storage}`, "Datastore.Audit", "Datastore.AllocateSpace")
          )
          .map(({ backups: _backups, away: _away, ...storage }) => config(storage));
    }
    return this.#onNode(path, params);
  }

  #has(path: string, ...privileges: string[]): boolean {
    const held = privilegesAt(this.model.access, path, MODEL);
    return privileges.some((privilege) => held.has(privilege));
  }

  #check(path: string, privilege: string): void {
    if (this.#has(path, privilege)) return;
    throw new Refusal(403, `Permission check failed (${path}, ${privilege})`);
  }

  #permissions() {
    const all = permissionsOf(this.model.access, MODEL);
    return Object.fromEntries(
      [...all].map(([path, privileges]) => [
        path,
        Object.fromEntries([...privileges].map(([name, on]) => [name, on ? 1 : 0])),
      ]),
    );
  }

  #status() {
    const { nodes, cluster } = this.model;
    const about = cluster && { type: "cluster", id: "cluster", version: 3, nodes: nodes.length };
    return [
      ...(cluster === undefined ? [] : [{ ...about, ...cluster }]),
      ...nodes.map(({ node, online = true }, index) => ({
        ...{ type: "node", id: `node/${node}`, name: node, nodeid: cluster ? index + 1 : 0 },
        ...{ local: index === 0 ? 1 : 0, online: online ? 1 : 0, ip: "10.0.0.5", level: "" },
      })),
    ];
  }

  #resources(type: string | null) {
    const wanted = (...types: string[]) => type === null || types.includes(type);
    const { guests, nodes, storages } = this.model;
    return [
      ...(wanted("vm") ? guests.filter(({ vmid }) => this.#has(`/vms/${vmid}`, "VM.Audit")) : [])
        .map((guest) => this.#guest(guest)),
      ...(wanted("node") ? nodes : []).map((node) => this.#node(node)),
      ...(wanted("storage") ? storages : [])
        .filter(({ storage }) => this.#has(`/storage/${storage}`, "Datastore.Audit"))
        .flatMap((storage) => nodes.map((node) => this.#storage(storage, node))),
    ];
  }

  /** `extract_vm_stats`: of a guest whose node sends nothing hardly anything is known. */
  #guest(
    { type, vmid, node, name, status = "running", uptime, template, pool, lock, ha }: PveGuest,
  ) {
    const online = this.model.nodes.find((each) => each.node === node)?.online ?? true;
    const seesPool = pool !== undefined && this.#has(`/pool/${pool}`, "Pool.Audit");
    const runs = status !== "stopped";
    return {
      ...{ id: `${type}/${vmid}`, vmid, node, type, status: "unknown" },
      ...(online
        ? {
          ...{ name: name ?? `guest${vmid}`, status, template: template ? 1 : 0 },
          uptime: runs ? uptime ?? 500_000 : 0,
          ...{ maxcpu: 2, cpu: runs ? 0.01 : 0, maxmem: 2e9, mem: runs ? 7e8 : 0 },
          ...{ maxdisk: 1e10, disk: 0 },
        }
        : {}),
      ...(seesPool ? { pool } : {}),
      ...(lock === undefined ? {} : { lock }),
      ...(ha === undefined ? {} : { hastate: ha }),
    };
  }

  #node({ node, online = true, ha }: PveNode) {
    const numbers = this.#has(`/nodes/${node}`, "Sys.Audit");
    return {
      ...{
        id: `node/${node}`,
        node,
        type: "node",
        status: online ? "online" : "offline",
        level: "",
      },
      ...(numbers ? { maxcpu: 8, maxmem: 64e9, maxdisk: 1e11 } : {}),
      ...(numbers && online ? { uptime: 2e6, cpu: 0.07, mem: 40e9, disk: 5e10 } : {}),
      ...(ha === undefined ? {} : { hastate: ha }),
    };
  }

  #storage(
    { storage, type, content = "backup", shared, away }: PveStorage,
    { node, online = true }: PveNode,
  ) {
    const there = !away && online;
    return {
      ...{ id: `storage/${node}/${storage}`, storage, node, type: "storage", plugintype: type },
      ...{ status: there ? "available" : "unknown", shared: shared ? 1 : 0, content },
      ...(there ? { maxdisk: 1e12, disk: 2e11 } : {}),
    };
  }

  #jobs() {
    return this.model.jobs.map((job) => {
      const schedule = job["schedule"];
      const next = typeof schedule === "string" ? this.#next(schedule, this.model.now) : null;
      return { type: "vzdump", ...job, ...(next === null ? {} : { "next-run": next }) };
    });
  }

  /** `PVE::VZDump::get_included_guests` of all jobs, also of those that are switched off. */
  #unprotected() {
    const included = new Set(this.model.jobs.flatMap((job) => this.#included(job)));
    return this.model.guests
      .filter(({ vmid }) => this.#has(`/vms/${vmid}`, "VM.Audit") && !included.has(vmid))
      .map(({ vmid, type, name }) => ({ vmid, type, ...(name === undefined ? {} : { name }) }));
  }

  #included(job: Record<string, unknown>): number[] {
    const list = (value: unknown) =>
      `${value ?? ""}`.split(/[,;\s]+/).filter((each) => each !== "");
    const { guests } = this.model;
    const chosen = typeof job["pool"] === "string"
      ? guests.filter(({ pool }) => pool === job["pool"])
      : job["vmid"] !== undefined
      ? guests.filter(({ vmid }) => list(job["vmid"]).includes(`${vmid}`))
      : job["all"]
      ? guests.filter(({ vmid }) => !list(job["exclude"]).includes(`${vmid}`))
      : [];
    return chosen.filter(({ node }) => job["node"] === undefined || job["node"] === node)
      .map(({ vmid }) => vmid);
  }

  #next(schedule: string, last: number): number | null {
    return computeNextEvent(parseCalendarEvent(schedule), last, this.model.zone);
  }

  #analyze(params: URLSearchParams) {
    const [schedule, iterations] = [params.get("schedule"), Number(params.get("iterations") ?? 10)];
    if (schedule === null || !(iterations >= 1 && iterations <= 100)) {
      throw new Refusal(400, "Parameter verification failed.");
    }
    const found: { timestamp: number; utc: string }[] = [];
    let at: number | null = Number(params.get("starttime") ?? this.model.now);
    while (found.length < iterations) {
      at = this.#next(schedule, at);
      if (at === null) break;
      found.push({ timestamp: at, utc: new Date(at * 1000).toUTCString() });
    }
    return found;
  }

  #onNode(path: readonly string[], params: URLSearchParams): unknown {
    const [nodes, name, ...rest] = path;
    const node = this.model.nodes.find((each) => each.node === name);
    if (nodes !== "nodes" || node === undefined) throw new Refusal(501, "Method not implemented");
    if (node.online === false) throw new Refusal(595, "No route to host");
    const [kind, id, what] = rest;
    if (kind === "tasks" && rest.length === 1) {
      only(params, "typefilter", "since", "limit");
      return this.#nodeTasks(node.node, params);
    }
    if (kind === "tasks" && what === "log") {
      only(params, "limit");
      this.#check(`/nodes/${node.node}`, "Sys.Audit");
      const { log = [] } = this.#tasksOf(node.node).find(({ upid }) => upid === id) ?? {};
      if (log === "refused") throw new Refusal(500, "unable to open file - No such file");
      return log.slice(0, Number(params.get("limit") ?? 50)).map((t, n) => ({ n: n + 1, t }));
    }
    if (kind === "replication" && rest.length === 1) {
      only(params, "guest");
      return this.#replication(node.node);
    }
    if ((kind === "lxc" || kind === "qemu") && what === "config") {
      only(params, "current", "snapshot");
      this.#check(`/vms/${id}`, "VM.Audit");
      const guest = this.model.guests.find(({ vmid }) => `${vmid}` === id);
      if (guest === undefined || guest.type !== kind || guest.node !== node.node) {
        throw new Refusal(500, `Configuration file 'nodes/${node.node}/${id}.conf' does not exist`);
      }
      return {
        digest: "x",
        ...(guest.onboot === undefined ? {} : { onboot: guest.onboot ? 1 : 0 }),
      };
    }
    if (kind === "storage" && what === "content") {
      only(params, "content", "vmid");
      return this.#content(node.node, id ?? "");
    }
    throw new Refusal(501, "Method not implemented");
  }

  /** `PVE::API2::Tasks` `node_tasks`: of others' tasks only what an auditor of the node may see. */
  #nodeTasks(node: string, params: URLSearchParams) {
    if (!this.#has(`/nodes/${node}`, "Sys.Audit")) return [];
    return this.#tasksOf(node)
      .filter(({ type }) => type === params.get("typefilter"))
      .filter(({ starttime }) => starttime >= Number(params.get("since") ?? 0))
      .toSorted((a, b) => b.starttime - a.starttime)
      .slice(0, Number(params.get("limit") ?? 50))
      .map(({ log: _log, ...task }) => ({ pid: 1, pstart: 1, user: "root@pam", ...task }));
  }

  #tasksOf(node: string) {
    return (this.model.nodeTasks ?? []).filter((task) => task.node === node).map((task) => {
      const at = task.starttime.toString(16).toUpperCase();
      const upid = `UPID:${node}:00001:00001:${at}:${task.type}:${task.id ?? ""}:root@pam:`;
      return { status: "OK", id: "", ...task, upid };
    });
  }

  #replication(node: string) {
    return this.model.replication
      .filter(({ guest }) => this.model.guests.find(({ vmid }) => vmid === guest)?.node === node)
      .filter(({ guest, target, remove_job }) =>
        (remove_job !== undefined || target !== node) && this.#has(`/vms/${guest}`, "VM.Audit")
      )
      .map(({ state, ...job }) => ({ ...config(job), type: "local", fail_count: 0, ...state }));
  }

  /** The list itself wants less than each backup in it: an auditor gets none of them. */
  #content(node: string, name: string) {
    const path = `/storage/${name}`;
    if (!this.#has(path, "Datastore.Audit", "Datastore.AllocateSpace")) {
      throw new Refusal(403, `Permission check failed (${path}, Datastore.Audit|AllocateSpace)`);
    }
    const storage = this.model.storages.find((each) => each.storage === name);
    if (storage === undefined) throw new Refusal(500, `storage '${name}' does not exist`);
    if (storage.away) throw new Refusal(500, `storage '${name}' is not online`);
    return (storage.backups ?? [])
      .filter((backup) => storage.shared || (backup.node ?? node) === node)
      .filter(({ vmid }) =>
        this.#has(path, "Datastore.Allocate") ||
        (this.#has(path, "Datastore.AllocateSpace") && this.#has(`/vms/${vmid}`, "VM.Backup"))
      )
      .map(({ type, vmid, ctime }) => ({
        volid: `${name}:backup/vzdump-${type}-${vmid}-${ctime}.tar.zst`,
        ...{ format: "tar.zst", content: "backup", subtype: type, vmid, ctime, size: 1024 },
      }));
  }
}

function only(params: URLSearchParams, ...names: string[]): void {
  const other = [...params.keys()].find((name) => !names.includes(name));
  if (other === undefined) return;
  throw new Refusal(400, `Parameter verification failed. ${other}: property is not defined`);
}

/** Booleans as a section config has them. */
const config = (section: object) =>
  Object.fromEntries(
    Object.entries(section).map((
      [key, value],
    ) => [key, typeof value === "boolean" ? Number(value) : value]),
  );
