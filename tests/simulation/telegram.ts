import type { CallbackQuery, InlineKeyboardButton, Message, Update } from "grammy/types";
import type { CallResult } from "../../lib/telegram/api/calls.ts";
import { type Place, placeKey } from "../../lib/journal/mod.ts";
import type { Attempt } from "../checker/evidence.ts";
import { ApiError, callDirectly, createWorld, type Upload } from "../sim/bot_api/mod.ts";
import { GROUP, PEOPLE } from "./script.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { Weather } from "./weather.ts";

type Payload = Readonly<Record<string, unknown>>;
type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** A message of the program as it stands in a chat. */
export interface Standing {
  readonly chat: number;
  /** The topic of a group. */
  readonly thread?: number;
  readonly id: number;
  text: string;
  buttons: readonly InlineKeyboardButton[];
}

/** A call that a server would answer within this time is answered; what takes longer is given up. */
const DEADLINE_MS = 60_000;

/** What happens within this time may be delivered in another order. */
const ALMOST_MS = 1_000;

/** Telegram: delivers updates by their offset, takes calls, keeps what people see, and has moods. */
export class SimulatedTelegram {
  readonly attempts: Mutable<Attempt>[] = [];
  /** What the program did that Telegram does not want. */
  readonly broken: string[] = [];
  /** The toasts by the press that they answer. */
  readonly toasts = new Map<string, string>();
  readonly standing = new Map<string, Standing>();
  /** What the program heard of calls and may not have noted yet: a death undoes it. */
  #heardOf: (() => void)[] = [];
  /** The same, where it could not be noted. */
  readonly #unnoted: (() => void)[] = [];
  readonly #updates: Mutable<Update>[] = [];
  /** Where each message stands. */
  readonly #places = new Map<number, Place>();
  readonly #delivered = new Map<number, number>();
  /** Everything up to this one was on its way to the program, once at least. */
  #given = 0;
  /** When the last of them happened. */
  #postedAt = 0;
  #confirmed = 0;
  #updateId = 1000;
  #messageId = 100;
  #poll: { life: Life; give: () => void } | null = null;
  readonly #bans = new Map<unknown, number>();
  readonly #world: ReturnType<typeof createWorld>;
  /** Of these bans the program knows. */
  readonly #knownBans = new Map<unknown, number>();

  constructor(
    readonly timeline: Timeline,
    readonly weather: Weather,
    readonly random: Random,
    /** A fault on purpose: what is delivered counts as confirmed. */
    readonly eager: boolean,
  ) {
    this.#world = createWorld({}, () => timeline.now);
    for (const id of PEOPLE) this.#world.addChat({ id, type: "private", first_name: `P${id}` });
    const group = { id: GROUP, type: "supergroup", title: "Group", is_forum: true } as const;
    const { topics } = this.#world.addChat(group);
    for (const who of PEOPLE) {
      const topic = { message_thread_id: 10 * who, name: `Topic ${who}`, icon_color: 0x6FB9F0 };
      topics.set(10 * who, topic);
    }
  }

  nextMessageId(): number {
    return ++this.#messageId;
  }

  /** The number of a person's new message. */
  written(place: Place): number {
    const id = this.nextMessageId();
    this.#places.set(id, place);
    return id;
  }

