import type { JournalUpdate } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import type { Asker, Context, Reply } from "./context.ts";
import { addJob, extendJob, messageOf, restPieces, steered } from "./jobs.ts";
import type { Begun, MessageGroups } from "./message_groups.ts";
import { askForSession, releaseHeld } from "./switching.ts";
import { isCommand } from "./update.ts";

const log = logger("router");

/** Makes jobs of what people write, each in its session. */
export class Submitter {
  /** @param deliver puts a reply to an update into the outbox; called in a transaction. */
  constructor(
    readonly context: Context,
    readonly groups: MessageGroups,
    readonly deliver: (update: JournalUpdate, asker: Asker, reply: Reply) => void,
  ) {}

  /** Makes the messages of one prompt a job, or a part of the one that their beginning became. */
  async submit(updates: readonly JournalUpdate[], asker: Asker): Promise<void> {
    const begun = this.groups.begun(updates);
    if (begun !== undefined && this.#goOn(begun, updates, asker)) return;
    await this.#ask(updates, asker, begun !== undefined);
  }

  /**
   * Serves the rest of a text whose beginning, cut at an early gap, did not wait for it: a job that
   * still waits is extended, a running turn takes it in; nothing is started again.
   * @returns false when the beginning is no job that could go on.
   */
  #goOn(begun: Begun, updates: readonly JournalUpdate[], asker: Asker): boolean {
    const { journal, conversations } = this.context;
    const job = begun.job === null ? undefined : journal.jobs.get(begun.job);
    if (job === undefined) return false;
    const before = begun.messages.at(-1)!;
    if (journal.transaction(() => extendJob(this.context, job.id, before, updates))) {
      this.groups.became(updates, job.id);
      // With what stood before it, it is one text too: that may be running already.
      const runs = begun.behind !== undefined && this.#steer(job.session, job.id);
      if (!runs) conversations.wake(job.session);
      return true;
    }
    if (isCommand(begun.messages[0]?.text ?? "")) return false; // Claude Code's own takes no more.
    const pieces = restPieces(before, updates.map(messageOf));
    const id = journal.transaction(() => addJob(this.context, updates, job.session, asker, pieces));
    this.groups.became(updates, id);
    if (!this.#steer(job.session, id)) conversations.wake(job.session);
    return true;
  }

  /** Makes messages a job of the session that is current now; in a hurry for its running turn. */
  async #ask(updates: readonly JournalUpdate[], asker: Asker, hurried: boolean): Promise<void> {
    const { journal, sessions, conversations } = this.context;
    const session = await sessions.active(asker.place);
    if (session === null) {
      const reply = await askForSession(this.context);
      // One may have been chosen while the buttons were made.
      if (await sessions.active(asker.place) !== null) {
        return await this.#ask(updates, asker, hurried);
      }
      return this.#hold(updates, asker, reply);
    }
    releaseHeld(this.context, asker.place, session); // They came first, and the tap may be under way.
    const id = journal.transaction(() => addJob(this.context, updates, session, asker));
    this.groups.became(updates, id);
    const steers = hurried || steered(messageOf(updates[0]!).text ?? "") !== null;
    if (!steers || !this.#steer(session, id)) conversations.wake(session);
  }

  /** Keeps messages until a session is chosen, and asks for it once. */
  #hold(updates: readonly JournalUpdate[], asker: Asker, reply: Reply): void {
    const { journal, outbox } = this.context;
    const held = journal.updates.held(asker.place, asker.user).length > 0;
    journal.transaction(() => {
      for (const { id } of updates) journal.updates.hold(id);
      if (!held) this.deliver(updates.at(-1)!, asker, reply);
    });
    outbox.wake(asker.place.chat);
  }

  /** Where a job cannot be handed to the turn it waits: it is in the journal, and goes next. */
  #steer(session: string, job: number): boolean {
    try {
      return this.context.conversations.of(session).steer(job) === "sent";
    } catch (error) {
      log.error("Cannot steer job {job} of {session}: {error}", { job, session, error });
      return false;
    }
  }
}
