import type { Clock } from "../../clock.ts";
import {
  belongingOf,
  type Delivery,
  type Journal,
  type NewDelivery,
  type Place,
  PRIORITY,
} from "../../journal/mod.ts";
import { deliveries } from "./compose.ts";
import { bold, concat, type FormattedText, italic } from "../text/formatted.ts";
import { placeIn, SUBJECT, type Verdict } from "./refusals.ts";

const MINUTE = 60_000;
/** Pauses before the first, second, … further try; the last one repeats. */
const PAUSES = [3_000, 15_000, MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE];
/** What could not be sent for so long is given up, with a line to whom it was for. */
const KEPT_MS = 7 * 24 * 60 * MINUTE;

/** Where nothing may be sent for now. */
interface Shut {
  /** By the clock's steady time. */
  due: number;
  tries: number;
}

/**
 * What may not be sent for now: the right to write was taken from the bot, or a topic is closed. It
 * waits, and all else that goes to the same place with it, in its order; other places do not. What
 * Telegram refuses for reasons that we do not know waits alone.
 */
export class Postponed {
  /** By place, or by what a delivery belongs to. */
  readonly #shut = new Map<string, Shut>();
  /** What was found to go there, with when it may be tried. */
  readonly #waits = new Map<string, number>();

  constructor(readonly chat: number, readonly journal: Journal, readonly clock: Clock) {}

  /** The next delivery of the chat that may be sent now, but for what belongs to one of `held`. */
  next(held: readonly string[]): Delivery | undefined {
    const now = this.clock.steady();
    for (const [belonging, due] of this.#waits) if (due <= now) this.#waits.delete(belonging);
    for (;;) {
      const delivery = this.journal.deliveries.next(this.chat, [...held, ...this.#waits.keys()]);
      if (delivery === undefined) return undefined;
      const dues = keysOf(delivery).map((key) => this.#shut.get(key)?.due ?? 0);
      const due = Math.max(...dues);
      if (due <= now) return delivery;
      this.#waits.set(belongingOf(delivery), due);
    }
  }

  /** When what waits may be tried, by the clock's steady time. */
  get dues(): Iterable<number> {
    return this.#waits.values();
  }

  /**
   * Telegram refused a delivery for now, or it has been refused for too long.
   * @returns what was added to the outbox to say so: the first time, and the last.
   */
  refused(delivery: Delivery, found: Extract<Verdict, { then: "later" }>): NewDelivery[] {
    const { deliveries: queue } = this.journal;
    const { clock } = this;
    return this.journal.transaction(() => {
      const isOver = clock.now() - delivery.createdAt >= KEPT_MS;
      const said = isOver
        ? this.#elsewhere(delivery, givenUp(found.why))
        : this.#postpone(delivery, found);
      if (isOver) queue.failed(delivery.id, `refused for a week: ${found.why}`, clock.now());
      else queue.waiting(delivery.id);
      queue.add(said, clock.now());
      return said;
    });
  }

  #postpone(delivery: Delivery, found: Extract<Verdict, { then: "later" }>) {
    const { seconds, why, lacksRight } = found;
    const [place, belonging] = keysOf(delivery);
    const key = lacksRight ? place : belonging;
    const { tries } = this.#shut.get(key) ?? { tries: 0 };
    const pause = seconds === null ? PAUSES[Math.min(tries, PAUSES.length - 1)]! : seconds * 1000;
    this.#shut.set(key, { due: this.clock.steady() + pause, tries: tries + 1 });
    if (tries > 0) return [];
    return lacksRight ? this.#elsewhere(delivery, waits(why)) : here(delivery, why);
  }

  /** A delivery was taken: its place is open. */
  sent(delivery: Delivery): void {
    for (const key of keysOf(delivery)) this.#shut.delete(key);
  }

  /** Something changed in the chat: what waits may be sent now. */
  opened(): void {
    for (const shut of this.#shut.values()) shut.due = 0;
    this.#waits.clear();
  }

  /** In the private chat of whom it was for; nothing where that is not known, or the same chat. */
  #elsewhere(delivery: Delivery, words: readonly [string, string]): NewDelivery[] {
    const owner = ownerOf(this.journal, delivery);
    if (owner === undefined || owner.user === this.chat) return [];
    const [before, behind] = words;
    const text = concat(
      before,
      nameOf(this.journal, placeOf(delivery)),
      behind,
      sessionWords(owner),
    );
    const target = { place: { chat: owner.user }, replyTo: null };
    return deliveries(text, target, { subject: SUBJECT, priority: PRIORITY.answer });
  }
}

const waits = (why: string) =>
  [
    "I may not write in ",
    ` for now (${why}). What I have to say there waits, and comes as soon as I may.`,
  ] as const;

const givenUp = (why: string) =>
  [
    "For a week I was not allowed to write in ",
    ` (${why}). I gave up what I had to say there.`,
  ] as const;

function here(delivery: Delivery, why: string): NewDelivery[] {
  const text = italic(
    `⚠️ Telegram refuses a message of mine here (${why}). I keep it, and try again each hour.`,
  );
  const place = placeOf(delivery);
  return deliveries(text, { place, replyTo: null }, {
    subject: SUBJECT,
    priority: delivery.priority,
  });
}

/** What goes before a delivery whose topic is gone: where it is from. */
export function fromTopic(journal: Journal, delivery: Delivery): NewDelivery[] {
  if (delivery.subject === SUBJECT) return [];
  const owner = ownerOf(journal, delivery);
  const session = owner === undefined || owner.session === null
    ? ""
    : concat(", from session ", bold(owner.session));
  const place = placeOf(delivery);
  const text = concat("↳ For ", nameOf(journal, place), ", which is gone", session, ":");
  const target = { place: { chat: place.chat }, replyTo: null, silent: true };
  return deliveries(text, target, { subject: SUBJECT, priority: PRIORITY.ahead });
}

const placeOf = ({ chat, payload }: Delivery): Place => placeIn(chat, payload);

/** The place of a delivery, and what it belongs to. */
const keysOf = (delivery: Delivery) =>
  [`place ${placeOf(delivery).thread ?? ""}`, belongingOf(delivery)] as const;

const sessionWords = ({ session }: Owner): FormattedText =>
  session === null ? concat() : concat(" It is from session ", bold(session), ".");

interface Owner {
  readonly user: number;
  readonly session: string | null;
}

/** For whom a delivery is: who wrote the prompt or the command that it belongs to. */
function ownerOf({ jobs, updates }: Journal, { subject }: Delivery): Owner | undefined {
  if (subject === null) return undefined;
  const [job] = jobs.ofPrompt(subject);
  if (job !== undefined) return { user: job.user, session: job.session };
  const update = /^update:(-?\d+)$/.exec(subject)?.[1];
  const user = update === undefined ? null : updates.get(Number(update))?.user ?? null;
  return user === null ? undefined : { user, session: null };
}

/** A group's title and its topic's name, as the last message from there had them. */
function nameOf({ updates }: Journal, place: Place): FormattedText {
  const { message } = (updates.latestIn(place)?.payload ?? {}) as {
    message?: {
      chat?: { title?: string };
      reply_to_message?: { forum_topic_created?: { name?: string } };
    };
  };
  const title = message?.chat?.title;
  const topic = message?.reply_to_message?.forum_topic_created?.name;
  if (place.thread === undefined) return title === undefined ? concat("this chat") : bold(title);
  const group = title === undefined ? concat() : concat(" of ", bold(title));
  return topic === undefined ? concat("a topic", group) : concat("the topic ", bold(topic), group);
}
