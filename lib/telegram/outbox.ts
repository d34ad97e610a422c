import type { Clock } from "../clock.ts";
import { type Delivery, type Journal, PRIORITY } from "../journal/mod.ts";
import { logger } from "../log.ts";
import type { Call, CallResult } from "./calls.ts";
import { inPlaceOf, marked, simplified } from "./refusals.ts";

export { REPEAT_MARK } from "./repeat_mark.ts";

const log = logger("outbox");

/** Something to show that may be dropped, or replaced by what comes later under the same key. */
export interface Preview {
  /** A later preview with the same key takes the place of one that still waits. */
  readonly key: string;
  readonly priority: typeof PRIORITY.remove | typeof PRIORITY.edit | typeof PRIORITY.draft;
  /** Not before this time. */
  readonly notBefore: number;
  /** True for what has to happen once, as taking buttons away; it outlives a 429. */
  readonly keep: boolean;
  /** Makes the call; nothing to do any more when it gives null. */
  readonly call: () => { method: string; payload: Record<string, unknown> } | null;
  /** Told when Telegram took it; `messageId` where it made a message. */
  readonly done?: (messageId: number | null) => void;
  /** Told when the call did not come through and is made again. */
  readonly failed?: () => void;
  /** Told when Telegram will not have it; only for those that are not kept. */
  readonly refused?: () => void;
}

/** Pauses after an unreachable or unknown outcome, in milliseconds; the last one repeats. */
const PAUSES = [500, 1_000, 2_000, 5_000, 15_000, 30_000];
const FOREVER_MS = 2 ** 31 - 1;

/**
 * What waits to be sent, chat by chat: one call in flight for each, answers before prompts before
 * deletes before edits before drafts. Deliveries live in the journal until Telegram confirmed them;
 * previews live here. No call is made within a 429's time; previews give way to it, deliveries wait.
 */
export class Outbox {
  readonly #lanes = new Map<number, Lane>();
  #closed = false;

  constructor(
    readonly journal: Journal,
    readonly call: Call,
    readonly clock: Clock,
  ) {}

  /** Deliveries for this chat were committed. */
  wake(chat: number): void {
    if (!this.#closed) this.#lane(chat).pump();
  }

  /** Sends what an earlier run left. Attempts that it was in the middle of count as unknown. */
  start(): void {
    const cut = this.journal.deliveries.settle();
    if (cut > 0) log.warn("{cut} deliveries were cut off and are sent again, marked", { cut });
    for (const chat of this.journal.deliveries.chats()) this.wake(chat);
  }

  /** Shows a preview when its turn comes. */
  offer(chat: number, preview: Preview): void {
    if (!this.#closed) this.#lane(chat).offer(preview);
  }

  /** Takes back a preview that still waits. */
  retract(chat: number, key: string): void {
    this.#lanes.get(chat)?.retract(key);
  }

  /** Waits until all deliveries that can be sent now are; previews that must not are dropped. */
  async flush(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.drained()));
  }

  /** Ends after the calls in flight. What was not sent lies in the journal. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  #lane(chat: number): Lane {
    const known = this.#lanes.get(chat);
    if (known !== undefined) return known;
    const lane = new Lane(chat, this);
    this.#lanes.set(chat, lane);
    return lane;
  }
}

/** One chat's queue. */
class Lane {
  readonly #previews = new Map<string, Preview>();
  #flight: Promise<void> | null = null;
  #cancelTimer = () => {};
  /** No call before this time: a 429, or a connection that does not work. */
  #quietUntil: number;
  #failures = 0;
  #closed = false;
  /** Taken by Telegram and, the disk refusing, not yet so in the journal: never sent again. */
  readonly #confirmed = new Map<number, number | null>();
  #idle: (() => void)[] = [];

  constructor(readonly chat: number, readonly outbox: Outbox) {
    this.#quietUntil = outbox.journal.deliveries.silentUntil(chat);
  }

  offer(preview: Preview): void {
    this.#previews.set(preview.key, preview);
    this.pump();
  }

  retract(key: string): void {
    this.#previews.delete(key);
  }

  /** Makes the next call unless one is in flight or it is too early. */
  pump(): void {
    this.#cancelTimer();
    if (this.#flight !== null || this.#closed) return;
    const now = this.outbox.clock.now();
    if (now < this.#quietUntil) return this.#later(this.#quietUntil - now);
    let next: (() => Promise<void>) | null;
    try {
      next = this.#next(now);
    } catch (error) { // The journal cannot be read: a later look may succeed.
      this.#stumbled(error);
      return this.#later(this.#quietUntil - now);
    }
    if (next === null) return this.#rest(now);
    this.#flight = next().catch((error) => this.#stumbled(error)).finally(() => {
      this.#flight = null;
      this.pump();
    });
  }

  #stumbled(error: unknown): void {
    log.error("The outbox of {chat} stumbled: {error}", { chat: this.chat, error });
    if (this.outbox.clock.now() >= this.#quietUntil) this.#pause();
  }

