import type { InlineKeyboardButton, Message, Update } from "grammy/types";
import type { Place } from "../../lib/journal/mod.ts";
import { bareToken, type Edit, noteEdit, type Press, type Sent } from "../checker/evidence.ts";
import { PEOPLE, type Script, type Writing } from "./script.ts";
import type { SimulatedTelegram, Standing } from "./telegram.ts";

/** Taps that make a new prompt of an old one. */
const AGAIN = new Set(["Ask again", "Continue", "Run again", "Go on"]);
const TOOK = new Set(["Asking again", "Continuing", "Running again"]);
/** What lets some go ahead of others. */
const OVERTAKING =
  /^(Send now|Run it|Run them|Drop it|Drop them|alpha|beta|gamma|delta|default)$|Stop/;
/** Who took a message back knows what became of it. */
const DROPPING = /^Cancel$|[Dd]rop/;
/** What makes words the answer to a request. */
const OF_WORDS = /with these words|^Deny, with a reason$|^My own answer$/;
/** What waits for a tap, and would wait for ever. */
const URGENT =
  /^(Yes, from now on|Run it|Run them|alpha|beta|gamma|delta|default|New session: default|Try again|Start afresh)$/;
/** What ends a turn that hangs. */
const ENDING = /^(⏹ Stop|End the process)$/;
/** What follows within so many seconds may belong to it. */
const ONE_GO_S = 3;
/** Who takes an answer back to give another one knows what became of it. */
const TAKING_BACK = "‹ Back";
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
  readonly #pressed: {
    at: number;
    message: Standing;
    query: string;
    update: Update;
    again: boolean;
  }[] = [];
  readonly #written: { readonly who: number; readonly message: Message }[] = [];
  /** What brought each of `#sent`. */
  readonly #updates: Update[] = [];
  readonly #edits = new Map<string, Edit>();
  #tokens = 0;
  #queries = 0;

  constructor(
    readonly telegram: SimulatedTelegram,
    readonly now: () => number,
    readonly script: Pick<Script, "places" | "sessions">,
  ) {}

  /** Messages that have to be answered. */
  write(who: number, as?: Writing): void {
    if (as === "steer") return this.#write(who, "/steer ");
    if (as === "yes" || as === "no") return this.#write(who, "", {}, as);
    if (as === "comment and forwards") this.#write(who, "");
    if (as === undefined) return this.#write(who, "", {}, this.#bareAnswer(who));
    const origin = { type: "hidden_user", sender_user_name: "Somebody", date: 0 };
    for (let part = 0; part < 2; part++) {
      this.#write(who, "", { forward_origin: origin });
    }
  }

  /** What is written where a tap is asked for is now and then no more than a yes or a no. */
  #bareAnswer(who: number): "yes" | "no" | undefined {
    if (!this.#seen(who).some(({ button }) => button.text === "Allow once")) return undefined;
    return ([undefined, "yes", "no"] as const)[this.#tokens % 3];
  }

  #write(who: number, before: string, fields: object = {}, bare?: "yes" | "no"): void {
    const number = ++this.#tokens;
    const token = bare === undefined ? `t${number}z` : bareToken(bare, number);
    const words = bare === undefined ? `${before}${token} please` : token;
    const message = this.#message(who, words, fields);
    const session = this.script.sessions[who] ?? "default";
    const outOfOrder = before === "" ? {} : { outOfOrder: true };
    const { message_id: messageId, chat } = message;
    const author = PEOPLE[who]!;
    const more = { ...outOfOrder, ...(bare === undefined ? {} : { bare }) };
    const at = this.telegram.timeline.now;
    this.#sent.push({ token, chat: chat.id, messageId, session, author, at, ...more });
    this.#written.push({ who, message });
    this.#updates.push(this.telegram.post({ message }));
  }

  /** Changes the words of a message of the person. */
  edit(who: number, back: number): void {
    const mine = this.#written.filter((each) => each.who === who);
    const edited = mine[mine.length - 1 - back];
    if (edited === undefined) return;
    const { message } = edited;
    const token = `e${++this.#tokens}z`;
    const { message_id: messageId, chat: { id: chat } } = message;
    const after = this.telegram.nextMessageId();
    noteEdit(this.#edits, { chat, messageId, token, after });
    this.telegram.post({
      edited_message: { ...message, text: `${message.text}, ${token}` } as Message & {
        edit_date: number;
      },
    });
  }

  /** The last words of each message that was edited. */
  get edits(): Edit[] {
    return [...this.#edits.values()];
  }

  get sent(): Sent[] {
    const bursts = this.#bursts();
    const all = this.#sent.map((sent, index) => {
      const burst = bursts.get(`${sent.chat} ${sent.messageId}`);
      const disordered = this.#disordered.has(sent.chat) ? { outOfOrder: true } : {};
      const place = { place: this.#updates[index]!.update_id };
      return { ...sent, ...place, ...disordered, ...(burst === undefined ? {} : { burst }) };
    });
    return all.sort((a, b) => a.place - b.place);
  }

  /** What a person sent in one go, where forwards are among it: it may become one prompt. */
  #bursts(): Map<string, number> {
    const groups: Message[][] = [];
    for (const who of PEOPLE.keys()) {
      let last: Message | undefined;
      for (const { message } of this.#written.filter((each) => each.who === who)) {
        if (last !== undefined && message.date - last.date <= ONE_GO_S) {
          groups.at(-1)!.push(message);
        } else groups.push([message]);
        last = message;
      }
    }
    const bursts = groups.filter((group) => group.some((each) => "forward_origin" in each));
    return new Map(
      bursts.flatMap((group, burst) =>
        group.map((each) => [`${each.chat.id} ${each.message_id}`, burst] as const)
      ),
    );
  }

  command(who: number, text: string): void {
    if (text === "/stop") this.#disordered.add(this.#placeOf(who).chat);
    this.telegram.post({ message: this.#message(who, text) });
  }

  /** Taps a button that the person sees, of `words` if there are. @returns false when there is none. */
  press(who: number, back: number, words = false): boolean {
    const all = this.#seen(who);
    const ofWords = all.filter(({ button }) => words && OF_WORDS.test(button.text));
    const seen = ofWords.length > 0 ? ofWords : all;
    if (seen.length === 0) return false;
    this.#tap(who, seen[seen.length - 1 - back % seen.length]!);
    return true;
  }

  /** Taps what waits for a tap, or `ends` a turn that does not end. @returns false for nothing. */
  pressUrgent(ends: boolean): boolean {
    for (const who of PEOPLE.keys()) {
      const urgent = this.#seen(who).find(({ standing, button }) =>
        (URGENT.test(button.text) || (ends && ENDING.test(button.text))) &&
        (this.#taps.get(keyOf(who, standing, button)) ?? 0) < PATIENCE
      );
      if (urgent === undefined) continue;
      this.#tap(who, urgent);
      return true;
    }
    return false;
  }

  /** All messages with a button that was tapped. */
  get tapped(): { chat: number; messageId: number }[] {
    return this.#pressed.map(({ message: { chat, id } }) => ({ chat, messageId: id }));
  }

  /** The taps that may have made new prompts. */
  get presses(): Press[] {
    return this.#pressed.filter(({ again }) => again).map(({ at, message, query, update }) => {
      const toast = this.telegram.toasts.get(query);
      const once = this.telegram.livesOf(update) <= 1;
      const took = toast !== undefined && TOOK.has(toast) ? "yes" : once ? "no" : "maybe";
      return { at, chat: message.chat, messageId: message.id, took };
    });
  }

  #seen(who: number): Seen[] {
    const alone = PEOPLE[who];
    const { chat } = this.#placeOf(who);
    return [...this.telegram.standing.values()]
      .filter((each) => each.chat === chat || each.chat === alone)
      .flatMap((standing) => standing.buttons.map((button) => ({ standing, button })))
      .filter(({ button }) => button.text !== TAKING_BACK);
  }

  #tap(who: number, { standing, button }: Seen): void {
    const query = `q${++this.#queries}`;
    const data = "callback_data" in button ? button.callback_data : "";
    const markup = { reply_markup: { inline_keyboard: [[...standing.buttons]] } };
    const message = {
      ...this.#message(who, standing.text, markup, standing),
      message_id: standing.id,
    };
    const update = this.telegram.post({
      callback_query: { id: query, from: message.from!, message, chat_instance: "", data },
    });
    const again = AGAIN.has(button.text);
    const at = this.telegram.timeline.now;
    this.#pressed.push({ at, message: standing, query, update, again });
    const key = keyOf(who, standing, button);
    this.#taps.set(key, (this.#taps.get(key) ?? 0) + 1);
    if (DROPPING.test(button.text)) this.droppers.add(standing.chat);
    if (OVERTAKING.test(button.text)) this.#disordered.add(standing.chat);
  }

  #placeOf(who: number): Place {
    return this.script.places[who]!;
  }

  #message(
    who: number,
    text: string,
    more: object = {},
    { chat, thread }: Place = this.#placeOf(who),
  ): Message {
    const id = PEOPLE[who]!;
    const topic = thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true };
    const kind = chat > 0
      ? { type: "private", first_name: `P${id}` }
      : { type: "supergroup", title: "Group" };
    return {
      message_id: this.telegram.written({ chat, ...(thread === undefined ? {} : { thread }) }),
      date: Math.floor(this.now() / 1000),
      from: { id, is_bot: false, first_name: `P${id}` },
      chat: { id: chat, ...kind },
      text,
      ...topic,
      ...more,
    } as Message;
  }
}

const keyOf = (who: number, { chat, id }: Standing, { text }: InlineKeyboardButton) =>
  `${who} ${chat} ${id} ${text}`;
