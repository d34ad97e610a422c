/** A small homelab as its servers have it, for the stand-ins of PBS and PVE. */
import { createBackups } from "../../../lib/homelab/backups/probe.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { bounded, type Probe } from "../../../lib/homelab/probe.ts";
import { createPbs } from "../../../lib/homelab/pbs/probe.ts";
import { createPve } from "../../../lib/homelab/pve/probe.ts";
import type { Report } from "../../../lib/homelab/report.ts";
import { Zone } from "../../sim/homelab/calendar.ts";
import {
  AUDITOR_AND_REMOTES,
  type PbsGroup,
  type PbsModel,
  type PbsSnapshot,
  type PbsStore,
  type PbsTask,
  startPbsServer,
} from "../../sim/homelab/pbs.ts";
import {
  PVE_AUDITOR,
  type PveGuest,
  type PveModel,
  type PveTask,
  startPveServer,
} from "../../sim/homelab/pve.ts";
import { NOW, pbsApi, pbsSettings, pveApi, pveSettings, SECRET, world } from "./stage.ts";

export const S = NOW / 1000;
export const HOUR_S = 3_600;
export const DAY_S = 24 * HOUR_S;
export const BERLIN = new Zone("Europe/Berlin");

/** 2026-11-20 19:40 in Berlin; the last run of "02:00" was 17 h 40 min ago. */
export const LAST_NIGHT = S - (17 * HOUR_S + 40 * 60);

/** Backups of the last nights, each a little after its run; the newest first. */
export const nightly = (count = 5, from = LAST_NIGHT, change: Partial<PbsSnapshot> = {}) =>
  Array.from({ length: count }, (_, night): PbsSnapshot => ({
    ...{ time: from + 300 - night * DAY_S, verified: "ok" },
    ...change,
  }));

export const group = (name: string, snapshots: readonly PbsSnapshot[] = nightly()): PbsGroup => {
  const [type = "ct", id = ""] = name.split("/");
  return { type: type as PbsGroup["type"], id, snapshots };
};

export const store = (name: string, change: Partial<PbsStore> = {}): PbsStore => ({
  ...{ store: name, total: 4e12, used: 1e12, mounted: null },
  ...{ namespaces: { "": [] } },
  ...change,
});

export const guest = (name: string, change: Partial<PveGuest> = {}): PveGuest => {
  const [type, id] = name.split("/");
  return { type: type === "vm" ? "qemu" : "lxc", vmid: Number(id), node: "pve1", ...change };
};

let counted = 0;
export const task = (change: Partial<PbsTask> = {}): PbsTask => {
  const ended = { starttime: S - 2 * HOUR_S, endtime: S - 2 * HOUR_S + 60, status: "OK" };
  const of = { worker_type: "backup", worker_id: "main:ct/1", user: "root@pam" };
  return { upid: `UPID:pbs:${++counted}`, ...of, ...ended, ...change };
};

/** Two guests that are backed up each night to the only datastore. */
export function pbsModel(change: Partial<PbsModel> = {}): PbsModel {
  return {
    ...{ access: AUDITOR_AND_REMOTES, now: S, zone: BERLIN, manifestMs: 0 },
    stores: [store("main", { namespaces: { "": [group("ct/101"), group("vm/102")] } })],
    ...{ sync: [], verify: [], prune: [], tasks: [] },
    ...change,
  };
}

export const NIGHTLY_JOB = { id: "nightly", enabled: 1, all: 1, storage: "pbs", schedule: "02:00" };
export const PBS_STORAGE = {
  ...{ storage: "pbs", type: "pbs", shared: true, content: "backup" },
  ...{ server: "10.0.0.6", datastore: "main" },
};

export function pveModel(change: Partial<PveModel> = {}): PveModel {
  return {
    ...{ access: PVE_AUDITOR, now: S, zone: BERLIN, nodes: [{ node: "pve1" }] },
    guests: [guest("ct/101"), guest("vm/102")],
    storages: [PBS_STORAGE],
    jobs: [NIGHTLY_JOB],
    ...{ replication: [], tasks: [] },
    ...change,
  };
}

/**
 * A run of vzdump with the log that PVE/VZDump.pm `exec_backup` writes: guests one after the other, each
 * for ten minutes; of those that `failed` the backup is broken off.
 */
export function vzdump(
  starttime: number,
  guests: readonly string[],
  { node = "pve1", options = "--storage nas", failed = [] as readonly string[] } = {},
): PveTask {
  // The node's clock is not in UTC.
  const local = (at: number) =>
    new Date((at + HOUR_S) * 1000).toISOString().slice(0, 19).replace("T", " ");
  const parts = guests.flatMap((each, index) => {
    const [type, vmid] = each.split("/");
    const [from, to] = [starttime + index * 600, starttime + index * 600 + 590];
    const ending = failed.includes(each)
      ? [`ERROR: Backup of VM ${vmid} failed - no space left`, `INFO: Failed at ${local(to)}`]
      : [
        `INFO: Finished Backup of VM ${vmid} (00:09:50)`,
        `INFO: Backup finished at ${local(to)}`,
      ];
    return [
      `INFO: Starting Backup of VM ${vmid} (${type === "vm" ? "qemu" : "lxc"})`,
      `INFO: Backup started at ${local(from)}`,
      "INFO: status = running",
      ...ending,
    ];
  });
  const vmids = guests.map((each) => each.split("/")[1]).join(" ");
  return {
    ...{ node, type: "vzdump", id: guests.length === 1 ? vmids : "", starttime },
    endtime: starttime + guests.length * 600,
    status: failed.length > 0 ? "job errors" : "OK",
    log: [
      `INFO: starting new backup job: vzdump ${vmids} ${options} --mode snapshot --quiet 1`,
      ...parts,
      `INFO: Backup job finished ${failed.length > 0 ? "with errors" : "successfully"}`,
      "TASK OK",
    ],
  };
}

/** Both servers, and their probes, which remember what they saw; deadlines come `hurry` times sooner. */
export function homelab(
  pbsChange: Partial<PbsModel> = {},
  pveChange: Partial<PveModel> = {},
  hurry = 1,
) {
  const clock: Clock = {
    ...systemClock,
    now: () => NOW,
    after: (ms, action) => systemClock.after(ms / hurry, action),
  };
  const pbs = startPbsServer(pbsModel(pbsChange), SECRET);
  const pve = startPveServer(pveModel(pveChange), SECRET);
  const [store, cluster] = [
    pbsApi(pbsSettings(pbs), { ...world, clock }),
    pveApi(pveSettings(pve), { ...world, clock }),
  ];
  const probes = {
    pbs: createPbs(store, clock),
    backups: createBackups({ pbs: store, pve: cluster, lateHours: {}, clock }),
    alone: createBackups({ pbs: store, pve: null, lateHours: {}, clock }),
    pve: createPve(cluster, clock),
  };
  return {
    ...{ pbs, pve, probes },
    ask: (name: keyof typeof probes, only?: string): Promise<Report> =>
      bounded(probes[name], clock).check(new AbortController().signal, only),
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values<Probe>(probes).map((probe) => probe.close?.()));
      await Promise.all([pbs.close(), pve.close()]);
    },
  };
}
