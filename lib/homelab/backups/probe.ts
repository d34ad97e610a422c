import type { Clock } from "../../clock.ts";
import { collectBackups, type Collected, listDatastores, NOT_MOUNTED, placeName } from "./pbs.ts";
import { backsUp, expectBackups, type Expected, type Storage } from "./pve.ts";
import { dueAfter } from "./lateness.ts";
import { backupRows } from "./rows.ts";
import { type Due, Schedules, UNASKED } from "./schedules.ts";
import { Snapshots } from "./snapshots.ts";
import { TaskLogs } from "./task_logs.ts";
import { isOurs, type Subject, subjectsOf, unlisted } from "./subjects.ts";
import { duration } from "../../units.ts";
import { deadline } from "../http/client.ts";
import type { Datastore } from "../pbs/stores.ts";
import { part, partsDeadline, type Proxmox } from "../proxmox/api.ts";
import type { DerivedProbeKind, Probe } from "../probe.ts";
import type { PbsSettings } from "../pbs/probe.ts";
import type { PveSettings } from "../pve/probe.ts";
import { reportOf, type Row } from "../report.ts";
import { askPermissions, lackingRights, type Needed } from "../proxmox/rights.ts";

const TITLE = "Backups";
/** What of PBS has not come by then is told as missing: there is still time to ask PVE what is due. */
const READING_MS = 3_000;
/** While PVE cannot be asked, what it said last counts for so long. */
const REMEMBERED_MS = 24 * 3_600_000;

/** PBS 4.2 leaves out datastores, and groups of others, that a token may not see. */
const NEEDED: readonly Needed[] = [{
  ...{ path: "/datastore", privilege: "Datastore.Audit", role: "Audit on /" },
  ...{ part: "PBS", hidden: "backups that it may not see are not counted" },
}];

export interface BackupsOptions {
  readonly pbs: Proxmox;
  /** Null where there is none: PBS cannot know what is missing, and when it should be there. */
  readonly pve: Proxmox | null;
  /** By guest: hours after which its backup is late. */
  readonly lateHours: Readonly<Record<string, number>>;
  readonly clock: Clock;
}

/** PBS has the backups, PVE knows which there should be. */
export const BACKUPS = {
  name: "backups",
  command: { description: "Newest backup of each guest", argument: "name" },
  settings: { of: "pbs" },
  create: ({ pbs, pve }, { clock }, servers) =>
    createBackups({
      pbs: servers(pbs, "PBSAPIToken"),
      pve: pve === undefined ? null : servers(pve, "PVEAPIToken"),
      ...{ lateHours: pbs.late_hours, clock },
    }),
} as const satisfies DerivedProbeKind<{
  readonly pbs: PbsSettings;
  readonly pve?: PveSettings | undefined;
}>;

/** The newest good backup of each guest, whether it is late, and guests without any. */
export function createBackups({ pbs, pve, lateHours, clock }: BackupsOptions): Probe {
  const snapshots = new Snapshots(pbs, clock);
  const cluster = pve && new Cluster(pve, clock);
  return {
    title: TITLE,
    async check(signal, only) {
      using limit = partsDeadline(clock, signal);
      using reading = deadline(clock, limit.signal, READING_MS);
      const now = clock.now();
      const stores = listDatastores(pbs, limit.signal);
      const [collected, compared, rights] = await Promise.all([
        stores.then((listed) => collectBackups(pbs, listed, snapshots, reading.signal)),
        cluster?.expected(pbs.hostname, limit.signal, stores),
        askPermissions(pbs, limit.signal),
      ]);
      const expected = compared?.expected ?? null;
      const subjects = expected === null
        ? unlisted(collected.series)
        : subjectsOf(collected, expected, pbs.hostname);
      const due = await cluster?.due(subjects, now, limit.signal) ?? UNASKED;
      const covered = expected && new Set(
        expected.guests.filter((guest) => expected.jobs.some((job) => backsUp(job, guest)))
          .map(({ id }) => id),
      );
      const blind = compared?.expected === null
        ? "PVE could not be asked"
        : expected?.unsure ?? null;
      const guests = backupRows(subjects, { due, covered, blind, collected, lateHours, now });
      const all = [
        ...guests,
        ...(compared?.notes ?? [NO_PVE]),
        ...lackingRights(rights, NEEDED, "PBS"),
        ...aboutPbs(collected),
      ];
      return reportOf(TITLE, all, quietSummary(guests), now, only);
    },
    close: () => snapshots.close(),
  };
}

