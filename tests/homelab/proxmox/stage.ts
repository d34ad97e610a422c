import { systemClock } from "../../../lib/clock.ts";
import { bounded, type Probe } from "../../../lib/homelab/probe.ts";
import { createBackups } from "../../../lib/homelab/backups/probe.ts";
import type { HttpEnvironment } from "../../../lib/homelab/environment.ts";
import { createPbs } from "../../../lib/homelab/pbs/probe.ts";
import { proxmox } from "../../../lib/homelab/proxmox/api.ts";
import { createPve } from "../../../lib/homelab/pve/probe.ts";
import type { Report } from "../../../lib/homelab/report.ts";
import {
  type HomelabSim,
  recording,
  type Served,
  startHomelab,
} from "../../sim/homelab/homelab.ts";

/** The time that the recordings were made for: 2026-11-20T18:40:00Z. */
export const NOW = 1795200000_000;
export const SECRET = "5f1c9a3e-secret";
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const PBS_TOKEN = `bot@pbs!telegram:${SECRET}`;
const PVE_TOKEN = `bot@pve!telegram=${SECRET}`;

export type Routes = Readonly<Record<string, Served>>;

const API = "/api2/json";

/** What README asks for: Audit and RemoteAudit, PVEAuditor. */
const PBS_RIGHTS = {
  "/": { "Sys.Audit": true, "Datastore.Audit": true },
  "/datastore": { "Sys.Audit": true, "Datastore.Audit": true },
  "/remote": { "Remote.Audit": true },
  "/system": { "Sys.Audit": true, "Datastore.Audit": true },
};
const AUDITOR = { "Datastore.Audit": 1, "Pool.Audit": 1, "Sys.Audit": 1, "VM.Audit": 1 };
const PVE_RIGHTS = Object.fromEntries(
  ["/", "/access", "/nodes", "/pool", "/storage", "/vms"].map((path) => [path, AUDITOR]),
);

/** A backup server that serves the recordings, but for `changed` (paths below /api2/json). */
export function startPbs(changed: Routes = {}): HomelabSim {
  const tasks = `${API}/nodes/localhost/tasks`;
  const routes = {
    [`${API}/status/datastore-usage`]: recording("pbs/status-datastore-usage.json"),
    [`${API}/nodes/localhost/status`]: recording("pbs/nodes-localhost-status.json"),
    [tasks]: recording("pbs/nodes-localhost-tasks.json"),
    [`${tasks}?limit=0&running=1`]: recording("pbs/nodes-localhost-tasks-running1.json"),
    [`${API}/admin/gc`]: recording("pbs/admin-gc.json"),
    [`${API}/admin/verify`]: recording("pbs/admin-verify.json"),
    [`${API}/admin/prune`]: recording("pbs/admin-prune.json"),
    [`${API}/admin/sync`]: recording("pbs/admin-sync.json"),
    [`${API}/admin/datastore`]: recording("pbs/admin-datastore.json"),
    [`${API}/admin/datastore/main/namespace`]: recording("pbs/admin-datastore-main-namespace.json"),
    [`${API}/admin/datastore/main/snapshots`]: snapshotsOf(
      recording("pbs/admin-datastore-main-snapshots.json"),
    ),
    [`${API}/admin/datastore/main/groups`]: inRoot(
      recording("pbs/admin-datastore-main-groups.json"),
    ),
    [`${API}/access/permissions`]: { json: { data: PBS_RIGHTS } },
    ...below(changed),
  };
  return startHomelab({ routes, authorization: `PBSAPIToken=${PBS_TOKEN}` });
}

/** A cluster that serves the recordings, without backup jobs. */
export function startPve(changed: Routes = {}): HomelabSim {
  const routes = {
    [`${API}/cluster/resources`]: recording("pve/cluster-resources.json"),
    [`${API}/cluster/backup-info/not-backed-up`]: recording(
      "pve/cluster-backup-info-not-backed-up.json",
    ),
    [`${API}/cluster/backup`]: { json: { data: [] } },
    [`${API}/cluster/replication`]: { json: { data: [] } },
    [`${API}/cluster/status`]: { json: { data: [{ type: "node", name: "pve", online: 1 }] } },
    [`${API}/storage`]: {
      json: { data: [{ storage: "pbs", type: "pbs", datastore: "main", content: "backup" }] },
    },
    [`${API}/nodes/pve/lxc/105/config`]: { json: { data: { hostname: "defrag-test" } } },
    [`${API}/access/permissions`]: { json: { data: PVE_RIGHTS } },
    ...below(changed),
  };
  return startHomelab({ routes, authorization: `PVEAPIToken=${PVE_TOKEN}` });
}

