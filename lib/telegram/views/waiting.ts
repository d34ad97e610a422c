import type { Clock } from "../../clock.ts";
import type { QueuePresenter, Turn, TurnView, Waiting } from "../../conversation/mod.ts";
import { type Job, type Journal, PRIORITY } from "../../journal/mod.ts";
import { button, keyboard } from "../buttons.ts";
import { deliveries } from "../outbox/compose.ts";
import { bold, concat, type FormattedText } from "../text/formatted.ts";
import { LiveMessage } from "../outbox/live_message.ts";
import type { Outbox } from "../outbox/outbox.ts";

import { requestButtons, requestText } from "./requests/words_beside.ts";

/** A message that goes on its way sooner needs no line. */
const SHOW_AFTER_MS = 500;

/** The last words of the line of a message that was cancelled. */
export const CANCELLED = concat("✗ ", bold("Cancelled"));

/** One small silent reply under each waiting message, with what may be done with it. */
export class WaitingPresenter implements QueuePresenter {
  /** The lines by their messages' jobs. */
  readonly #lines = new Map<number, { readonly session: string; readonly live: LiveMessage }>();

  constructor(readonly outbox: Outbox, readonly journal: Journal, readonly clock: Clock) {}

  waiting(session: string, messages: readonly Waiting[]): void {
    const waiting = new Set(messages.map(({ job }) => job.id));
    for (const [id, line] of this.#lines) {
      if (line.session === session && !waiting.has(id)) this.#take(id)!.end(null);
    }
    for (const message of messages) {
      const { job } = message;
      const line = this.#lines.get(job.id) ?? { session, live: this.#line(job) };
      this.#lines.set(job.id, line);
      line.live.show(() => ({ text: waitingText(message), buttons: waitingButtons(message) }));
    }
  }

  cancelled(job: Job): void {
    const line = this.#take(job.id) ?? this.#line(job);
    line.end(CANCELLED, () => this.#tell(job));
  }

  #line({ id, place, messageId }: Job): LiveMessage {
    const from = this.clock.steady() + SHOW_AFTER_MS;
    return new LiveMessage(this.outbox, { place, replyTo: messageId, from, keep: true, job: id });
  }

  /** The line of a message, which is its line no more: another may come while it is on its way out. */
  #take(job: number): LiveMessage | undefined {
    const line = this.#lines.get(job);
    this.#lines.delete(job);
    return line?.live;
  }

  /** There is no line to say it in, or none that is known: it is said by a message that must arrive. */
  #tell({ place, messageId: replyTo }: Job): null {
    const told = deliveries(CANCELLED, { place, replyTo, silent: true }, {
      priority: PRIORITY.edit,
    });
    this.journal.deliveries.add(told, this.clock.now()); // The queue that asks goes on.
    return null;
  }
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
