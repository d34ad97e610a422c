import { logger } from "../log/mod.ts";
import { within } from "../clock.ts";
import { CANARY_VERSION, type LockKind, prove } from "./canary.ts";
import { canaryDir, emptyConfigRoot } from "./config_root.ts";
import { spawnError, StartError, startError } from "./failures.ts";
import { type ProcessOptions, tailOf } from "./launch.ts";

const log = logger("lock");

const VERSION_MS = 20_000;
/** A version is one short line. */
const VERSION_LENGTH = 200;

/** The lock between a directory and the process that runs in it. */
export interface Lock {
  /**
   * The directory that stands for the configuration of a project that nobody trusts; `null` where the CLI
   * cannot be told. Waits for the canary where this version has not been proved yet.
   * @throws {StartError} when nothing keeps a directory's own configuration out.
   */
  configRoot(): Promise<string | null>;
  /** The lack of the CLI in use, in a sentence; null when there is none, or it is not known yet. */
  readonly missing: string | null;
  /** Proves the CLI that is there, beside everything else: the first session need not wait then. */
  begin(): void;
  close(): Promise<void>;
}

/** The versions that were proved, and the lock that each keeps. */
export interface ProvedLocks {
  find(cli: string): LockKind | null;
  note(cli: string, lock: LockKind, at: number): void;
}

export interface LockOptions {
  readonly home: string;
  readonly proved: ProvedLocks;
  readonly process: Omit<ProcessOptions, "onEvent">;
  readonly uuid: () => string;
  /** How long the canary waits for what has to be heard, if not the usual time. */
  readonly patienceMs?: number;
}

const MISSING =
  "this version of Claude Code has no --project-config-root: nothing of a directory's own configuration can be trusted, and CLAUDE.local.md and those in subdirectories are not read";

/** The lock of a home. What was proved for a version is remembered in the journal. */
export function createLock(options: LockOptions): Lock {
  const { proved, process, home } = options;
  const emptyRoot = () => emptyConfigRoot(home);
  const closing = new AbortController();
  let known: { cli: string; lock: LockKind } | null = null;
  let proving: { cli: string; lock: Promise<LockKind> } | null = null;

  const proveAnew = async (cli: string): Promise<LockKind> => {
    log.info("Proving what keeps a directory's own configuration out of {cli}", { cli });
    const lock = await prove({
      ...{ dir: canaryDir(home), emptyRoot: await emptyRoot(), uuid: options.uuid },
      patienceMs: options.patienceMs,
      process: { ...process, signal: closing.signal },
    });
    proved.note(cli, lock, process.clock.now());
    log.info("[LOCK] {cli}: {lock}", { cli, lock });
    return lock;
  };

  /** One at a time: both would plant in the same directory. */
  const settle = async (cli: string): Promise<LockKind> => {
    while (proving !== null && proving.cli !== cli) await proving.lock.catch(() => {});
    const mine = proving ??= { cli, lock: proveAnew(cli) };
    try {
      return await mine.lock;
    } finally {
      if (proving === mine) proving = null;
    }
  };

  const lockOf = async (): Promise<LockKind> => {
    const cli = await cliOf(process, home, closing.signal);
    if (known?.cli === cli) return known.lock;
    const lock = proved.find(cli) ?? await settle(cli);
    known = { cli, lock };
    return lock;
  };

  return {
    configRoot: async () => await lockOf() === "flag" ? await emptyRoot() : null,
    get missing() {
      return known?.lock === "fallback" ? MISSING : null;
    },
    begin: () =>
      void lockOf().catch((error) => log.warn("Claude Code is not proved yet: {error}", { error })),
    async close() {
      closing.abort();
      await proving?.lock.catch(() => {});
    },
  };
}

/**
 * The CLI that is there: its command and the version that it names, asked for before each start, since it
 * may be updated at any time. The binary itself lies where our own code may not read.
 * @throws {StartError}
 */
async function cliOf(
  { command, spawn, env, clock }: Omit<ProcessOptions, "onEvent">,
  cwd: string,
  signal: AbortSignal,
): Promise<string> {
  let child;
  try {
    signal.throwIfAborted();
    child = spawn([...command, "--version"], { cwd, env });
  } catch (error) {
    throw spawnError(error);
  }
  const { stdin, stdout, stderr, status } = child;
  const [said, complaint] = [tailOf(stdout, VERSION_LENGTH), tailOf(stderr, VERSION_LENGTH)];
  await stdin.close().catch(() => {}); // It may have ended already.
  const ended = await within(clock, VERSION_MS, status);
  if (ended === undefined) {
    child.kill("SIGKILL");
    throw new StartError("Claude Code did not say its version in 20 s.", "other");
  }
  await within(clock, 1_000, Promise.all([said.drained, complaint.drained]));
  if (ended.code !== 0 || said.text() === "") throw startError(complaint.text() || said.text());
  return JSON.stringify([CANARY_VERSION, said.text(), ...command]);
}
