import { type Clock, sleep } from "../clock.ts";
import { logger } from "../log.ts";

const log = logger("leftovers");

/** Every process of a home carries its mark in its environment, and so do the shells it starts. */
export const MARK = "SWITCHBOARD_MARK";

/** Runs a program to its end and gives what it printed. */
export type Run = (
  program: string,
  args: readonly string[],
) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;

/** A process that carries our mark. */
export interface Marked {
  readonly pid: number;
  readonly command: string;
}

/** Finds and ends what an earlier run of this home left behind: `claude` and what its shells run. */
export interface Leftovers {
  /**
   * Ends them all: SIGTERM, and after `patienceMs` SIGKILL. Call it while no process of ours runs.
   * @returns what was found; empty, with a line in the log, where `ps` cannot tell.
   */
  sweep(patienceMs?: number): Promise<Marked[]>;
}

/**
 * The mark is unique to a home, so a recycled pid or another Switchboard's process never carries it.
 * `ps` and `kill` do the work: under a scoped `--allow-run` Deno may neither read `/proc` nor
 * signal what is not its own child.
 */
export function createLeftovers(
  mark: string,
  run: Run,
  clock: Clock,
  self: number = Deno.pid,
): Leftovers {
  const list = async (): Promise<Marked[]> => {
    const { code, stdout, stderr } = await run("ps", ["axeww", "-o", "pid=,command="]);
    // Started from a shell of its own Claude, this program carries the mark itself.
    if (code === 0) return marked(stdout, mark).filter(({ pid }) => pid !== self);
    log.warn("Cannot look for leftover processes: ps said {stderr}", { stderr });
    return [];
  };
  const signal = async (name: string, processes: readonly Marked[]) => {
    if (processes.length === 0) return;
    const { stderr } = await run("kill", [`-${name}`, ...processes.map(({ pid }) => String(pid))]);
    if (stderr !== "") log.debug("kill: {stderr}", { stderr });
  };
  return {
    async sweep(patienceMs = 3_000) {
      const found = await list();
      if (found.length === 0) return found;
      log.warn("Ending {count} processes that an earlier run left behind: {commands}", {
        count: found.length,
        commands: found.map(({ pid, command }) => `${pid} ${command}`).join("; "),
      });
      await signal("TERM", found);
      let left = found;
      for (const end = clock.now() + patienceMs; left.length > 0 && clock.now() < end;) {
        await sleep(clock, 100);
        left = await list();
      }
      await signal("KILL", left);
      return found;
    },
  };
}

/** The lines of `ps axeww -o pid=,command=` that carry `mark`; their environment is cut off. */
export function marked(listing: string, mark: string): Marked[] {
  return listing.split("\n").flatMap((line) => {
    if (!` ${line} `.includes(` ${MARK}=${mark} `)) return [];
    const [, pid, rest] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || rest === undefined) return [];
    const words = rest.split(" ");
    // From the first variable on: the value of one may hold spaces, and secrets behind them.
    const end = words.findIndex((word) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
    return [{ pid: Number(pid), command: words.slice(0, Math.min(end, 3)).join(" ").slice(0, 80) }];
  });
}
