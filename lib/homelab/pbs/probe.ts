import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { datastoreChart } from "./chart.ts";
import { duration, percent, usedPart } from "../../units.ts";
import { ServiceError } from "../http/client.ts";
import {
  datastores,
  type DatastoreUsage,
  datastoreUsages,
  maintenanceRows,
  storeRows,
} from "./stores.ts";
import { type Job, jobRows, jobs, taskRows, tasks, toldByJobs } from "./tasks.ts";
import {
  type Part,
  part,
  partsDeadline,
  type Proxmox,
  rowsOf,
  unlessAllMissing,
} from "../proxmox/api.ts";
import { levelAt } from "../../level.ts";
import { matches, reportOf, type Row } from "../report.ts";
import type { Probe, ProbeKind } from "../probe.ts";
import { file, serviceSettings } from "../http/settings.ts";
import { askPermissions, lackingRights, type Needed } from "../proxmox/rights.ts";

const TITLE = "Proxmox Backup Server";

/**
 * PBS selects by the time a task began, so it is asked for more than the day that is told: one that
 * began before it may have failed within it.
 */
const ASKED_SECONDS = 72 * 3_600;

/** From here on the root disk is "warn" and "bad". */
const ROOT = [0.85, 0.95] as const;

/** The kinds of jobs, where they are listed, and the workers that do them. */
const JOB_KINDS = [
  { kind: "garbage collection", path: "/admin/gc", worker: "garbage_collection" },
  { kind: "verify", path: "/admin/verify", worker: "verificationjob" },
  { kind: "prune", path: "/admin/prune", worker: "prunejob" },
  { kind: "sync", path: "/admin/sync", worker: "syncjob" },
] as const;

/** PBS 4.2 leaves out what a token may not see: api2/{status,admin/*,config/sync,node/tasks}.rs. */
const NEEDED: readonly Needed[] = [
  {
    ...{ path: "/datastore", privilege: "Datastore.Audit", role: "Audit on /" },
    ...{ part: "datastores", hidden: "other datastores and their jobs are not shown" },
  },
  {
    ...{ path: "/remote", privilege: "Remote.Audit", role: "RemoteAudit" },
    ...{ part: "sync", hidden: "sync jobs with a remote are not shown" },
  },
  {
    ...{ path: "/system/tasks", privilege: "Sys.Audit", role: "Audit on /" },
    ...{ part: "tasks", hidden: "only its own tasks are shown" },
  },
];

const amount = z.object({ total: z.number(), used: z.number() });
const hostStatus = z.object({
  cpu: z.number(),
  memory: amount,
  root: amount,
  uptime: z.number(),
});

const guestName = z.string().regex(/^(ct|vm|host)\/[^\s/]+( in \S.*)?$/, {
  error: 'expected a guest as /backups names it, such as "ct/105", "host/laptop" or ' +
    '"vm/200 in main/pve2"',
});

const settings = serviceSettings("Such as https://pbs.lan:8007.", {
  token_file: file.describe("A file with an API token: USER@REALM!NAME:SECRET."),
  late_hours: z.record(guestName, z.number().positive()).default({})
    .describe('Backups that are late only after so many hours, by guest: { "ct/105": 200 }.'),
}).describe("Proxmox Backup Server.");

export type PbsSettings = z.output<typeof settings>;

export const PBS = {
  name: "pbs",
  command: { description: "Backup server: datastores, tasks, jobs", argument: "name" },
  settings,
  example: { url: "https://10.0.0.6:8007", token_file: "pbs-token" },
  create: (settings, { clock }, servers) => createPbs(servers(settings, "PBSAPIToken"), clock),
} as const satisfies ProbeKind<PbsSettings>;

