import { z } from "zod";
import { oneLine } from "../../text.ts";
import { type Part, part, type Proxmox } from "../proxmox/api.ts";
import type { Row } from "../report.ts";

/**
 * `/cluster/status`, pve-manager 9.2 API2/Cluster.pm `get_status`: a node each, and one more for the
 * cluster, where there is one.
 */
const members = z.array(z.object({
  type: z.string(),
  name: z.string().nullish(),
  nodes: z.number().nullish(),
  quorate: z.union([z.number(), z.boolean()]).nullish(),
  online: z.union([z.number(), z.boolean()]).nullish(),
}));

export type Members = z.output<typeof members>;

export const askMembers = (api: Proxmox, signal: AbortSignal): Promise<Part<Members>> =>
  part(api.get("/cluster/status", members, signal));

/** A row for a cluster: without a majority of its nodes nothing in it can be started or changed. */
export function quorumRows(listed: Members): Row[] {
  const cluster = listed.find(({ type }) => type === "cluster");
  const nodes = listed.filter(({ type }) => type === "node");
  // A node of its own has neither a cluster nor a quorum, but it is there.
  if (cluster === undefined && nodes.length === 1) return [];
  const about = { name: "quorum", key: "cluster quorum" };
  const online = nodes.filter((node) => Boolean(node.online)).length;
  const seen = `${online} of ${cluster?.nodes ?? nodes.length} nodes online`;
  const named = cluster?.name ? `${oneLine(cluster.name, 40)} · ` : "";
  switch (cluster?.quorate) {
    case 1:
    case true:
      return [{ level: "ok", ...about, text: `${named}${seen}`, detail: true }];
    case 0:
    case false: {
      const text = `${named}lost: ${seen}; no guest can be started, and nothing can be changed`;
      return [{ level: "bad", ...about, text }];
    }
    default:
      return [{ level: "unknown", ...about, text: `unknown: PVE does not tell it (${seen})` }];
  }
}
