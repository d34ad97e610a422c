import type { Clock } from "../../clock.ts";
import type { QueuePresenter, Turn, TurnView, Waiting } from "../../conversation/mod.ts";
import { type Job, type Journal, PRIORITY } from "../../journal/mod.ts";
import { button, keyboard } from "../buttons.ts";
import { deliveries, message } from "../outbox/compose.ts";
import { bold, concat, type FormattedText } from "../text/formatted.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { edit } from "../outbox/previews.ts";
import { requestButtons, requestText } from "./requests/words_beside.ts";

/** What goes on its way sooner needs no line. */
const SHOW_AFTER_MS = 500;

/** What becomes of the line of a message that was cancelled. */
export const CANCELLED = concat("✗ ", bold("Cancelled"));

/** The line under one waiting message. */
interface Shown {
  /** Of this line alone: another may come for the same message while this one is on its way out. */
  readonly key: string;
  readonly session: string;
  readonly job: Job;
  readonly since: number;
  messageId: number | null;
  /** It may stand, where it cannot be changed: its message's end alone is worth another one. */
  doubtful: boolean;
  text: FormattedText;
  buttons: ReturnType<typeof keyboard>;
  /** What it looked like in the last call, to skip edits that change nothing. */
  last: string;
  /** It stays with these words, or goes; undefined while the message waits. */
  end: "cancelled" | "gone" | undefined;
}

/** One small silent reply under each waiting message, with what may be done with it. */
export class WaitingPresenter implements QueuePresenter {
  readonly #shown = new Map<number, Shown>();
  #lines = 0;

  constructor(readonly outbox: Outbox, readonly journal: Journal, readonly clock: Clock) {}

  waiting(session: string, messages: readonly Waiting[]): void {
    const waiting = new Set(messages.map(({ job }) => job.id));
    for (const shown of this.#shown.values()) {
      if (shown.session === session && !waiting.has(shown.job.id)) this.#end(shown, "gone");
    }
    for (const message of messages) this.#update(message);
  }

  cancelled(job: Job): void {
    this.#end(this.#shown.get(job.id) ?? this.#line(job, 0), "cancelled");
  }

  #line(job: Job, since: number): Shown {
    return newShown(`waiting:${++this.#lines}`, job, since);
  }

  #update(waiting: Waiting): void {
    const { job } = waiting;
    const shown = this.#shown.get(job.id) ?? this.#line(job, this.clock.steady());
    this.#shown.set(job.id, shown);
    shown.text = waitingText(waiting);
    shown.buttons = waitingButtons(waiting);
    this.#offer(shown);
  }

  #end(shown: Shown, end: "cancelled" | "gone"): void {
    shown.end = end;
    if (end === "cancelled") {
      shown.text = CANCELLED;
      shown.buttons = keyboard();
    }
    this.#shown.delete(shown.job.id);
    this.#offer(shown);
  }

  /** One preview for all that becomes of a line: the newest state decides when its turn comes. */
  #offer(shown: Shown): void {
    const { key, job: { place }, last, end, since } = shown;
    this.outbox.offer(place.chat, {
      key,
      priority: PRIORITY.edit,
      notBefore: last === "" && end === undefined ? since + SHOW_AFTER_MS : 0,
      keep: true,
      call: () => this.#request(shown),
      done: (messageId) => this.#displayed(shown, messageId),
      failed: () => shown.last = "",
      doubtful: () => shown.doubtful = true,
    });
  }

  #request(shown: Shown): { method: string; payload: Record<string, unknown> } | null {
    const { job, messageId, text, buttons, end } = shown;
    const { chat } = job.place;
    if (end === "gone") {
      if (messageId === null) return null;
      return { method: "deleteMessage", payload: { chat_id: chat, message_id: messageId } };
    }
    if (end === "cancelled" && messageId === null) return this.#tell(job);
    if (shown.doubtful) return null;
    const looks = JSON.stringify([text, buttons]);
    if (looks === shown.last) return null;
    shown.last = looks;
    if (messageId !== null) return edit(chat, messageId, text, buttons);
    const target = { place: job.place, replyTo: job.messageId, silent: true };
    return { method: "sendMessage", payload: message(text, target, buttons) };
  }

  /** There is no line to say it in, or none that is known: it is said by a message that must arrive. */
  #tell({ place, messageId: replyTo }: Job): null {
    const told = deliveries(CANCELLED, { place, replyTo, silent: true }, {
      priority: PRIORITY.edit,
    });
    this.journal.deliveries.add(told, this.clock.now()); // The queue that asks goes on.
    return null;
  }

  /** What is on display is known to whoever starts after a crash, until it has its end. */
  #displayed(shown: Shown, messageId: number | null): void {
    const { chat } = shown.job.place;
    if (shown.messageId === null && messageId !== null) {
      shown.messageId = messageId;
      if (shown.end === undefined) {
        this.journal.statusMessages.add(chat, messageId, shown.job.id);
      }
    } else if (shown.end !== undefined && shown.messageId !== null) {
      this.journal.statusMessages.remove(chat, shown.messageId);
    }
  }
}

function newShown(key: string, job: Job, since: number): Shown {
  return {
    ...{ key, session: job.session, job, since, messageId: null, last: "", end: undefined },
    doubtful: false,
    text: { text: "", entities: [] },
    buttons: keyboard(),
  };
}

function waitingText({ job, before, requests }: Waiting): FormattedText {
  if (requests.length > 0) return requestText(job, requests);
  const where = job.held !== null
    ? "Held back by your stop"
    : before === 0
    ? "Waiting"
    : `Waiting (${before} before it)`;
  return concat(`⏳ ${where}`, job.changed ? " · changed" : "");
}

function waitingButtons({ job, steerable, requests }: Waiting) {
  if (requests.length > 0) return keyboard(...requestButtons(job, requests));
  const now = button("Send now", { do: "queue.now", job: job.id });
  return keyboard([
    button("Cancel", { do: "queue.cancel", job: job.id }),
    ...(steerable ? [now] : []),
  ]);
}

/** The buttons under a running turn: with messages behind it, what becomes of them is a choice. */
export function stopButtons({ id: turn }: Turn, { waiting: { count, last } }: TurnView) {
  const stop = [button("⏹ Stop", { do: "turn.stop", turn })];
  if (count === 0) return keyboard(stop);
  const drop = button(`⏹ Stop and drop ${count} waiting`, {
    do: "queue.stop",
    turn,
    last,
  });
  return keyboard(stop, [drop]);
}
