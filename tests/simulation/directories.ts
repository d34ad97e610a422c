import type { Looked } from "../../lib/app/guards.ts";
import { nothingFound } from "../claude/open_lock.ts";
import type { Random } from "./random.ts";

/** Directories into which now and then something comes that git would obey, and goes again. */
export function simulatedLook(random: Random): (directory: string) => Promise<Looked> {
  const planted = new Set<string>();
  return async (directory) => {
    if (random.chance(0.03)) planted.add(directory);
    else if (random.chance(0.3)) planted.delete(directory);
    const nothing = await nothingFound();
    return planted.has(directory) ? { ...nothing, git: ["[core] fsmonitor = ./x"] } : nothing;
  };
}
