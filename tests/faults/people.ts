import { caseOf } from "../checker/accounts.ts";
import { endsOf } from "../checker/checker.ts";
import { bareToken, type Edit, noteEdit, type Press, type Sent } from "../checker/evidence.ts";
import { ADA, type Bench, buttons } from "../e2e/harness.ts";
import type { ChatMessage } from "../sim/bot_api/mod.ts";
import type { Dice } from "./dice.ts";
import { attemptsOf, type GivenRecord } from "./records.ts";
import { type Saying, words } from "./sayings.ts";

/** A second place of its own session. */
export const GROUP = -5;
export const PLACES = [{ chat: ADA, session: "work" }, { chat: GROUP, session: "lab" }] as const;

/** A hung turn is stopped again after this time: a stop goes down with the program. */
const PATIENCE_MS = 9_000;
const AGAIN = /^(Ask again|Continue|Run again|Start afresh)$/;
const TOOK = /^(Asking again|Continuing|Running again)$/;
/** A press on what a stop held back is repeated so often: it may have been lost. */
const TRIES = 6;
/** What was answered in words is answered by a tap, too, if it is there still after this time. */
const WORDS_MS = 2_000;

/** In one round so much is asked again: what hangs hangs again, for 18 s each time. */
const MOST_AGAIN = 2;

interface Hung {
  readonly sent: Sent;
  stoppedAt: number;
}

/** The people of a home: what they write, and what they press when they are asked. */
export class People {
  readonly sent: Sent[] = [];
  readonly presses: (Omit<Press, "took"> & { took: Press["took"] })[] = [];
  /** The messages that a button was pressed of. */
  readonly tapped: { readonly chat: number; readonly messageId: number }[] = [];
  readonly #edits = new Map<string, Edit>();
  readonly #answered = new Map<string, number>();
  readonly #hung: Hung[] = [];
  /** When requests were answered in words; 0 for those that are answered by a tap. */
  readonly #worded = new Map<string, number>();
  #told: Pick<GivenRecord, "given" | "prompts"> = { given: [], prompts: [] };
  #again = 0;
  /** What was written last, and how it reads. */
  #newest: { readonly chat: number; readonly messageId: number; text: string } | null = null;
  #edited = 0;
  /** Where the round began. */
  #call = 0;
  #message = 0;
  #press = 0;

  constructor(readonly bench: Bench, readonly dice: Dice, readonly deaths: readonly number[]) {}

  beginRound(): void {
    this.#call = this.bench.api.calls.length;
    this.#message = this.sent.length;
    this.#press = this.presses.length;
    this.#hung.length = 0;
    this.#again = 0;
  }

  /** One message, in a place that chance picks if none is named. */
  write(
    saying: (token: string, dice: Dice) => Saying,
    { chat, session } = PLACES[this.dice.below(PLACES.length)]!,
    bare?: "yes" | "no",
  ): void {
    const number = this.sent.length;
    const token = bare === undefined
      ? `T${String(number).padStart(5, "0")}`
      : bareToken(bare, number);
    const { text, stuck } = saying(token, this.dice);
    const at = Date.now();
    const { message_id: messageId } = this.bench.say(text, chat);
    const sent = { token, chat, messageId, session, at, ...(bare === undefined ? {} : { bare }) };
    this.#newest = { chat, messageId, text };
    this.sent.push(sent);
    if (stuck) this.#hung.push({ sent, stoppedAt: Date.now() - PATIENCE_MS + 1_000 });
  }

  /** Adds a word to what was written last, wherever that has got to. */
  edit(): void {
    const newest = this.#newest;
    if (newest === null) return;
    const { chat, messageId } = newest;
    const token = `E${String(++this.#edited).padStart(5, "0")}`;
    const after = this.bench.api.messages(chat).at(-1)!.message_id;
    newest.text += ` ${token}`;
    noteEdit(this.#edits, { chat, messageId, token, after });
    this.bench.api.edit({ chat, messageId, text: newest.text });
  }

  /** The last words of each message that was edited. */
  get edits(): Edit[] {
    return [...this.#edits.values()];
  }

  /** Presses the newest Stop that is on display anywhere, or writes `/stop`. */
  stop(): void {
    const { chat } = PLACES[this.dice.below(PLACES.length)]!;
    const shown = this.#recent(chat).findLast((each) => buttons(each).includes("⏹ Stop"));
    if (shown === undefined) this.#writeStop(chat);
    else this.#tap(shown, "⏹ Stop");
  }

  /** What waits is held back by it until the person says more; what comes behind it may go first. */
  #writeStop(chat: number): void {
    for (const { messageId } of this.#unended().filter((each) => each.chat === chat)) {
      this.#outOfOrder(chat, messageId);
    }
    this.bench.say("/stop", chat);
  }

  #outOfOrder(chat: number, messageId: number | null): void {
    const at = this.sent.findLastIndex((each) =>
      each.chat === chat && each.messageId === messageId
    );
    if (at >= 0) this.sent[at] = { ...this.sent[at]!, outOfOrder: true };
  }

  /** Presses a button of a line under a waiting message, if there is one. */
  hurry(label: "Send now" | "Cancel"): void {
    for (const { chat } of PLACES) {
      const line = this.#recent(chat).findLast((each) => buttons(each).includes(label));
      if (line === undefined) continue;
      this.#outOfOrder(chat, line.reply_to ?? null);
      this.#tap(line, label);
    }
  }

