import type { PveSettings } from "../settings.ts";
import { duration } from "./duration.ts";
import { type Fetch, type HomelabWorld, ServiceError } from "./http.ts";
import { partsDeadline, proxmox } from "./proxmox.ts";
import { type Guest, guestsOf, type Resource, resources } from "./pve_guests.ts";
import { type Level, type Probe, reportOf, type Row } from "./report.ts";
import { bytes, percent } from "./words.ts";

const TITLE = "Proxmox VE";

const STORAGE_WARN = 0.85;
const STORAGE_BAD = 0.95;
const CPU_WARN = 0.9;
const MEMORY_WARN = 0.9;

/** Nodes, storages and guests of a Proxmox cluster, as one of its nodes tells. */
export function createPve(
  settings: PveSettings,
  world: HomelabWorld,
  fetch: Fetch = world.fetch,
): Probe {
  const api = proxmox(settings, "PVEAPIToken", world, fetch);
  return {
    name: "pve",
    title: TITLE,
    async check(signal, only) {
      using limit = partsDeadline(world.clock, signal);
      const listed = await api.get("/cluster/resources", resources, limit.signal);
      // What the token may not see is left out; a cluster has at least the node that answers.
      if (!listed.some(({ type }) => type === "node")) {
        throw new ServiceError("refused", "shows no nodes: the token needs PVEAuditor on /");
      }
      const guests = guestsOf(listed);
      const offline = new Set(nodesOf(listed).filter(isOffline).map(({ node }) => node ?? ""));
      const all = [
        ...nodesOf(listed).map(nodeRow),
        ...storageRows(listed, offline),
        ...guests.map((guest) => guestRow(guest, offline)),
      ];
      return reportOf(TITLE, all, quietSummary(listed, guests), world.clock.now(), only);
    },
  };
}

function nodesOf(listed: readonly Resource[]): Resource[] {
  return listed.filter(({ type }) => type === "node");
}

function isOffline({ status }: Resource): boolean {
  return status === "offline";
}

function nodeRow(resource: Resource): Row {
  const name = `node ${resource.node ?? "?"}`;
  if (isOffline(resource)) return { level: "bad", name, text: "offline" };
  const { cpu, mem, maxmem, uptime } = resource;
  const memory = part(mem, maxmem);
  // Without the right Sys.Audit a node comes without its numbers.
  if (typeof cpu !== "number" || memory === null || resource.status !== "online") {
    return { level: "unknown", name, text: `${resource.status ?? "unknown"}, tells no numbers` };
  }
  const level: Level = cpu >= CPU_WARN || memory >= MEMORY_WARN ? "warn" : "ok";
  const text = `CPU ${percent(cpu)} · memory ${percent(memory)} of ${bytes(maxmem ?? 0)} · ` +
    `up ${duration((uptime ?? 0) * 1000)}`;
  return { level, name, text };
}

/** A shared storage comes once for each node, and is one thing. */
function storageRows(listed: readonly Resource[], offline: ReadonlySet<string>): Row[] {
  const storages = listed.filter(({ type }) => type === "storage")
    .filter(({ node }) => !offline.has(node ?? ""));
  const byName = Map.groupBy(
    storages,
    ({ storage, shared, node }) => shared ? `storage ${storage}` : `storage ${node}/${storage}`,
  );
  return [...byName].map(([name, same]) => storageRow(name, same));
}

function storageRow(name: string, same: readonly Resource[]): Row {
  const away = same.filter(({ status }) => status !== "available");
  if (away.length > 0) {
    const where = same.length === 1 ? "" : ` on ${away.map(({ node }) => node).join(", ")}`;
    return { level: "warn", name, text: `not available${where}` };
  }
  const { disk, maxdisk } = same[0] ?? {};
  const used = part(disk, maxdisk);
  if (used === null) return { level: "ok", name, text: "available", detail: true };
  const level: Level = used >= STORAGE_BAD ? "bad" : used >= STORAGE_WARN ? "warn" : "ok";
  const text = `${percent(used)} of ${bytes(maxdisk ?? 0)}`;
  return { level, name, text, ...(level === "ok" ? { detail: true } : {}) };
}

function guestRow({ id, name, status, node, uptimeMs }: Guest, offline: ReadonlySet<string>): Row {
  const said = name === "" ? "" : `${name} · `;
  switch (status) {
    case "running":
      return { level: "ok", name: id, text: `${said}up ${duration(uptimeMs)}`, detail: true };
    case "stopped":
      return { level: "ok", name: id, text: `${said}stopped`, detail: true };
    default: {
      const why = offline.has(node) ? `its node ${node} is offline` : status;
      return { level: "unknown", name: id, text: `${said}${why}` };
    }
  }
}

function quietSummary(listed: readonly Resource[], guests: readonly Guest[]): string {
  const running = guests.filter(({ status }) => status === "running").length;
  const nodes = nodesOf(listed).length;
  return `${
    nodes === 1 ? "1 node" : `${nodes} nodes`
  }, ${running} of ${guests.length} guests running`;
}

function part(used: number | null | undefined, total: number | null | undefined): number | null {
  return typeof used === "number" && typeof total === "number" && total > 0 ? used / total : null;
}
