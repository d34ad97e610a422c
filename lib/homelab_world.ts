import { resolve } from "@std/path";
import { MARK } from "./claude/leftovers.ts";
import { denoConnect, programStarter, type World as HomelabWorld } from "./homelab/mod.ts";
import type { OpenWorld } from "./world.ts";

/** What the owner's commands get of our environment: no secret is among it. */
const COMMAND_ENV = ["HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ"];

/** What the homelab's probes and commands need of this machine. */
export function homelabWorld(
  home: string,
  env: (name: string) => string | undefined,
  mark: string,
  { clock, run }: OpenWorld,
): HomelabWorld {
  const ofOurs = COMMAND_ENV.flatMap((name) => {
    const value = env(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const kill = (args: readonly string[]) =>
    run("kill", args, { signal: AbortSignal.timeout(10_000) });
  return {
    ...{ clock, run, fetch, connect: denoConnect },
    readTextFile: (path) => Deno.readTextFile(resolve(home, path)),
    // By the mark, what a command leaves behind is found and ended with the rest.
    start: programStarter({ ...Object.fromEntries(ofOurs), [MARK]: mark }, home, kill),
  };
}
