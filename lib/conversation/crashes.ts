import type { TurnEvent } from "../claude/events.ts";
import type { Clock } from "../clock.ts";
import { Breaker } from "./breaker.ts";

/** So many crashes of one session's process hold that session back. */
const OF_ONE = 3;
/** So many without a success anywhere hold all back: the CLI itself is broken, as by an update. */
const OF_ALL = 6;
const WORDS_SHOWN = 300;

/** What the crashes of Claude Code hold back: one session that keeps crashing it, or all of them. */
export class Crashes {
  readonly #all: Breaker;
  readonly #bySession = new Map<string, Breaker>();
  /** The last crash of each session that has not ended a turn since: when it was, what was said. */
  readonly #last = new Map<string, { readonly nth: number; readonly words: string }>();
  #count = 0;
  #closed = false;

  /** @param again told when what was held back may be tried. */
  constructor(readonly clock: Clock, readonly again: () => void) {
    this.#all = new Breaker(clock, OF_ALL, again);
  }

  /** Whether a session's next prompt may go to its process; call `begin` when it does. */
  admits(session: string): boolean {
    return this.#of(session).admits(session) && this.#all.admits(session);
  }

  /** Sessions in the order in which they may go: where one makes the try for all, a sound one first. */
  inOrder(sessions: readonly string[]): readonly string[] {
    if (this.#all.pauseMs === 0) return sessions;
    const nth = (session: string) => this.#last.get(session)?.nth ?? 0;
    return sessions.toSorted((a, b) => nth(a) - nth(b));
  }

  begin(session: string): void {
    for (const breaker of this.#both(session)) breaker.begin(session);
  }

  /** What a session's process says shows whether the CLI works. */
  heard(session: string, event: TurnEvent): void {
    switch (event.type) {
      case "message":
      case "tool": // The others need not wait for the end of a long turn.
        return this.#all.succeeded();
      case "ended":
        this.#last.delete(session);
        for (const breaker of this.#both(session)) breaker.succeeded();
        return;
      case "exited":
        if (event.reason === "crashed" || event.reason === "refused") {
          this.failed(session, event.stderrTail);
        }
    }
  }

  /** Its process crashed, or did not come up. */
  failed(session: string, words: string): void {
    if (this.#closed) return;
    const shown = words.trim().slice(0, WORDS_SHOWN).toWellFormed();
    this.#last.set(session, { nth: ++this.#count, words: shown });
    for (const breaker of this.#both(session)) breaker.failed();
  }

  /**
   * A prompt ended, or waits again, without having shown whether the CLI works.
   * @returns whether it was the one try that all waited for: another may make it now.
   */
  undecided(session: string): boolean {
    return this.#both(session).map((breaker) => breaker.undecided(session)).includes(true);
  }

  /** Ends the pauses that hold a session back. @returns false when there are none. */
  tryNow(session: string): boolean {
    return this.#both(session).map((breaker) => breaker.tryNow()).includes(true);
  }

  /**
   * What a chat is still to be told of what holds a session back, and whether that is the session's own
   * matter; call `told` when it was.
   */
  news(session: string, chat: number): { readonly words: string; readonly own: boolean } | null {
    const all = this.#all.untold(chat);
    if (!all && !this.#of(session).untold(chat)) return null;
    const breaker = all ? this.#all : this.#of(session);
    const where = all ? "in whatever session" : `in **${session}**`;
    const minutes = Math.round(breaker.pauseMs / 60_000);
    const { words } = this.#last.get(session) ?? { words: "" };
    const said = words === "" ? "" : `\n\n~~~\n${words}\n~~~`;
    const kept = `Your messages are kept; I try again in ${minutes} min.`;
    return { words: `🧯 Claude Code keeps ending ${where}. ${kept}${said}`, own: !all };
  }

  told(session: string, chat: number): void {
    for (const breaker of this.#both(session)) breaker.tell(chat);
  }

  /** Sets no timer any more. */
  close(): void {
    this.#closed = true;
    for (const breaker of [this.#all, ...this.#bySession.values()]) breaker.close();
  }

  #both(session: string): Breaker[] {
    return [this.#all, this.#of(session)];
  }

  #of(session: string): Breaker {
    const known = this.#bySession.get(session);
    if (known !== undefined) return known;
    const made = new Breaker(this.clock, OF_ONE, this.again);
    this.#bySession.set(session, made);
    return made;
  }
}
