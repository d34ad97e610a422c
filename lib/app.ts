import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import { CLAUDE_ENV, denoSpawn, type Launch } from "./claude/launch.ts";
import { createLeftovers, type Leftovers, MARK } from "./claude/leftovers.ts";
import { Fleet, FleetFullError } from "./claude/fleet.ts";
import { ClaudeProcess, HURRIED, type ProcessOptions } from "./claude/process.ts";
import { type Clock, systemClock, within } from "./clock.ts";
import { Conversations, settleUncertain } from "./conversation/mod.ts";
import { type Journal, openJournal } from "./journal/mod.ts";
import { acquireLock, type Lock } from "./lock.ts";
import { configureLog, type Log, logger } from "./log.ts";
import { childEnvironment } from "./permissions.ts";
import { createSessionManager, type Run, runner, type SessionManager } from "./sessions/mod.ts";
import type { Settings } from "./settings.ts";
import {
  type Call,
  composer,
  type Context,
  createCall,
  createIntake,
  findCommand,
  introduce,
  MENU,
  Outbox,
  poll,
  Router,
  StatusScreen,
} from "./telegram/mod.ts";

const log = logger("app");

/** Polling ends within this time, the last answers are sent within the other; together with the
 * processes' own shutdown that stays below the 10 s that a service manager may grant. */
const POLL_END_MS = 1_000;
const FLUSH_MS = 2_000;

export interface AppOptions {
  readonly settings: Settings;
  /** The directory of the personas that come with the program. */
  readonly builtinPersonas: string;
  readonly version: string;
  readonly env: (name: string) => string | undefined;
  /** Whether the log goes to stderr too. */
  readonly console: boolean;
}

/**
 * Runs Switchboard in a home until `signal` aborts: takes the lock, settles what an earlier run left,
 * polls Telegram, and ends everything it started.
 * @throws {HomeInUseError} when another one runs there.
 * @throws {JournalError} when the journal cannot be opened.
 * @throws {TokenError} when Telegram does not accept the token.
 */
export async function runApp(options: AppOptions, signal: AbortSignal): Promise<void> {
  const { home } = options.settings;
  for (const dir of ["state", "state/tmp", "sessions"]) {
    await ensureDir(join(home, dir));
    await Deno.chmod(join(home, dir), 0o700);
  }
  const lock = await acquireLock(join(home, "state/lock"), { pid: Deno.pid, clock: systemClock });
  const logFile = await openLog(options);
  try {
    using journal = openJournal(join(home, "state/journal.db"));
    const app = await build(options, journal);
    await serve(app, options, signal);
  } finally {
    await release(logFile, lock);
  }
}

async function release(logFile: Log, lock: Lock): Promise<void> {
  await logFile.close();
  await lock.release();
}

function openLog({ settings, console, env }: AppOptions): Promise<Log> {
  const keys = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];
  const secrets = [settings.token, ...keys.flatMap((name) => env(name) ?? [])];
  return configureLog({ home: settings.home, level: settings.log.level, secrets, console });
}

/** The parts of a running Switchboard. */
interface App {
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

async function build(options: AppOptions, journal: Journal): Promise<App> {
  const { settings, env } = options;
  const clock = systemClock;
  const startedAt = clock.now();
  const run = runner(env("PATH") ?? "/usr/local/bin:/usr/bin:/bin");
  const mark = journal.fact("mark", () => crypto.randomUUID());
  const leftovers = createLeftovers(mark, textRun(run), clock);
  const sessions = createSessionManager({
    home: settings.home,
    builtinPersonas: options.builtinPersonas,
    now: () => new Date(clock.now()),
    idleTimeoutSeconds: settings.claude.idle_minutes * 60,
  });
  const call = createCall(settings.token, settings.telegram.api_root);
  const outbox = new Outbox(journal, call, clock);
  const status = new StatusScreen(outbox, journal, clock);
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
  const context: Context = {
    ...{ journal, sessions, conversations, outbox, status, call, clock, startedAt },
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

/** `setpriv` ends the child when we are killed; without it the sweep at the next start does. */
async function guard(run: Run): Promise<string[]> {
  const { code } = await run("setpriv", ["--pdeathsig", "TERM", "--", "true"], {
    signal: AbortSignal.timeout(10_000),
  });
  if (code === 0) return ["setpriv", "--pdeathsig", "TERM", "--"];
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

/** Settles what an earlier run left, then serves until `signal` aborts. */
async function serve(app: App, options: AppOptions, signal: AbortSignal): Promise<void> {
  const { settings, version } = options;
  const { clock, journal } = app;
  log.info("Switchboard {version} starts, pid {pid}", { version, pid: Deno.pid });
  await recover(app);
  const polling = { token: settings.token, apiRoot: settings.telegram.api_root, clock, signal };
  const allowed = new Set(settings.telegram.allowed_users);
  try {
    const me = await introduce(polling);
    if (me === null) return;
    log.info("[TIMING] polling as @{username}", { username: me.username });
    report(setMenu(app.call, allowed), "set the menu");
    const take = createIntake({
      ...{ journal, clock, allowed },
      username: me.username,
      isCommand: (name) => findCommand(name) !== undefined,
      route: (update) => app.router.route(update),
    });
    await untilStopped(poll(polling, me, take), signal, clock);
  } finally {
    await shutDown(app);
  }
}

/** Polls until `signal` aborts, and a little longer for Telegram's farewell. */
async function untilStopped(
  polling: Promise<void>,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([polling, stopped]);
  await within(
    clock,
    POLL_END_MS,
    polling.catch((error) => log.warn("Polling: {error}", { error })),
  );
}

/** What has to be settled before the first poll, in this order. */
async function recover(
  { clock, journal, sessions, leftovers, outbox, status, conversations, router }: App,
) {
  await leftovers.sweep();
  await sessions.reconcile(new Map());
  journal.updates.forget(clock.now());
  journal.jobs.markAway();
  settleUncertain(journal, composer, clock.now());
  status.clearLeftovers();
  outbox.start();
  router.replay();
  conversations.wakeAll();
}

/** In order: nothing new, turns interrupted and told, processes closed, answers sent. */
async function shutDown(app: App): Promise<void> {
  const { clock, conversations, fleet, router, outbox, status, leftovers } = app;
  log.info("Stopping");
  conversations.shutDown();
  await fleet.closeAll(HURRIED);
  await within(clock, 500, router.idle());
  await within(clock, FLUSH_MS, outbox.flush());
  status.close();
  await within(clock, 500, outbox.close());
  await leftovers.sweep(500);
  log.info("Stopped");
}

/** The menu is shown to the allowed users only: a stranger's chat does not even list commands. */
async function setMenu(call: Call, users: ReadonlySet<number>): Promise<void> {
  for (const user of users) {
    const scope = { type: "chat", chat_id: user };
    const result = await call("setMyCommands", { commands: MENU, scope });
    if (result.kind !== "ok") log.info("No menu for {user} yet: {result}", { user, result });
  }
}

/** Owns a promise that nobody waits for. */
function report(work: Promise<unknown>, what: string): void {
  work.catch((error) => log.error("Cannot {what}: {error}", { what, error }));
}
