import { join } from "@std/path";
import type { App } from "./build.ts";
import { makeEmptyConfigRoot } from "../claude/config_root.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Disk, type DiskOptions } from "./disk.ts";
import { type Trouble, troubleOf } from "./trouble.ts";
import { type Damage, damageOf, type Journal, openSoundJournal } from "../journal/mod.ts";
import { errorText } from "../errors.ts";
import { logger } from "../log/mod.ts";
import { closeToOthers } from "../sharing.ts";
import { composer } from "../telegram/mod.ts";

const log = logger("app");

/** What was sent is kept so long, for whoever looks into the journal. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** What may have arrived all the same is not said more often. */
const TELL_AGAIN_MS = 60_000;

/** The home cannot be written to. It may mend itself: a later start may succeed. */
export class HomeError extends Error {
  override readonly name = "HomeError";
  /**
   * @param trouble what the disk has, where waiting may help; null where it is something else, such as
   * whom the home belongs to.
   */
  constructor(home: string, why: unknown, readonly trouble: Trouble | null) {
    super(
      `Cannot write in the home '${home}': ${errorText(why)}\n` +
        "Free some space there, or make it writable for the user that Switchboard runs as.",
    );
  }
}

/**
 * Makes the directories of a home that are not there.
 * @throws {HomeError}
 */
export async function prepareHome(home: string): Promise<void> {
  try {
    for (const dir of ["state", "state/tmp", "sessions"]) {
      await Deno.mkdir(join(home, dir), { recursive: true, mode: 0o700 });
      if (dir === "sessions") await closeToOthers(join(home, dir));
      else await Deno.chmod(join(home, dir), 0o700);
    }
    await makeEmptyConfigRoot(home);
  } catch (error) {
    throw new HomeError(home, error, troubleOf(error));
  }
}

/** The room that a start needs. */
const ROOM_BYTES = 2e6;

/**
 * Writes to the disk of a home, and looks for room on it: nothing of a start is tried before.
 * @throws {HomeError}
 */
export async function probeHome(home: string, free: () => Promise<number>): Promise<void> {
  const probe = join(home, "state/tmp/probe");
  try {
    await Deno.writeFile(probe, new Uint8Array(64 * 1024));
    await Deno.remove(probe);
    // Some file systems cannot tell: with none at all the probe would have failed.
    const room = await free().catch(() => Infinity);
    if (room > 0 && room < ROOM_BYTES) throw new Error("No space left on device");
  } catch (error) {
    throw new HomeError(home, error, troubleOf(error));
  }
}

/**
 * What `start` gives; where the disk is to blame for its failure, that is said. A disk that has just
 * taken a probe may be full again, but is neither read-only nor failing: then it is a file's own
 * matter, which no waiting mends.
 */
export async function blaming<T>(home: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === null || trouble === "damaged") throw error;
    throw new HomeError(home, error, trouble === "full" ? trouble : null);
  }
}

/** The journal of a home, with what became of a damaged one. */
export interface HomeJournal extends Disposable {
  readonly journal: Journal;
  readonly damage: Damage | null;
  /** True when who opens it now finds it damaged. */
  isDamaged(): boolean;
}

/** Opens the journal of a home. @throws {JournalError} when that fails. */
export async function openJournalOf(home: string): Promise<HomeJournal> {
  const path = join(home, "state/journal.db");
  const homeIdFile = join(home, "state/mark");
  const homeId = await readHomeId(homeIdFile);
  const { journal, damage } = openSoundJournal(path, new Date(systemClock.now()), homeId !== null);
  try {
    await keepHomeId(homeIdFile, homeId, journal);
  } catch (error) {
    journal.close();
    throw error;
  }
  return {
    journal,
    damage,
    isDamaged: () => damageOf(path) !== null,
    [Symbol.dispose]: () => journal.close(),
  };
}

/** The id of a home as an earlier run left it beside the journal; null when there is none. */
export async function readHomeId(path: string): Promise<string | null> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warn("Cannot read the home id: {error}", { error });
    }
    return "";
  });
  return /^[\w-]{1,64}$/.test(text.trim()) ? text.trim() : null;
}

