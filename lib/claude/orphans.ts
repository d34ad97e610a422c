import { createHash } from "node:crypto";
import { type Clock, sleep } from "../clock.ts";
import type { RunForText } from "../programs.ts";
import { logger } from "../log/mod.ts";

const log = logger("orphans");

/** Every process of a home carries its id in its environment, and so do the shells it starts. */
export const HOME_ID = "SWITCHBOARD_MARK";

/** A process that carries the id of our home. */
export interface Marked {
  readonly pid: number;
  readonly command: string;
}

/** Finds and ends what was left behind in this home: `claude` itself, and what its shells run. */
export interface Orphans {
  /**
   * Ends what an earlier run left: SIGTERM, and after `patienceMs` SIGKILL. Call it while no process of ours runs.
   * @returns what was found; empty, with a line in the log, where `ps` cannot tell.
   */
  sweep(patienceMs?: number): Promise<Marked[]>;
  /** Ends what the shells of one `claude` run on, which has ended: after SIGKILL they do. */
  sweepAfter(claude: number): Promise<Marked[]>;
  /**
   * Call it when a stop is sent, and what it returns when the stopped turn is over: that ends what the
   * stop missed. The CLI lists what a tool runs and then ends that; what is forked in between lives on
   * as nobody's child (Claude Code 2.1.329, 4 of 75 stops right behind a tool's start). What is older
   * than the stop, or a child of that, was left on purpose.
   */
  watchStop(claude: number): () => Promise<Marked[]>;
  /** Waits for nothing any more: the last sweep has ended all that there was. */
  close(): void;
}

const PATIENCE_MS = 3_000;
/** From the turn's end on, so long is given to what the CLI is ending. */
const ENDING_MS = 500;
/** So many of the kernel's ticks (10 ms each) a stop may be noted late. */
const LATE_TICKS = 3;

/**
 * The id of the home in this directory. A copy of it elsewhere, journal and all, has another: it
 * must not end what runs in the original.
 */
export function homeIdOf(home: string, secret: string): string {
  return createHash("sha256").update(`${secret} ${home}`).digest("hex").slice(0, 32);
}

/**
 * A process is ours when it carries the id of our home, which is unique to a home and inherited.
 * That says more than a pid with its start time and command, which would have to be on disk before
 * the child exists and say nothing of the shells that the child starts: a recycled pid never carries the id, nor
 * does another Switchboard's process, nor a `claude` that somebody runs by hand.
 *
 * What it does not find has dropped its environment or hides it: what Claude starts through `sudo` or
 * `env -i`, and `claude` itself where the settings' command changes the user (`sudo -u …`, unless
 * that passes `SWITCHBOARD_MARK` on). Without being root nobody could end those anyway; the service's
 * control group does. Where we are root, the environment of all users' processes is seen.
 *
 * `ps`, `cat` and `kill` do the work: under a scoped `--allow-run` Deno may neither read `/proc` nor
 * signal what is not its own child.
 */
