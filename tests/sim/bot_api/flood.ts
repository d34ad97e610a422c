import { tooManyRequests } from "./errors.ts";

/** How much a bot may send. The true limits are not published; these are what the FAQ says. */
export interface FloodOptions {
  /** Messages and edits a second to a private chat; 1. */
  perSecond?: number;
  /** So many at once before the rate counts; 5. */
  burst?: number;
  /** Messages and edits a minute to a group; 20. */
  groupPerMinute?: number;
  /** The least that `retry_after` says, in seconds; 3. */
  penaltySeconds?: number;
  /** Whether a call inside of the window makes it begin again; false. */
  extend?: boolean;
}

/** Fills with time and is emptied by calls. */
interface Bucket {
  tokens: number;
  at: number;
}

/** Refuses calls that come too fast, and remembers until when a chat is closed to the bot. */
export class Flood {
  readonly #buckets = new Map<string, Bucket>();
  readonly #closedUntil = new Map<string, number>();
  readonly #limits: Required<FloodOptions> | undefined;

  constructor(
    options: boolean | FloodOptions,
    private readonly now: () => number,
    private readonly violate: (words: string) => void,
  ) {
    if (options === false) return;
    this.#limits = {
      perSecond: 1,
      burst: 5,
      groupPerMinute: 20,
      penaltySeconds: 3,
      extend: false,
      ...(options === true ? {} : options),
    };
  }

  /** Throws a 429 when the call comes in a closed window or too fast. `units`: its messages. */
  check(method: string, chat: number | undefined, units: number): void {
    const window = windowOf(method, chat);
    const left = (this.#closedUntil.get(window) ?? 0) - this.now();
    if (left > 0) {
      const seconds = Math.ceil(left / 1000);
      this.violate(`calledDuringBan: ${method} to ${window}, ${seconds} s too early`);
      if (this.#limits?.extend) this.close(method, chat, seconds);
      throw tooManyRequests(seconds);
    }
    if (!this.#limits || chat === undefined || !isCounted(method)) return;
    const missing = this.#spend(method, chat, units, this.#limits);
    if (missing <= 0) return;
    const seconds = Math.max(this.#limits.penaltySeconds, Math.ceil(missing));
    this.close(method, chat, seconds);
    throw tooManyRequests(seconds);
  }

  /** Closes the window that a call belongs to; also after a 429 that a test ordered. */
  close(method: string, chat: number | undefined, seconds: number): void {
    this.#closedUntil.set(windowOf(method, chat), this.now() + seconds * 1000);
  }

  /** Takes from the chat's bucket; gives the seconds until there would be enough, or 0. */
  #spend(method: string, chat: number, units: number, limits: Required<FloodOptions>): number {
    // Drafts are not messages: their thresholds are their own.
    const key = method.toLowerCase() === "sendmessagedraft" ? `draft ${chat}` : `${chat}`;
    const perSecond = chat > 0 ? limits.perSecond : limits.groupPerMinute / 60;
    const size = Math.max(units, chat > 0 ? limits.burst : limits.groupPerMinute);
    const now = this.now();
    const bucket = this.#buckets.get(key) ?? { tokens: size, at: now };
    const tokens = Math.min(size, bucket.tokens + (now - bucket.at) / 1000 * perSecond);
    const enough = tokens >= units;
    this.#buckets.set(key, { tokens: enough ? tokens - units : tokens, at: now });
    return enough ? 0 : (units - tokens) / perSecond;
  }
}

/** Sends and edits share one limit; typing, deletes, answers to buttons and polls have none. */
function isCounted(method: string): boolean {
  return /^(send|edit)/i.test(method) && !/^(sendChatAction|editForumTopic)$/i.test(method);
}

/** A chat is closed for sends and edits together, anything else for its method alone. */
function windowOf(method: string, chat: number | undefined): string {
  if (chat !== undefined && isCounted(method)) return `chat ${chat}`;
  return chat === undefined ? method : `${method} in chat ${chat}`;
}
