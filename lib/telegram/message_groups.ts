import type { Message } from "grammy/types";
import type { Clock } from "../clock.ts";
import { type JournalUpdate, placeKey } from "../journal/mod.ts";
import { follows, isRest, mayGoOn, REST_MS } from "./cuts.ts";
import { messageOf } from "./jobs.ts";

/** Forwards come in one burst: it is over after a pause, and is not waited for any longer than that. */
const PAUSE_MS = 300;
const BURST_MS = 1_000;

/** So far apart, in Telegram's whole seconds, they were sent for themselves, and only arrive together. */
const APART_S = 3;

/** What was made of a text whose rest may still come. */
export interface Begun {
  readonly messages: readonly Message[];
  /** The prompt that its beginning became; null when it answered a request of Claude's. */
  readonly job: number | null;
  /** What was written right before it, and may have been the beginning of the same text. */
  readonly behind: Begun | undefined;
}

/** Messages of one sender that make one prompt; more of it may come. */
interface MessageGroup {
  readonly updates: JournalUpdate[];
  readonly since: number;
  cancel: () => void;
}

/**
 * Waits for what evidently belongs together: a burst of forwards with the comment before or behind
 * it, and the rest of a long text. What waits here is `new` in the journal, so a crash loses nothing.
 * Any other message is never held back.
 */
export class MessageGroups {
  readonly #open = new Map<string, MessageGroup>();
  /**
   * The last prompt of each sender: what Telegram cut at a gap has a beginning that did not wait. Their
   * dates say what is its rest, however late that is delivered.
   */
  readonly #begun = new Map<string, Begun>();
  #closed = false;

  /** @param due told when a group has waited long enough: whoever is told takes it. */
  constructor(readonly clock: Clock, readonly due: (update: JournalUpdate) => void) {}

  /**
   * Takes a prompt in.
   * @param next what the same place has sent behind it already.
   * @returns what may run now, in its order; the rest is kept until it is due.
   */
  add(update: JournalUpdate, next: JournalUpdate | undefined): readonly JournalUpdate[][] {
    if (this.#closed) return [];
    const key = keyOf(update);
    const before = this.#open.get(key);
    const belongs = before !== undefined && isPartOf(before.updates, update);
    const ready = before === undefined || belongs ? [] : [this.#close(key, before)];
    const group = belongs
      ? before
      : { updates: [], since: this.clock.steady(), cancel: () => {} } satisfies MessageGroup;
    group.cancel();
    group.updates.push(update);
    this.#open.set(key, group);
    const wait = this.#waitFor(group, next);
    if (wait <= 0) return [...ready, this.#close(key, group)];
    group.cancel = this.clock.after(wait, () => this.due(update));
    return ready;
  }

  /** What these became, so that their rest, if there is one, goes there too. */
  became(updates: readonly JournalUpdate[], job: Begun["job"]): void {
    const key = keyOf(updates[0]!);
    const messages = updates.map(messageOf);
    const before = this.begun(updates);
    const last = this.#begun.get(key);
    const isNext = last !== undefined && follows(last.messages.at(-1)!, messages[0]!);
    const behind = before === undefined ? (isNext ? last : undefined) : before.behind;
    const all = [...before?.messages ?? [], ...messages];
    this.#begun.set(key, { messages: all, job, behind });
  }

  /** After a start: what the last prompts became before it, oldest first. */
  recall(prompts: readonly JournalUpdate[], jobOf: (message: Message) => number | undefined): void {
    for (const update of prompts) this.became([update], jobOf(messageOf(update)) ?? null);
  }

  /** The prompt that these are the rest of; undefined when they are none. */
  begun(updates: readonly JournalUpdate[]): Begun | undefined {
    const begun = this.#begun.get(keyOf(updates[0]!));
    return begun !== undefined && isRest(begun.messages, updates.map(messageOf))
      ? begun
      : undefined;
  }

  /** Whether something is kept that this belongs to. */
  expects(update: JournalUpdate): boolean {
    const group = this.#open.get(keyOf(update));
    return group !== undefined && isPartOf(group.updates, update);
  }

  /** The group that this belongs to, which is then kept no more. */
  take(update: JournalUpdate): readonly JournalUpdate[] {
    const group = this.#open.get(keyOf(update));
    return group?.updates.includes(update) ? this.#close(keyOf(update), group) : [];
  }

  /** Whether something is kept of this sender in this place. */
  keeps(update: JournalUpdate): boolean {
    return this.#open.has(keyOf(update));
  }

  /** What is kept of this sender in this place: something else came behind it. */
  flush(update: JournalUpdate): readonly JournalUpdate[] {
    const group = this.#open.get(keyOf(update));
    return group === undefined ? [] : this.#close(keyOf(update), group);
  }

  #close(key: string, group: MessageGroup): JournalUpdate[] {
    group.cancel();
    this.#open.delete(key);
    return group.updates;
  }

  /**
   * Waits for nothing any more. What was kept is `new` and is served after the next start, and so is
   * what still comes: it must not overtake that.
   */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#open.values()) cancel();
    this.#open.clear();
    this.#begun.clear();
  }

  /** How long more may come; 0 when the group is whole. */
  #waitFor({ updates, since }: MessageGroup, next: JournalUpdate | undefined): number {
    const last = messageOf(updates.at(-1)!);
    if (isForward(last)) return Math.min(PAUSE_MS, since + BURST_MS - this.clock.steady());
    if (updates.length > 1 && updates.map(messageOf).some(isForward)) return 0;
    const burst = next !== undefined && keyOf(next) === keyOf(updates[0]!) &&
      next.kind === "prompt" && isForward(messageOf(next)) && isSoon(last, messageOf(next));
    if (burst && isPlain(last)) return PAUSE_MS;
    return mayGoOn(last) ? REST_MS : 0;
  }
}

/** Groups prompts that were kept for another reason, as they would have been when they came. */
export function grouped(updates: readonly JournalUpdate[]): JournalUpdate[][] {
  const groups: JournalUpdate[][] = [];
  for (const update of updates) {
    const open = groups.at(-1);
    const soon = open !== undefined && update.receivedAt - open.at(-1)!.receivedAt <= REST_MS;
    if (soon && isPartOf(open, update)) open.push(update);
    else groups.push([update]);
  }
  return groups;
}

function isPartOf(group: readonly JournalUpdate[], update: JournalUpdate): boolean {
  const messages = group.map(messageOf);
  const [last, next] = [messages.at(-1)!, messageOf(update)];
  if (!isSoon(last, next)) return false;
  if (isForward(next)) return isForward(last) || (messages.length === 1 && isPlain(last));
  if (isForward(last)) return isPlain(next) && messages.every(isForward);
  return isRest(messages, [next]);
}

const isSoon = (before: Message, next: Message) => Math.abs(next.date - before.date) <= APART_S;
const isForward = ({ forward_origin: origin }: Message) => origin !== undefined;
const isPlain = (message: Message) => !isForward(message) && !message.text?.startsWith("/");

const keyOf = ({ place, user }: JournalUpdate) =>
  `${place === null ? "" : placeKey(place)} ${user ?? ""}`;
