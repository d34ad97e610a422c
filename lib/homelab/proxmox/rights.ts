import { z } from "zod";
import { type Part, part, type Proxmox } from "./api.ts";
import type { Row } from "../report.ts";

/** `/access/permissions`, of PBS and of PVE: the token's privileges by path, and whether they go on below. */
const permissions = z.record(z.string(), z.record(z.string(), z.union([z.boolean(), z.number()])));

export type Permissions = z.output<typeof permissions>;

/** A privilege that a part of a report needs, on a path and all below it. */
export interface Needed {
  readonly path: string;
  readonly privilege: string;
  /** The role that brings it. */
  readonly role: string;
  /** The part of the report that is not whole without it. */
  readonly part: string;
  /** What is not seen then. */
  readonly hidden: string;
}

/** What the token may see. */
export const askPermissions = (api: Proxmox, signal: AbortSignal): Promise<Part<Permissions>> =>
  part(api.get("/access/permissions", permissions, signal));

/**
 * A note for each part whose rights the token lacks, or one that they could not be asked for. Proxmox
 * leaves out what a token may not see, so a list says only what its rights let it say. `name` is the
 * note's when they could not be asked for.
 */
export function lackingRights(
  asked: Part<Permissions>,
  needed: readonly Needed[],
  name = "rights",
): Row[] {
  if ("missing" in asked) {
    const text = `not known: ${asked.missing.message}; what the token may not see is left out`;
    return [{ level: "unknown", name, text, note: true }];
  }
  return needed.filter((each) => !holdsBelow(asked.data, each)).map((each): Row => {
    const { path, privilege, role, part, hidden } = each;
    const text = `unknown: token lacks ${privilege} on ${path} (role ${role}); ${hidden}`;
    return { level: "unknown", name: part, text, note: true };
  });
}

function holdsBelow(held: Permissions, { path, privilege }: Needed): boolean {
  // What stands at the top is listed, but for a path on which the token has nothing.
  const isTop = path.lastIndexOf("/") === 0;
  if (isTop ? !held[path]?.[privilege] : !holds(held, path, privilege)) return false;
  const below = path === "/" ? "" : `${path}/`;
  return Object.entries(held).every(([each, has]) =>
    below === "" || !each.startsWith(below) || privilege in has
  );
}

/** True when a privilege holds on a path, by itself or handed on from above. */
export function holds(held: Permissions, path: string, privilege: string): boolean {
  for (let each = path;; each = each.slice(0, each.lastIndexOf("/")) || "/") {
    const has = held[each];
    if (has !== undefined) return each === path ? privilege in has : Boolean(has[privilege]);
    if (each === "/") return false;
  }
}
