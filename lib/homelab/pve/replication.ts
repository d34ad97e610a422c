import { z } from "zod";
import { oneLine } from "../../text.ts";
import { duration } from "../../units.ts";
import { type Part, part, type Proxmox } from "../proxmox/api.ts";
import type { Guest } from "./guests.ts";
import type { Level } from "../../level.ts";
import { detailIfWell, type Row } from "../report.ts";

const flag = z.union([z.number(), z.boolean()]).nullish();
const id = z.string();
const configured = z.array(z.object({ id, guest: z.number(), disable: flag }));
/** pve-manager 9.2 API2/Replication.pm `extract_job_status`. */
const statuses = z.array(z.object({
  id,
  target: z.string().nullish(),
  disable: flag,
  remove_job: z.string().nullish(),
  last_sync: z.number().nullish(),
  fail_count: z.number().nullish(),
  error: z.string().nullish(),
  pid: z.number().nullish(),
}));

type Status = z.output<typeof statuses>[number];

/** What of the replication was told. */
export interface Replication {
  readonly jobs: z.output<typeof configured>;
  /** By node. */
  readonly statuses: ReadonlyMap<string, Part<Status[]>>;
}

/** Asks for the jobs, and the nodes of their guests for how they went. */
export async function askReplication(
  api: Proxmox,
  guests: (vmid: number) => Guest | undefined,
  offline: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Replication> {
  const jobs = await api.get("/cluster/replication", configured, signal);
  const nodes = new Set(jobs.flatMap(({ guest }) => guests(guest)?.node ?? []));
  const asked = [...nodes].filter((node) => !offline.has(node)).map(async (node) => {
    const path = `/nodes/${encodeURIComponent(node)}/replication`;
    return [node, await part(api.get(path, statuses, signal))] as const;
  });
  return { jobs, statuses: new Map(await Promise.all(asked)) };
}

/** A row for each replication job. */
export function replicationRows(
  { jobs, statuses }: Replication,
  guests: (vmid: number) => Guest | undefined,
  now: number,
): Row[] {
  return jobs.map((job): Row => {
    const name = `replication ${job.id}`;
    const node = guests(job.guest)?.node;
    const told = node === undefined ? undefined : statuses.get(node);
    if (told === undefined || "missing" in told) {
      const why = node === undefined
        ? "its guest is not shown"
        : `node ${node} ${told?.missing.message ?? "is offline"}`;
      return { level: "unknown", name, text: `unknown: ${why}` };
    }
    const status = told.data.find(({ id }) => id === job.id);
    if (status === undefined) {
      return { level: "unknown", name, text: `unknown: node ${node} does not tell of it` };
    }
    return detailIfWell({ name, ...stateOf(status, now) });
  });
}

function stateOf(status: Status, now: number): { level: Level; text: string } {
  const { target, last_sync: last, fail_count: failed = 0, error, pid } = status;
  const to = target ? ` to ${target}` : "";
  const ago = typeof last === "number" && last > 0
    ? `last went well ${duration(now - last * 1000)} ago`
    : "never went well";
  if (status.remove_job) return { level: "ok", text: "being removed" };
  if (status.disable) return { level: "ok", text: "switched off" };
  if ((failed ?? 0) > 0 || (error ?? "") !== "") {
    const times = failed === 1 ? "once" : `${failed ?? 0} times`;
    const why = error ? `: ${oneLine(error)}` : "";
    return { level: "bad", text: `failed ${times}${to}, ${ago}${why}` };
  }
  if (typeof pid === "number") return { level: "ok", text: `running${to}, ${ago}` };
  if (typeof last !== "number" || last === 0) return { level: "ok", text: `has not run yet${to}` };
  return { level: "ok", text: `${ago}${to}` };
}
