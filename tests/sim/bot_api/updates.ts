import type { Update } from "grammy/types";
import { ApiError } from "./errors.ts";

/** What Telegram leaves out unless it is named in `allowed_updates`. */
const NOT_BY_DEFAULT = ["chat_member", "message_reaction", "message_reaction_count"];
const DAY = 86_400_000;
/** An offset that is so far beyond the next update is ignored: tdlib's `TQueue::get` refuses it. */
const FUTURE = 10;
/** A button press is kept for so long, everything else for a day. */
export const CALLBACK_LIFETIME_MS = 150_000;

export interface PollOptions {
  /** From this update on; everything below is confirmed. Negative: so many from the end. */
  offset?: number | undefined;
  limit?: number | undefined;
  /** Seconds; 50 at most. */
  timeout?: number | undefined;
  /** The caller went away. */
  signal: AbortSignal;
}

interface Pending {
  answer(): void;
  refuse(error: Error): void;
}

/** The bot's queue of updates with the long poll that empties it. */
export class UpdateQueue {
  /** The next update's number; a test may make it jump, as Telegram does after a silent week. */
  nextId = 100_000;
  /** What the bot wants to get; remembered when a call does not name it. */
  allowed: readonly string[] = [];
  /** Where updates are sent to instead; while it is set nobody may poll. */
  webhook: string | null = null;
  /** Every update that was ever queued. */
  readonly all: Update[] = [];
  #queue: { at: number; update: Update }[] = [];
  #pending: Pending | undefined;

  /** `onChange` is told when an update comes, and when a poll begins to wait or ends. */
  constructor(private readonly now: () => number, private readonly onChange: () => void) {}

  /** Queues an update, and wakes the poll that waits. Returns undefined for an unwanted kind. */
  push(content: Omit<Update, "update_id">): Update | undefined {
    const kind = Object.keys(content)[0] ?? "";
    const wanted = this.allowed.length > 0
      ? this.allowed.includes(kind)
      : !NOT_BY_DEFAULT.includes(kind);
    if (!wanted) return undefined;
    const update: Update = { ...content, update_id: this.nextId++ };
    this.all.push(update);
    this.#queue.push({ at: this.now(), update });
    this.#pending?.answer();
    this.onChange();
    return update;
  }

  /** How many updates wait to be confirmed. */
  get size(): number {
    return this.#queue.length;
  }

  /** Whether a poll is waiting now. */
  get polled(): boolean {
    return this.#pending !== undefined;
  }

  /** Forgets what is queued, as `deleteWebhook` does when asked. */
  clear(): void {
    this.#queue = [];
  }

  /**
   * What `getUpdates` answers: at once when there is something, else when something comes or the
   * time is over. A poll that still waits is refused with a 409: only one may run.
   */
  poll({ offset = 0, limit = 100, timeout = 0, signal }: PollOptions): Promise<Update[]> {
    if (this.webhook !== null) return Promise.reject(webhookSet());
    this.#pending?.refuse(conflict());
    this.#confirm(offset > this.nextId + FUTURE ? 0 : offset);
    const most = limit >= 1 && limit <= 100 ? limit : 100;
    const ready = this.#take(most);
    const seconds = Math.min(timeout, 50);
    if (ready.length > 0 || seconds <= 0 || signal.aborted) return Promise.resolve(ready);
    return this.#wait(most, seconds, signal);
  }

  /** Ends the waiting poll. */
  close(): void {
    this.#pending?.refuse(new ApiError(500, "Internal Server Error: restart"));
  }

  #wait(limit: number, seconds: number, signal: AbortSignal): Promise<Update[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Update[]>();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", pending.answer);
      if (this.#pending === pending) this.#pending = undefined;
      this.onChange();
    };
    const pending: Pending = {
      answer: () => {
        end();
        resolve(this.#take(limit));
      },
      refuse: (error) => {
        end();
        reject(error);
      },
    };
    const timer = setTimeout(pending.answer, seconds * 1000);
    signal.addEventListener("abort", pending.answer);
    this.#pending = pending;
    this.onChange();
    return promise;
  }

  #confirm(offset: number): void {
    const now = this.now();
    this.#queue = this.#queue.filter(({ at, update }) =>
      now - at < (update.callback_query ? CALLBACK_LIFETIME_MS : DAY)
    );
    if (offset < 0) this.#queue = this.#queue.slice(offset);
    else this.#queue = this.#queue.filter(({ update }) => update.update_id >= offset);
  }

  #take(limit: number): Update[] {
    return this.#queue.slice(0, limit).map(({ update }) => update);
  }
}

function webhookSet(): ApiError {
  return new ApiError(
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  );
}

function conflict(): ApiError {
  return new ApiError(
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
  );
}
