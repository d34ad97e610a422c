import type { Update } from "grammy/types";
import { join } from "@std/path";
import { RefusedStart, Restart } from "./restart.ts";
import { type Clock, systemClock, within } from "../clock.ts";
import { type App, background, build, freeSpace } from "./build.ts";
import { goOn, recover } from "./recovery.ts";
import { shutDown, startNothing } from "./shutdown.ts";
import { outliveUnhandled } from "./unhandled.ts";
import {
  blaming,
  forgetDaily,
  HomeError,
  type HomeJournal,
  note,
  openJournalOf,
  prepareHome,
  probeHome,
  tellDamage,
  teller,
  watchDisk,
} from "./home.ts";
import { acquireLock } from "./home_lock.ts";
import { configureLog, type Log, logger } from "../log/mod.ts";
import type { Settings } from "../settings/mod.ts";
import { createCall, introduce, Menu, poll } from "../telegram/mod.ts";
import { systemEnvironment } from "./environment.ts";

const log = logger("app");

/** Polling ends within this time; `FLUSH_MS` says what it adds up to. */
const POLL_END_MS = 1_000;
/** How long a restart within this process waits for the old run's work. */
const REST_MS = 20_000;

/** Variables of the settings whose values are kept out of the log. */
const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|AUTH|HEADER/i;

export interface AppOptions {
  readonly settings: Settings;
  /** The directory of the personas that come with the program. */
  readonly builtinPersonas: string;
  readonly version: string;
  readonly env: (name: string) => string | undefined;
  /** True when the log goes to stderr too. */
  readonly console: boolean;
  /** Says something to whoever started the program, where there may be no log. */
  readonly complain: (words: string) => void;
}

/**
 * Runs Switchboard in a home until `signal` aborts: takes the lock, settles what an earlier run left,
 * polls Telegram, and ends everything it started. A disk that refuses is told of, and outlasted; a
 * journal that is damaged meanwhile is put aside, and all begins anew.
 * @throws {HomeInUseError} when another one runs there.
 * @throws {HomeError} when the home cannot be written to, and no disk is to blame.
 * @throws {JournalError} when the journal cannot be opened.
 * @throws {TokenError} when Telegram does not accept the token.
 */
export async function runApp(options: AppOptions, signal: AbortSignal): Promise<void> {
  using _unhandled = outliveUnhandled(options.complain, secretsOf(options));
  const restart = new Restart(systemClock);
  do await runOutlasting(options, restart, signal); while (restart.next() && !signal.aborted);
}

/** Runs once; a disk that refuses the start is outlasted. */
async function runOutlasting(
  options: AppOptions,
  restart: Restart,
  signal: AbortSignal,
): Promise<void> {
  const { token, telegram } = options.settings;
  const clock = systemClock;
  const refused = new RefusedStart({
    clock,
    users: telegram.allowed_users,
    tell: teller({ clock, call: createCall(token, telegram.api_root), journal: null }),
    complain: options.complain,
  });
  while (!signal.aborted) {
    try {
      return await runOnce(options, refused, restart, signal);
    } catch (error) {
      if (!(error instanceof HomeError)) throw error;
      await refused.outlast(error, signal);
    }
  }
}

async function runOnce(
  options: AppOptions,
  refused: RefusedStart,
  restart: Restart,
  signal: AbortSignal,
): Promise<void> {
  const { home } = options.settings;
  await prepareHome(home);
  await probeHome(home, () => freeSpace(home));
  const taking = () => acquireLock(join(home, "state/lock"), { pid: Deno.pid, clock: systemClock });
  await using _lock = await blaming(home, taking);
  await using _log = await openLog(options);
  log.info("Switchboard {version} starts, pid {pid}", { version: options.version, pid: Deno.pid });
  using record = await blaming(home, () => openJournalOf(home));
  const app = await blaming(home, () => begin(options, record));
  const tellGood = (user: number) => {
    const words = "✅ The disk of Switchboard takes what I write again. I have started.";
    background(Promise.try(() => note(app, [user], words)), "tell that the disk is well");
  };
  refused.over(tellGood);
  await serve(app, record, options, { restart, signal });
}

/** Builds the parts, and settles what an earlier run left. What fails of that leaves nothing running. */
async function begin(options: AppOptions, { journal, damage }: HomeJournal): Promise<App> {
  const { settings, builtinPersonas, env, version } = options;
  const users = settings.telegram.allowed_users;
  const environment = systemEnvironment(settings, builtinPersonas, env);
  const app = await build(settings, env, journal, environment, version);
  try {
    await recover(app, users);
    tellDamage(app, users, damage);
    return app;
  } catch (error) {
    await shutDown(app).catch((again) => log.error("Cannot end in peace: {again}", { again }));
    throw error;
  }
}

/** The secrets that no log may hold. */
function secretsOf({ settings, env }: AppOptions): string[] {
  const keys = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];
  const ours = Object.entries(settings.claude.env).filter(([name]) => SECRET_NAME.test(name));
  return [
    settings.token,
    ...keys.flatMap((name) => env(name) ?? []),
    ...ours.map(([, value]) => value),
  ];
}

function openLog(options: AppOptions): Promise<Log> {
  const { settings: { home, log }, console } = options;
  return configureLog({ home, level: log.level, secrets: secretsOf(options), console });
}

/** Serves until `signal` aborts, or the journal is damaged. */
async function serve(
  app: App,
  record: HomeJournal,
  options: AppOptions,
  end: { readonly restart: Restart; readonly signal: AbortSignal },
): Promise<void> {
  const { settings } = options;
  const signal = AbortSignal.any([end.signal, end.restart.signal]);
  const { clock } = app;
  const users = settings.telegram.allowed_users;
  const polling = {
    ...{ token: settings.token, apiRoot: settings.telegram.api_root, clock, signal },
    health: app.health,
  };
  const allowed = new Set(users);
  const free = () => freeSpace(join(settings.home, "state"));
  const disk = watchDisk(app, users, free, () => {
    const begins = end.restart.begin(record.isDamaged());
    if (begins === "begins") startNothing(app); // The next run would know nothing of it.
    return begins;
  });
  const stopForgetting = forgetDaily(clock, app.journal);
  let rests = true;
  try {
    background(disk.look(), "look at the disk");
    const me = await introduce(polling);
    if (me === null) return;
    log.info("[TIMING] polling as @{username}", { username: me.username });
    const menu = new Menu(app.call, app.homelab);
    background(menu.set(allowed), "set the menu");
    // Not with a token that is refused: what waits would be begun and cut off with every start.
    const take = goOn(app, allowed, me.username, menu);
    const untaken = (updates: readonly Update[]) => app.urgent.serve(updates, me.username);
    await untilStopped(poll({ ...polling, untaken }, take), signal, clock);
  } finally {
    disk.close();
    stopForgetting();
    rests = await shutDown(app, end.restart.signal.aborted ? REST_MS : undefined);
  }
  if (end.restart.signal.aborted && !rests) {
    throw new Error("Something goes on in a run that has ended: please start Switchboard again.");
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
