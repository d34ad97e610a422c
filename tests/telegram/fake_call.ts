import type { Call, CallResult } from "../../lib/telegram/api/calls.ts";

export interface Made {
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: number;
}

export const flood = (retryAfter: number): CallResult => ({ kind: "flood", retryAfter });
export const refused = (code: number, description: string): CallResult => ({
  kind: "refused",
  code,
  description,
});
export const unknown: CallResult = { kind: "unknown", error: "connection reset" };
export const unreachable: CallResult = { kind: "unreachable", error: "connection refused" };

/** A Telegram that takes everything, but for what the test has put before it. */
export class FakeTelegram {
  readonly made: Made[] = [];
  /** The outcomes of the next calls, in their order; what comes after them is taken. */
  readonly next: CallResult[] = [];
  /** The outcome of the next call of a method. */
  readonly nextOf = new Map<string, CallResult[]>();
  #messageId = 1000;
  #held: (() => void)[] | null = null;
  #inFlight = new Map<unknown, number>();
  /** The most calls that ever were in flight for one chat. */
  mostInFlight = 0;

  constructor(readonly now: () => number) {}

  readonly call: Call = async (method, payload) => {
    // What the outbox asks to see whether anybody answers; it counts only where a test orders so.
    if (method === "getMe" && !this.nextOf.has(method)) return { kind: "ok", result: {} };
    this.made.push({ method, payload, at: this.now() });
    const chat = payload["chat_id"];
    this.#count(chat, 1);
    const result = this.nextOf.get(method)?.shift() ?? this.next.shift() ?? this.#taken(method);
    if (this.#held !== null) {
      const held = this.#held;
      await new Promise<void>((resolve) => held.push(resolve));
    }
    this.#count(chat, -1);
    return result;
  };

  /** From now on calls get no answer until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const resolve of held) resolve();
  }

  /** The texts of the messages sent or edited, or the methods of other calls. */
  get words(): string[] {
    return this.made.map(({ method, payload }) => String(payload["text"] ?? method));
  }

  of(method: string): Made[] {
    return this.made.filter((made) => made.method === method);
  }

  #taken(method: string): CallResult {
    const result = method === "sendMessage" || method === "sendDocument"
      ? { message_id: ++this.#messageId }
      : true;
    return { kind: "ok", result };
  }

  #count(chat: unknown, change: number): void {
    const count = (this.#inFlight.get(chat) ?? 0) + change;
    this.#inFlight.set(chat, count);
    this.mostInFlight = Math.max(this.mostInFlight, count);
  }
}
