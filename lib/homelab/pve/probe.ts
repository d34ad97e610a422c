import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { oneLine } from "../../text.ts";
import { bytes, duration, percent, usedPart } from "../../units.ts";
import { ServiceError } from "../http/client.ts";
import { part, partsDeadline, type Proxmox, rowsOf } from "../proxmox/api.ts";
import { type Guest, guestsOf, type Resource, resources } from "./guests.ts";
import { askMembers, quorumRows } from "./quorum.ts";
import { askReplication, replicationRows } from "./replication.ts";
import { guestState, haGuestState, haNodeState, type State } from "./states.ts";
import { Stopped, type Why } from "./stopped.ts";
import { type Level, levelAt, moreUrgent } from "../../level.ts";
import type { Probe, ProbeKind } from "../probe.ts";
import { file, serviceSettings } from "../http/settings.ts";
import { detailIfWell, reportOf, type Row } from "../report.ts";
import { askPermissions, lackingRights, type Needed } from "../proxmox/rights.ts";

const TITLE = "Proxmox VE";

const STORAGE = [0.85, 0.95] as const;
const CPU_WARN = 0.9;
const MEMORY_WARN = 0.9;

/** pve-manager 9.2 API2/Cluster.pm leaves out what a token may not see. */
const NEEDED: readonly Needed[] = [
  {
    ...{ path: "/nodes", privilege: "Sys.Audit", role: "PVEAuditor on /" },
    ...{ part: "nodes", hidden: "nodes tell no numbers" },
  },
  {
    ...{ path: "/vms", privilege: "VM.Audit", role: "PVEAuditor on /" },
    ...{ part: "guests", hidden: "other guests and their replication are not shown" },
  },
  {
    ...{ path: "/storage", privilege: "Datastore.Audit", role: "PVEAuditor on /" },
    ...{ part: "storages", hidden: "other storages are not shown" },
  },
];

const where = "Such as https://pve.lan:8006; one node answers for its cluster.";
const settings = serviceSettings(where, {
  token_file: file.describe("A file with an API token: USER@REALM!NAME=SECRET."),
}).describe("Proxmox VE.");

export type PveSettings = z.output<typeof settings>;

export const PVE = {
  name: "pve",
  command: { description: "Proxmox: nodes, guests, storage", argument: "name" },
  settings,
  example: { url: "https://10.0.0.5:8006", token_file: "pve-token", ca_file: "pve-root-ca.pem" },
  create: (settings, { clock }, servers) => createPve(servers(settings, "PVEAPIToken"), clock),
} as const satisfies ProbeKind<PveSettings>;

