import type { Clock } from "../../clock.ts";
import { logger } from "../../log/mod.ts";
import { type CallResult, resultOf } from "./calls.ts";

const log = logger("poll");

/** What keeps updates from coming until a person does something about it. */
export type Incident = "conflict" | "webhook";

const PAUSES = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
/** Each try cuts off the other program's poll: two that retried at once would fight for ever. */
const CONFLICT_PAUSES = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000];
/** One may be the farewell of a program that just ended; at the second another one is there. */
const CONFLICTS_TOLD = 2;
/** The other one may be pausing, as we do. */
const CONFLICT_OVER_MS = 5 * 60_000;
/** A token that was good a moment ago is given up when it is refused so often in a row. */
const REFUSALS = 5;

/** Telegram does not know the token. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  constructor() {
    super("Telegram does not accept the bot token. Check TELEGRAM_BOT_TOKEN against @BotFather's.");
  }
}

/**
 * How polling fares, measured by completed `getUpdates` round trips: an open connection proves
 * nothing. What changes is logged once, not with every try.
 */
export class PollHealth {
  /** When Telegram last answered a `getUpdates`; null before the first time. */
  lastCompletedAt: number | null = null;
  /** How often it failed since. */
  failures = 0;
  /** Why, in words fit for the chat; null while it works. */
  trouble: string | null = null;
  /** The trouble that the log knows of, and since when. */
  #logged: string | null = null;
  #since = 0;
  #refusals = 0;
  #conflicts = 0;
  #lastConflict = 0;
  #incident: Incident | null = null;

  /**
   * `onIncident` is told once when an incident begins, and null once it is over; again when it throws.
   */
  constructor(
    readonly clock: Clock,
    readonly onIncident: (incident: Incident | null, before: Incident | null) => void = () => {},
  ) {}

  /** Telegram has answered. */
  completed(): void {
    this.lastCompletedAt = this.clock.now();
    this.failures = 0;
    this.#refusals = 0;
    this.trouble = null;
    if (this.#inConflict()) return;
    this.#conflicts = 0;
    this.#become(null);
    if (this.#logged === null) return;
    const s = Math.round((this.clock.steady() - this.#since) / 1000);
    log.info("Polling works again, after {s} s", { s });
    this.#logged = null;
  }

  /**
   * It did not.
   * @returns how long to wait before the next try, in milliseconds.
   * @throws {TokenError} when the token has been refused too often.
   */
  failed(error: unknown): number {
    const result = resultOf(error);
    this.failures++;
    this.trouble = wordsFor(result);
    this.#log(this.trouble);
    this.#refusals = isTokenRefused(error) ? this.#refusals + 1 : 0;
    if (this.#refusals >= REFUSALS) throw new TokenError();
    if (result.kind === "flood") return result.retryAfter * 1000;
    if (result.kind === "refused" && result.code === 409) return this.#conflict(result.description);
    return at(PAUSES, this.failures);
  }

  #log(trouble: string): void {
    if (this.#logged === trouble) return;
    if (this.#logged === null) this.#since = this.clock.steady();
    this.#logged = trouble;
    log.warn("Cannot poll Telegram: {trouble}", { trouble });
  }

  #conflict(description: string): number {
    if (/webhook/i.test(description)) {
      this.#become("webhook");
      return CONFLICT_PAUSES.at(-1)!;
    }
    this.#lastConflict = this.clock.steady();
    if (++this.#conflicts >= CONFLICTS_TOLD) this.#become("conflict");
    return at(CONFLICT_PAUSES, this.#conflicts);
  }

  /** With another program at it, polls come through now and then; that is not the end of it. */
  #inConflict(): boolean {
    return this.#conflicts > 0 &&
      this.clock.steady() - this.#lastConflict < CONFLICT_OVER_MS;
  }

  #become(incident: Incident | null): void {
    const before = this.#incident;
    if (incident === before) return;
    this.#incident = incident;
    try {
      this.onIncident(incident, before);
    } catch (error) {
      this.#incident = before; // The next try tells it.
      log.error("Cannot tell of a change in polling: {error}", { error });
    }
  }
}

/** 401 for a token that is not valid, 404 for one that cannot be one. */
export function isTokenRefused(error: unknown): boolean {
  const result = resultOf(error);
  return result.kind === "unreachable" && /^40[14] /.test(result.error);
}

const at = (pauses: readonly number[], failures: number) =>
  pauses[Math.min(failures, pauses.length) - 1]!;

function wordsFor(result: CallResult): string {
  switch (result.kind) {
    case "refused":
      if (result.code === 0) return result.description;
      if (result.code !== 409) return `${result.code} ${result.description}`;
      return /webhook/i.test(result.description)
        ? "a webhook is set for this bot, so Telegram sends its updates there"
        : "another program polls with the same token. Is a second Switchboard running?";
    case "flood":
      return "Telegram asks for a pause";
    case "unreachable":
    case "unknown":
      return result.error;
    case "ok":
      return "";
  }
}