  /**
   * Something happened in a chat that the bot is told of, perhaps before what happened right before
   * it; but no edit goes past its message. @returns the update, whose id may change until it is given.
   */
  post(
    what: { message: Message } | { edited_message: Message } | { callback_query: CallbackQuery },
  ): Update {
    const update = { update_id: ++this.#updateId, ...what } as Mutable<Update>;
    const last = this.#updates.at(-1);
    this.#updates.push(update);
    const soon = this.timeline.now - this.#postedAt <= ALMOST_MS;
    const free = last !== undefined && last.update_id > this.#given && soon;
    this.#postedAt = this.timeline.now;
    if (free && !("edited_message" in what) && this.random.chance(this.weather.now.reordered)) {
      this.#updates.splice(-2, 2, update, last);
      [update.update_id, last.update_id] = [last.update_id, update.update_id];
    }
    this.#poll?.give();
    return update;
  }

  /** Whether all that happened was confirmed by the program. */
  get drained(): boolean {
    return this.#updates.every(({ update_id: id }) => id < this.#confirmed);
  }

  /** Whether a ban lasts. */
  get silent(): boolean {
    return [...this.#bans.values()].some((until) => until > this.timeline.now - 1_000);
  }

  /** In how many lives of the program an update was delivered. */
  livesOf({ update_id: id }: Update): number {
    return this.#delivered.get(id) ?? 0;
  }

  ban(chat: number, seconds: number): void {
    const until = this.timeline.now + seconds * 1000;
    this.#bans.set(chat, Math.max(until, this.#bans.get(chat) ?? 0));
  }

  /** A long poll. Resolves with what is there beyond the offset; null where the answer is lost. */
  poll(life: Life, offset: number): Promise<readonly Update[] | null> {
    const { timeline, random, weather } = this;
    return new Promise((resolve) => {
      const lost = random.chance(weather.now.poll);
      if (lost && random.chance(0.5)) {
        return void timeline.after(random.between(10, 3_000), () => resolve(null), life);
      }
      timeline.after(random.between(5, 60), () => {
        if (!life.alive) return;
        const again = offset === 0 && random.chance(weather.now.repeated);
        this.#confirmed = Math.max(this.#confirmed, offset);
        const from = again ? this.#confirmed - random.between(1, 4) : this.#confirmed;
        const give = () => {
          const batch = this.#updates.filter(({ update_id: id }) => id >= from).slice(0, 100);
          if (batch.length === 0) return;
          this.#poll = null;
          this.#given = Math.max(this.#given, batch.at(-1)!.update_id);
          timeline.after(random.between(5, 80), () => {
            if (!lost) this.#note(life, batch);
            if (this.eager) {
              this.#confirmed = Math.max(this.#confirmed, batch.at(-1)!.update_id + 1);
            }
            resolve(lost ? null : batch);
          }, life);
        };
        this.#poll = { life, give };
        give();
      });
    });
  }

  /** A reply goes to where that stands what it replies to. */
  #checkReply(place: Place, payload: Payload): void {
    const replied = repliedTo(payload);
    const there = replied === undefined ? undefined : this.#places.get(replied);
    if (there === undefined || placeKey(there) === placeKey(place)) return;
    this.broken.push(`a reply to ${placeKey(there)} went to ${placeKey(place)}`);
  }

  readonly #lives = new WeakMap<Life, Set<number>>();
  /** Calls on their way: what happens when they arrive. */
  readonly #underway = new Set<() => void>();

  #note(life: Life, batch: readonly Update[]): void {
    const known = this.#lives.get(life) ?? new Set();
    this.#lives.set(life, known);
    for (const update of batch) {
      const { update_id: id } = update;
      if (!known.has(id)) this.#delivered.set(id, this.livesOf(update) + 1);
      known.add(id);
    }
  }

