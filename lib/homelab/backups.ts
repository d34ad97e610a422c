import type { PbsSettings, PveSettings } from "../settings.ts";
import { collectBackups } from "./backups_pbs.ts";
import { expectBackups, type Expected } from "./backups_pve.ts";
import { backupRows } from "./backups_rows.ts";
import type { Fetch, HomelabWorld } from "./http.ts";
import { type Part, part, partsDeadline, proxmox } from "./proxmox.ts";
import { matches, type Probe, type Row, summaryOf, worst } from "./report.ts";

const TITLE = "Backups";

/** A Proxmox server: its settings and the connection that they trust. */
export interface Server<T> {
  readonly settings: T;
  readonly fetch: Fetch;
}

/**
 * The newest good backup of each guest, whether it is late, and guests without any. PBS cannot know
 * what is missing: `pve` tells which guests there are and when their jobs run; null where there is none.
 */
export function createBackups(
  pbs: Server<PbsSettings>,
  pve: Server<PveSettings> | null,
  world: HomelabWorld,
): Probe {
  const store = proxmox(pbs.settings, "PBSAPIToken", world, pbs.fetch);
  const cluster = pve && proxmox(pve.settings, "PVEAPIToken", world, pve.fetch);
  return {
    name: "backups",
    title: TITLE,
    async check(signal, only) {
      using limit = partsDeadline(world.clock, signal);
      const now = world.clock.now();
      const [collected, compared] = await Promise.all([
        collectBackups(store, limit.signal),
        cluster && part(expectBackups(cluster, now, limit.signal)),
      ]);
      const expected = compared !== null && "data" in compared ? compared.data : null;
      const lateHours = pbs.settings.late_hours;
      const guests = backupRows({ collected, expected, lateHours, now });
      const all = [
        ...guests,
        ...aboutPve(compared),
        ...collected.missing.map(({ place, reason }) => notRead(place, reason)),
        ...collected.away.map(notMounted),
        ...(collected.series.length + collected.missing.length === 0 ? [NOTHING] : []),
      ];
      const rows = all.filter(({ name, text }) => matches(only, name, text));
      return {
        title: TITLE,
        level: worst(rows.map(({ level }) => level)),
        summary: summaryOf(rows, quietSummary(guests)),
        rows,
        at: now,
      };
    },
  };
}

const NOTHING: Row = {
  level: "unknown",
  name: "PBS",
  text: "shows no backups at all: there are none, or the token may not see them (role Audit on /)",
};

function aboutPve(compared: Part<Expected> | null): Row[] {
  if (compared === null) {
    const text = "guests without any backup are not noticed: set homelab.pve for that";
    return [{ level: "ok", name: "PVE", text, detail: true }];
  }
  if ("data" in compared) return [];
  const text = `${compared.missing.message}; guests without any backup are not noticed`;
  return [{ level: "unknown", name: "PVE", text }];
}

function notRead(place: string, reason: string): Row {
  return { level: "unknown", name: `datastore ${place}`, text: `could not be read: ${reason}` };
}

function notMounted(store: string): Row {
  const text = "not mounted or in maintenance; its backups are not counted";
  return { level: "ok", name: `datastore ${store}`, text, detail: true };
}

function quietSummary(guests: readonly Row[]): string {
  const count = guests.filter(({ detail }) => !detail).length;
  return count === 1 ? "1 guest backed up in time" : `all ${count} guests backed up in time`;
}
