import type { InlineKeyboardButton, Message } from "grammy/types";
import type { Press, Sent } from "../checker/evidence.ts";
import { PEOPLE } from "./program.ts";
import type { SimulatedTelegram, Standing } from "./telegram.ts";

/** Taps that make a new prompt of an old one. */
const AGAIN = new Set(["Ask again", "Continue", "Run again"]);
const TOOK = new Set(["Asking again", "Continuing", "Running again"]);
/** What lets some go ahead of others. */
const OVERTAKING = /^(Send now|Run it|Run them|Drop it|Drop them|alpha|beta|default)$|Stop/;
/** Who took a message back knows what became of it. */
const DROPPING = /^Cancel$|[Dd]rop/;
/** What waits for a tap, and would wait for ever. */
const URGENT = /^(Run it|Run them|alpha|beta|default|New session: default|Try again|Start afresh)$/;

/** It makes the next message a part of something else, and then nobody answers that. */
const DIVERTING = "Deny and say why";
/** What ends a turn that hangs. */
const ENDING = /^(⏹ Stop|End the process)$/;
/** A button that does nothing is tapped so often. */
const PATIENCE = 3;

/** A button as a person sees it. */
interface Seen {
  readonly standing: Standing;
  readonly button: InlineKeyboardButton;
}

/** The people: what they write and tap, and what they remember of it. */
export class People {
  readonly #sent: Sent[] = [];
  /** Those whose messages may go in another order than they came, since they wanted it so. */
  readonly #disordered = new Set<number>();
  /** Those who took a message back by a tap. */
  readonly droppers = new Set<number>();
  readonly #taps = new Map<string, number>();
  readonly #pressed: { message: Standing; query: string; update: number; again: boolean }[] = [];
  #tokens = 0;
  #queries = 0;

  constructor(
    readonly telegram: SimulatedTelegram,
    readonly now: () => number,
    readonly sessions: readonly (string | null)[],
  ) {}

  /** A message that has to be answered. */
  write(who: number, as?: "steer"): void {
    const token = `t${++this.#tokens}z`;
    const words = `${token} please`;
    const text = as === "steer" ? `/steer ${words}` : words;
    const message = this.#message(who, text);
    const session = this.sessions[who] ?? "default";
    const outOfOrder = as === "steer" ? { outOfOrder: true } : {};
    const { message_id: messageId, chat } = message;
    this.#sent.push({ token, chat: chat.id, messageId, session, ...outOfOrder });
    this.telegram.post({ message });
  }

  get sent(): Sent[] {
    return this.#sent.map((sent) =>
      this.#disordered.has(sent.chat) ? { ...sent, outOfOrder: true } : sent
    );
  }

  command(who: number, text: string): void {
    if (text === "/stop") this.#disordered.add(PEOPLE[who]!);
    this.telegram.post({ message: this.#message(who, text) });
  }

  /** Taps a button that the person sees. @returns false when there is none. */
  press(who: number, back: number): boolean {
    const seen = this.#seen(who);
    if (seen.length === 0) return false;
    this.#tap(who, seen[seen.length - 1 - back % seen.length]!);
    return true;
  }

  /** Taps what waits for a tap, or `ends` a turn that does not end. @returns false for nothing. */
  pressUrgent(ends: boolean): boolean {
    for (const who of PEOPLE.keys()) {
      const urgent = this.#seen(who).find(({ standing, button }) =>
        (URGENT.test(button.text) || (ends && ENDING.test(button.text))) &&
        (this.#taps.get(keyOf(standing, button)) ?? 0) < PATIENCE
      );
      if (urgent === undefined) continue;
      this.#tap(who, urgent);
      return true;
    }
    return false;
  }

  /** The taps that may have made new prompts. */
  get presses(): Press[] {
    return this.#pressed.filter(({ again }) => again).map(({ message, query, update }) => {
      const toast = this.telegram.toasts.get(query);
      const once = this.telegram.livesOf(update) <= 1;
      const took = toast !== undefined && TOOK.has(toast) ? "yes" : once ? "no" : "maybe";
      return { chat: message.chat, messageId: message.id, took };
    });
  }

  #seen(who: number): Seen[] {
    const chat = PEOPLE[who];
    return [...this.telegram.standing.values()].filter((each) => each.chat === chat)
      .flatMap((standing) => standing.buttons.map((button) => ({ standing, button })))
      .filter(({ button }) => button.text !== DIVERTING);
  }

  #tap(who: number, { standing, button }: Seen): void {
    const query = `q${++this.#queries}`;
    const data = "callback_data" in button ? button.callback_data : "";
    const message = { ...this.#message(who, standing.text), message_id: standing.id };
    const update = this.telegram.post({
      callback_query: { id: query, from: message.from!, message, chat_instance: "", data },
    });
    const again = AGAIN.has(button.text);
    this.#pressed.push({ message: standing, query, update, again });
    const key = keyOf(standing, button);
    this.#taps.set(key, (this.#taps.get(key) ?? 0) + 1);
    if (DROPPING.test(button.text)) this.droppers.add(standing.chat);
    if (OVERTAKING.test(button.text)) this.#disordered.add(standing.chat);
  }

  #message(who: number, text: string, more: object = {}): Message {
    const id = PEOPLE[who]!;
    return {
      message_id: this.telegram.nextMessageId(),
      date: Math.floor(this.now() / 1000),
      from: { id, is_bot: false, first_name: `P${id}` },
      chat: { id, type: "private", first_name: `P${id}` },
      text,
      ...more,
    } as Message;
  }
}

const keyOf = ({ chat, id }: Standing, { text }: InlineKeyboardButton) => `${chat} ${id} ${text}`;