  /** A call, from its first byte to its answer, with whatever happens to it on the way. */
  call(life: Life, method: string, payload: Payload): Promise<CallResult> {
    const { random, weather, timeline } = this;
    const chat = payload["chat_id"];
    if (method === "answerCallbackQuery") this.#toast(payload);
    if ((this.#knownBans.get(chat) ?? 0) > timeline.now && !isUrgent(payload)) {
      this.broken.push(`${method} within a ban of chat ${chat}`);
    }
    const attempt = attemptOf(method, payload, timeline.now);
    if (attempt !== null) this.attempts.push(attempt);
    const now = weather.now;
    const slow = random.chance(now.slow);
    const way = slow ? random.between(1_000, 50_000) : random.between(10, 200);
    return new Promise((resolve) => {
      const answer = (ms: number, result: CallResult) =>
        void timeline.after(ms, () => {
          if (!isUrgent(payload)) this.#heard(attempt, result, chat);
          resolve(result);
        }, life);
      if (random.chance(now.unreachable)) {
        return answer(random.between(1, 5_000), { kind: "unreachable", error: "no route" });
      }
      const broken = random.chance(now.broken);
      if (broken && random.chance(0.4)) {
        return answer(way, { kind: "unknown", error: "connection reset" });
      }
      const arrive = () => {
        if (!this.#underway.delete(arrive)) return;
        const result = this.#carryOut(method, payload, attempt);
        const back = slow ? random.between(1_000, 50_000) : random.between(10, 100);
        const lost = broken || way + back > DEADLINE_MS;
        const unknown = { kind: "unknown", error: "connection reset" } as const;
        answer(Math.min(back, DEADLINE_MS - way), lost ? unknown : result);
      };
      this.#underway.add(arrive);
      timeline.after(way, arrive);
    });
  }

  /**
   * The program is dead: its calls arrive at once or never, and what it had heard and not noted, it
   * does not know.
   */
  forgotten(): void {
    for (const arrive of this.#underway) if (this.random.chance(0.5)) arrive();
    this.#underway.clear();
    for (const undo of [...this.#heardOf, ...this.#unnoted]) undo();
    this.noted(true);
    this.#unnoted.length = 0;
  }

  /** The program had its time to note what it heard; where the disk refused, it could not. */
  noted(could: boolean): void {
    if (!could) this.#unnoted.push(...this.#heardOf);
    this.#heardOf = [];
  }

  #heard(attempt: Mutable<Attempt> | null, result: CallResult, chat: unknown): void {
    if (result.kind === "flood") {
      this.#knownBans.set(chat, this.timeline.now + result.retryAfter * 1000);
      this.#heardOf.push(() => this.#knownBans.delete(chat));
    }
    if (attempt === null || result.kind === "unknown") return;
    attempt.known = "yes";
    this.#heardOf.push(() => attempt.known = "maybe");
  }

  #toast(payload: Payload): void {
    const id = String(payload["callback_query_id"]);
    if (!this.toasts.has(id)) this.toasts.set(id, String(payload["text"]));
  }

  #carryOut(method: string, payload: Payload, attempt: Mutable<Attempt> | null): CallResult {
    const { timeline, random, weather } = this;
    const chat = payload["chat_id"];
    if (chat !== undefined) {
      const until = this.#bans.get(chat) ?? 0;
      if (until > timeline.now) return flood(Math.ceil((until - timeline.now) / 1000));
      if (random.chance(weather.now.flood)) {
        const seconds = random.chance(0.05) ? 13_000 : random.between(1, 40);
        this.ban(Number(chat), seconds);
        return flood(seconds);
      }
    }
    const result = this.#effect(method, payload);
    if (attempt !== null && result.kind === "ok") {
      attempt.executed = true;
      const made = result.result as { message_id?: number };
      attempt.messageId ??= made.message_id ?? null;
    }
    return result;
  }

  /** What Telegram makes of a call: what stands in chats is the stand-in's to say. */
  #effect(method: string, payload: Payload): CallResult {
    if (KINDS[method] === undefined) return { kind: "ok", result: true };
    const chat = Number(payload["chat_id"]);
    const id = Number(payload["message_id"]);
    const place = placeOf(payload);
    const state = this.#world.chat(chat);
    state.nextMessageId = this.#messageId + 1; // One counter for all, as for what people write.
    let result;
    try {
      result = callDirectly(this.#world, method, ...withUpload(payload));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!EXPECTED.test(error.description)) this.broken.push(`${method}: ${error.description}`);
      return { kind: "refused", code: error.code, description: error.description };
    }
    const [text, buttons] = [textOf(payload), buttonsOf(payload)];
    if (KINDS[method] === "send") {
      const made = this.nextMessageId();
      this.#checkReply(place, payload);
      this.#places.set(made, place);
      this.standing.set(`${chat} ${made}`, { ...place, id: made, text, buttons });
    } else if (KINDS[method] === "edit") {
      Object.assign(this.standing.get(`${chat} ${id}`)!, { text, buttons });
    } else this.standing.delete(`${chat} ${id}`);
    return { kind: "ok", result };
  }
}

/** Refusals that only say what has happened meanwhile; any other is a fault of the program. */
const EXPECTED = /message is not modified|message to (edit|delete) not found/;

/** A call's values, and the file that it uploads. */
function withUpload(payload: Payload): [Payload, Map<string, Upload>] {
  const { document, ...rest } = payload as { document?: { name: string; text: string } };
  if (document === undefined) return [payload, new Map()];
  const bytes = new TextEncoder().encode(document.text);
  return [rest, new Map([["document", { name: document.name, type: "text/plain", bytes }]])];
}

const flood = (retryAfter: number): CallResult => ({ kind: "flood", retryAfter });

/** What is said of the disk goes past all queues: who is in need does not wait. */
const isUrgent = (payload: Payload) => textOf(payload).startsWith("⚠️ The disk");

const textOf = (payload: Payload) => String(payload["text"] ?? payload["caption"] ?? "");

function placeOf(payload: Payload): Place {
  const chat = Number(payload["chat_id"]);
  const thread = payload["message_thread_id"];
  return thread === undefined ? { chat } : { chat, thread: Number(thread) };
}

const repliedTo = (payload: Payload) =>
  (payload["reply_parameters"] as { message_id: number } | undefined)?.message_id;

function buttonsOf(payload: Payload): InlineKeyboardButton[] {
  const markup = payload["reply_markup"] as
    | { inline_keyboard?: InlineKeyboardButton[][] }
    | undefined;
  return (markup?.inline_keyboard ?? []).flat();
}

const KINDS: Readonly<Record<string, Attempt["kind"]>> = {
  sendMessage: "send",
  sendDocument: "send",
  editMessageText: "edit",
  deleteMessage: "delete",
};

function attemptOf(method: string, payload: Payload, at: number): Mutable<Attempt> | null {
  const kind = KINDS[method];
  if (kind === undefined) return null;
  return {
    at,
    kind,
    chat: Number(payload["chat_id"]),
    text: textOf(payload),
    replyTo: repliedTo(payload) ?? null,
    silent: payload["disable_notification"] === true,
    buttons: buttonsOf(payload).map(({ text }) => text),
    messageId: kind === "send" ? null : Number(payload["message_id"]),
    executed: false,
    known: "no",
  };
}