/** What a backup server says of its datastores, jobs, tasks and itself. */
export function createPbs(api: Proxmox, clock: Clock): Probe {
  return {
    title: TITLE,
    async chart(signal, only) {
      const usages = await api.get("/status/datastore-usage", datastoreUsages, signal);
      const wanted = usages.filter(({ store }) => matches(only, store));
      return datastoreChart(wanted, clock.now());
    },
    async check(signal, only) {
      using limit = partsDeadline(clock, signal);
      const at = clock.now();
      const { usages, stores, host, listed, ended, rights } = await askAll(api, at, limit.signal);
      unlessAllMissing([usages, stores, host, ended, ...listed.map(({ from }) => from)]);
      const told = new Set(
        listed.flatMap(({ worker, from }) => "data" in from ? toldByJobs(worker, from.data) : []),
      );
      const known = "data" in usages ? usages.data : null;
      const all = [
        ...rowsOf("datastores", usages, (data) => storeRows(data, at)),
        ...rowsOf("maintenance", stores, (data) => maintenanceRows(data, known)),
        ...listed.flatMap(({ kind, from }) =>
          rowsOf(kind, from, (data) => jobRows(kind, data, at))
        ),
        ...rowsOf("tasks", ended, (data) => taskRows(data, at, told)),
        ...rowsOf("host", host, hostRows),
        ...lackingRights(rights, NEEDED),
      ];
      return reportOf(TITLE, all, quietSummary(known ?? []), at, only);
    },
  };
}

async function askAll(api: Proxmox, at: number, signal: AbortSignal) {
  const since = Math.floor(at / 1000) - ASKED_SECONDS;
  const [usages, stores, host, ended, rights, ...lists] = await Promise.all([
    part(api.get("/status/datastore-usage", datastoreUsages, signal)),
    part(api.get("/admin/datastore", datastores, signal)),
    part(api.get("/nodes/localhost/status", hostStatus, signal)),
    part(askTasks(api, since, signal)),
    askPermissions(api, signal),
    ...JOB_KINDS.map(({ path }): Promise<Part<Job[]>> => part(askJobs(api, path, signal))),
  ]);
  const missing = { data: [] };
  const listed = JOB_KINDS.map((kind, index) => ({ ...kind, from: lists[index] ?? missing }));
  return { usages, stores, host, ended, rights, listed };
}

/** Without a direction PBS lists the sync jobs that pull; before 3.4 it knows no other, and no such question. */
async function askJobs(api: Proxmox, path: string, signal: AbortSignal): Promise<Job[]> {
  if (path !== "/admin/sync") return await api.get(path, jobs, signal);
  try {
    return await api.get(`${path}?sync-direction=all`, jobs, signal);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status !== 400) throw error;
    return await api.get(path, jobs, signal);
  }
}

/** With `errors=1` PBS would give the running ones among the failed; so both are asked for, whole. */
async function askTasks(api: Proxmox, since: number, signal: AbortSignal) {
  const path = "/nodes/localhost/tasks";
  const lists = await Promise.all([
    api.get(`${path}?limit=0&since=${since}`, tasks, signal),
    api.get(`${path}?limit=0&running=1`, tasks, signal),
  ]);
  return lists.flat();
}

function hostRows({ cpu, memory, root, uptime }: z.output<typeof hostStatus>): Row[] {
  const full = usedPart(root.used, root.total) ?? 0;
  const used = usedPart(memory.used, memory.total) ?? 0;
  const text = `CPU ${percent(cpu)} · memory ${percent(used)} · root disk ${percent(full)} · ` +
    `up ${duration(uptime * 1000)}`;
  return [{ level: levelAt(full, ROOT), name: "host", text }];
}

function quietSummary(usages: readonly DatastoreUsage[]): string {
  const parts = usages.flatMap(({ used, total }) => usedPart(used, total) ?? []);
  const fullest = parts.length === 0 ? "" : `, ${percent(Math.max(...parts))} used at most`;
  return `${usages.length === 1 ? "1 datastore" : `${usages.length} datastores`}${fullest}`;
}
