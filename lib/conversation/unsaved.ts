import type { TurnEvent } from "../claude/events.ts";
import { announce } from "./asides.ts";
import { Commits } from "./commits.ts";
import type { ConversationOptions } from "./options.ts";

type Lost = Extract<TurnEvent, { type: "unsaved" }>;

/** As the CLI says it on stderr, where it ends with an error and says it nowhere else (2.1.332). */
const LAST_WORDS =
  /Claude Code could not save ([^\n]{1,500}?) because (the disk is full|your disk)/;

/**
 * Tells what the CLI could not save. It says so as its process ends, so that no turn may be there: it
 * is told where the session was last spoken to. Our own disk may be full too; then it is told later.
 */
export class Unsaved {
  readonly #commits: Commits;
  /** The sessions of which the process that ends has said it. */
  readonly #said = new Set<string>();

  constructor(readonly options: ConversationOptions) {
    this.#commits = new Commits(options.clock, () => {});
  }

  heard(session: string, event: TurnEvent): void {
    if (event.type === "unsaved") {
      this.#said.add(session);
      this.#tell(session, event);
    } else if (event.type === "exited" && !this.#said.delete(session)) {
      const lost = lostIn(event.stderrTail);
      if (lost !== null) this.#tell(session, lost);
    }
  }

  /** Sets no timer any more. */
  close(): void {
    this.#commits.close();
  }

  #tell(session: string, lost: Lost): void {
    const { journal, clock, compose } = this.options;
    this.#commits.add({
      whole: () => {
        const last = journal.jobs.latest(session);
        if (last === undefined) return;
        const notice = compose.notice(last.place, wordsOf(session, lost), null);
        journal.deliveries.add([notice], clock.now());
        announce(this.options, last.place.chat);
      },
    });
  }
}

function lostIn(stderr: string): Lost | null {
  const [, what, why] = LAST_WORDS.exec(stderr) ?? [];
  if (what === undefined) return null;
  return {
    type: "unsaved",
    what: what.includes("transcript") ? "conversation" : "settings",
    why: why === "your disk" ? "quota" : "full",
  };
}

function wordsOf(session: string, { what, why }: Lost): string {
  const cause = why === "quota" ? "The disk quota is used up" : "The disk is full";
  return what === "settings"
    ? `⚠️ ${cause}: Claude Code could not save its own settings. Free up space on its disk.`
    : `⚠️ ${cause}: Claude Code could not save the last part of the conversation in **${session}**. What is said here stays; your next message goes on without that part. Free up space first.`;
}
