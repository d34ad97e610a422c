import type { Clock } from "../../clock.ts";
import { type Journal, PRIORITY } from "../../journal/mod.ts";
import { deliveries } from "./compose.ts";
import { italic } from "../text/formatted.ts";
import { placeIn } from "./refusals.ts";
import { elapsed } from "../../units.ts";

/** After so long a silence people wonder. */
const LONG_MS = 60_000;
/** The name of old: such lines may wait from an earlier version. */
const SUBJECT = "ban";

/**
 * The silence that Telegram wants in one chat, across restarts: flood waits of hours have been seen.
 * Every chat has its own; where Telegram means all of them, each meets it with one call.
 */
export class FloodWait {
  /** True when there was one since Telegram last took a call. */
  #open: boolean;

  constructor(readonly chat: number, readonly journal: Journal, readonly clock: Clock) {
    this.#open = journal.deliveries.silenced(chat) !== undefined;
  }

  /** How long the silence of an earlier run still lasts. */
  get leftMs(): number {
    return this.journal.deliveries.silentFor(this.chat, this.clock.now());
  }

  /** Telegram wants silence. */
  begin(seconds: number): void {
    this.#open = true;
    this.journal.deliveries.silence(this.chat, seconds * 1000, this.clock.now());
  }

  /** The silence is over: when it was long, a line that says so goes before all that waits. */
  tell(): void {
    if (!this.#open) return;
    const queue = this.journal.deliveries;
    const waitedMs = queue.silenced(this.chat);
    if (waitedMs === undefined || waitedMs < LONG_MS) return;
    const next = queue.next(this.chat);
    const told = next?.subject === SUBJECT;
    const what = told || next !== undefined ? "; here is what waited." : ".";
    const text = italic(`Telegram made me wait ${elapsed(waitedMs)}${what}`);
    const target = { place: placeIn(this.chat, next?.payload), replyTo: null, silent: true };
    const rows = deliveries(text, target, { subject: SUBJECT, priority: PRIORITY.ahead });
    // It had to wait itself: now it says the whole time.
    if (told) queue.replace(next.id, rows[0]!.payload);
    else queue.add(rows, this.clock.now());
  }

  /** Telegram has taken a call. */
  end(): void {
    if (!this.#open) return;
    this.journal.deliveries.spoken(this.chat);
    this.#open = false;
  }
}