const NO_PVE: Row = {
  ...{ level: "ok", name: "PVE", detail: true },
  text: "guests without any backup are not noticed: set homelab.pve for that",
};

/** What PVE says of the backups that there should be. */
interface Compared {
  /** Null when it cannot be asked, and was not for long. */
  readonly expected: Expected | null;
  readonly notes: readonly Row[];
}

/** The cluster that the backups are of. */
class Cluster {
  readonly #schedules: Schedules;
  readonly #logs: TaskLogs;
  #last: { readonly at: number; readonly expected: Expected } | null = null;

  constructor(readonly api: Proxmox, readonly clock: Clock) {
    this.#schedules = new Schedules(api);
    this.#logs = new TaskLogs(api, clock);
  }

  async expected(
    hostname: string,
    signal: AbortSignal,
    listing: Promise<readonly Datastore[]>,
  ): Promise<Compared> {
    const now = this.clock.now();
    const ours = async (storage: Storage, all: readonly Storage[]) => {
      const stores = (await listing).map(({ store }) => store);
      return isOurs(storage, all, { hostname, stores });
    };
    const asked = await part(expectBackups(this.api, this.#logs, ours, signal));
    if ("data" in asked) {
      this.#last = { at: now, expected: asked.data };
      return { expected: asked.data, notes: asked.data.notes };
    }
    const why = asked.missing.message;
    const last = this.#last;
    if (last === null || now - last.at > REMEMBERED_MS) {
      return { expected: null, notes: [pveNote(`${why}; no backup can be judged`)] };
    }
    const text = `${why}; backups are judged by what it said ${duration(now - last.at)} ago`;
    const contents = new Map(
      [...last.expected.contents.keys()].map((name) => [name, asked] as const),
    );
    return { expected: { ...last.expected, contents }, notes: [pveNote(text)] };
  }

  /** When backups are due after those that there are. */
  due(subjects: readonly Subject[], now: number, signal: AbortSignal): Promise<Due> {
    return this.#schedules.due(subjects.flatMap((subject) => timesOf(subject, now)), signal);
  }
}

/** The times that a subject's schedules are asked about: its backups', and their copies'. */
function timesOf(subject: Subject, now: number) {
  return subject.targets.flatMap((target) => {
    const copies = subject.series.map(({ snapshots }) => ({ ...target, snapshots }));
    return [target, ...copies].flatMap((each) => dueAfter(subject, each, now) ?? []);
  });
}

const pveNote = (text: string): Row => ({ level: "unknown", name: "PVE", text, note: true });

/** What of PBS could not be read, and why; and datastores that are away on purpose. */
function aboutPbs({ series, missing, away }: Collected): Row[] {
  const byPlace = Map.groupBy(series.filter(({ unread }) => unread !== null), placeName);
  const notes = (level: Row["level"], name: string, text: string): Row => ({
    ...{ level, name: `datastore ${name}`, text },
    ...(level === "ok" ? { detail: true } : { note: true }),
  });
  return [
    ...missing.map(({ store, ns, reason }) =>
      notes("unknown", placeName({ store, ns }), `could not be read: ${reason}`)
    ),
    ...[...byPlace].map(([place, same]) => {
      const whose = same.length === 1 ? "1 guest" : `${same.length} guests`;
      return notes(
        "unknown",
        place,
        `the backups of ${whose} were not read whole: it ${same[0]?.unread}`,
      );
    }),
    ...away.map(({ store, reason }) =>
      notes(
        reason === NOT_MOUNTED ? "ok" : "unknown",
        store,
        `${reason}; its backups are not counted`,
      )
    ),
    ...(series.length + missing.length === 0 ? [NOTHING] : []),
  ];
}

const NOTHING: Row = {
  level: "unknown",
  name: "PBS",
  text: "shows no backups at all: there are none, or the token may not see them (role Audit on /)",
  note: true,
};

function quietSummary(guests: readonly Row[]): string {
  const count = guests.filter(({ detail }) => !detail).length;
  return count === 1 ? "1 guest backed up in time" : `all ${count} guests backed up in time`;
}
