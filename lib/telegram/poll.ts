import { Bot, GrammyError } from "grammy";
import type { Update, UserFromGetMe } from "grammy/types";
import { type Clock, sleep } from "../clock.ts";
import { logger } from "../log.ts";
import { ALLOWED_UPDATES } from "./intake.ts";

const log = logger("poll");

/** Telegram holds a `getUpdates` for so long when nothing happens. */
const POLL_S = 30;
/** A request that takes longer is cut: a half-open socket leaves nobody deaf for long. */
const DEADLINE_S = 60;
const PAUSES = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000];

/** Telegram does not know the token. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  constructor() {
    super("Telegram does not accept the bot token. Check TELEGRAM_BOT_TOKEN against @BotFather's.");
  }
}

export interface PollOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const makeBot = ({ token, apiRoot }: PollOptions, me?: UserFromGetMe) =>
  new Bot(token, {
    client: { apiRoot, timeoutSeconds: DEADLINE_S },
    ...(me === undefined ? {} : { botInfo: me }),
  });

/**
 * Asks Telegram who we are, again and again until it answers.
 * @throws {TokenError} when it answers that it does not know us.
 * @returns null when `signal` aborts first.
 */
export async function introduce(options: PollOptions): Promise<UserFromGetMe | null> {
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    try {
      return await makeBot(options).api.getMe();
    } catch (error) {
      if (isUnauthorized(error)) throw new TokenError();
      await pause(attempt, error, options);
    }
  }
  return null;
}

/**
 * Long polling until `signal` aborts: `bot.start()` inside a loop that never gives up. An update
 * counts as arrived when `take` returns; when it throws, Telegram delivers it again.
 * @throws {TokenError} when the token stops being valid.
 */
export async function poll(
  options: PollOptions,
  me: UserFromGetMe,
  take: (update: Update) => void,
): Promise<void> {
  const { signal, clock } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    // A bot of its own each time: it starts from what Telegram knows to be confirmed.
    const bot = makeBot(options, me);
    bot.use((ctx) => take(ctx.update));
    bot.catch(({ error }) => {
      throw error;
    });
    const stop = () =>
      void bot.stop().catch((error) => log.info("No farewell to Telegram: {error}", { error }));
    signal.addEventListener("abort", stop, { once: true });
    const since = clock.now();
    try {
      await bot.start({ timeout: POLL_S, allowed_updates: ALLOWED_UPDATES });
    } catch (error) {
      if (isUnauthorized(error)) throw new TokenError();
      if (clock.now() - since > 120_000) attempt = 0;
      await pause(attempt, error, options);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

async function pause(attempt: number, error: unknown, { clock, signal }: PollOptions) {
  const ms = PAUSES[Math.min(attempt, PAUSES.length - 1)]!;
  const conflict = error instanceof GrammyError && error.error_code === 409;
  const why = conflict
    ? "another program polls with the same token. Is a second Switchboard running?"
    : error;
  log.warn("Cannot poll Telegram, next try in {s} s: {why}", { s: ms / 1000, why });
  await sleep(clock, ms, signal);
}

/** 401 for a token that is not valid, 404 for one that cannot be one. */
const isUnauthorized = (error: unknown) =>
  error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404);
