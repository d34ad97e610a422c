import type { Clock } from "../../clock.ts";
import { placeKey } from "../../journal/mod.ts";
import { follows, isRest, mayGoOn, REST_MS } from "./cuts.ts";
import type { Incoming, Written } from "./incoming.ts";

/** Forwards come in one burst: it is over after a pause, and is not waited for any longer than that. */
const PAUSE_MS = 300;
const BURST_MS = 1_000;

/** So far apart, in Telegram's whole seconds, they were sent for themselves, and only arrive together. */
const APART_S = 3;

/** A text that was served, and whose rest may still come. */
export interface Begun {
  readonly parts: Group;
  /** The prompt that it became; null when it answered a request of Claude's. */
  readonly job: number | null;
  /** True when it came right behind another, which may have been the beginning of the same text. */
  readonly follows: boolean;
}

/** Messages of one sender that make one prompt, in their order. */
export type Group = readonly [Written, ...Written[]];

/** One that more may come to. */
interface OpenGroup {
  readonly parts: [Written, ...Written[]];
  readonly since: number;
  cancel: () => void;
}

/**
 * Knows what belongs together, and waits for it: a burst of forwards with the comment before or behind
 * it, and the rest of a long text. What waits here is `new` in the journal, so a crash loses nothing.
 * Any other message is never held back.
 */
export class MessageGroups {
  readonly #open = new Map<string, OpenGroup>();
  /**
   * The last prompt of each sender: what Telegram cut at a gap has a beginning that did not wait. Their
   * dates say what is its rest, however late that is delivered.
   */
  readonly #begun = new Map<string, Begun>();
  #closed = false;

  /** @param due told when a group has waited long enough: whoever is told takes it. */
  constructor(readonly clock: Clock, readonly due: (last: Written) => void) {}

  /**
   * Takes a message in.
   * @param next what the same place has sent behind it already.
   * @returns what may run now, in its order; the rest is kept until it is due.
   */
  add(written: Written, next: Incoming | undefined): readonly Group[] {
    if (this.#closed) return [];
    const key = keyOf(written);
    const before = this.#open.get(key);
    const belongs = before !== undefined && isPartOf(before.parts, written);
    const ready = belongs ? [] : this.#close(key);
    const group: OpenGroup = belongs
      ? before
      : { parts: [written], since: this.clock.steady(), cancel: () => {} };
    if (belongs) group.parts.push(written);
    group.cancel();
    this.#open.set(key, group);
    const wait = this.#waitFor(group, next);
    if (wait <= 0) return [...ready, ...this.#close(key)];
    group.cancel = this.clock.after(wait, () => this.due(written));
    return ready;
  }

  /** Notes what these became, so that their rest, if there is one, goes there too. */
  became(parts: Group, job: Begun["job"]): void {
    const key = keyOf(parts[0]);
    const before = this.begun(parts);
    const last = this.#begun.get(key)?.parts.at(-1);
    this.#begun.set(key, {
      parts: before === undefined ? parts : [...before.parts, ...parts],
      job,
      follows: before?.follows ?? (last !== undefined && follows(last, parts[0])),
    });
  }

  /** The text that these are the rest of; undefined when they are none. */
  begun(parts: Group): Begun | undefined {
    const begun = this.#begun.get(keyOf(parts[0]));
    return begun !== undefined && isRest(begun.parts, parts) ? begun : undefined;
  }

  /** True when a message is neither a part of what is kept, nor so long that more of it may come. */
  isWhole(written: Written): boolean {
    const group = this.#open.get(keyOf(written));
    return !mayGoOn(written) && (group === undefined || !isPartOf(group.parts, written));
  }

  /** The group that this belongs to, which is then kept no more; none when that was taken before. */
  take(written: Written): readonly Group[] {
    const key = keyOf(written);
    return this.#open.get(key)?.parts.includes(written) ? this.#close(key) : [];
  }

  /** True when something is kept of this sender in this place. */
  keeps(update: Incoming): boolean {
    return this.#open.has(keyOf(update));
  }

  /** The group that is kept of this sender in this place: something else came behind it. */
  flush(update: Incoming): readonly Group[] {
    return this.#close(keyOf(update));
  }

  #close(key: string): Group[] {
    const group = this.#open.get(key);
    group?.cancel();
    this.#open.delete(key);
    return group === undefined ? [] : [group.parts];
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
  #waitFor({ parts, since }: OpenGroup, next: Incoming | undefined): number {
    const last = parts.at(-1)!;
    if (isForward(last)) return Math.min(PAUSE_MS, since + BURST_MS - this.clock.steady());
    if (parts.length > 1 && parts.some(isForward)) return 0;
    const burst = next?.kind === "prompt" && keyOf(next) === keyOf(last) && isForward(next) &&
      isSoon(last, next);
    if (burst && isPlain(last)) return PAUSE_MS;
    return mayGoOn(last) ? REST_MS : 0;
  }
}

/** Groups prompts that were kept for another reason, as they would have been when they came. */
export function grouped(prompts: readonly Written[]): Group[] {
  const groups: [Written, ...Written[]][] = [];
  for (const prompt of prompts) {
    const open = groups.at(-1);
    const soon = open !== undefined && prompt.receivedAt - open.at(-1)!.receivedAt <= REST_MS;
    if (soon && isPartOf(open, prompt)) open.push(prompt);
    else groups.push([prompt]);
  }
  return groups;
}

function isPartOf(group: Group, next: Written): boolean {
  const last = group.at(-1)!;
  if (!isSoon(last, next)) return false;
  if (isForward(next)) return isForward(last) || (group.length === 1 && isPlain(last));
  if (isForward(last)) return isPlain(next) && group.every(isForward);
  return isRest(group, [next]);
}

const isSoon = ({ message: before }: Written, { message: next }: Written) =>
  Math.abs(next.date - before.date) <= APART_S;
const isForward = ({ message }: Written) => message.forward_origin !== undefined;
const isPlain = (written: Written) => !isForward(written) && !written.message.text?.startsWith("/");

const keyOf = ({ asker: { place, user } }: Incoming) => `${placeKey(place)} ${user}`;
