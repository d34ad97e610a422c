import type { Job, NewDelivery, Place } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { samePlace } from "./batch.ts";
import type { Flight } from "./flight.ts";
import type { ConversationOptions } from "./options.ts";

const log = logger("conversation");

/** Whose messages are meant. */
interface Owner {
  readonly user: number;
  readonly place: Place;
}

/** The messages of a session that wait for their turn, and what a person may do with them. */
export class Queue {
  /** Messages of which their person said that they are no answer. */
  readonly #noAnswers = new Set<number>();

  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly flight: Flight,
    readonly hooks: {
      /** Something changed that people see. */
      readonly changed: () => void;
      /** Whether crashes hold back what waits. */
      readonly broken: () => boolean;
    },
  ) {}

  /** Takes a message out, with a line that says so. @returns false when it is on its way already. */
  cancel(id: number): boolean {
    const job = this.waiting().find((each) => each.id === id);
    return job !== undefined && this.#cancel([job]) === 1;
  }

  /** Takes out what waits of an owner, up to the job `last`. @returns how many messages that were. */
  drop(owner: Owner, last: number): number {
    return this.#cancel(this.#of(owner).filter(({ id }) => id <= last));
  }

  /**
   * Holds back what waits of an owner for the stop `by`, and commits what is asked about it.
   * @returns how many messages that are; with none nothing happens.
   */
  hold(owner: Owner, by: number, ask: (count: number) => readonly NewDelivery[]): number {
    const { journal, clock } = this.options;
    const jobs = this.waiting().filter((job) => isOf(job, owner));
    if (jobs.length === 0) return 0;
    journal.transaction(() => {
      journal.jobs.hold(jobs.map(({ id }) => id), by);
      journal.deliveries.add(ask(jobs.length), clock.now());
    });
    this.hooks.changed();
    return jobs.length;
  }

  /** Lets go on what the stop `by` holds back. @returns how many messages that are. */
  release(by: number): number {
    const jobs = this.#heldBy(by);
    this.options.journal.transaction(() =>
      this.options.journal.jobs.release(jobs.map(({ id }) => id))
    );
    this.hooks.changed();
    return jobs.length;
  }

  /** Takes out what the stop `by` holds back. @returns how many messages that were. */
  dropHeld(by: number): number {
    return this.#cancel(this.#heldBy(by));
  }

  /** A message is no answer to what Claude asks: its line is that of any other that waits. */
  later(id: number): void {
    this.#noAnswers.add(id);
    this.show();
  }

  /** All that waits, oldest first, but for what is on its way or asked about by the budget. */
  waiting(): Job[] {
    const { jobs, budgetHolds } = this.options.journal;
    return jobs.queue(this.session).filter(({ id }) =>
      !this.flight.carries(id) && budgetHolds.state(id) !== "asked"
    );
  }

  /** Shows what waits, and how much of it the turn's Stop may drop. A failure costs the view only. */
  show(): void {
    try {
      this.#show();
    } catch (error) {
      log.error("Cannot show what waits in {session}: {error}", { session: this.session, error });
    }
  }

  #show(): void {
    const { queuePresenter, presenter } = this.options;
    const { turn, running } = this.flight;
    const waiting = this.waiting();
    const open = turn === undefined || waiting.length === 0
      ? []
      : this.options.journal.prompts.open().filter(({ session }) => session === this.session);
    const messages = waiting.map((job, index) => ({
      job,
      requests: this.#mayAnswer(job) ? open.filter((request) => isOf(job, request)) : [],
      before: index + (turn === undefined ? 0 : 1),
      steerable: mayJoin(job, this.flight),
    }));
    // With no turn before it a message starts by itself, or was told why it does not.
    const stays = turn !== undefined || this.hooks.broken();
    const shown = messages.filter(({ job }) => stays || job.held !== null);
    queuePresenter.waiting(this.session, shown);
    if (running === null) return;
    const mine = this.#of(running.turn);
    const now = { count: mine.length, last: mine.at(-1)?.id ?? 0 };
    const { count, last } = running.view.waiting;
    if (now.count === count && now.last === last) return;
    running.view = { ...running.view, waiting: now };
    presenter.show(running.turn, running.view);
  }

  #mayAnswer({ id, held }: Job): boolean {
    return held === null && !this.#noAnswers.has(id);
  }

  #of(owner: Owner): Job[] {
    return this.waiting().filter((job) => isOf(job, owner) && job.held === null);
  }

  #heldBy(by: number): Job[] {
    return this.waiting().filter(({ held }) => held === by);
  }

  #cancel(jobs: readonly Job[]): number {
    const { journal, clock, queuePresenter } = this.options;
    const gone = journal.transaction(() =>
      jobs.filter(({ id }) => journal.jobs.cancel(id, clock.now()))
    );
    for (const job of gone) queuePresenter.cancelled(job);
    log.info("{count} waiting messages of {session} were cancelled", {
      count: gone.length,
      session: this.session,
    });
    this.hooks.changed();
    return gone.length;
  }
}

const isOf = (job: Job, owner: Owner) =>
  job.user === owner.user && samePlace(job.place, owner.place);

/**
 * Its answer would go to where the turn's goes: so only who asked may add to it, there. What is on
 * its way to a turn counts too: they may have one end.
 */
export const mayJoin = (job: Job, { turns }: Flight): boolean =>
  turns.every((turn) => !turn.asked || isOf(job, turn));
