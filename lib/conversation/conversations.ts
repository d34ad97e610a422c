import type { LimitWindow, TurnEvent } from "../claude/events.ts";
import { logger } from "../log/mod.ts";
import { Breaker, OF_ALL } from "./backoff.ts";
import { Conversation } from "./conversation.ts";
import { ProcessNotices } from "./notices.ts";
import type { ConversationOptions } from "./options.ts";
import type { Turn } from "./turn.ts";

const log = logger("conversation");

/** The conversations of all sessions, made when they are first needed. */
export class Conversations {
  readonly #bySession = new Map<string, Conversation>();
  /** The crashes of all sessions. */
  readonly #crashes: Breaker;
  readonly #notices: ProcessNotices;
  #closed = false;

  constructor(readonly options: ConversationOptions) {
    this.#crashes = new Breaker(options.clock, OF_ALL, () => this.wakeAll());
    this.#notices = new ProcessNotices(options);
  }

  of(session: string): Conversation {
    const known = this.#bySession.get(session);
    if (known !== undefined) return known;
    const made = new Conversation(session, this.options, this.#crashes, () => this.wakeAll());
    if (this.#closed) made.shutDown();
    this.#bySession.set(session, made);
    return made;
  }

  /** Passes on what the process of a session said. A fault in one conversation stays there. */
  heard(session: string, event: TurnEvent): void {
    try {
      if (event.type === "limits") return this.#noteLimits(event.windows);
      this.#notices.heard(session, event);
      this.of(session).heard(event);
    } catch (error) {
      log.error("Cannot handle '{type}' of {session}: {error}", {
        type: event.type,
        session,
        error,
      });
    }
  }

  /** Notes the limits of the account, which are no session's own. */
  #noteLimits(windows: readonly LimitWindow[]): void {
    const { journal, clock } = this.options;
    journal.transaction(() => {
      for (const window of windows) journal.spending.noteWindow(window, clock.now());
    });
  }

  /**
   * Runs `work` while nothing of a session goes to its process; then what waits goes on, under the name
   * that the session has. @returns null when something is with its process, or is bound to go there.
   */
  async whilePaused<T>(session: string, to: string, work: () => Promise<T>): Promise<T | null> {
    const conversation = this.of(session);
    const waits = this.options.journal.jobs.waiting(session).length > 0;
    if (conversation.busy || waits) return null;
    conversation.shutDown();
    try {
      return await work();
    } finally {
      this.#bySession.delete(session); // A new one begins with the next job of that name.
      this.wake(session);
      this.wake(to);
    }
  }

  /** Takes the jobs that were added to a session to its process. */
  wake(session: string): void {
    this.of(session).wake();
  }

  /** Wakes every session with jobs: they may have been waiting for room, or for the program to start. */
  wakeAll(): void {
    try {
      const waiting = this.options.journal.jobs.sessionsWaiting().map((each) => this.of(each));
      if (this.#crashes.pauseMs > 0) {
        waiting.sort((one, other) => one.backoff.lastCrash - other.backoff.lastCrash);
      }
      for (const conversation of waiting) conversation.wake();
    } catch (error) {
      log.error("Cannot see what waits: {error}", { error });
    }
  }

  /** The turns that run, or that a prompt is on its way to. */
  get turns(): Turn[] {
    return [...this.#bySession.values()].flatMap(({ turn }) => turn ?? []);
  }

  /** Tries at once what crashes hold back in a session. @returns false when nothing is. */
  tryAgain(session: string): boolean {
    const held = this.of(session).backoff.tryNow();
    this.wake(session); // Before the others: where all are held back, one makes the try.
    this.wakeAll();
    return held;
  }

  /** Submits nothing new, in no session; what comes in waits for the next start. */
  shutDown(): void {
    this.#closed = true;
    this.#crashes.close();
    this.#notices.close();
    for (const conversation of this.#bySession.values()) conversation.shutDown();
  }
}
