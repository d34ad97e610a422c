import type { Screen, Step, Turn, TurnView } from "../conversation/mod.ts";
import type { Clock } from "../clock.ts";
import { type Journal, type OpenPrompt, PRIORITY } from "../journal/mod.ts";
import { button, keyboard } from "./buttons.ts";
import { message } from "./compose.ts";
import { bold, concat, expandable, type FormattedText, italic, lines } from "./formatted.ts";
import type { Outbox, Preview } from "./outbox.ts";

/** An answer that is there sooner needs no status message. */
const SHOW_AFTER_MS = 1_000;
/** Telegram shows "typing" for 5 s. */
const TYPING_EVERY_MS = 4_500;
const STEPS_SHOWN = 8;
const DRAFT_SHOWN = 1_500;
const MARKS: Record<Step["state"], string> = { running: "▸", done: "✓", failed: "✗", denied: "⊘" };

/** What is shown of one running turn. */
interface Shown {
  readonly turn: Turn;
  view: TurnView;
  messageId: number | null;
  /** The text of the last call, to skip edits that change nothing. */
  text: string;
  lastCall: number;
  over: boolean;
  cancelShow: () => void;
  cancelTyping: () => void;
}

/** The one silent status message of each running turn, and "typing" beside it. */
export class StatusScreen implements Screen {
  readonly #shown = new Map<string, Shown>();

  constructor(
    readonly outbox: Outbox,
    readonly journal: Journal,
    readonly clock: Clock,
  ) {}

  /** The running turn of that id; a button of an old message finds none. */
  turn(id: string): Turn | undefined {
    return this.#shown.get(id)?.turn;
  }

  show(turn: Turn, view: TurnView): void {
    const shown = this.#shown.get(turn.id) ?? this.#begin(turn, view);
    shown.view = view;
    if (shown.messageId !== null || this.clock.now() - turn.startedAt >= SHOW_AFTER_MS) {
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

  promptClosed(prompt: OpenPrompt, words: string): void {
    const { chat, id, summary } = prompt;
    const text = concat(`${summary}: `, bold(words));
    this.outbox.offer(chat, {
      key: `prompt:${id}`,
      priority: PRIORITY.edit,
      notBefore: 0,
      keep: true,
      call: () => {
        // Its message may have been confirmed only after the answer was given elsewhere.
        const messageId = prompt.messageId ?? this.journal.prompts.get(id)?.messageId ?? null;
        return messageId === null ? null : edit(chat, messageId, text);
      },
    });
  }

  /** Removes what a program that died left on display. */
  clearLeftovers(): void {
    for (const { chat, messageId } of this.journal.statusMessages.all()) {
      this.#remove(chat, messageId);
    }
    for (const prompt of this.journal.prompts.open()) {
      this.journal.prompts.close(prompt.id, "expired");
      this.promptClosed(prompt, "expired with a restart");
    }
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
      text: "",
      lastCall: 0,
      over: false,
      cancelShow: () => {},
      cancelTyping: () => {},
    };
    shown.cancelShow = this.clock.after(SHOW_AFTER_MS, () => this.#tick(shown));
    this.#type(shown);
    this.#shown.set(turn.id, shown);
    return shown;
  }

  /** Keeps the elapsed time moving, more slowly as the turn grows old. */
  #tick(shown: Shown): void {
    if (shown.over) return;
    this.#offer(shown);
    const age = this.clock.now() - shown.turn.startedAt;
    shown.cancelShow = this.clock.after(Math.max(5_000, age / 10), () => this.#tick(shown));
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
    this.outbox.offer(shown.turn.place.chat, {
      key: `status:${shown.turn.id}`,
      priority: PRIORITY.edit,
      notBefore: shown.lastCall + this.#interval(shown),
      keep: false,
      call: () => this.#request(shown),
      done: (messageId) => this.#displayed(shown, messageId),
    });
  }

  /** Edits come at most so often: a group's limit is 20 a minute, and old turns change slowly. */
  #interval({ turn }: Shown): number {
    const age = this.clock.now() - turn.startedAt;
    const base = turn.place.chat < 0 ? 5_000 : 1_500;
    return age < 60_000 ? base : age < 300_000 ? base * 2 : base * 6;
  }

  #request(shown: Shown): { method: string; payload: Record<string, unknown> } | null {
    if (shown.over) return null;
    const text = statusText(shown.turn, shown.view, this.clock.now());
    if (text.text === shown.text) return null;
    shown.text = text.text;
    shown.lastCall = this.clock.now();
    const { place, replyTo, id } = shown.turn;
    const stop = keyboard([button("⏹ Stop", { do: "stop", turn: id })]);
    return shown.messageId === null
      ? { method: "sendMessage", payload: message(text, { place, replyTo, silent: true }, stop) }
      : edit(place.chat, shown.messageId, text, stop);
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
    if (messageId === null) return;
    if (view.steps.length === 0) return this.#remove(chat, messageId);
    const text = foldedText(turn, view, this.clock.now());
    this.outbox.offer(chat, {
      key: `status:${turn.id}`,
      priority: PRIORITY.edit,
      notBefore: 0,
      keep: true,
      call: () => edit(chat, messageId, text),
      done: () => this.journal.statusMessages.remove(chat, messageId),
    });
  }

