import { z } from "zod";
import { ServiceError } from "./http.ts";
import { type Part, part, type Proxmox } from "./proxmox.ts";
import { type Guest, guestsOf, resources } from "./pve_guests.ts";

const SECOND = 1000;
/** So far back the runs of a schedule are asked for; a weekly one has two of them in it. */
const RUNS_SECONDS = 15 * 24 * 3_600;
/** PVE's own limit. */
const MOST_RUNS = 100;

const unprotected = z.array(z.looseObject({ vmid: z.number() }));
const flag = z.union([z.number(), z.boolean()]).nullish();
const backupJobs = z.array(z.looseObject({
  schedule: z.string().nullish(),
  enabled: flag,
  all: flag,
  vmid: z.union([z.string(), z.number()]).nullish(),
  exclude: z.string().nullish(),
  pool: z.string().nullish(),
  node: z.string().nullish(),
}));
const runs = z.array(z.looseObject({ timestamp: z.number() }));

type BackupJob = z.output<typeof backupJobs>[number];

/** What PVE knows of the backups that there should be. */
export interface Expected {
  readonly guests: readonly Guest[];
  /** Guests in no backup job. */
  readonly unprotected: ReadonlySet<string>;
  /** When backups should have begun, by guest, oldest first; nothing for a guest without a schedule. */
  readonly runs: ReadonlyMap<string, readonly number[]>;
}

/** What should have been backed up when; the schedules may be missing, the guests not. */
export async function expectBackups(
  api: Proxmox,
  now: number,
  signal: AbortSignal,
): Promise<Expected> {
  const [listed, free, jobs] = await Promise.all([
    api.get("/cluster/resources?type=vm", resources, signal),
    part(api.get("/cluster/backup-info/not-backed-up", unprotected, signal)),
    part(api.get("/cluster/backup", backupJobs, signal)),
  ]);
  const guests = guestsOf(listed);
  if (guests.length === 0) {
    const text = "shows no guests: the token needs the role PVEAuditor on /";
    throw new ServiceError("refused", text);
  }
  const outside = new Set("data" in free ? free.data.map(({ vmid }) => vmid) : []);
  return {
    guests,
    unprotected: new Set(guests.filter(({ vmid }) => outside.has(vmid)).map(({ id }) => id)),
    runs: await runsByGuest(api, guests, jobs, now, signal),
  };
}

async function runsByGuest(
  api: Proxmox,
  guests: readonly Guest[],
  listed: Part<BackupJob[]>,
  now: number,
  signal: AbortSignal,
): Promise<Map<string, readonly number[]>> {
  const jobs = "data" in listed ? listed.data.filter(isScheduled) : [];
  const schedules = [...new Set(jobs.flatMap(({ schedule }) => schedule ?? []))];
  const known = new Map(
    await Promise.all(
      schedules.map(async (schedule) =>
        [schedule, await runsOf(api, schedule, now, signal)] as const
      ),
    ),
  );
  return new Map(guests.flatMap((guest) => {
    const due = jobs.filter((job) => backsUp(job, guest))
      .flatMap(({ schedule }) => known.get(schedule ?? "") ?? []);
    return due.length === 0 ? [] : [[guest.id, due.sort((a, b) => a - b)] as const];
  }));
}

/** PVE computes the schedule itself, in its own language and time zone. */
async function runsOf(
  api: Proxmox,
  schedule: string,
  now: number,
  signal: AbortSignal,
): Promise<number[]> {
  const query = new URLSearchParams({
    schedule,
    starttime: `${Math.floor(now / SECOND) - RUNS_SECONDS}`,
    iterations: `${MOST_RUNS}`,
  });
  const answered = await part(api.get(`/cluster/jobs/schedule-analyze?${query}`, runs, signal));
  if ("missing" in answered) return [];
  const times = answered.data.map(({ timestamp }) => timestamp * SECOND);
  // A schedule so dense that its runs end in the past: the guest's own rhythm tells more.
  return times.some((at) => at > now) ? times.filter((at) => at <= now) : [];
}

function isScheduled({ schedule, enabled }: BackupJob): boolean {
  return typeof schedule === "string" && (enabled === undefined || enabled === null || !!enabled);
}

function backsUp({ all, vmid, exclude, pool, node }: BackupJob, guest: Guest): boolean {
  if (node && node !== guest.node) return false;
  const has = (list: string | number | null | undefined) =>
    `${list ?? ""}`.split(/[,; ]+/).includes(`${guest.vmid}`);
  if (pool) return pool === guest.pool && !has(exclude);
  return all ? !has(exclude) : has(vmid);
}
