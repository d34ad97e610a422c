import type { PbsSettings, PveSettings } from "../settings.ts";
import { collectBackups, type Series } from "./backups_pbs.ts";
import { expectBackups, type Expected } from "./backups_pve.ts";
import { backupRows } from "./backups_rows.ts";
import type { Fetch, HomelabWorld } from "./http.ts";
import { type Part, part, partsDeadline, proxmox } from "./proxmox.ts";
import { type Probe, reportOf, type Row } from "./report.ts";

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
      const expected = compared && ("data" in compared ? compared.data : "missing");
      const lateHours = pbs.settings.late_hours;
      const guests = backupRows({ collected, expected, lateHours, now });
      const all = [
        ...guests,
        ...aboutPve(compared),
        ...collected.missing.map(({ place, reason }) => notRead(place, reason)),
        ...unreadSeries(collected.series),
        ...collected.away.map(notMounted),
        ...(collected.series.length + collected.missing.length === 0 ? [NOTHING] : []),
      ];
      return reportOf(TITLE, all, quietSummary(guests), now, only);
    },
  };
}

const NOTHING: Row = {
  level: "unknown",
  name: "PBS",
  text: "shows no backups at all: there are none, or the token may not see them (role Audit on /)",
  note: true,
};

function aboutPve(compared: Part<Expected> | null): Row[] {
  if (compared === null) {
    const text = "guests without any backup are not noticed: set homelab.pve for that";
    return [{ level: "ok", name: "PVE", text, detail: true }];
  }
  if ("data" in compared) return [];
  const text = `${compared.missing.message}; guests without any backup are not noticed`;
  return [{ level: "unknown", name: "PVE", text, note: true }];
}

function notRead(place: string, reason: string): Row {
  const text = `could not be read: ${reason}`;
  return { level: "unknown", name: `datastore ${place}`, text, note: true };
}

/** Which of the places that were read tell no more than the time of the last backups. */
function unreadSeries(series: readonly Series[]): Row[] {
  const byPlace = Map.groupBy(series.filter(({ unread }) => unread !== null), ({ place }) => place);
  return [...byPlace].map(([place, same]): Row => {
    const whose = same.length === 1 ? "1 guest" : `${same.length} guests`;
    const text = `the backups of ${whose} could not be read: ${same[0]?.unread}`;
    return { level: "unknown", name: `datastore ${place}`, text, note: true };
  });
}

function notMounted(store: string): Row {
  const text = "not mounted or in maintenance; its backups are not counted";
  return { level: "ok", name: `datastore ${store}`, text, detail: true };
}

function quietSummary(guests: readonly Row[]): string {
  const count = guests.filter(({ detail }) => !detail).length;
  return count === 1 ? "1 guest backed up in time" : `all ${count} guests backed up in time`;
}
