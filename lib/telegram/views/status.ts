import type { Presenter, Turn, TurnView } from "../../conversation/mod.ts";
import type { Clock } from "../../clock.ts";
import { type Journal, type OpenRequest, placeKey } from "../../journal/mod.ts";
import { message } from "../outbox/compose.ts";
import { DRAFT_RENEWED_MS, LiveMessage } from "../outbox/live_message.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { showClosed } from "./requests/closed.ts";
import { foldedText, statusText } from "./status_text.ts";
import { typing } from "../outbox/typing.ts";
import { CANCELLED, stopButtons } from "./waiting.ts";

/** An answer that is there sooner needs no status message. */
const SHOW_AFTER_MS = 1_000;
const DRAFT_INTERVAL_MS = 1_000;

/** The status message of one running turn. */
interface Shown {
  readonly turn: Turn;
  view: TurnView;
  /** Null where it is shown by "typing" alone. */
  readonly live: LiveMessage | null;
  /** The id of its draft; null where it never had one. */
  readonly draft: number | null;
  endTyping: () => void;
  cancelTick: () => void;
  /** Persona and model, when they are news in this place; null until the first display decides. */
  header: string | null;
  persona: string;
}

/** The setting `telegram.stream`: an edited message, Telegram's own draft, or "typing" alone. */
export type Stream = "edit" | "draft" | "off";

export interface StatusOptions {
  readonly stream: Stream;
  /** The persona of a session, for the status message's head. */
  readonly personaOf: (session: string) => Promise<string>;
}

/** The one silent status message of each running turn, and "typing" beside it. */
export class StatusPresenter implements Presenter {
  readonly #shown = new Map<string, Shown>();
  /** The heads last said in each place: session, persona and model. */
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
    this.#offer(shown);
  }

  /** The steps remain, folded; without steps the message goes. */
  ended({ id }: Turn, view: TurnView): void {
    const shown = this.#shown.get(id);
    if (shown === undefined) return;
    this.#shown.delete(id);
    this.#stop(shown);
    const { turn, live } = shown;
    if (view.steps.length === 0) return live?.end(null);
    const text = foldedText(turn, view, this.clock.steady());
    live?.end(text, () => {
      if (!live.isDraft) return null;
      // A draft leaves nothing behind: its steps follow the answer, in silence.
      const payload = message(text, { place: turn.place, replyTo: null, silent: true });
      return { method: "sendMessage", payload };
    });
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
      const left = new LiveMessage(this.outbox, { place: { chat }, messageId });
      left.end(cancelled ? CANCELLED : null);
    }
    const { requests } = this.journal;
    for (const { id } of requests.open()) requests.close(id, "expired", "expired with a restart");
    for (const open of requests.unfolded()) this.requestClosed(open, open.closedWords!);
  }

  /** Stops the timers; what is on display stays until the next start. */
  close(): void {
    for (const shown of this.#shown.values()) this.#stop(shown);
    this.#shown.clear();
  }

  #stop({ cancelTick, endTyping }: Shown): void {
    cancelTick();
    endTyping();
  }

  #begin(turn: Turn, view: TurnView): Shown {
    const { id, session, place, replyTo, startedAt } = turn;
    const { stream } = this.options;
    // Drafts are for private chats only.
    const draft = stream === "draft" && place.chat > 0 ? ++this.#drafts : null;
    const from = startedAt + SHOW_AFTER_MS;
    const shown: Shown = {
      turn,
      view,
      live: stream === "off" ? null : new LiveMessage(this.outbox, { place, replyTo, from, draft }),
      draft,
      endTyping: () => {},
      cancelTick: this.clock.after(SHOW_AFTER_MS, () => this.#tick(shown)),
      header: null,
      persona: "",
    };
    const asks = () => shown.view.phase === "asking";
    shown.endTyping = typing(this.outbox, place, `typing:${id}`, asks);
    // It is there long before the first display; without it the head is shorter.
    this.options.personaOf(session).then((persona) => shown.persona = persona, () => {});
    this.#shown.set(id, shown);
    return shown;
  }

  /** Keeps the elapsed time moving, more slowly as the turn grows old. */
  #tick(shown: Shown): void {
    this.#offer(shown);
    const age = this.clock.steady() - shown.turn.startedAt;
    const pause = Math.max(5_000, age / 10);
    const next = shown.live?.isDraft ? Math.min(pause, DRAFT_RENEWED_MS) : pause;
    shown.cancelTick = this.clock.after(next, () => this.#tick(shown));
  }

  #offer(shown: Shown): void {
    const { turn, live } = shown;
    live?.show(() => {
      shown.header ??= this.#news(shown);
      const text = statusText(turn, shown.view, this.clock.steady(), shown.header);
      return { text, buttons: stopButtons(turn, shown.view) };
    }, live.isDraft ? DRAFT_INTERVAL_MS : this.#interval(turn));
  }

  /** Edits come at most so often: a group's limit is 20 a minute, and old turns change slowly. */
  #interval({ startedAt, place }: Turn): number {
    const age = this.clock.steady() - startedAt;
    const base = place.chat < 0 ? 5_000 : 1_500;
    return age < 60_000 ? base : age < 300_000 ? base * 2 : base * 6;
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
}
