import type { Job, NewDelivery, OpenRequest } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { bareAnswer, isOf, type Owner } from "./bare.ts";
import type { InFlight } from "./in_flight.ts";
import type { ConversationOptions } from "./options.ts";

const log = logger("conversation");

/** The messages of a session that wait for their turn, and what a person may do with them. */
export class Queue {
  /** Messages of which their person said that they are no answer. */
  readonly #noAnswers = new Set<number>();

  /**
   * @param backoff whether crashes hold back what waits.
   * @param changed told of a change that people see.
   */
  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly inFlight: InFlight,
    readonly backoff: { readonly admits: boolean },
    readonly changed: () => void,
  ) {}

  /** Takes messages out that wait, each with a line that says so. @returns how many those were. */
  cancel(isMeant: (job: Job) => boolean): number {
    const { journal, clock, queuePresenter } = this.options;
    const jobs = this.waiting().filter(isMeant);
    if (jobs.length === 0) return 0;
    const gone = journal.transaction(() =>
      jobs.filter(({ id }) => journal.jobs.cancel(id, clock.now()))
    );
    for (const job of gone) queuePresenter.cancelled(job);
    log.info("{count} waiting messages of {session} were cancelled", {
      count: gone.length,
      session: this.session,
    });
    this.changed();
    return gone.length;
  }

  /**
   * Holds back what waits of an owner for the stop `by`, and commits what is asked about it.
   * @returns how many messages that are; with none nothing happens.
   */
  hold(owner: Owner, by: number, ask: (count: number) => readonly NewDelivery[]): number {
    const { journal, clock } = this.options;
    const requests = this.#open();
    const jobs = this.waiting().filter((job) => isOf(job, owner) && !this.#endsWith(job, requests));
    if (jobs.length === 0) return 0;
    journal.transaction(() => {
      journal.jobs.hold(jobs.map(({ id }) => id), by);
      journal.deliveries.add(ask(jobs.length), clock.now());
    });
    this.changed();
    return jobs.length;
  }

  /** Lets go on what the stop `by` holds back. @returns how many messages that are. */
  release(by: number): number {
    const { journal } = this.options;
    const jobs = this.waiting().filter(({ held }) => held === by);
    journal.transaction(() => journal.jobs.release(jobs.map(({ id }) => id)));
    this.changed();
    return jobs.length;
  }

  /** Notes that a message is no answer to what Claude asks: its line is that of any other that waits. */
  later(id: number): void {
    this.#noAnswers.add(id);
    this.show();
  }

  /** The yeses and noes that wait beside a request, and end with it. */
  bareBeside(request: OpenRequest): Job[] {
    return this.waiting().filter((job) => this.#endsWith(job, [request]));
  }

  #endsWith(job: Job, requests: readonly OpenRequest[]): boolean {
    return this.#mayAnswer(job) && bareAnswer(job.text) !== null &&
      requests.some((request) => isOf(job, request));
  }

  #open(): OpenRequest[] {
    return this.options.journal.requests.open().filter(({ session }) => session === this.session);
  }

  /** All that waits, oldest first, but for what is on its way or asked about by the budget. */
  waiting(): Job[] {
    const { jobs, budgetHolds } = this.options.journal;
    return jobs.queue(this.session).filter(({ id }) =>
      !this.inFlight.carries(id) && budgetHolds.state(id) !== "asked"
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
    const { turn, running } = this.inFlight;
    const waiting = this.waiting();
    const open = turn === undefined || waiting.length === 0 ? [] : this.#open();
    const messages = waiting.map((job, index) => ({
      job,
      requests: this.#mayAnswer(job) ? open.filter((request) => isOf(job, request)) : [],
      before: index + (turn === undefined ? 0 : 1),
      steerable: mayJoin(job, this.inFlight),
    }));
    // With no turn before it a message starts by itself, or was told why it does not.
    const stays = turn !== undefined || !this.backoff.admits;
    const shown = messages.filter(({ job }) => stays || job.held !== null);
    this.options.queuePresenter.waiting(this.session, shown);
    if (running === null) return;
    const mine = waiting.filter(isFree(running.turn));
    const [count, last] = [mine.length, mine.at(-1)?.id ?? 0];
    const before = running.view.waiting;
    if (before.count === count && before.last === last) return;
    this.inFlight.look({ ...running.view, waiting: { count, last } });
  }

  #mayAnswer({ id, held }: Job): boolean {
    return held === null && !this.#noAnswers.has(id);
  }
}

/** True for what an owner sent and no stop holds back. */
export const isFree = (owner: Owner) => (job: Job) => isOf(job, owner) && job.held === null;

/**
 * True when a job may join the turns that are under way. Its answer would go to where theirs goes, so
 * only who asked may add to them, there. What is on its way to a turn counts: they may have one end.
 */
export const mayJoin = (job: Job, { turns }: InFlight): boolean =>
  turns.every((turn) => !turn.asked || isOf(job, turn));

/**
 * The jobs at the head of the queue that may become one prompt: of one place and user. A command of
 * Claude Code's is one only where nothing else stands in its prompt, and what follows another stays alone.
 */
export function nextBatch(waiting: readonly Job[]): readonly Job[] {
  const [first] = waiting;
  if (first === undefined) return [];
  if (isAlone(first)) return [first];
  const end = waiting.findIndex((job) => isAlone(job) || !isOf(job, first));
  return end === -1 ? waiting : waiting.slice(0, end);
}

const isAlone = (job: Job) => job.alone || isClaudeCommand(job);

/** True for a command of Claude Code's, which is one only by itself. */
export const isClaudeCommand = ({ text }: Pick<Job, "text">) =>
  /^\/[A-Za-z][\w:-]*(?:\s|$)/.test(text);
