import { statfs } from "node:fs/promises";
import { join } from "@std/path";
import { Fleet, FleetFullError } from "../claude/fleet.ts";
import { CLAUDE_ENV } from "../claude/launch.ts";
import { createOrphans, HOME_ID, homeIdOf, type Orphans } from "../claude/orphans.ts";
import type { Lock } from "../claude/lock.ts";
import { ClaudeProcess } from "../claude/process.ts";
import type { ProcessOptions } from "../claude/launch.ts";
import { Running } from "../claude/running.ts";
import { StartError } from "../claude/failures.ts";
import type { Clock } from "../clock.ts";
import { Conversations, type StartFailure } from "../conversation/mod.ts";
import { TROUBLE_WORDS, troubleOf } from "./trouble.ts";
import type { Journal } from "../journal/mod.ts";
import { createGuards, type Guards } from "./guards.ts";
import { launchOf, rulesOf } from "./launches.ts";
import { logger } from "../log/mod.ts";
import { forText, type RunProgram } from "../programs.ts";
import { machineOf } from "./machine.ts";
import { childEnvironment } from "./permissions.ts";
import {
  Archives,
  readInside,
  type SessionManager,
  skillText,
  type Trust,
} from "../sessions/mod.ts";
import { createSchedules, type Schedules } from "./schedules.ts";
import type { Settings } from "../settings/mod.ts";
import {
  type Call,
  composer,
  type Context,
  homelabReports,
  offers,
  Outbox,
  Outputs,
  PollHealth,
  pollNews,
  Router,
  StatusPresenter,
  Urgent,
  WaitingPresenter,
} from "../telegram/mod.ts";
import { createHomelab, type Homelab, homelabEnvironment } from "../homelab/mod.ts";
import { createTrust, hearing } from "./trust.ts";
import type { Environment, OpenEnvironment } from "./environment.ts";

const log = logger("app");

/** The parts of a running Switchboard. */
export interface App {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly sessions: SessionManager;
  readonly trust: Trust;
  readonly orphans: Orphans;
  readonly call: Call;
  readonly outbox: Outbox;
  readonly health: PollHealth;
  readonly homelab: Homelab;
  readonly schedules: Schedules;
  readonly status: StatusPresenter;
  readonly lock: Lock;
  readonly fleet: Fleet;
  readonly conversations: Conversations;
  readonly router: Router;
  readonly urgent: Urgent;
}

/** Builds the parts of one home and ties them together; starts nothing. */
export async function build(
  settings: Settings,
  env: (name: string) => string | undefined,
  journal: Journal,
  outside: Environment,
  version: string,
): Promise<App> {
  const open: OpenEnvironment = { ...outside, sessions: outside.sessions(journal.sessions) };
  const { clock, run, call, sessions, uuid } = open;
  const startedAt = clock.now();
  const homeId = homeIdOf(settings.home, journal.fact("mark", uuid));
  const orphans = createOrphans(homeId, forText(run), clock);
  const outbox = new Outbox(journal, call, clock);
  const tell = pollNews(journal, outbox, clock, settings.telegram.allowed_users);
  const health = new PollHealth(clock, tell);
  const status = new StatusPresenter(outbox, journal, clock, {
    stream: settings.telegram.stream,
    personaOf: async (session) => (await sessions.get(session)).persona,
  });
  const process = processOptions(settings, env, homeId, open, await guard(run), orphans);
  const lock = open.lock({ proved: journal.provedLocks, process });
  const outputs = new Outputs();
  const sweep = (pid: number) => orphans.sweepAfter(pid);
  const trust = createTrust(settings, journal, open, lock);
  const guards = createGuards(open, journal, trust, (...heard) => conversations.heard(...heard));
  const fleet: Fleet = createFleet(settings, process, open, { journal, trust, lock, guards }, {
    onEvent: hearing(() => conversations, { trust, journal, clock, outbox }),
    onRoom: () => conversations.wakeAll(),
    ...{ sweep, look: offers({ ...open, journal, outbox }, settings.telegram.allowed_users) },
  }, outputs);
  const shown = [status, { fleet, guards, trust, env: process.env }, outputs] as const;
  const conversations = createConversations(settings, journal, open, ...shown);
  const homelab = homelabOf(settings, env, homeId, open);
  const parts = { journal, outbox, homelab, process, lock, sweep };
  const schedules = createSchedules(settings, open, parts);
  const context: Context = {
    ...{ journal, sessions, conversations, outbox, status, health, call, clock, startedAt },
    archives: archivesOf(settings.home, open, process.env),
    trust,
    closeProcess: async (session) => {
      outputs.forget(session);
      await fleet.close(session, "closed");
      await sessions.setProcess(session, null);
    },
    warm: (session) => background(fleet.warm(session), `warm up ${session}`),
    claude: new Running(fleet),
    lock,
    machine: machineOf(settings.home, forText(run), () => freeSpace(settings.home)),
    homelab,
    watching: schedules.watching,
    reports: [schedules.report, ...homelabReports(homelab)],
    version,
    rules: rulesOf(settings),
    outputs,
  };
  const router = new Router(context);
  const urgent = new Urgent(context, new Set(settings.telegram.allowed_users));
  const chat = { call, outbox, health, homelab, status, conversations, router, urgent };
  return { ...chat, schedules, clock, journal, sessions, orphans, lock, fleet, trust };
}