function below(routes: Routes): Record<string, Served> {
  return Object.fromEntries(Object.entries(routes).map(([path, to]) => [`${API}${path}`, to]));
}

/** What the root namespace has; PBS lists one namespace at a time. */
export function inRoot(text: string): Served {
  return (request) =>
    new Response(new URL(request.url).searchParams.has("ns") ? '{"data":[]}' : text);
}

/** The snapshots of the group that is asked for. */
export function snapshotsOf(text: string): Served {
  const { data } = JSON.parse(text) as { data: Record<string, unknown>[] };
  return (request) => {
    const { searchParams } = new URL(request.url);
    const asked = data.filter((snapshot) =>
      ["backup-type", "backup-id"].every((key) => snapshot[key] === searchParams.get(key))
    );
    return Response.json({ data: asked });
  };
}

/** Time stands where the recordings are; deadlines come five times sooner. */
export const world: HttpEnvironment = {
  fetch: (url, init) => fetch(url, init),
  clock: {
    now: () => NOW,
    steady: () => systemClock.steady(),
    after: (ms, action) => systemClock.after(ms / 5, action),
  },
  readTextFile: (path) =>
    path === "pbs-token" || path === "pve-token"
      ? Promise.resolve(`${path === "pbs-token" ? PBS_TOKEN : PVE_TOKEN}\n`)
      : Promise.reject(new Deno.errors.NotFound(`no such file: ${path}`)),
};

export function pbsSettings(sim: { url: string }, lateHours: Record<string, number> = {}) {
  return { url: sim.url, token_file: "pbs-token", late_hours: lateHours };
}

export function pveSettings(sim: { url: string }) {
  return { url: sim.url, token_file: "pve-token" };
}

/** What a probe reports, as the program asks it, and nothing goes on behind it. */
export async function report(probe: Probe, only?: string): Promise<Report> {
  const asked = bounded(probe, world.clock);
  const found = await asked.check(new AbortController().signal, only);
  await asked.close?.();
  return found;
}

type Settings = Parameters<typeof proxmox>[0];

export const pbsApi = (settings: Settings, of = world) => proxmox(settings, "PBSAPIToken", of);
export const pveApi = (settings: Settings, of = world) => proxmox(settings, "PVEAPIToken", of);

export function pbsReport(sim: { url: string }, only?: string): Promise<Report> {
  return report(createPbs(pbsApi(pbsSettings(sim)), world.clock), only);
}

export function pveReport(sim: { url: string }, only?: string): Promise<Report> {
  return report(createPve(pveApi(pveSettings(sim)), world.clock), only);
}

/** The report on backups; without `pve` only PBS is configured. */
export function backupsReport(
  pbs: { url: string },
  pve: { url: string } | null,
  lateHours: Record<string, number> = {},
  only?: string,
): Promise<Report> {
  return report(backupsProbe(pbs, pve, lateHours), only);
}

/** The probe of it, for who asks more than once. */
export function backupsProbe(
  pbs: { url: string },
  pve: { url: string } | null,
  lateHours: Record<string, number> = {},
): Probe {
  return createBackups({
    pbs: pbsApi(pbsSettings(pbs)),
    pve: pve && pveApi(pveSettings(pve)),
    ...{ lateHours, clock: world.clock },
  });
}

/** Rows as lines, with a mark for those that are only shown on demand. */
export function lines({ rows }: Report): string[] {
  return rows.map(({ level, name, text, detail }) =>
    `${level}${detail ? " (detail)" : ""} | ${name} | ${text}`
  );
}

/** The row of that name, as a line. */
export function line(from: Report, name: string): string {
  const found = lines({ ...from, rows: from.rows.filter((row) => row.name === name) });
  return found.join("\n");
}
