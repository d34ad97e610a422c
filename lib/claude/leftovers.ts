import { createHash } from "node:crypto";
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
  /** Seconds since its start. */
  readonly age: number;
  readonly command: string;
}

/** Picks what is meant out of what `ps` lists. */
type Choose = (listing: string) => readonly Marked[];

const LISTED = "pid=,ppid=,etimes=,command=";
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/;

/** Finds and ends what was left behind in this home: `claude` itself, and what its shells run. */
export interface Leftovers {
  /**
   * Ends what an earlier run left: SIGTERM, and after `patienceMs` SIGKILL. Call it while no process of ours runs.
   * @returns what was found; empty, with a line in the log, where `ps` cannot tell.
   */
  sweep(patienceMs?: number): Promise<Marked[]>;
  /** Ends what the shells of one `claude` run on, which has ended: after SIGKILL they do. */
  sweepAfter(claude: number): Promise<Marked[]>;
  /**
   * Ends what a stop missed. The CLI lists what a tool runs and then ends that: what is forked in
   * between lives on as nobody's child (Claude Code 2.1.329, 4 of 75 stops right behind a tool's
   * start). What began before the stop and has left its shell was left on purpose.
   * @param since when the stop was sent, on the steady clock.
   */
  sweepStopped(claude: number, since: number): Promise<Marked[]>;
}

/** Since the last look, so long is given to what the CLI is ending. */
const ENDING_MS = 500;

const PATIENCE_MS = 3_000;

/**
 * The mark of the home in this directory. A copy of it elsewhere, journal and all, has another: it
 * must not end what runs in the original.
 */
export function markOf(home: string, secret: string): string {
  return createHash("sha256").update(`${secret} ${home}`).digest("hex").slice(0, 32);
}

/**
 * A process is ours when it carries our mark, which is unique to a home and inherited. That says more
 * than a pid with its start time and command, which would have to be on disk before the child exists
 * and say nothing of the shells that the child starts: a recycled pid never carries the mark, nor
 * does another Switchboard's process, nor a `claude` that somebody runs by hand.
 *
 * What it does not find has dropped its environment or hides it: what Claude starts through `sudo` or
 * `env -i`, and `claude` itself where the settings' command changes the user (`sudo -u …`, unless
 * that passes `SWITCHBOARD_MARK` on). Without being root nobody could end those anyway; the service's
 * control group does. Where we are root, the environment of all users' processes is seen.
 *
 * `ps` and `kill` do the work: under a scoped `--allow-run` Deno may neither read `/proc` nor
 * signal what is not its own child.
 */
export function createLeftovers(
  mark: string,
  run: Run,
  clock: Clock,
  self: number = Deno.pid,
): Leftovers {
  const list = async (choose: Choose): Promise<Marked[]> => {
    const { code, stdout, stderr } = await run("ps", ["axeww", "-o", LISTED]);
    // Started from a shell of its own Claude, this program carries the mark itself.
    if (code === 0) return choose(stdout).filter(({ pid }) => pid !== self);
    log.warn("Cannot look for leftover processes: ps said {stderr}", { stderr });
    return [];
  };
  const signal = async (name: string, processes: readonly Marked[]) => {
    if (processes.length === 0) return;
    const { stderr } = await run("kill", [`-${name}`, ...processes.map(({ pid }) => String(pid))]);
    if (stderr !== "") log.debug("kill: {stderr}", { stderr });
  };
  const sweep = async (patienceMs: number, choose: Choose) => {
    const found = await list(choose);
    if (found.length === 0) return found;
    log.warn("Ending {count} processes that were left behind: {commands}", {
      count: found.length,
      commands: found.map(({ pid, command }) => `${pid} ${command}`).join("; "),
    });
    await signal("TERM", found);
    const pids = new Set(found.map(({ pid }) => pid));
    let left = found;
    for (const end = clock.steady() + patienceMs; left.length > 0 && clock.steady() < end;) {
      await sleep(clock, 100);
      left = (await list(choose)).filter(({ pid }) => pids.has(pid));
    }
    await signal("KILL", left);
    return found;
  };
  return {
    sweep: (patienceMs = PATIENCE_MS) => sweep(patienceMs, (listing) => marked(listing, mark)),
    sweepAfter: (claude) => sweep(PATIENCE_MS, (listing) => marked(listing, mark, claude)),
    sweepStopped: async (claude, since) => {
      await sleep(clock, ENDING_MS);
      return await sweep(PATIENCE_MS, (listing) => {
        const seconds = Math.floor((clock.steady() - since) / 1000);
        return strays(listing, marked(listing, mark, claude), claude)
          .filter(({ age }) => age <= seconds);
      });
    },
  };
}

/** Those of a listing whose parents do not lead to `claude`: their shell is gone. */
function strays(listing: string, found: readonly Marked[], claude: number): readonly Marked[] {
  const parents = new Map(
    listing.split("\n").map((line) => {
      const [, pid, parent] = LINE.exec(line) ?? [];
      return [Number(pid), Number(parent)];
    }),
  );
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === claude || belongs(parents.get(pid)));
  return found.filter(({ pid }) => !belongs(pid));
}

/**
 * The lines of `ps axeww -o pid=,ppid=,etimes=,command=` that carry `mark`, of all or of one `claude`'s shells; their
 * environment is cut off.
 */
export function marked(listing: string, mark: string, claude?: number): Marked[] {
  const wanted = [` ${MARK}=${mark} `, ...(claude === undefined ? [] : [` CLAUDE_PID=${claude} `])];
  return listing.split("\n").flatMap((line) => {
    if (!wanted.every((variable) => ` ${line} `.includes(variable))) return [];
    const [, pid, , age, rest] = LINE.exec(line) ?? [];
    if (pid === undefined || rest === undefined) return [];
    const words = rest.split(" ");
    // From the first variable on: the value of one may hold spaces, and secrets behind them.
    const end = words.findIndex((word) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
    const command = words.slice(0, Math.min(end, 3)).join(" ").slice(0, 80);
    return [{ pid: Number(pid), age: Number(age), command }];
  });
}
