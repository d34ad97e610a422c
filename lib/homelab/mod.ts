/**
 * The homelab's services, each behind a probe, and the owner's commands.
 * @module
 */
import type { Settings } from "../settings.ts";
import { createBackups } from "./backups.ts";
import { createBeszel } from "./beszel.ts";
import { bounded } from "./bounded.ts";
import { type CommandWorld, createCommands, type OwnCommand } from "./commands.ts";
import type { HomelabWorld } from "./http.ts";
import { createKuma } from "./kuma.ts";
import { createPing, type PingWorld } from "./ping.ts";
import { createPbs } from "./pbs.ts";
import { proxmox } from "./proxmox.ts";
import { createPve } from "./pve.ts";
import type { Probe, ProbeName, Report } from "./report.ts";
import { trusting } from "./tls.ts";

export { type Chart, drawChart } from "./charts.ts";
export { type CommandResult, type OwnCommand, type StartProgram } from "./commands.ts";
export { wordsOf } from "./command_output.ts";
export { programStarter } from "./command_start.ts";
export { denoConnect } from "./ping_tcp.ts";
export * from "./report.ts";

/** What the homelab's parts need of the outside. */
export type World = HomelabWorld & PingWorld & CommandWorld;

/** What of a homelab the settings name. */
export interface Homelab {
  /** The configured ones, in the order in which people look; each check ends within 5 s. */
  readonly probes: ReadonlyMap<ProbeName, Probe>;
  readonly commands: ReadonlyMap<string, OwnCommand>;
  /** All probes at once: it takes as long as the slowest. */
  status(signal: AbortSignal): Promise<Report[]>;
  /** Ends what still goes on behind the checks. */
  close(): Promise<void>;
}

/** Builds the probes and commands of the settings; asks nobody anything yet. */
export function createHomelab(settings: Settings["homelab"], world: World): Homelab {
  const probes = new Map(
    probesOf(settings, world).map((probe) => [probe.name, bounded(probe, world.clock)]),
  );
  return {
    probes,
    commands: createCommands(settings.commands ?? {}, world),
    status: (signal) => Promise.all([...probes.values()].map((probe) => probe.check(signal))),
    async close() {
      await Promise.all([...probes.values()].map((probe) => probe.close?.()));
    },
  };
}

function probesOf(settings: Settings["homelab"], world: World): Probe[] {
  const { beszel, kuma, ping } = settings;
  return [
    ...proxmoxProbes(settings, world),
    ...(beszel === undefined ? [] : [createBeszel(beszel, world, trusting(beszel, world))]),
    ...(kuma === undefined ? [] : [createKuma(kuma, world, trusting(kuma, world))]),
    ...(ping === undefined ? [] : [createPing(ping, world)]),
  ];
}

/** PBS has the backups, PVE knows which there should be. Who asks a server shares its bound. */
function proxmoxProbes({ pbs, pve }: Settings["homelab"], world: World): Probe[] {
  const { clock } = world;
  const cluster = pve === undefined
    ? null
    : proxmox(pve, "PVEAPIToken", world, trusting(pve, world));
  const store = pbs === undefined ? null : proxmox(pbs, "PBSAPIToken", world, trusting(pbs, world));
  const lateHours = pbs?.late_hours ?? {};
  return [
    ...(store === null
      ? []
      : [createPbs(store, clock), createBackups({ pbs: store, pve: cluster, lateHours, clock })]),
    ...(cluster === null ? [] : [createPve(cluster, clock)]),
  ];
}