/** Nodes, quorum, storages, guests and replication of a Proxmox cluster, as one of its nodes tells. */
export function createPve(api: Proxmox, clock: Clock): Probe {
  const stopped = new Stopped(api, clock);
  return {
    title: TITLE,
    async check(signal, only) {
      using limit = partsDeadline(clock, signal);
      const now = clock.now();
      const rights = askPermissions(api, limit.signal);
      const listed = await api.get("/cluster/resources", resources, limit.signal);
      // What the token may not see is left out; a cluster has at least the node that answers.
      if (!listed.some(({ type }) => type === "node")) {
        throw new ServiceError("refused", "shows no nodes: the token needs PVEAuditor on /");
      }
      const guests = guestsOf(listed);
      const byVmid = new Map(guests.map((guest) => [guest.vmid, guest]));
      const guestOf = (vmid: number) => byVmid.get(vmid);
      const offline = new Set(nodesOf(listed).filter(isOffline).map(({ node }) => node ?? ""));
      const [members, replication, reasons] = await Promise.all([
        askMembers(api, limit.signal),
        part(askReplication(api, guestOf, offline, limit.signal)),
        stopped.reasons(guests, limit.signal),
      ]);
      const all = [
        ...nodesOf(listed).map(nodeRow).map((row) => ({ ...row, part: "nodes" })),
        ...storageRows(listed, offline).map((row) => ({ ...row, part: "storages" })),
        ...guests.map((guest) => guestRow(guest, offline, reasons.get(guest.id)))
          .map((row) => ({ ...row, part: "guests" })),
        ...rowsOf("quorum", members, quorumRows),
        ...rowsOf("replication", replication, (data) => replicationRows(data, guestOf, now)),
        ...lackingRights(await rights, NEEDED),
      ];
      return reportOf(TITLE, all, quietSummary(listed, guests), now, only);
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
  const ha = haNodeState(resource.hastate ?? "online");
  const { cpu, mem, maxmem, uptime } = resource;
  const memory = usedPart(mem, maxmem);
  // Without the right Sys.Audit a node comes without its numbers.
  if (typeof cpu !== "number" || memory === null || resource.status !== "online") {
    const text = `${oneLine(resource.status ?? "unknown", 40)}, tells no numbers`;
    return worse({ level: "unknown", text }, ha, name);
  }
  const level: Level = cpu >= CPU_WARN || memory >= MEMORY_WARN ? "warn" : "ok";
  const text = `CPU ${percent(cpu)} · memory ${percent(memory)} of ${bytes(maxmem ?? 0)} · ` +
    `up ${duration((uptime ?? 0) * 1000)}`;
  return worse({ level, text }, ha, name);
}

/** A row that says both, the worse first. */
function worse(one: State, ha: State, name: string): Row {
  const [first, second] = moreUrgent(ha.level, one.level) ? [ha, one] : [one, ha];
  const text = [first.text, second.text].filter((each) => each !== "").join(" · ");
  return { level: first.level, name, text };
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
  // pve-manager 9.2 API2Tools.pm `extract_storage_stats`: "available" or "unknown".
  const away = same.filter(({ status }) => status !== "available");
  if (away.length > 0) {
    const where = same.length === 1 ? "" : ` on ${away.map(({ node }) => node).join(", ")}`;
    return { level: "warn", name, text: `not available${where}` };
  }
  const { disk, maxdisk } = same[0] ?? {};
  const used = usedPart(disk, maxdisk);
  if (used === null) return { level: "ok", name, text: "available", detail: true };
  const text = `${percent(used)} of ${bytes(maxdisk ?? 0)}`;
  return detailIfWell({ level: levelAt(used, STORAGE), name, text });
}

function guestRow(guest: Guest, offline: ReadonlySet<string>, why: Why | undefined): Row {
  const { id, name, node, uptimeMs, lock, ha } = guest;
  const said = name === "" ? "" : `${name} · `;
  const state = offline.has(node)
    ? { level: "unknown" as const, text: `unknown: its node ${node} is offline` }
    : ownState(guest, why);
  const up = state.text === "running" ? { ...state, text: `up ${duration(uptimeMs)}` } : state;
  const { level, text } = worse(up, ha === null ? NOT_HA : haGuestState(ha), id);
  const locked = lock === "" ? "" : ` · locked: ${oneLine(lock, 40)}`;
  return detailIfWell({ level, name: id, text: `${said}${text}${locked}` });
}

const NOT_HA: State = { level: "ok", text: "" };

/** What QEMU or LXC says of it; one that is stopped is judged by whether it should run. */
function ownState({ status, lock }: Guest, why: Why | undefined): State {
  // A backup of a stopped machine starts it without letting it go on.
  if (status === "prelaunch" && lock === "backup") return { level: "ok", text: "being backed up" };
  if (status !== "stopped" || why === undefined) return guestState(status);
  if ("missing" in why) {
    return { level: "unknown", text: `stopped, unknown if it should run: ${why.missing.message}` };
  }
  return why.data === null
    ? guestState(status)
    : { level: "warn", text: `stopped, but ${why.data}` };
}

function quietSummary(listed: readonly Resource[], guests: readonly Guest[]): string {
  const running = guests.filter(({ status }) => status === "running").length;
  const nodes = nodesOf(listed).length;
  return `${
    nodes === 1 ? "1 node" : `${nodes} nodes`
  }, ${running} of ${guests.length} guests running`;
}
