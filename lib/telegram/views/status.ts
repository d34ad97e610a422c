import type { Presenter, Turn, TurnView } from "../../conversation/mod.ts";
import type { Clock } from "../../clock.ts";
import { type Journal, type OpenRequest, placeKey, PRIORITY } from "../../journal/mod.ts";
import { message } from "../outbox/compose.ts";
import type { FormattedText } from "../text/formatted.ts";
import { keyboard } from "../buttons.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Preview } from "../outbox/previews.ts";
import { draft, edit } from "../outbox/previews.ts";
import { showClosed } from "./requests/closed.ts";
import { splitText } from "../text/split.ts";
import { foldedText, statusText } from "./status_text.ts";
import { CANCELLED, stopButtons } from "./waiting.ts";

/** An answer that is there sooner needs no status message. */
const SHOW_AFTER_MS = 1_000;
/** Telegram shows "typing" for 5 s. */
const TYPING_EVERY_MS = 4_500;
/** A draft is shown for 30 s (Bot API 10.3); it is renewed before. */
const DRAFT_RENEWED_MS = 20_000;
const DRAFT_INTERVAL_MS = 1_000;

/** What is shown of one running turn. */
interface Shown {
  readonly turn: Turn;
  view: TurnView;
  messageId: number | null;
  /** Text and buttons of the last call, to skip edits that change nothing. */
  looks: string;
  lastCall: number;
  over: boolean;
  cancelShow: () => void;
  cancelTyping: () => void;
  /** How it is shown: an edited message, Telegram's own draft, or by "typing" alone. */
  stream: Stream;
  /** The draft's id; unique among the turns of this run. */
  readonly draft: number;
  /** Persona and model, when they are news in this place; null until the first display decides. */
  header: string | null;
  persona: string;
}

/** The setting `telegram.stream`. */
export type Stream = "edit" | "draft" | "off";

export interface StatusOptions {
  readonly stream: Stream;
  /** The persona of a session, for the status message's head. */
  readonly personaOf: (session: string) => Promise<string>;
}

/** The one silent status message of each running turn, and "typing" beside it. */
export class StatusPresenter implements Presenter {
  readonly #shown = new Map<string, Shown>();
  /** What was last said of session, persona and model in each place. */
  readonly #headers = new Map<string, string>();
  /** The last draft's id. A draft outlives the program for 30 s: a new run begins elsewhere. */
  #drafts: number;

  constructor(
    readonly outbox: Outbox,
    readonly journal: Journal,
    readonly clock: Clock,
    readonly options: StatusOptions = { stream: "edit", personaOf: () => Promise.resolve("") },
  ) {
    this.#drafts = clock.now() % 1_000_000_000;
  }

  /** The running turn of that id; a button of an old message finds none. */
  turn(id: string): Turn | undefined {
    return this.#shown.get(id)?.turn;
  }

  /** The running turn whose draft this is, in its chat. */
  turnOfDraft(chat: number, draft: number): Turn | undefined {
    const found = [...this.#shown.values()].find((shown) =>
      shown.draft === draft && shown.turn.place.chat === chat
    );
    return found?.turn;
  }

  show(turn: Turn, view: TurnView): void {
    const shown = this.#shown.get(turn.id) ?? this.#begin(turn, view);
    shown.view = view;
    if (shown.messageId !== null || this.clock.steady() - turn.startedAt >= SHOW_AFTER_MS) {
      this.#offer(shown);
    }
  }

  ended(turn: Turn, view: TurnView): void {
    const shown = this.#shown.get(turn.id);
    if (shown === undefined) return;
    shown.view = view;
    shown.over = true;
    shown.cancelShow();
    shown.cancelTyping();
    this.#shown.delete(turn.id);
    this.#fold(shown);
  }

  delivered(chat: number): void {
    this.outbox.wake(chat);
  }

  requestClosed(open: OpenRequest, words: string): void {
    showClosed(this.outbox, this.journal, open, words);
  }

  /** Removes what a program that died left on display. */
  clearLeftovers(): void {
    for (const { chat, messageId, cancelled } of this.journal.statusMessages.all()) {
      if (cancelled) this.#last(chat, messageId, edit(chat, messageId, CANCELLED, keyboard()));
      else this.#remove(chat, messageId);
    }
    const { requests } = this.journal;
    for (const { id } of requests.open()) requests.close(id, "expired", "expired with a restart");
    for (const open of requests.unfolded()) this.requestClosed(open, open.closedWords!);
  }

  /** Stops the timers; what is on display stays until the next start. */
  close(): void {
    for (const shown of this.#shown.values()) {
      shown.cancelShow();
      shown.cancelTyping();
    }
    this.#shown.clear();
  }

  #begin(turn: Turn, view: TurnView): Shown {
    const shown: Shown = {
      turn,
      view,
      messageId: null,
      looks: "",
      lastCall: 0,
      over: false,
      cancelShow: () => {},
      cancelTyping: () => {},
      // Drafts are for private chats only.
      stream: this.options.stream === "draft" && turn.place.chat < 0 ? "edit" : this.options.stream,
      draft: ++this.#drafts,
      header: null,
      persona: "",
    };
    // It is there long before the first display; without it the head is shorter.
    this.options.personaOf(turn.session).then((persona) => shown.persona = persona, () => {});
    shown.cancelShow = this.clock.after(SHOW_AFTER_MS, () => this.#tick(shown));
    this.#type(shown);
    this.#shown.set(turn.id, shown);
    return shown;
  }