  /** Settles when no delivery waits, or none can be sent for now. */
  async drained(): Promise<void> {
    this.pump();
    if (this.#flight === null) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#flight;
    this.#release();
  }

  #rest(now: number): void {
    const times = [...this.#previews.values()].map(({ notBefore }) => notBefore);
    if (times.length > 0) this.#later(Math.min(...times) - now);
    this.#release();
  }

  #later(ms: number): void {
    const wait = Math.min(Math.max(ms, 1), FOREVER_MS);
    this.#cancelTimer = this.outbox.clock.after(wait, () => this.pump());
    if (ms > 0) this.#release();
  }

  #release(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The most urgent thing to do now. */
  #next(now: number): (() => Promise<void>) | null {
    const delivery = this.outbox.journal.deliveries.next(this.chat);
    const [preview] = [...this.#previews.values()]
      .filter(({ notBefore }) => notBefore <= now)
      .sort((a, b) => a.priority - b.priority || a.notBefore - b.notBefore);
    if (delivery !== undefined && delivery.priority <= (preview?.priority ?? Infinity)) {
      return () => this.#deliver(delivery);
    }
    return preview === undefined ? null : () => this.#show(preview);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { journal, call } = this.outbox;
    if (this.#confirmed.has(delivery.id)) return this.#confirm(delivery.id);
    journal.deliveries.sending(delivery.id);
    const result = await call(delivery.method, marked(delivery));
    switch (result.kind) {
      case "ok":
        this.#confirmed.set(delivery.id, messageIdOf(result.result));
        return this.#confirm(delivery.id);
      case "flood":
        this.#banned(result.retryAfter);
        return journal.deliveries.waiting(delivery.id);
      case "unreachable":
        this.#pause();
        return journal.deliveries.waiting(delivery.id);
      case "unknown":
        log.warn("The outcome of a {method} is unknown: {error}", {
          ...result,
          method: delivery.method,
        });
        journal.deliveries.unknown(delivery.id);
        return this.#pause();
      case "refused":
        return this.#refused(delivery, result);
      default:
        result satisfies never;
    }
  }

  #confirm(id: number): void {
    const messageId = this.#confirmed.get(id) ?? null;
    this.outbox.journal.deliveries.sent(id, messageId, this.outbox.clock.now());
    this.#confirmed.delete(id);
    this.#failures = 0;
  }

  /** Telegram will not take it as it is: once more without what it may dislike, then given up. */
  #refused(delivery: Delivery, result: Extract<CallResult, { kind: "refused" }>): void {
    const { journal, clock } = this.outbox;
    if (result.migratedTo !== undefined) return this.#migrated(result.migratedTo);
    const simpler = simplified(delivery, result);
    if (simpler !== null) {
      log.error("Telegram refused a delivery ({description}); trying it plainer", { ...result });
      return journal.deliveries.replace(delivery.id, simpler);
    }
    log.error("Telegram refused delivery {id} to {chat}: {code} {description}", {
      id: delivery.id,
      chat: this.chat,
      ...result,
    });
    journal.transaction(() => {
      const error = `${result.code} ${result.description}`;
      journal.deliveries.failed(delivery.id, error, clock.now());
      journal.deliveries.add(inPlaceOf(delivery, result), clock.now());
    });
  }

  /** The group has become a supergroup: what waits for it goes there. */
  #migrated(chat: number): void {
    log.warn("Group {chat} has become {to}", { chat: this.chat, to: chat });
    this.outbox.journal.deliveries.move(this.chat, chat);
    this.outbox.wake(chat);
  }

  async #show(preview: Preview): Promise<void> {
    this.#previews.delete(preview.key);
    const request = preview.call();
    if (request === null) return;
    const result = await this.outbox.call(request.method, request.payload);
    // A message that may stand already is not sent again for the sake of a preview.
    const settled = result.kind === "ok" || result.kind === "refused" ||
      (result.kind === "unknown" && request.method === "sendMessage");
    const again = preview.keep && !settled && !this.#previews.has(preview.key);
    if (!settled) preview.failed?.();
    if (again) this.#previews.set(preview.key, preview);
    if (result.kind === "ok") {
      this.#failures = 0;
      return preview.done?.(messageIdOf(result.result));
    }
    if (result.kind === "flood") return this.#banned(result.retryAfter);
    if (result.kind === "refused") { // Not modified, or gone: what had to happen has happened.
      log.debug("A preview was refused: {description}", { ...result });
      return preview.keep ? preview.done?.(null) : preview.refused?.();
    }
    this.#pause();
  }

  #banned(seconds: number): void {
    log.warn("Telegram wants {seconds} s of silence in chat {chat}", { seconds, chat: this.chat });
    this.#quietUntil = this.outbox.clock.now() + seconds * 1000;
    for (const [key, { keep }] of this.#previews) if (!keep) this.#previews.delete(key);
    this.outbox.journal.deliveries.silence(this.chat, this.#quietUntil);
  }

  #pause(): void {
    const ms = PAUSES[Math.min(this.#failures++, PAUSES.length - 1)]!;
    this.#quietUntil = this.outbox.clock.now() + ms;
  }
}

function messageIdOf(result: unknown): number | null {
  if (result === null || typeof result !== "object" || !("message_id" in result)) return null;
  return typeof result.message_id === "number" ? result.message_id : null;
}
