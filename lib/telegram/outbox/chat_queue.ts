import { belongingOf, type Delivery, type Journal } from "../../journal/mod.ts";
import { logger } from "../../log/mod.ts";
import { FloodWait } from "./flood_wait.ts";
import type { Clock } from "../../clock.ts";
import type { Call, CallResult } from "../api/calls.ts";
import type { Preview } from "./previews.ts";
import { fromTopic, Postponed } from "./postponed.ts";
import { givenUp, leavesTopic, marked, type Verdict, verdict } from "./refusals.ts";

const log = logger("outbox");

/** Pauses while nothing is reached, in milliseconds; the last one repeats. */
const PAUSES = [500, 1_000, 2_000, 5_000, 15_000, 30_000];
const HOUR = 3_600_000;
/**
 * Pauses after the first, second, … sending whose outcome is unknown: an answer waits out a morning in
 * which Telegram stumbles, and stands in the chat a dozen times at the worst.
 */
const REPEAT_PAUSES = [500, 5_000, 30_000, 180_000, 900_000, HOUR, HOUR, HOUR, HOUR, HOUR, HOUR];
/** So many times a delivery is sent at the most while the outcome stays unknown. */
export const MOST_SENDINGS = REPEAT_PAUSES.length + 1;
/** In a longer pause the rest of the chat does not wait behind it. */
const TOGETHER_MS = 5_000;
const FOREVER_MS = 2 ** 31 - 1;

/** The parts that the queues of all chats share. */
interface Shared {
  readonly journal: Journal;
  readonly call: Call;
  readonly clock: Clock;
  /** Deliveries for another chat were committed. */
  wake(chat: number): void;
}

/** One chat's queue. */
export class ChatQueue {
  readonly #previews = new Map<Preview["key"], Preview>();
  readonly #floodWait: FloodWait;
  readonly #postponed: Postponed;
  #inFlight: Promise<void> | null = null;
  #cancelTimer = () => {};
  /** No call before this time: a 429, or a connection that does not work. */
  #quietUntil: number;
  #failures = 0;
  /** The connection broke under a delivery; it proves itself before the delivery is repeated. */
  #doubt = false;
  #closed = false;
  /** Taken by Telegram and, the disk refusing, not yet so in the journal: never sent again. */
  readonly #confirmed = new Map<number, number | null>();
  /** When each delivery in back-off is due, by what it belongs to. All others overtake it. */
  readonly #backingOff = new Map<string, number>();
  /** Of unknown outcome and, the disk refusing, not yet so in the journal: never sent unmarked. */
  readonly #doubtful = new Map<number, string>();
  #idle: (() => void)[] = [];

  constructor(readonly chat: number, readonly outbox: Shared) {
    const { journal, clock } = outbox;
    this.#floodWait = new FloodWait(chat, journal, clock);
    this.#postponed = new Postponed(chat, journal, clock);
    this.#quietUntil = clock.steady() + this.#floodWait.leftMs;
  }

  offer(preview: Preview): void {
    this.#previews.set(preview.key, preview);
    this.pump();
  }

  /** Makes the next call unless one is in flight or it is too early. */
  pump(): void {
    this.#cancelTimer();
    if (this.#inFlight !== null || this.#closed) return;
    const now = this.outbox.clock.steady();
    if (now < this.#quietUntil) return this.#later(this.#quietUntil - now);
    let next: (() => Promise<void>) | null;
    try {
      next = this.#next(now);
    } catch (error) { // The journal cannot be read: a later look may succeed.
      this.#stumbled(error);
      return this.#later(this.#quietUntil - now);
    }
    if (next === null) return this.#rest(now);
    this.#inFlight = next().catch((error) => this.#stumbled(error)).finally(() => {
      this.#inFlight = null;
      this.pump();
    });
  }

  #stumbled(error: unknown): void {
    log.error("The outbox of {chat} stumbled: {error}", { chat: this.chat, error });
    if (this.outbox.clock.steady() >= this.#quietUntil) this.#pause();
  }

