import type { Clock } from "../clock.ts";
import { logger } from "../log/mod.ts";
import { Announcement, type Tell, type Trouble, TROUBLE_WORDS, troubleOf } from "./trouble.ts";
import { bytes } from "../units.ts";

const log = logger("disk");

/** From here on people are warned, once until there is clearly more again. */
const LOW_BYTES = 200e6;
const ENOUGH_BYTES = 300e6;
/** With less than this a write that succeeds may be the last one. */
const ROOM_BYTES = 2e6;
/** With less than this it may be full again in a moment: nobody is told that it is over. */
const CLEAR_BYTES = 20e6;
const LOOK_MS = 60_000;
const RETRY_MS = 5_000;
/** So long nothing may fail before people are told that it is over. */
const CALM_MS = 60_000;

const MEANS =
  "What you send now waits at Telegram and what is done waits here; /stop works. I go on by myself as soon as I can write again.";
const WELL = "✅ The disk of Switchboard takes what I write again.";
const RESTART =
  "Please restart Switchboard: it keeps the damaged file aside and begins a new one. What waits may be lost with it.";

export interface DiskOptions {
  readonly clock: Clock;
  /** The bytes that are free where the journal lies. */
  readonly free: () => Promise<number>;
  /** Writes something; throws when that fails. */
  readonly probe: () => void;
  /** Whom to tell. */
  readonly users: readonly number[];
  /** Tells one of them at once, and from memory: nothing can be written down. */
  readonly tell: Tell;
  /** Tells people something that is written down first. */
  readonly note: (words: string) => void;
  /** Something can be written again: what was held up can go on. */
  readonly goOn: () => void;
  /**
   * The journal says that it is damaged. If it is, this ends the program for another start, which puts
   * it aside and tells so.
   * @returns `sound` when whoever opens it finds no damage; `again` when that was done a short while ago.
   */
  readonly restart: () => "begins" | "sound" | "again";
}

/** A trouble of the disk, until nothing has failed for a while. */
interface Incident {
  readonly trouble: Trouble;
  readonly announcement: Announcement;
  /** Since when nothing failed; null while it does. */
  calmSince: number | null;
  /** The journal has said so since the last look. */
  isDamaged: boolean;
}

/**
 * Watches the disk. What was held up goes on with the first write that succeeds; people hear of an
 * incident once when it begins, and once when it is clearly over, however often it comes and goes.
 */
export class Disk {
  #incident: Incident | null = null;
  #low = false;
  #cancel = () => {};
  #closed = false;

  constructor(readonly options: DiskOptions) {}

  /** Something failed: if the disk is to blame, an incident begins, or goes on. */
  failed(error: unknown): void {
    const trouble = troubleOf(error);
    if (trouble === null || this.#closed) return;
    const isDamaged = trouble === "damaged";
    if (this.#incident !== null) {
      this.#incident.calmSince = null;
      this.#incident.isDamaged ||= isDamaged;
      return;
    }
    log.error("{words} {error}", { words: TROUBLE_WORDS[trouble], error });
    if (isDamaged && this.#giveUp()) return;
    // A disk that fails makes SQLite speak of damage that nobody finds when it is well.
    this.#begin(isDamaged ? "failing" : trouble);
  }

  /** @returns false when the journal is not damaged. */
  #giveUp(): boolean {
    const found = this.options.restart();
    if (found === "begins") this.close();
    else if (found === "again" && this.#incident?.trouble !== "damaged") this.#begin("damaged");
    return found !== "sound";
  }

  #begin(trouble: Trouble): void {
    const words = `⚠️ ${TROUBLE_WORDS[trouble]} ${trouble === "damaged" ? RESTART : MEANS}`;
    const announcement = new Announcement(this.options.users, words, this.options.tell);
    this.#incident = { trouble, announcement, calmSince: null, isDamaged: false };
    this.#tell(this.#incident);
    this.#after(RETRY_MS);
  }

  /** Looks now, and from then on again and again. */
  async look(): Promise<void> {
    const free = await this.options.free().catch((error) => {
      log.warn("Cannot see how much room the disk has: {error}", { error });
      return Infinity;
    });
    if (this.#closed) return;
    try {
      if (this.#incident !== null) this.#lookAt(this.#incident, free);
      else this.#warn(free);
    } finally {
      this.#after(this.#incident === null ? LOOK_MS : RETRY_MS);
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #after(ms: number): void {
    this.#cancel();
    if (this.#closed) return;
    this.#cancel = this.options.clock.after(ms, () => {
      this.look().catch((error) => log.error("Cannot watch the disk: {error}", { error }));
    });
  }

  #lookAt(incident: Incident, free: number): void {
    if (incident.isDamaged) { // It may follow from a full disk, and is worse.
      incident.isDamaged = false;
      if (this.#giveUp()) return;
    }
    this.#tell(incident);
    const now = this.options.clock.steady();
    if (!this.#canWrite(incident.trouble, free)) {
      incident.calmSince = null;
    } else if (incident.calmSince === null) {
      log.info("The disk takes writes again");
      incident.calmSince = now; // Before the rest goes on: what fails of that ends the calm.
      this.options.goOn();
    } else if (now - incident.calmSince >= CALM_MS) {
      this.#end(incident, free);
    }
  }

  #canWrite(trouble: Trouble, free: number): boolean {
    if (trouble === "damaged" || (trouble === "full" && free < ROOM_BYTES)) return false;
    try {
      this.options.probe();
      return true;
    } catch {
      return false;
    }
  }

  #end(incident: Incident, free: number): void {
    if (incident.trouble === "full" && free < CLEAR_BYTES) return;
    try {
      this.options.note(`${WELL} All goes on.`);
      this.#incident = null;
    } catch {
      incident.calmSince = null; // Still the same incident.
    }
  }

  #tell(incident: Incident): void {
    void incident.announcement.tell(() => !this.#closed && this.#incident === incident);
  }

  #warn(free: number): void {
    if (free > ENOUGH_BYTES) this.#low = false;
    if (free >= LOW_BYTES || this.#low) return;
    this.#low = true;
    const left = bytes(free);
    log.warn("Only {left} are free on the disk", { left });
    try {
      this.options.note(
        `⚠️ Only ${left} are free on the disk of Switchboard. Without room it cannot work.`,
      );
    } catch (error) {
      this.failed(error);
    }
  }
}