/** How every `claude` of this home is started; `guard` goes before the command. */
function processOptions(
  { claude }: Settings,
  env: (name: string) => string | undefined,
  homeId: string,
  { spawn, clock }: OpenEnvironment,
  guard: readonly string[],
  orphans: Orphans,
): Omit<ProcessOptions, "onEvent"> {
  return {
    command: [...guard, ...claude.command],
    env: { ...CLAUDE_ENV, ...childEnvironment(env, claude.env), [HOME_ID]: homeId },
    spawn,
    clock,
    watchdogMs: claude.watchdog_minutes * 60_000,
    watchStop(pid) {
      const sweep = orphans.watchStop(pid);
      return () => background(sweep(), "sweep behind a stop");
    },
  };
}

function homelabOf(
  { homelab, home }: Settings,
  env: (name: string) => string | undefined,
  homeId: string,
  open: OpenEnvironment,
): Homelab {
  return createHomelab(homelab, homelabEnvironment(home, env, { [HOME_ID]: homeId }, open));
}

function archivesOf(
  home: string,
  { sessions: manager, run, clock }: OpenEnvironment,
  env: Readonly<Record<string, string>>,
): Archives {
  return new Archives({
    home,
    manager,
    run,
    claudeConfigDir: claudeConfigDir(env),
    now: () => new Date(clock.now()),
    freeSpace: () => freeSpace(home),
  });
}

/** The bytes that may still be written to the disk of a directory. */
export async function freeSpace(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** Where the CLI keeps its transcripts. */
function claudeConfigDir(env: Readonly<Record<string, string>>): string {
  return env["CLAUDE_CONFIG_DIR"] ?? join(env["HOME"] ?? "/root", ".claude");
}

function createFleet(
  settings: Settings,
  process: Omit<ProcessOptions, "onEvent">,
  { sessions, uuid }: OpenEnvironment,
  { journal, trust, lock, guards }: Pick<App, "journal" | "trust" | "lock"> & {
    readonly guards: Guards;
  },
  hooks: Pick<Fleet["options"], "onEvent" | "onRoom" | "sweep"> & {
    /** Looks at the files of a session before it is used, and after each turn. */
    readonly look: (session: string) => Promise<void>;
  },
  outputs: Outputs,
): Fleet {
  const fleet: Fleet = new Fleet({
    ...hooks,
    onEvent: (session, event) => {
      guards.heard(session, fleet.get(session), event);
      hooks.onEvent(session, event);
      if (event.type === "ended") {
        background(hooks.look(session), `look at the files of ${session}`);
      }
    },
    maxProcesses: settings.claude.max_processes,
    clock: process.clock,
    start: async (session, onEvent, signal) => {
      await hooks.look(session);
      outputs.learn(session, (await sessions.get(session)).output);
      const configRoot = await lock.configRoot();
      const launch = await launchOf(session, {
        ...{ settings, sessions, journal, uuid, configRoot, trust },
        memoryExcludes: await guards.memoryExcludes(session),
        claudeConfigDir: claudeConfigDir(process.env),
      });
      return await ClaudeProcess.start(launch, { ...process, onEvent, signal });
    },
    idleMs: async (session) => (await sessions.get(session)).idle_timeout * 1000,
    onProcess(session, pid) {
      if (pid === null) trust.ended(session);
      background(sessions.setProcess(session, pid), `note the process of ${session}`);
    },
  });
  return fleet;
}

function createConversations(
  settings: Settings,
  journal: Journal,
  { clock, sessions, uuid, run }: OpenEnvironment,
  presenter: StatusPresenter,
  { fleet, guards, trust, env }: Pick<App, "fleet" | "trust"> & {
    readonly guards: Guards;
    readonly env: Readonly<Record<string, string>>;
  },
  outputs: Outputs,
): Conversations {
  const config = claudeConfigDir(env);
  return new Conversations({
    journal,
    clock,
    presenter,
    queuePresenter: new WaitingPresenter(presenter.outbox, journal, clock),
    compose: composer,
    async acquire(session) {
      const process = await fleet.acquire(session);
      await guards.before(session, process);
      return process;
    },
    startFailure,
    onSessionId: (session, id) => {
      journal.sessions.converse(session, id);
      background(sessions.refresh(session), `show the conversation of ${session}`);
    },
    onActive: (session) => background(sessions.refresh(session), `show the activity of ${session}`),
    requestMs: settings.claude.prompt_minutes * 60_000,
    fileOf: async (session, path) => await readInside(await sessions.dir(session), path),
    skillOf: (session, skill) => skillText(skill, { copy: trust.rootInUse(session), config }, run),
    output: (session) => outputs.of(session),
    budgetUsdPerDay: settings.claude.budget_usd_per_day,
    uuid,
  });
}

function startFailure(error: unknown): StartFailure {
  if (error instanceof FleetFullError) return { kind: "full" };
  if (error instanceof StartError) {
    return { kind: error.kind === "unknown-conversation" ? "lost" : "crash" };
  }
  const trouble = troubleOf(error);
  return trouble === null ? { kind: "other" } : { kind: "disk", words: TROUBLE_WORDS[trouble] };
}

/**
 * `setpriv` ends the child when we are killed; without it the sweep at the next start does. SIGKILL,
 * since on SIGTERM the CLI takes 2 to 4 s when a compound command runs; its shells are swept.
 */
async function guard(run: RunProgram): Promise<string[]> {
  const words = ["--pdeathsig", "KILL", "--"];
  const { code } = await run("setpriv", [...words, "true"], {
    signal: AbortSignal.timeout(10_000),
  });
  if (code === 0) return ["setpriv", ...words];
  log.warn("setpriv is missing: if Switchboard is killed, Claude may run on until the next start");
  return [];
}

/** Owns a promise that nobody waits for. */
export function background(work: Promise<unknown>, what: string): void {
  work.catch((error) => log.error("Cannot {what}: {error}", { what, error }));
}