  /** Settles when no delivery waits, or none can be sent for now. */
  async drained(): Promise<void> {
    this.pump();
    if (this.#inFlight === null) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#inFlight;
    this.#release();
  }

  #rest(now: number): void {
    const previews = [...this.#previews.values()].map(({ notBefore = 0 }) => notBefore);
    const times = [...previews, ...this.#backingOff.values(), ...this.#postponed.dues];
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
    this.#floodWait.tell();
    for (const [belonging, due] of this.#backingOff) {
      if (due <= now) this.#backingOff.delete(belonging);
    }
    const delivery = this.#postponed.next([...this.#backingOff.keys()]);
    const [preview] = [...this.#previews.values()]
      .filter(({ notBefore = 0 }) => notBefore <= now)
      .sort((a, b) => a.priority - b.priority || (a.notBefore ?? 0) - (b.notBefore ?? 0));
    if (delivery !== undefined && delivery.priority <= (preview?.priority ?? Infinity)) {
      return () => this.#doubt ? this.#probe() : this.#deliver(delivery);
    }
    return preview === undefined ? null : () => this.#show(preview);
  }

  /** Something changed in the chat: what may not have been sent is tried again. */
  opened(): void {
    this.#postponed.opened();
    this.pump();
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { journal, call } = this.outbox;
    if (this.#confirmed.has(delivery.id)) return this.#confirm(delivery.id);
    const doubtful = this.#doubtful.get(delivery.id);
    if (doubtful !== undefined) return this.#unknown(delivery, doubtful);
    journal.deliveries.sending(delivery.id);
    const result = await call(delivery.method, marked(delivery));
    switch (result.kind) {
      case "ok":
        this.#confirmed.set(delivery.id, messageIdOf(result.result));
        this.#postponed.sent(delivery);
        return this.#confirm(delivery.id);
      case "flood":
        this.#flooded(result.retryAfter);
        return journal.deliveries.waiting(delivery.id);
      case "unreachable":
        this.#pause();
        return journal.deliveries.waiting(delivery.id);
      case "unknown":
        return this.#unknown(delivery, result.error);
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
    this.#answered();
  }

  /** Telegram has dealt with a call: flood waits and bad connections are over. */
  #answered(): void {
    this.#failures = 0;
    this.#floodWait.end();
  }

  /** It may have arrived: repeated, marked, but not for ever. */
  #unknown(delivery: Delivery, error: string): void {
    const { journal, clock } = this.outbox;
    const { id, method, repeats } = delivery;
    log.warn("The outcome of {method} {id} is unknown: {error}", { method, id, error });
    this.#doubt = true;
    this.#doubtful.set(id, error);
    if (repeats + 1 < MOST_SENDINGS) {
      const pause = REPEAT_PAUSES[repeats]!;
      if (pause > TOGETHER_MS) this.#backingOff.set(belongingOf(delivery), clock.steady() + pause);
      this.#quiet(Math.min(pause, TOGETHER_MS));
      journal.deliveries.unknown(id);
      return void this.#doubtful.delete(id);
    }
    this.#pause();
    log.error("Giving up {method} {id} after {sendings} sendings", {
      ...{ method, id, sendings: repeats + 1 },
    });
    journal.transaction(() => {
      journal.deliveries.failed(id, `outcome unknown: ${error}`, clock.now());
      journal.deliveries.add(givenUp(delivery, repeats + 1), clock.now());
    });
    this.#doubtful.delete(id);
  }

  /** Asks something harmless: whatever answers it will say what becomes of the next delivery. */
  async #probe(): Promise<void> {
    const result = await this.outbox.call("getMe", {});
    if (result.kind === "unknown" || result.kind === "unreachable") return this.#pause();
    this.#doubt = false;
    if (result.kind === "flood") this.#flooded(result.retryAfter);
  }

  /** By the rules for refusals. */
  #refused(delivery: Delivery, refusal: Extract<CallResult, { kind: "refused" }>): void {
    const { journal, clock } = this.outbox;
    const { id } = delivery;
    const found = verdict(delivery, refusal);
    const { code, description } = refusal;
    log.warn("Telegram refused delivery {id} to {chat} ({code} {description}): {then}", {
      ...{ id, chat: this.chat, code, description, then: found.then },
    });
    this.#answered();
    switch (found.then) {
      case "done":
        return journal.deliveries.sent(id, null, clock.now());
      case "again":
        return journal.transaction(() => {
          if (leavesTopic(delivery, found)) {
            journal.deliveries.add(fromTopic(journal, delivery), clock.now());
          }
          journal.deliveries.replace(id, found.payload);
        });
      case "later":
        return this.#postpone(delivery, found);
      case "moved":
        journal.moveChat(this.chat, found.to);
        return this.outbox.wake(found.to);
      case "failed":
        return journal.transaction(() => {
          journal.deliveries.failed(id, `${code} ${description}`, clock.now());
          journal.deliveries.add(found.instead, clock.now());
        });
      default:
        found satisfies never;
    }
  }

  #postpone(delivery: Delivery, found: Extract<Verdict, { then: "later" }>): void {
    const said = this.#postponed.refused(delivery, found);
    for (const { chat } of said) this.outbox.wake(chat);
  }

  async #show(preview: Preview): Promise<void> {
    this.#previews.delete(preview.key);
    const request = preview.call();
    if (request === null) return;
    const result = await this.outbox.call(request.method, request.payload);
    // A message that may stand already is not sent again for the sake of a preview.
    const doubtful = result.kind === "unknown" && request.method === "sendMessage";
    if (doubtful) preview.doubtful?.();
    const settled = result.kind === "ok" || result.kind === "refused" || doubtful;
    const again = preview.keep && !settled && !this.#previews.has(preview.key);
    if (!settled) preview.failed?.();
    if (again) this.#previews.set(preview.key, preview);
    switch (result.kind) {
      case "ok":
        this.#answered();
        return preview.done?.(messageIdOf(result.result));
      case "flood":
        return this.#flooded(result.retryAfter);
      case "refused": // Not modified, or gone: what had to happen has happened.
        log.debug("A preview was refused: {description}", { ...result });
        return preview.keep ? preview.done?.(null) : preview.refused?.();
      default:
        return this.#pause();
    }
  }

  #flooded(seconds: number): void {
    log.warn("Telegram wants {seconds} s of silence in chat {chat}", { seconds, chat: this.chat });
    this.#quiet(seconds * 1000);
    for (const [key, { keep }] of this.#previews) if (!keep) this.#previews.delete(key);
    this.#floodWait.begin(seconds);
  }

  #pause(): void {
    this.#quiet(PAUSES[Math.min(this.#failures++, PAUSES.length - 1)]!);
  }

  #quiet(ms: number): void {
    this.#quietUntil = this.outbox.clock.steady() + ms;
  }
}

function messageIdOf(result: unknown): number | null {
  if (result === null || typeof result !== "object" || !("message_id" in result)) return null;
  return typeof result.message_id === "number" ? result.message_id : null;
}
