import { join } from "@std/path";
import { Fleet, FleetFullError } from "./claude/fleet.ts";
import { CLAUDE_ENV, denoSpawn, type Launch } from "./claude/launch.ts";
import { createLeftovers, type Leftovers, MARK } from "./claude/leftovers.ts";
import { ClaudeProcess, type ProcessOptions } from "./claude/process.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Conversations } from "./conversation/mod.ts";
import type { Journal } from "./journal/mod.ts";
import { logger } from "./log.ts";
import { childEnvironment } from "./permissions.ts";
import {
  createArchives,
  createSessionManager,
  type Run,
  runner,
  type SessionManager,
} from "./sessions/mod.ts";
import type { Settings } from "./settings.ts";
import {
  type Call,
  composer,
  type Context,
  createCall,
  Outbox,
  Router,
  StatusScreen,
} from "./telegram/mod.ts";

const log = logger("app");

/** The parts of a running Switchboard. */
export interface App {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly sessions: SessionManager;
  readonly leftovers: Leftovers;
  readonly call: Call;
  readonly outbox: Outbox;
  readonly status: StatusScreen;
  readonly fleet: Fleet;
  readonly conversations: Conversations;
  readonly router: Router;
}

/** Builds the parts of one home and ties them together; starts nothing. */
export async function build(
  settings: Settings,
  builtinPersonas: string,
  env: (name: string) => string | undefined,
  journal: Journal,
): Promise<App> {
  const clock = systemClock;
  const startedAt = clock.now();
  const run = runner(env("PATH") ?? "/usr/local/bin:/usr/bin:/bin");
  const mark = journal.fact("mark", () => crypto.randomUUID());
  const leftovers = createLeftovers(mark, textRun(run), clock);
  const sessions = createSessionManager({
    home: settings.home,
    builtinPersonas,
    now: () => new Date(clock.now()),
    idleTimeoutSeconds: settings.claude.idle_minutes * 60,
  });
  const call = createCall(settings.token, settings.telegram.api_root);
  const outbox = new Outbox(journal, call, clock);
  const status = new StatusScreen(outbox, journal, clock, {
    stream: settings.telegram.stream,
    personaOf: async (session) => (await sessions.get(session)).persona,
  });
  const command = [...await guard(run), ...settings.claude.command];
  const process = {
    command,
    env: { ...CLAUDE_ENV, ...childEnvironment(env, settings.claude.env), [MARK]: mark },
    spawn: denoSpawn,
    clock,
    watchdogMs: settings.claude.watchdog_minutes * 60_000,
  };
  const fleet: Fleet = createFleet(settings, process, sessions, journal, {
    onEvent: (session, event) => conversations.heard(session, event),
    onRoom: () => conversations.wakeAll(),
  });
  const conversations = createConversations(settings, journal, clock, sessions, status, fleet);
  const now = () => new Date(clock.now());
  const configDir = claudeConfigDir(process.env);
  const archives = { home: settings.home, manager: sessions, run, claudeConfigDir: configDir, now };
  const context: Context = {
    ...{ journal, sessions, conversations, outbox, status, call, clock, startedAt },
    archives: createArchives(archives),
    closeProcess: async (session) => {
      await fleet.close(session, "closed");
      await sessions.setProcess(session, null);
    },
    warm: (session) => report(fleet.warm(session), `warm up ${session}`),
  };
  const router = new Router(context);
  return {
    clock,
    journal,
    sessions,
    leftovers,
    call,
    outbox,
    status,
    fleet,
    conversations,
    router,
  };
}

/** Where the CLI keeps its transcripts. */
function claudeConfigDir(env: Readonly<Record<string, string>>): string {
  return env["CLAUDE_CONFIG_DIR"] ?? join(env["HOME"] ?? "/root", ".claude");
}

function createFleet(
  settings: Settings,
  process: Omit<ProcessOptions, "onEvent">,
  sessions: SessionManager,
  journal: Journal,
  hooks: Pick<Fleet["options"], "onEvent" | "onRoom">,
): Fleet {
  return new Fleet({
    ...hooks,
    maxProcesses: settings.claude.max_processes,
    clock: process.clock,
    start: async (session, onEvent) =>
      await ClaudeProcess.start(await launchOf(session, settings, sessions, journal), {
        ...process,
        onEvent,
      }),
    idleMs: async (session) => (await sessions.get(session)).idle_timeout * 1000,
    onProcess: (session, pid) =>
      report(sessions.setProcess(session, pid), `note the process of ${session}`),
  });
}

function createConversations(
  settings: Settings,
  journal: Journal,
  clock: Clock,
  sessions: SessionManager,
  screen: StatusScreen,
  fleet: Fleet,
): Conversations {
  return new Conversations({
    journal,
    clock,
    screen,
    compose: composer,
    acquire: (session) => fleet.acquire(session),
    isFull: (error) => error instanceof FleetFullError,
    onSessionId: (session, id) =>
      report(
        sessions.update(session, { claude_session_id: id }),
        `note the conversation of ${session}`,
      ),
    onActive: (session) => report(sessions.touch(session), `note the activity of ${session}`),
    promptMs: settings.claude.prompt_minutes * 60_000,
    uuid: () => crypto.randomUUID(),
  });
}

/** How a session's process is started now: its persona, model and mode are read each time. */
async function launchOf(
  session: string,
  settings: Settings,
  sessions: SessionManager,
  journal: Journal,
): Promise<Launch> {
  await sessions.touch(session); // Refused while the session is being archived.
  const persona = await sessions.persona(session);
  const cwd = await sessions.dir(session);
  let metadata = await sessions.get(session);
  if (metadata.claude_session_id === null) {
    // On disk before the process: after a crash its conversation is found again.
    metadata = await sessions.update(session, { claude_session_id: crypto.randomUUID() });
  }
  const { model, max_turns, permission_mode: mode, allowed_tools, add_dirs, effort } =
    persona.settings;
  return {
    session,
    cwd,
    conversation: { id: metadata.claude_session_id!, state: journal.jobs.progress(session) },
    systemPrompt: persona.system_prompt,
    model: metadata.model ?? model ?? settings.claude.model,
    maxTurns: max_turns ?? settings.claude.max_turns ?? null,
    permissionMode: metadata.permission_mode ??
      (mode === "default" ? settings.claude.permission_mode : mode),
    allowedTools: allowed_tools,
    addDirs: add_dirs,
    effort,
  };
}

/**
 * `setpriv` ends the child when we are killed; without it the sweep at the next start does. SIGKILL,
 * since on SIGTERM the CLI takes 2 to 4 s when a compound command runs; its shells are swept.
 */
async function guard(run: Run): Promise<string[]> {
  const words = ["--pdeathsig", "KILL", "--"];
  const { code } = await run("setpriv", [...words, "true"], {
    signal: AbortSignal.timeout(10_000),
  });
  if (code === 0) return ["setpriv", ...words];
  log.warn("setpriv is missing: if Switchboard is killed, Claude may run on until the next start");
  return [];
}

/** The runner of programs, with its output as text and a deadline. */
function textRun(run: Run) {
  return async (program: string, args: readonly string[]) => {
    const result = await run(program, args, { signal: AbortSignal.timeout(10_000) });
    return { ...result, stdout: new TextDecoder().decode(result.stdout) };
  };
}

/** Owns a promise that nobody waits for. */
export function report(work: Promise<unknown>, what: string): void {
  work.catch((error) => log.error("Cannot {what}: {error}", { what, error }));
}
