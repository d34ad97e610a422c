import type { Clock } from "../../clock.ts";
import { type Journal, PRIORITY } from "../../journal/mod.ts";
import { logger } from "../../log/mod.ts";
import type { Call } from "../api/calls.ts";
import { deliveries } from "./compose.ts";
import { italic } from "../text/formatted.ts";
import { ChatQueue } from "./chat_queue.ts";
import type { Preview } from "./previews.ts";

export { MOST_SENDINGS } from "./chat_queue.ts";
export { REPEAT_MARK } from "./compose.ts";

const log = logger("outbox");

/** What a chat that was closed to the bot has missed for longer is not sent any more. */
const MISSED_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * What waits to be sent, chat by chat: one call in flight for each, answers before requests before
 * deletes before edits before drafts. Deliveries live in the journal until Telegram confirmed them;
 * previews live here. No call is made within a 429's time.
 *
 * | outcome | a delivery | a preview |
 * | --- | --- | --- |
 * | taken | done | done |
 * | 429 | waits as long as told, with its place, across restarts; after a long one a line says so | dropped, unless it is to be kept |
 * | not reached | waits, with pauses that stop growing at half a minute | dropped, unless it is to be kept |
 * | unknown: reset, no answer, 5xx | repeated, marked, once the connection has proved itself; in a longer pause the rest of the chat goes past it; given up with a line after {@linkcode MOST_SENDINGS} sendings | a new message is not sent again; an edit is made again if it is to be kept |
 * | refused for now | waits, and what else goes to that place with it; tried again in growing pauses and when something changes there | as refused |
 * | refused | by the rules in `refusals.ts` | what is to be kept has happened |
 */
export class Outbox {
  readonly #queues = new Map<number, ChatQueue>();
  #closed = false;

  constructor(
    readonly journal: Journal,
    readonly call: Call,
    readonly clock: Clock,
  ) {}

  /** Deliveries for this chat were committed. */
  wake(chat: number): void {
    if (!this.#closed) this.#queue(chat).pump();
  }

  /** Sends what an earlier run left. Attempts that it was in the middle of count as unknown. */
  start(): void {
    const cut = this.journal.deliveries.settle();
    if (cut > 0) log.warn("{cut} deliveries were cut off and are sent again, marked", { cut });
    for (const chat of this.journal.deliveries.chats()) this.wake(chat);
  }

  /** Shows a preview when its turn comes. */
  offer(chat: number, preview: Preview): void {
    if (!this.#closed) this.#queue(chat).offer(preview);
  }

  /** Somebody wrote there: answers that failed while the chat was closed to the bot go after all. */
  heard(chat: number): void {
    const { journal, clock } = this;
    this.opened(chat);
    try {
      const count = journal.deliveries.reopen(chat, clock.now() - MISSED_MS);
      if (count === 0) return;
      const text = italic("This chat was closed to me for a while; here is what came meanwhile.");
      const target = { place: { chat }, replyTo: null, silent: true };
      journal.deliveries.add(deliveries(text, target, { priority: PRIORITY.ahead }), clock.now());
      this.wake(chat);
    } catch (error) {
      log.error("Cannot send what {chat} has missed: {error}", { chat, error });
    }
  }

  /** The bot's rights in a chat, or a topic of it, may have changed. */
  opened(chat: number): void {
    this.#queues.get(chat)?.opened();
  }

  /** Waits until all deliveries that can be sent now are; previews that must not are dropped. */
  async flush(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.drained()));
  }

  /** Ends after the calls in flight. What was not sent lies in the journal. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(chat: number): ChatQueue {
    const known = this.#queues.get(chat);
    if (known !== undefined) return known;
    const queue = new ChatQueue(chat, this);
    this.#queues.set(chat, queue);
    return queue;
  }
}
