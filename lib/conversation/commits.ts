import type { Clock } from "../clock.ts";
import { logger } from "../log.ts";
import { Retry } from "./retry.ts";
import { sentenceOf } from "./sentences.ts";

const log = logger("conversation");

/** What failed so often for the same reason may do so for ever. */
const TRIES = 3;

/** What is to be committed. */
export interface Commit {
  readonly whole: () => void;
  /** What is done instead where `whole` fails again and again for the same reason; else nothing. */
  readonly bare?: () => void;
}

interface Waiting extends Commit {
  /** Why it failed last, and how many times in a row. */
  failed: { readonly why: string; readonly times: number };
}

/**
 * Commits in their order, each tried until it succeeds: an answer outlives a full disk. What is not
 * committed when the program ends is uncertain to the next start.
 */
export class Commits {
  readonly #waiting: Waiting[] = [];
  readonly #retry: Retry;

  /** @param caughtUp told when a commit that was refused has succeeded, and none waits. */
  constructor(clock: Clock, caughtUp: () => void) {
    this.#retry = new Retry(clock, () => {
      this.#run();
      if (!this.pending) caughtUp();
    });
  }

  /** Whether something is still to be committed: until then the journal does not know it. */
  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  /** Does it now, or after those before it. */
  add(commit: Commit): void {
    this.#waiting.push({ ...commit, failed: { why: "", times: 0 } });
    if (!this.#retry.pending) this.#run();
  }

  /** Sets no further timer. */
  close(): void {
    this.#retry.close();
  }

  #run(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!tryWhole(next) && !tryBare(next)) return this.#retry.soon();
      this.#waiting.shift();
    }
  }
}

function tryWhole(commit: Waiting): boolean {
  try {
    commit.whole();
    return true;
  } catch (error) {
    log.error("Cannot commit the end of a turn: {error}", { error });
    const why = sentenceOf(error);
    const { failed } = commit;
    commit.failed = { why, times: why === failed.why ? failed.times + 1 : 1 };
    return false;
  }
}

function tryBare({ bare, failed }: Waiting): boolean {
  if (bare === undefined || failed.times < TRIES) return false;
  try {
    bare();
    return true;
  } catch (error) {
    log.error("Cannot commit the bare end of a turn either: {error}", { error });
    return false;
  }
}
