import type { TurnEvent } from "../claude/events.ts";
import type { Clock } from "../clock.ts";
import type { Job } from "../journal/mod.ts";
import { deliver, tell } from "./notices.ts";
import type { ConversationOptions, StartFailure } from "./options.ts";
import type { Turn } from "./turn.ts";

/** Crashes of one session's process that hold that session back. */
const OF_ONE = 3;
/** Crashes without a success anywhere that hold all back: the CLI itself is broken, as by an update. */
export const OF_ALL = 6;
/** Crashes count together within this time. */
const WINDOW_MS = 5 * 60_000;
/** Pauses before the next try, longer each time that one fails; the last one repeats. */
const PAUSES = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];
const WORDS_SHOWN = 300;

/**
 * Lets nothing through while what is behind it keeps failing. After a pause one try goes through:
 * when that fails the next pause is longer, when it succeeds everything goes through again.
 */
export class Breaker {
  /** Failures in all, whenever they were. */
  failures = 0;
  /** Times of the failures since it last succeeded. */
  #recent: number[] = [];
  /** Number of pauses since then; 0 while all goes through. */
  #pauses = 0;
  /** Ends the pause before its time; null when none runs. */
  #cancelPause: (() => void) | null = null;
  /** The session whose try is under way between two pauses. */
  #trial: string | null = null;
  #told = new Set<number>();
  #closed = false;

  /**
   * @param limit so many failures without a success between them open it.
   * @param again told when something may go through again.
   */
  constructor(readonly clock: Clock, readonly limit: number, readonly again: () => void) {}