  #remove(chat: number, messageId: number): void {
    this.outbox.offer(chat, {
      key: `remove:${messageId}`,
      priority: PRIORITY.remove,
      notBefore: 0,
      keep: true,
      call: () => ({ method: "deleteMessage", payload: { chat_id: chat, message_id: messageId } }),
      done: () => this.journal.statusMessages.remove(chat, messageId),
    });
  }
}

function edit(chat: number, messageId: number, text: FormattedText, extra: object = {}) {
  const { reply_parameters: _, disable_notification: __, ...payload } = message(
    text,
    { place: { chat }, replyTo: null },
    extra,
  ) as Record<string, unknown>;
  return { method: "editMessageText", payload: { ...payload, message_id: messageId } };
}

/** The preview that changes a message for good, its buttons gone. */
export function edited(chat: number, messageId: number, text: FormattedText): Preview {
  return {
    key: `message:${messageId}`,
    priority: PRIORITY.edit,
    notBefore: 0,
    keep: true,
    call: () => edit(chat, messageId, text),
  };
}

/** The running turn at a glance: who, how long, the last steps, the provisional text. */
export function statusText(turn: Turn, view: TurnView, now: number): FormattedText {
  const hidden = view.steps.length - STEPS_SHOWN;
  const text = (view.messages.at(-1) ?? "") + (view.draft === "" ? "" : `\n\n${view.draft}`);
  const shown = view.draft === "" && view.messages.length === 0
    ? ""
    : tail(text.trim(), DRAFT_SHOWN);
  const phase = view.phase === "waiting"
    ? "starting"
    : view.phase === "asking"
    ? "waiting for you"
    : "working";
  return lines(
    concat(bold(turn.session), ` · ${phase} · ${duration(now - turn.startedAt)}`),
    ...(hidden > 0 ? [italic(`… ${hidden} earlier steps`)] : []),
    ...view.steps.slice(-STEPS_SHOWN).map(stepLine),
    ...(view.notice === "" ? [] : [italic(view.notice)]),
    ...(shown === "" ? [] : ["", shown]),
  );
}

function foldedText(turn: Turn, view: TurnView, now: number): FormattedText {
  const count = view.steps.length === 1 ? "1 step" : `${view.steps.length} steps`;
  const list = tail(view.steps.map(stepLine).join("\n"), 3_500);
  return lines(
    concat(bold(turn.session), ` · ${count} · ${duration(now - turn.startedAt)}`),
    expandable({ text: list, entities: [] }),
  );
}

const stepLine = ({ summary, state }: Step) => `${MARKS[state]} ${summary}`;

/** The end of a text, from the start of a line where that is near. */
function tail(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(-limit).replace(/^[\udc00-\udfff]/, "");
  const line = cut.indexOf("\n");
  return `…${line >= 0 && line < 200 ? cut.slice(line) : cut}`;
}

/** 45 s, 3 min 12 s, 1 h 05 min. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