  /**
   * Answers what is asked; says whether every message of the round has its end.
   * @param told what the CLI was told so far: prompts, and answers to its requests.
   */
  look(told: Pick<GivenRecord, "given" | "prompts">): boolean {
    this.#told = told;
    for (const { chat } of PLACES) {
      const before = this.sent.slice(0, this.#message).findLast((each) => each.chat === chat);
      // A task in the background may ask behind the end of the round that began it.
      for (const message of this.#behind(chat, before?.messageId ?? 0)) this.#react(message);
    }
    const unended = this.#unended();
    for (const hung of this.#hung) {
      const waits = unended.some(({ chat }) => chat === hung.sent.chat); // It may be asked again.
      if (!waits || Date.now() - hung.stoppedAt < PATIENCE_MS) continue;
      hung.stoppedAt = Date.now();
      this.#writeStop(hung.sent.chat);
    }
    return unended.length === 0;
  }

  /** What is missing, for whoever waits in vain. */
  missing(): string {
    return this.#unended().map(({ token }) => token).join(", ") || "nothing";
  }

  #unended(): Sent[] {
    const { bench, deaths } = this;
    const round = caseOf({
      sent: this.sent.slice(this.#message),
      attempts: attemptsOf(bench.api.calls.slice(this.#call), deaths),
      presses: this.presses.slice(this.#press),
      given: this.#told.given,
      tapped: this.tapped,
      prompts: this.#told.prompts,
      ...{ edits: [], turns: [], kills: 0, broken: [], left: null },
    });
    return endsOf(round).filter(({ ends, given, least }) => ends.length + given < least)
      .map(({ sent }) => sent);
  }

  #react(message: ChatMessage): void {
    const labels = buttons(message);
    const has = (label: string) => labels.includes(label);
    if (has("Deny with these words")) {
      const kept = this.dice.chance(0.3) ? "Keep for after this turn" : "Deny with these words";
      return this.#answer(message, TRIES, kept);
    }
    if ((has("Allow once") || has("First")) && this.#answersInWords(message)) return;
    if (has("Allow once")) {
      const lasting = has("Allow from now on…") && this.dice.chance(0.2);
      const yes = lasting ? "Allow from now on…" : "Allow once";
      return this.#answer(message, 1, this.dice.chance(0.7) ? yes : "Deny");
    }
    if (has("Yes, from now on")) return this.#answer(message, TRIES, "Yes, from now on");
    for (const label of ["First", "Try again", "End the process"]) {
      if (has(label)) return this.#answer(message, TRIES, label);
    }
    const run = labels.find((label) => /^Run (it|them)$/.test(label));
    if (run !== undefined) {
      const drop = run.replace("Run", "Drop");
      return this.#answer(message, TRIES, this.dice.chance(0.5) ? run : drop);
    }
    const again = labels.filter((label) => AGAIN.test(label));
    if (again.length === 0 || this.#answered.has(keyOf(message))) return;
    this.#answered.set(keyOf(message), 1);
    if (this.#again < MOST_AGAIN && this.dice.chance(0.3)) {
      this.#again++;
      this.#tap(message, again[this.dice.below(again.length)]!);
    }
  }

  /** Whether a request is answered in words, and these may still be on their way. */
  #answersInWords(message: ChatMessage): boolean {
    const written = this.#worded.get(keyOf(message)) ?? (this.dice.chance(0.2) ? Date.now() : 0);
    if (!this.#worded.has(keyOf(message))) {
      const place = PLACES.find(({ chat }) => chat === message.chat_id);
      if (written > 0 && has(message, "Allow once") && this.dice.chance(0.4)) {
        this.write((token) => ({ text: token }), place, this.dice.chance(0.6) ? "yes" : "no");
      } else if (written > 0) this.write(words, place);
      this.#worded.set(keyOf(message), written);
    }
    return Date.now() - written < WORDS_MS;
  }

  #answer(message: ChatMessage, tries: number, label: string): void {
    const tried = this.#answered.get(keyOf(message)) ?? 0;
    if (tried >= tries) return;
    this.#answered.set(keyOf(message), tries); // One at a time.
    this.#tap(message, label).finally(() => this.#answered.set(keyOf(message), tried + 1));
  }

  /** Resolves when the press was answered, or was given up. */
  async #tap(message: ChatMessage, label: string): Promise<void> {
    const { chat_id: chat, message_id: messageId } = message;
    const pressed = Date.now();
    const press = { at: pressed, chat, messageId, took: "maybe" as Press["took"] };
    this.tapped.push({ chat, messageId });
    if (AGAIN.test(label)) this.presses.push(press);
    const { answer } = this.bench.api.press({ from: ADA, chat, messageId, button: label });
    const late = new Promise<null>((resolve) => {
      const timer = setTimeout(() => resolve(null), 2_000);
      void answer.finally(() => clearTimeout(timer)).catch(() => {});
    });
    const text = (await Promise.race([answer.catch(() => null), late]))?.text;
    if (TOOK.test(text ?? "")) press.took = "yes";
    else if (text !== undefined && !this.deaths.some((death) => death >= pressed)) {
      press.took = "no";
    }
  }

  #recent(chat: number): ChatMessage[] {
    return this.#behind(chat, this.#first(chat));
  }

  #behind(chat: number, messageId: number): ChatMessage[] {
    const messages = this.bench.api.messages(chat);
    return messages.filter((each) => each.by_bot && each.message_id > messageId);
  }

  #first(chat: number): number {
    const inChat = this.sent.slice(this.#message).find((each) => each.chat === chat);
    return inChat?.messageId ?? Infinity;
  }
}

const has = (message: ChatMessage, label: string) => buttons(message).includes(label);
const keyOf = ({ chat_id, message_id }: ChatMessage) => `${chat_id} ${message_id}`;
