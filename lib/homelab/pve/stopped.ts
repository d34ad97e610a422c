import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { duration } from "../../units.ts";
import { type Part, part, type Proxmox } from "../proxmox/api.ts";
import type { Guest } from "./guests.ts";
import { HA_RUNS } from "./states.ts";

const config = z.object({ onboot: z.union([z.number(), z.boolean(), z.string()]).nullish() });
const tasks = z.array(z.object({
  type: z.string(),
  id: z.string().nullish(),
  starttime: z.number(),
}));

/** pve-manager 9.2: what people stop guests with, in the task list of the cluster. */
const STOPS: ReadonlySet<string> = new Set([
  ...["qmstop", "qmshutdown", "qmreboot", "qmreset", "qmsuspend", "qmdestroy"],
  ...["vzstop", "vzshutdown", "vzreboot", "vzsuspend", "vzdestroy"],
  ...["hastop", "stopall", "suspendall"],
]);
/** A task may begin so long before the guest was last seen running. */
const EARLIER_MS = 10 * 60_000;

/** Why a stopped guest should be running; null for one that may rest. */
export type Why = Part<string | null>;

type Recent = Part<z.output<typeof tasks>> | null;

/**
 * Tells which stopped guests should run: those that start with their node, those that HA runs, and those
 * that ran at an earlier look and that nobody has stopped.
 */
export class Stopped {
  /** When each guest was last seen running. */
  readonly #ran = new Map<string, number>();

  constructor(readonly api: Proxmox, readonly clock: Clock) {}

  /** Of the stopped guests among `guests`, by their ids. */
  async reasons(guests: readonly Guest[], signal: AbortSignal): Promise<Map<string, Why>> {
    const now = this.clock.now();
    for (const { id, status } of guests) if (status === "running") this.#ran.set(id, now);
    // A lock says that something else is done to it: a backup in mode "stop", a migration.
    const stopped = guests.filter(({ status, lock }) => status === "stopped" && lock === "");
    const ran = stopped.filter(({ id }) => this.#ran.has(id));
    const recent = ran.length === 0
      ? null
      : await part(this.api.get("/cluster/tasks", tasks, signal));
    const told = stopped.map(async (guest) =>
      [guest.id, await this.#reason(guest, recent, signal)] as const
    );
    return new Map(await Promise.all(told));
  }

  async #reason(guest: Guest, recent: Recent, signal: AbortSignal): Promise<Why> {
    const { id, node, vmid, ha } = guest;
    // HA goes by its own configuration, whatever that of the guest says.
    if (ha !== null && ha !== "ignored") {
      return { data: HA_RUNS.has(ha) ? "HA should run it" : null };
    }
    const kind = id.startsWith("ct/") ? "lxc" : "qemu";
    const path = `/nodes/${encodeURIComponent(node)}/${kind}/${vmid}/config`;
    const asked = await part(this.api.get(path, config, signal));
    if ("missing" in asked) return asked;
    const { onboot } = asked.data;
    if (onboot === true || `${onboot ?? 0}` === "1") {
      return { data: "it should start with its node" };
    }
    return { data: this.#unexplained(guest, recent) };
  }

  #unexplained({ id, vmid }: Guest, recent: Recent): string | null {
    const ran = this.#ran.get(id);
    const now = this.clock.now();
    if (ran === undefined) return null;
    const found = recent !== null && "data" in recent &&
      recent.data.some((task) =>
        STOPS.has(task.type) && task.starttime * 1000 >= ran - EARLIER_MS &&
        (task.id === `${vmid}` || /^(stop|suspend)all$/.test(task.type) ||
          task.id?.endsWith(`:${vmid}`))
      );
    if (found) {
      this.#ran.delete(id); // Somebody stopped it, and it may rest.
      return null;
    }
    return `it ran ${duration(now - ran)} ago, and no task stopped it`;
  }
}
