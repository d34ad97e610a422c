import type { Clock } from "./clock.ts";
import { logger } from "./log.ts";

const log = logger("disk");

/** From here on people are warned, once until there is clearly more again. */
const LOW_BYTES = 200e6;
const ENOUGH_BYTES = 300e6;
/** With less than this a write that succeeds may be the last one. */
const ROOM_BYTES = 2e6;
const LOOK_MS = 60_000;
const RETRY_MS = 5_000;

const TROUBLES = [
  [/database or disk is full|No space left on device|os error 28\b|quota exceeded/i, "full"],
  [/readonly database|Read-only file system|os error 30\b/i, "read-only"],
  [/disk I\/O error|unable to open database file|os error 5\b/i, "failing"],
  [/database disk image is malformed|file is not a database/i, "damaged"],
] as const;

/** What is wrong where something cannot be kept; `damaged` is the journal. */
export type Trouble = (typeof TROUBLES)[number][1];

/** What an error says of the disk; null when it says nothing of it. */
export function troubleOf(error: unknown): Trouble | null {
  const words = error instanceof Error ? error.message : String(error);
  return TROUBLES.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}

const WORDS: Readonly<Record<Trouble, string>> = {
  full: "The disk of Switchboard is full.",
  "read-only": "The disk of Switchboard is read-only.",
  failing: "The disk of Switchboard does not take what I write.",
  damaged: "The journal of Switchboard is damaged.",
};

const MEANS =
  "What you send now waits at Telegram and what is done waits here; /stop works. I go on by myself as soon as I can write again.";
const RESTART =
  "Please restart Switchboard: it keeps the damaged file aside and begins a new one. What waits may be lost with it.";

export interface DiskOptions {
  readonly clock: Clock;
  /** The bytes that are free where the journal lies. */
  readonly free: () => Promise<number>;
  /** Writes something; throws when that fails. */
  readonly probe: () => void;
  /** Tells people at once, and from memory: nothing can be written down. */
  readonly tell: (words: string) => void;
  /** Tells people something that is written down first. */
  readonly note: (words: string) => void;
  /** An incident is over: what it held up can go on. */
  readonly over: () => void;
}

/** Watches the disk: people hear of an incident once when it begins, and once when it is over. */
export class Disk {
  #incident: Trouble | null = null;
  #low = false;
  #cancel = () => {};
  #closed = false;

  constructor(readonly options: DiskOptions) {}

  /** Whether nothing can be written for now. */
  get inTrouble(): boolean {
    return this.#incident !== null;
  }

  /** Something failed: if the disk is to blame, an incident begins. */
  failed(error: unknown): void {
    const trouble = troubleOf(error);
    if (trouble === null || this.#incident !== null || this.#closed) return;
    this.#incident = trouble;
    log.error("{words} {error}", { words: WORDS[trouble], error });
    this.options.tell(`⚠️ ${WORDS[trouble]} ${trouble === "damaged" ? RESTART : MEANS}`);
    this.#after(RETRY_MS);
  }

  /** Looks now, and from then on again and again. */
  async look(): Promise<void> {
    const free = await this.options.free().catch((error) => {
      log.warn("Cannot see how much room the disk has: {error}", { error });
      return Infinity;
    });
    if (this.#closed) return;
    if (this.#incident !== null) this.#mayBeOver(free);
    else this.#warn(free);
    this.#after(this.#incident === null ? LOOK_MS : RETRY_MS);
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #after(ms: number): void {
    this.#cancel();
    this.#cancel = this.options.clock.after(ms, () => {
      this.look().catch((error) => log.error("Cannot watch the disk: {error}", { error }));
    });
  }

  #mayBeOver(free: number): void {
    if (this.#incident === "damaged" || (this.#incident === "full" && free < ROOM_BYTES)) return;
    try {
      this.options.probe();
      this.options.note("✅ The disk of Switchboard takes what I write again. I go on.");
    } catch {
      return; // Still the same incident.
    }
    log.info("The disk takes writes again");
    this.#incident = null; // Before the rest goes on: what fails of that is the next incident.
    this.options.over();
  }

  #warn(free: number): void {
    if (free > ENOUGH_BYTES) this.#low = false;
    if (free >= LOW_BYTES || this.#low) return;
    this.#low = true;
    const megabytes = Math.floor(free / 1e6);
    log.warn("Only {megabytes} MB are free on the disk", { megabytes });
    try {
      this.options.note(
        `⚠️ Only ${megabytes} MB are free on the disk of Switchboard. Without room it cannot work.`,
      );
    } catch (error) {
      this.failed(error);
    }
  }
}