  /** Keeps the elapsed time moving, more slowly as the turn grows old. */
  #tick(shown: Shown): void {
    if (shown.over) return;
    this.#offer(shown);
    const age = this.clock.steady() - shown.turn.startedAt;
    const pause = Math.max(5_000, age / 10);
    const next = shown.stream === "draft" ? Math.min(pause, DRAFT_RENEWED_MS) : pause;
    shown.cancelShow = this.clock.after(next, () => this.#tick(shown));
  }

  #type(shown: Shown): void {
    const { place } = shown.turn;
    const payload = {
      chat_id: place.chat,
      ...(place.thread === undefined ? {} : { message_thread_id: place.thread }),
      action: "typing",
    };
    this.outbox.offer(place.chat, {
      key: `typing:${shown.turn.id}`,
      priority: PRIORITY.draft,
      notBefore: 0,
      keep: false,
      call: () =>
        shown.over || shown.view.phase === "asking" ? null : { method: "sendChatAction", payload },
    });
    shown.cancelTyping = this.clock.after(TYPING_EVERY_MS, () => this.#type(shown));
  }

  #offer(shown: Shown): void {
    if (shown.stream === "off") return;
    this.outbox.offer(shown.turn.place.chat, {
      key: `status:${shown.turn.id}`,
      priority: shown.stream === "draft" ? PRIORITY.draft : PRIORITY.edit,
      notBefore: shown.lastCall + this.#interval(shown),
      keep: false,
      call: () => this.#request(shown),
      done: (messageId) => this.#displayed(shown, messageId),
      doubtful: () => shown.stream = "off", // One that cannot be changed is enough; "typing" goes on.
      refused: () => this.#withoutDraft(shown),
    });
  }

  /** Edits come at most so often: a group's limit is 20 a minute, and old turns change slowly. */
  #interval({ turn, stream }: Shown): number {
    if (stream === "draft") return DRAFT_INTERVAL_MS;
    const age = this.clock.steady() - turn.startedAt;
    const base = turn.place.chat < 0 ? 5_000 : 1_500;
    return age < 60_000 ? base : age < 300_000 ? base * 2 : base * 6;
  }

  #request(shown: Shown): { method: string; payload: Record<string, unknown> } | null {
    if (shown.over) return null;
    shown.header ??= this.#news(shown);
    const now = this.clock.steady();
    const [text] = splitText(statusText(shown.turn, shown.view, now, shown.header));
    if (text === undefined) return null;
    const looks = `${text.text}\0${shown.view.waiting.last}\0${shown.view.waiting.count}`;
    const old = shown.stream === "draft" && now - shown.lastCall >= DRAFT_RENEWED_MS;
    if (looks === shown.looks && !old) return null;
    shown.looks = looks;
    shown.lastCall = now;
    const { place, replyTo } = shown.turn;
    if (shown.stream === "draft") return draft(place, shown.draft, text);
    const stop = stopButtons(shown.turn, shown.view);
    return shown.messageId === null
      ? { method: "sendMessage", payload: message(text, { place, replyTo, silent: true }, stop) }
      : edit(place.chat, shown.messageId, text, stop);
  }

  /** Session, persona and model are said once per change, not every time. */
  #news({ turn, view, persona }: Shown): string {
    const header = [persona, view.model.replace(/^claude-/, "")].filter((part) => part !== "").join(
      " · ",
    );
    const key = placeKey(turn.place);
    const whole = `${turn.session} · ${header}`;
    if (this.#headers.get(key) === whole) return "";
    this.#headers.set(key, whole);
    return header;
  }

  /** Where a draft is refused, an edited message does. */
  #withoutDraft(shown: Shown): void {
    if (shown.stream !== "draft" || shown.over) return;
    shown.stream = "edit";
    shown.looks = "";
    this.#offer(shown);
  }

  #displayed(shown: Shown, messageId: number | null): void {
    if (shown.messageId !== null || messageId === null) return;
    shown.messageId = messageId;
    this.journal.statusMessages.add(shown.turn.place.chat, messageId);
    if (shown.over) this.#fold(shown);
  }

  /** The steps remain, folded; without steps the message goes. */
  #fold(shown: Shown): void {
    const { turn, view, messageId } = shown;
    const { chat } = turn.place;
    this.outbox.retract(chat, `status:${turn.id}`);
    this.outbox.retract(chat, `typing:${turn.id}`);
    const text = foldedText(turn, view, this.clock.steady());
    if (messageId === null) {
      if (shown.stream === "draft" && view.steps.length > 0) this.#leaveSteps(turn, text);
      return;
    }
    if (view.steps.length === 0) return this.#remove(chat, messageId);
    this.outbox.offer(chat, {
      key: `status:${turn.id}`,
      priority: PRIORITY.edit,
      notBefore: 0,
      keep: true,
      call: () => edit(chat, messageId, text),
      done: () => this.journal.statusMessages.remove(chat, messageId),
    });
  }

  /** A draft leaves nothing behind: its steps follow the answer, in silence. */
  #leaveSteps({ id, place }: Turn, text: FormattedText): void {
    const payload = message(text, { place, replyTo: null, silent: true });
    this.outbox.offer(place.chat, {
      key: `steps:${id}`,
      priority: PRIORITY.edit,
      notBefore: 0,
      keep: true,
      call: () => ({ method: "sendMessage", payload }),
    });
  }

  #remove(chat: number, messageId: number): void {
    const payload = { chat_id: chat, message_id: messageId };
    this.#last(chat, messageId, { method: "deleteMessage", payload });
  }

  /** The last that becomes of a message on display. */
  #last(chat: number, messageId: number, request: ReturnType<Preview["call"]>): void {
    this.outbox.offer(chat, {
      key: `remove:${messageId}`,
      priority: PRIORITY.remove,
      notBefore: 0,
      keep: true,
      call: () => request,
      done: () => this.journal.statusMessages.remove(chat, messageId),
    });
  }
}