/**
 * Has the id in the journal and beside it: it is what orphaned processes are known by, also when
 * the journal is damaged.
 */
export async function keepHomeId(
  path: string,
  known: string | null,
  journal: Pick<Journal, "fact">,
): Promise<void> {
  const homeId = journal.fact("mark", () => known ?? crypto.randomUUID());
  if (homeId === known) return;
  const fresh = `${path}.new`; // A crash leaves the old one or the new one whole.
  await Deno.writeTextFile(fresh, `${homeId}\n`, { mode: 0o600 });
  await Deno.rename(fresh, path);
}

/** Says something to users; it is written down first. */
export function note(
  { clock, journal, outbox }: App,
  users: readonly number[],
  text: string,
): void {
  const notices = users.map((chat) => composer.notice({ place: { chat }, replyTo: null, text }));
  journal.transaction(() => journal.deliveries.add(notices, clock.now()));
  for (const chat of users) outbox.wake(chat);
}

/** Tells of a damaged journal that was put aside. */
export function tellDamage(app: App, users: readonly number[], damage: Damage | null): void {
  if (damage === null) return;
  const { why, kept } = damage;
  log.error("The journal could not be used ({why}); it lies in {kept}", { why, kept });
  const where = kept === null ? "" : ` It is kept as \`${kept}\`.`;
  note(
    app,
    users,
    `⚠️ My journal could not be used: ${why}.${where} I began a new one. ` +
      "Sessions and their conversations are as they were, but what they were allowed I ask again, " +
      "and messages that waited or were being worked on may be lost, and answers that were not sent " +
      "yet: please look, and send them again.",
  );
}

/**
 * What tells a user something past the outbox, which has to write down what it sends; never within a
 * silence that Telegram wants, as far as a journal knows. @returns false when it is to be tried again.
 */
export function teller(
  { call, clock, journal }: Pick<App, "call" | "clock"> & { readonly journal: Journal | null },
): (chat: number, text: string) => Promise<boolean> {
  const pauses = new Map<number, number>();
  return async (chat, text) => {
    if (clock.steady() < (pauses.get(chat) ?? 0) || isSilenced(journal, chat, clock)) return false;
    const result = await call("sendMessage", { chat_id: chat, text });
    if (result.kind === "ok") return true;
    log.warn("Could not tell {chat} of the disk: {kind}", { chat, kind: result.kind });
    if (result.kind === "refused") return true; // And would be again.
    const pauseMs = result.kind === "flood" ? result.retryAfter * 1000 : TELL_AGAIN_MS;
    pauses.set(chat, clock.steady() + pauseMs);
    return false;
  };
}

function isSilenced(journal: Journal | null, chat: number, clock: Clock): boolean {
  try {
    return journal !== null && journal.deliveries.silentFor(chat, clock.now()) > 0;
  } catch {
    return false; // A journal that is damaged cannot say so.
  }
}

/**
 * Watches the disk that the journal lies on, and tells the allowed users. Call `look` to begin.
 */
export function watchDisk(
  app: App,
  users: readonly number[],
  free: () => Promise<number>,
  restart: DiskOptions["restart"],
): Disk {
  const { clock, journal, conversations, router } = app;
  const disk = new Disk({
    ...{ clock, free, users, restart },
    probe: () => journal.probe(),
    tell: teller(app),
    note: (words) => note(app, users, words),
    goOn() {
      router.retry();
      conversations.wakeAll();
    },
  });
  journal.watch((error) => disk.failed(error));
  return disk;
}

/** Forgets what is no longer needed, now and daily. @returns what ends that. */
export function forgetDaily(clock: Clock, journal: Journal): () => void {
  let cancel = () => {};
  const forget = () => {
    cancel = clock.after(DAY_MS, forget);
    try {
      journal.updates.forget(clock.now());
      const before = clock.now() - KEPT_MS;
      for (const each of [journal.deliveries, journal.trust, journal.sessions.offers]) {
        each.forget(before);
      }
    } catch (error) {
      log.warn("Cannot forget what is old: {error}", { error });
    }
  };
  forget();
  return () => cancel();
}
