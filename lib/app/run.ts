import type { Update } from "grammy/types";
import { join } from "@std/path";
import { Restart } from "./restart.ts";
import { HURRIED } from "../claude/launch.ts";
import { type Clock, systemClock, within } from "../clock.ts";
import { type App, background, build, freeSpace } from "./build.ts";
import { settleUncertain } from "../conversation/mod.ts";
import { outliveUnhandled } from "./unhandled.ts";
import {
  blaming,
  forgetDaily,
  HomeError,
  type HomeJournal,
  note,
  openRecord,
  prepareHome,
  probeHome,
  tellDamage,
  teller,
  watchDisk,
} from "./home.ts";
import { acquireLock } from "./home_lock.ts";
import { configureLog, type Log, logger } from "../log/mod.ts";
import { RefusedStart } from "./refused_start.ts";
import type { Settings } from "../settings/mod.ts";
import {
  composer,
  createCall,
  createReceiver,
  findCommand,
  introduce,
  Menu,
  poll,
} from "../telegram/mod.ts";
import { systemEnvironment } from "./environment.ts";

const log = logger("app");

/**
 * Polling ends within this time, the last answers are sent within the other. With the processes' own
 * shutdown (7 s if none of them reacts to anything but SIGKILL) it stays about the 10 s that a service
 * manager may grant, and far below them when they do react.
 */
const POLL_END_MS = 1_000;
const FLUSH_MS = 2_000;
/** A run that another one follows in the same process waits so long for what is under way in it. */
const REST_MS = 20_000;

/** Variables of the settings whose values are kept out of the log. */
const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|AUTH|HEADER/i;

export interface AppOptions {
  readonly settings: Settings;
  /** The directory of the personas that come with the program. */
  readonly builtinPersonas: string;
  readonly version: string;
  readonly env: (name: string) => string | undefined;
  /** Whether the log goes to stderr too. */
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
  using record = await blaming(home, () => openRecord(home));
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

/** What stands in no log. */
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

/** Goes on with what an earlier run left. @returns what takes an update that Telegram delivers. */
export function goOn(
  app: App,
  allowed: ReadonlySet<number>,
  username: string,
  menu?: Menu,
): (update: Update) => void {
  const { clock, journal } = app;
  app.router.replay();
  app.conversations.wakeAll();
  app.schedules.start();
  app.lock.begin();
  return createReceiver({
    ...{ journal, clock, allowed, username },
    findCommand: (name) => findCommand(name, app.homelab),
    opened: (chat) => app.outbox.opened(chat),
    route: (update) => {
      const { place, user } = update.asker;
      app.outbox.heard(place.chat);
      if (menu !== undefined) background(menu.heard(user), "set a menu");
      app.router.route(update, app.urgent.has(update.id)); // Served already, it has expired.
    },
  });
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
export async function recover(
  { clock, journal, sessions, orphans, outbox, status, trust }: App,
  allowed: Iterable<number>,
) {
  await orphans.sweep();
  await sessions.reconcile(new Map());
  journal.jobs.markAway();
  settleUncertain(journal, composer, clock.now());
  const dismissed = journal.dismissOthers(allowed, clock.now());
  if (Object.values(dismissed).some((count) => count > 0)) {
    log.warn("Ended what was left of users who are not allowed any more: {dismissed}", {
      dismissed,
    });
  }
  await trust.clean((session) => sessions.exists(session));
  outbox.start(); // Before anything else is offered: it settles what was cut off.
  status.clearLeftovers();
}

/** From now on nothing goes to Claude. */
function startNothing({ router, conversations }: App): void {
  router.close();
  conversations.shutDown();
}

/**
 * In order: nothing new, turns interrupted and told, processes closed, answers sent.
 * @param restMs how long what people asked for may take to come to its end.
 * @returns whether it did.
 */
export async function shutDown(app: App, restMs = 500): Promise<boolean> {
  const { clock, sessions, fleet, router, outbox, status, orphans } = app;
  log.info("Stopping");
  startNothing(app);
  await Promise.all([
    fleet.closeAll(HURRIED),
    app.schedules.close(),
    app.homelab.close(),
    app.lock.close(),
  ]);
  const rests = await within(clock, restMs, router.idle().then(() => true)) ?? false;
  await within(clock, FLUSH_MS, outbox.flush());
  status.close();
  await within(clock, 500, outbox.close());
  await orphans.sweep(500)
    .catch((error) => log.error("Cannot end what may be left behind: {error}", { error }));
  orphans.close();
  await within(clock, 1_000, sessions.settled()); // A conversation's new id, after /clear.
  log.info("Stopped");
  return rests;
}