export function createOrphans(
  homeId: string,
  run: RunForText,
  clock: Clock,
  self: number = Deno.pid,
): Orphans {
  const closing = new AbortController();
  const list = async (claude?: number): Promise<Marked[]> => {
    const { code, stdout, stderr } = await run("ps", ["axeww", "-o", "pid=,command="]);
    // Started from a shell of its own Claude, this program carries the id itself.
    if (code === 0) return marked(stdout, homeId, claude).filter(({ pid }) => pid !== self);
    log.warn("Cannot look for orphaned processes: ps said {stderr}", { stderr });
    return [];
  };
  const signal = async (name: string, processes: readonly Marked[]) => {
    if (processes.length === 0) return;
    const { stderr } = await run("kill", [`-${name}`, ...processes.map(({ pid }) => String(pid))]);
    if (stderr !== "") log.debug("kill: {stderr}", { stderr });
  };
  const end = async (found: readonly Marked[], patienceMs: number) => {
    if (found.length === 0) return;
    log.warn("Ending {count} processes that were left behind: {commands}", {
      count: found.length,
      commands: found.map(({ pid, command }) => `${pid} ${command}`).join("; "),
    });
    await signal("TERM", found);
    const pids = new Set(found.map(({ pid }) => pid));
    let left = found;
    for (const over = clock.steady() + patienceMs; left.length > 0 && clock.steady() < over;) {
      await sleep(clock, 100, closing.signal);
      if (closing.signal.aborted) break;
      left = (await list()).filter(({ pid }) => pids.has(pid));
    }
    await signal("KILL", left);
  };
  const sweep = async (patienceMs: number, claude?: number) => {
    const found = await list(claude);
    await end(found, patienceMs);
    return found;
  };
  return {
    sweep: (patienceMs = PATIENCE_MS) => sweep(patienceMs),
    sweepAfter: (claude) => sweep(PATIENCE_MS, claude),
    watchStop(claude) {
      const stop = startNow(run);
      return async () => {
        await sleep(clock, ENDING_MS, closing.signal);
        if (closing.signal.aborted) return [];
        const since = await stop;
        const found = since === undefined ? [] : await list(claude);
        if (since === undefined || found.length === 0) return [];
        const missed = await straysOf(run, found, claude, since - LATE_TICKS);
        await end(missed, PATIENCE_MS);
        return missed;
      };
    },
    close: () => closing.abort(),
  };
}

/** Those whose parents do not lead to `claude`, and which began since then with all their marked parents. */
async function straysOf(
  run: RunForText,
  found: readonly Marked[],
  claude: number,
  since: number,
): Promise<Marked[]> {
  const { stdout } = await run("ps", ["ax", "-o", "pid=,ppid="]);
  const parents = new Map(
    stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
  );
  const above = (pid: number): number[] => {
    const parent = parents.get(pid) ?? 0;
    return parent > 1 ? [parent, ...above(parent)] : [];
  };
  const started = await startsOf(run, found.map(({ pid }) => pid));
  const isYoung = (pid: number) => (started.get(pid) ?? 0) >= since;
  return found.filter(({ pid }) =>
    isYoung(pid) && !above(pid).includes(claude) &&
    above(pid).every((each) => !started.has(each) || isYoung(each))
  );
}

/** This moment as the start of a process; undefined, with a line in the log, where it cannot be told. */
async function startNow(run: RunForText): Promise<number | undefined> {
  try {
    return [...(await startsOf(run, ["self"])).values()][0]; // Of `cat` itself: it starts now.
  } catch (error) {
    log.warn("Cannot note the time of a stop: {error}", { error });
    return undefined;
  }
}

/**
 * When processes started, in ticks since the machine did. In a container `ps` tells an age by that of
 * the container, and is wrong about it; only the kernel's own number compares.
 */
async function startsOf(
  run: RunForText,
  pids: readonly (number | "self")[],
): Promise<Map<number, number>> {
  const { stdout } = await run("cat", pids.map((pid) => `/proc/${pid}/stat`));
  return new Map(
    stdout.split("\n").flatMap((line) => {
      // The name in brackets may hold spaces and brackets. Field 22 is the start (proc_pid_stat(5)).
      const [, pid, rest] = /^(\d+) \(.*\) (.*)$/.exec(line) ?? [];
      const start = Number(rest?.split(" ")[19]);
      return Number.isSafeInteger(start) ? [[Number(pid), start] as const] : [];
    }),
  );
}

/**
 * The lines of `ps axeww -o pid=,command=` that carry `homeId`, of all or of one `claude`'s shells; their
 * environment is cut off.
 */
export function marked(listing: string, homeId: string, claude?: number): Marked[] {
  const wanted = [
    ` ${HOME_ID}=${homeId} `,
    ...(claude === undefined ? [] : [` CLAUDE_PID=${claude} `]),
  ];
  return listing.split("\n").flatMap((line) => {
    if (!wanted.every((variable) => ` ${line} `.includes(variable))) return [];
    const [, pid, rest] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || rest === undefined) return [];
    const words = rest.split(" ");
    // From the first variable on: the value of one may hold spaces, and secrets behind them.
    const end = words.findIndex((word) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
    return [{ pid: Number(pid), command: words.slice(0, Math.min(end, 3)).join(" ").slice(0, 80) }];
  });
}
