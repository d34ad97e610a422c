import type { Job } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { announce, tell } from "./notices.ts";
import type { Crashes } from "./crashes.ts";
import type { ConversationOptions } from "./options.ts";
import { sentenceOf } from "./sentences.ts";
import type { Submission } from "./turn.ts";

const log = logger("conversation");

/** Why the prompts of a session wait although no turn runs. Each reason is told once. */
export class Holding {
  #full = false;

  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly crashes: Crashes,
  ) {}

  /** Whether there was no room for its process, or none on the disk, when it last asked. */
  get full(): boolean {
    return this.#full;
  }

  /** Whether crashes hold its prompts back. */
  get broken(): boolean {
    return !this.crashes.admits(this.session);
  }

  /**
   * Its process did not start. Nothing was sent, so the prompt may wait: for a place, or for the next
   * try where crashes hold it back. What is no crash keeps this session alone from going on.
   * @returns false when it ends with the error instead.
   */
  waits({ turn }: Submission, error: unknown): boolean {
    const { session, options, crashes } = this;
    const words = sentenceOf(error);
    if (options.isFull(error)) {
      crashes.undecided(session);
      if (!this.#full) tell(options, turn, `${words} Your message runs as soon as one is free.`);
      this.#full = true;
      return true;
    }
    log.error("Cannot start the process of {session}: {error}", { session, error });
    const trouble = options.diskTrouble(error);
    if (trouble !== null) {
      crashes.undecided(session);
      if (!this.#full) {
        tell(options, turn, `⚠️ ${trouble} Your message waits, and runs when I can write.`);
      }
      this.#full = true;
      return true;
    }
    if (options.isLost(error) || !options.isCrash(error)) return false;
    crashes.failed(session, words);
    return this.broken;
  }

  /** It has its process, or its prompt has its end: whoever waits next is told anew. */
  over(): void {
    this.#full = false;
  }

  /** Tells every chat that waits what crashes hold back, with a button that tries again at once. */
  tellBroken(waiting: readonly Job[]): void {
    const { journal, clock, compose } = this.options;
    for (const job of waiting) {
      const { chat } = job.place;
      const news = this.crashes.news(this.session, chat);
      if (news === null) continue;
      journal.deliveries.add([compose.heldBack(job, news.words, news.own)], clock.now());
      this.crashes.told(this.session, chat);
      announce(this.options, chat);
    }
  }
}