  /** True when something may go through: anything, or the one try between two pauses. */
  admits(session: string): boolean {
    if (this.#pauses === 0) return true;
    return this.#cancelPause === null && (this.#trial === null || this.#trial === session);
  }

  /** The try between two pauses is this session's, if it is anybody's. */
  begin(session: string): void {
    if (this.#pauses > 0) this.#trial ??= session;
  }

  failed(): void {
    this.failures++;
    if (this.#closed || this.#cancelPause !== null) return; // Begun before the pause.
    const now = this.clock.steady();
    this.#recent = [...this.#recent.filter((at) => at > now - WINDOW_MS), now];
    if (this.#pauses > 0 || this.#recent.length >= this.limit) this.#pause();
  }

  succeeded(): void {
    const wasOpen = this.#pauses > 0;
    this.tryNow();
    this.#trial = null;
    this.#recent = [];
    this.#pauses = 0;
    if (wasOpen) this.again();
  }

  /** A try ended without showing anything. @returns whether it was the one between two pauses. */
  undecided(session: string): boolean {
    if (this.#trial !== session) return false;
    this.#trial = null;
    return true;
  }

  /** Ends the pause. @returns false when there is none. */
  tryNow(): boolean {
    if (this.#cancelPause === null) return false;
    this.#cancelPause();
    this.#cancelPause = null;
    return true;
  }

  /** True when a chat is still to be told of this pause; `tell` notes that it was. */
  untold(chat: number): boolean {
    return this.#cancelPause !== null && !this.#told.has(chat);
  }

  tell(chat: number): void {
    this.#told.add(chat);
  }

  /** Length of a pause now; 0 while all goes through. */
  get pauseMs(): number {
    return PAUSES[Math.min(this.#pauses, PAUSES.length) - 1] ?? 0;
  }

  /** Sets no timer any more. */
  close(): void {
    this.#closed = true;
    this.tryNow();
  }

  #pause(): void {
    this.#pauses++;
    this.#trial = null;
    this.#told.clear();
    this.#cancelPause = this.clock.after(this.pauseMs, () => {
      this.#cancelPause = null;
      this.again();
    });
  }
}

/**
 * The reasons for which prompts of a session wait although no turn runs: crashes of Claude Code, here or
 * in all sessions, or a start that there was no room for. Each is told once.
 */
export class Backoff {
  readonly #own: Breaker;
  /** The last crash since a turn came to its end: which of all it was, what was said. */
  #crash: { readonly nth: number; readonly words: string } | null = null;
  #full = false;

  /** @param again told when what was held back may be tried. */
  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly all: Breaker,
    again: () => void,
  ) {
    this.#own = new Breaker(options.clock, OF_ONE, again);
  }

  /** True when the next prompt may go to the process; call `begin` when it does. */
  get admits(): boolean {
    return this.#both.every((breaker) => breaker.admits(this.session));
  }

  /** True when there was no room for the process, or none on the disk, when it was last asked for. */
  get full(): boolean {
    return this.#full;
  }

  /** The number of its last crash among all; 0 for a sound session, which is the first to try for all. */
  get lastCrash(): number {
    return this.#crash?.nth ?? 0;
  }

  begin(): void {
    for (const breaker of this.#both) breaker.begin(this.session);
  }

  /** Learns from what the process says whether the CLI works. */
  heard(event: TurnEvent): void {
    switch (event.type) {
      case "message":
      case "tool": // The others need not wait for the end of a long turn.
        return this.all.succeeded();
      case "ended":
        this.#crash = null;
        for (const breaker of this.#both) breaker.succeeded();
        return;
      case "exited":
        if (event.reason === "crashed" || event.reason === "refused") {
          this.#crashed(event.stderrTail);
        }
    }
  }

  /**
   * The process did not start. Nothing was sent, so the prompt may wait: for a place, for the disk, or
   * for the next try where crashes hold it back. What is no crash keeps this session alone from going on.
   * @returns false when the prompt ends with the error instead.
   */
  notStarted(turn: Turn, failure: StartFailure, words: string): boolean {
    switch (failure.kind) {
      case "full":
        return this.#waits(turn, `${words} Your message runs as soon as one is free.`);
      case "disk":
        return this.#waits(
          turn,
          `⚠️ ${failure.words} Your message waits, and runs when I can write.`,
        );
      case "crash":
        this.#crashed(words);
        return !this.admits;
      case "lost":
      case "other":
        return false;
    }
  }

  #waits(turn: Turn, words: string): true {
    this.undecided();
    if (!this.#full) tell(this.options, turn, { text: words });
    this.#full = true;
    return true;
  }

  #crashed(words: string): void {
    for (const breaker of this.#both) breaker.failed();
    const shown = words.trim().slice(0, WORDS_SHOWN).toWellFormed();
    this.#crash = { nth: this.all.failures, words: shown };
  }

  /** The session has its process, or its prompt has its end: whoever waits next is told anew. */
  over(): void {
    this.#full = false;
  }

  /**
   * A prompt ended, or waits again, without having shown whether the CLI works.
   * @returns whether it was the one try that all waited for: another may make it now.
   */
  undecided(): boolean {
    return this.#both.map((breaker) => breaker.undecided(this.session)).includes(true);
  }

  /** Ends the pauses that hold the session back. @returns false when there are none. */
  tryNow(): boolean {
    return this.#both.map((breaker) => breaker.tryNow()).includes(true);
  }

  /** Tells every chat that waits what crashes hold back, with a button that tries again at once. */
  tellHeld(waiting: readonly Job[]): void {
    for (const job of waiting) {
      const { id, place, messageId: replyTo } = job;
      const { chat } = place;
      const breaker = this.#both.find((each) => each.untold(chat));
      if (breaker === undefined) continue;
      const choice = { kind: "heldBack", job: id, own: breaker === this.#own } as const;
      const text = this.#words(breaker);
      deliver(this.options, [this.options.compose.notice({ place, replyTo, text, choice })]);
      for (const each of this.#both) each.tell(chat);
    }
  }

  #words(breaker: Breaker): string {
    const where = breaker === this.all ? "in whatever session" : `in **${this.session}**`;
    const minutes = Math.round(breaker.pauseMs / 60_000);
    const words = this.#crash?.words ?? "";
    const said = words === "" ? "" : `\n\n~~~\n${words}\n~~~`;
    return `🧯 Claude Code keeps ending ${where}. Your messages are kept; I try again in ${minutes} min.${said}`;
  }

  /** Sets no timer any more. */
  close(): void {
    this.#own.close();
  }

  get #both(): readonly Breaker[] {
    return [this.all, this.#own];
  }
}
