import { z } from "zod";

/** `/cluster/resources`: guests, nodes and storages; what the token may not see is left out silently. */
export const resources = z.array(z.object({
  type: z.string(),
  node: z.string().nullish(),
  status: z.string().nullish(),
  vmid: z.number().nullish(),
  name: z.string().nullish(),
  template: z.union([z.number(), z.boolean()]).nullish(),
  pool: z.string().nullish(),
  lock: z.string().nullish(),
  hastate: z.string().nullish(),
  uptime: z.number().nullish(),
  cpu: z.number().nullish(),
  mem: z.number().nullish(),
  maxmem: z.number().nullish(),
  storage: z.string().nullish(),
  shared: z.number().nullish(),
  disk: z.number().nullish(),
  maxdisk: z.number().nullish(),
}));

export type Resource = z.output<typeof resources>[number];

/** A container or virtual machine that is none of the templates. */
export interface Guest {
  /** As backups name it: `ct/102`, `vm/200`. */
  readonly id: string;
  readonly vmid: number;
  /** Empty while its node does not tell. */
  readonly name: string;
  readonly node: string;
  readonly pool: string;
  /** QEMU's run state or "stopped"; of a container one of "running" and "stopped"; "unknown" when its node is away. */
  readonly status: string;
  readonly uptimeMs: number;
  /** What is being done to it, such as "backup" or "migrate"; empty for nothing. */
  readonly lock: string;
  /** Its state in the HA manager; null for a guest that HA does not look after. */
  readonly ha: string | null;
}

/** The guests among `listed`. One whose node is away has no `template` at all, and counts. */
export function guestsOf(listed: readonly Resource[]): Guest[] {
  return listed.flatMap((resource): Guest[] => {
    const { type, vmid, template } = resource;
    if ((type !== "lxc" && type !== "qemu") || typeof vmid !== "number" || template) return [];
    return [{
      id: `${type === "lxc" ? "ct" : "vm"}/${vmid}`,
      vmid,
      name: resource.name ?? "",
      node: resource.node ?? "",
      pool: resource.pool ?? "",
      status: resource.status ?? "unknown",
      uptimeMs: (resource.uptime ?? 0) * 1000,
      lock: resource.lock ?? "",
      ha: resource.hastate ?? null,
    }];
  });
}
