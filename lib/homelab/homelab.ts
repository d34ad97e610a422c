import { resolve } from "@std/path";
import { createCommands, type OwnCommand } from "./commands/commands.ts";
import { programStarter } from "./environment.ts";
import type { ProbeEnvironment } from "./environment.ts";
import { denoConnect } from "./ping/tcp.ts";
import { bounded, type Probe } from "./probe.ts";
import { createProbe, type HomelabSettings, type ProbeName, PROBES } from "./probes.ts";
import { proxmoxServers } from "./proxmox/api.ts";
import type { Report } from "./report.ts";

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
export function createHomelab(settings: HomelabSettings, environment: ProbeEnvironment): Homelab {
  const servers = proxmoxServers(environment);
  const probes = new Map(
    Object.values(PROBES).flatMap((kind) => {
      const probe = createProbe(kind, settings, environment, servers);
      return probe === null ? [] : [[kind.name, bounded(probe, environment.clock)]];
    }),
  );
  return {
    probes,
    commands: createCommands(settings.commands ?? {}, environment),
    status: (signal) => Promise.all([...probes.values()].map((probe) => probe.check(signal))),
    async close() {
      await Promise.all([...probes.values()].map((probe) => probe.close?.()));
    },
  };
}

/** What the owner's commands get of our environment: no secret is among it. */
const COMMAND_ENV = ["HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ"];

/**
 * What the homelab's probes and commands need of this machine.
 * @param marked the variables by which what a command leaves behind is found and ended with the rest.
 */
export function homelabEnvironment(
  home: string,
  env: (name: string) => string | undefined,
  marked: Readonly<Record<string, string>>,
  { clock, run }: Pick<ProbeEnvironment, "clock" | "run">,
): ProbeEnvironment {
  const ofOurs = COMMAND_ENV.flatMap((name) => {
    const value = env(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const kill = (args: readonly string[]) =>
    run("kill", args, { signal: AbortSignal.timeout(10_000) });
  return {
    ...{ clock, run, fetch, connect: denoConnect },
    readTextFile: (path) => Deno.readTextFile(resolve(home, path)),
    start: programStarter({ ...Object.fromEntries(ofOurs), ...marked }, home, kill),
  };
}
