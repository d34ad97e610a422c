import { Api } from "grammy";
import type { Update, UserFromGetMe } from "grammy/types";
import { type Clock, sleep } from "../../clock.ts";
import { logger } from "../../log/mod.ts";
import { HttpClient } from "./http_client.ts";
import { isTokenRefused, PollHealth, TokenError } from "./poll_health.ts";
import { ALLOWED_UPDATES, Unreadable } from "./update.ts";

export { PollHealth, TokenError } from "./poll_health.ts";

const log = logger("poll");

/** Telegram holds a `getUpdates` for so long when nothing happens. */
const POLL_S = 30;
/** A request that takes longer is cut: a half-open socket leaves nobody deaf for long. */
const DEADLINE_MS = 75_000;
/** grammY's own deadline, 500 s unless it is told otherwise, never comes before ours. */
const GRAMMY_S = 90;
/** The longest pause while nothing can be taken in: a stop among it is served all the same. */
const REFUSED_MS = 5_000;
/** Without it the last updates come again at the next start, and are known then. */
const FAREWELL_MS = 900;

export interface PollOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where it is noted how polling fares. */
  readonly health?: PollHealth;
  /** Told of what could not be taken, and what came behind it: all of it comes again. */
  readonly untaken?: (updates: readonly Update[]) => void;
}

const apiOf = ({ token, apiRoot }: PollOptions, { fetch }: HttpClient) =>
  new Api(token, { apiRoot, timeoutSeconds: GRAMMY_S, fetch });

/**
 * Asks Telegram who we are, again and again until it answers.
 * @throws {TokenError} when it answers that it does not know us.
 * @returns null when `signal` aborts first.
 */
export async function introduce(options: PollOptions): Promise<UserFromGetMe | null> {
  const { signal, clock, health = new PollHealth(clock) } = options;
  using client = new HttpClient(clock, DEADLINE_MS, signal);
  const api = apiOf(options, client);
  while (!signal.aborted) {
    try {
      return await api.getMe();
    } catch (error) {
      if (signal.aborted) break;
      if (isTokenRefused(error)) throw new TokenError();
      await sleep(clock, health.failed(error), signal);
    }
  }
  return null;
}

/**
 * Long polling until `signal` aborts; it never gives up. An update counts as arrived when `take`
 * returns; when it throws, Telegram delivers it again.
 *
 * grammY's client, but not its `bot.start()`: that removes a webhook unasked, and keeps the failures
 * by which the health is measured to itself.
 *
 * @throws {TokenError} when the token stops being valid.
 */
export async function poll(options: PollOptions, take: (update: Update) => void): Promise<void> {
  const { signal, clock, health = new PollHealth(clock) } = options;
  using client = new HttpClient(clock, DEADLINE_MS, signal);
  const api = apiOf(options, client);
  const reader = new Reader(take, options.untaken, signal);
  while (!signal.aborted) {
    let updates: Update[];
    try {
      updates = await api.getUpdates({
        ...reader.confirming,
        timeout: POLL_S,
        allowed_updates: ALLOWED_UPDATES,
      });
      if (!Array.isArray(updates)) throw new Error("its answer is not a list of updates");
      health.completed();
    } catch (error) {
      if (!signal.aborted) await sleep(clock, health.failed(error), signal);
      continue;
    }
    const pause = reader.read(updates);
    if (pause > 0) await sleep(clock, pause, signal);
  }
  await farewell(options, reader);
}

/** Takes updates one by one, and knows what Telegram may forget. */
class Reader {
  /** The update after the last one taken; undefined when all that were taken are confirmed. */
  #next: number | undefined;
  #refused = 0;
  readonly #unreadable = new Unreadable();

  constructor(
    readonly take: (update: Update) => void,
    readonly untaken: (updates: readonly Update[]) => void = () => {},
    readonly signal: AbortSignal,
  ) {}

  /**
   * The offset for the next call. What is confirmed once is not named again: after a week of silence
   * the ids begin anew somewhere else, and may well be lower than those before.
   */
  get confirming(): { offset?: number } {
    return this.#next === undefined ? {} : { offset: this.#next };
  }

  /**
   * Where the end comes meanwhile, for a journal that is damaged, all of it is to come again: what was
   * taken is in that journal and has led to nothing yet.
   * @returns how long to wait before the next call: a full disk does not empty at once.
   */
  read(updates: readonly Update[]): number {
    this.#next = undefined;
    const pause = this.#take(updates);
    if (this.signal.aborted) this.#next = undefined;
    return pause;
  }

  #take(updates: readonly Update[]): number {
    for (const [index, update] of updates.entries()) {
      if (this.signal.aborted) return 0;
      const id = idOf(update);
      if (id === null) {
        this.#unreadable.note(update);
        continue;
      }
      try {
        if (Number.isInteger(id)) this.take(update);
        else this.#unreadable.note(update);
      } catch (error) {
        if (this.signal.aborted) return 0;
        if (this.#refused++ === 0) log.error("Cannot take an update in: {error}", { error });
        this.untaken(updates.slice(index));
        return Math.min(1_000 * 2 ** (this.#refused - 1), REFUSED_MS);
      }
      this.#next = Math.floor(id) + 1;
    }
    // Nothing that could be confirmed: the same would be delivered again at once.
    if (updates.length > 0 && this.#next === undefined) return REFUSED_MS;
    if (this.#refused > 0 && updates.length > 0) {
      log.info("Updates are taken in again");
      this.#refused = 0;
    }
    return 0;
  }
}

/** Confirms what was taken last, so that it does not come again at the next start. */
async function farewell(options: PollOptions, { confirming }: Reader): Promise<void> {
  if (confirming.offset === undefined) return;
  using client = new HttpClient(options.clock, FAREWELL_MS);
  try {
    await apiOf(options, client).getUpdates({ ...confirming, limit: 1, timeout: 0 });
  } catch (error) {
    log.info("No farewell to Telegram: {error}", { error });
  }
}

/** The id of an update, by which it is confirmed; null for one that cannot be. */
function idOf(update: unknown): number | null {
  const id: unknown = Object(update).update_id;
  const usable = typeof id === "number" && Math.abs(id) < Number.MAX_SAFE_INTEGER;
  return usable ? id : null;
}
