import type { PromptId, TurnEvent } from "../claude/events.ts";
import type { Job } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { tell, tellStep } from "./notices.ts";
import type { ConversationOptions } from "./options.ts";
import { type Turn, turnOf, unaskedTurn } from "./turn.ts";
import { EMPTY_VIEW, reduce, type TurnView } from "./view.ts";

const log = logger("conversation");

/** A prompt on its way to its turn, with the jobs that it carries. */
export interface Submission {
  readonly promptId: PromptId;
  jobs: readonly Job[];
  readonly turn: Turn;
  /** `starting`: its process is not there yet; `sent`: written to it; `begun`: a turn has it. */
  state: "starting" | "sent" | "begun";
}

/** Prompts that have, or would have had, a turn. */
export type Carried = Pick<Submission, "turn" | "jobs">;

/**
 * The prompts that are with a session's process, and the turn that runs. Which prompt
 * belongs to which turn is said by the process; here it is only kept.
 */
export class InFlight {
  #submissions: Submission[] = [];
  /** The turn that runs, and what is seen of it. */
  running: { turn: Turn; view: TurnView } | null = null;

  constructor(readonly session: string, readonly options: ConversationOptions) {}

  /** The turn that runs, or that a prompt is on its way to. */
  get turn(): Turn | undefined {
    return this.turns[0];
  }

  /** Every turn that a further prompt may come to share. */
  get turns(): readonly Turn[] {
    return [this.running, ...this.#submissions].flatMap((each) => each?.turn ?? []);
  }

  /** True while nothing was written to the process yet. */
  get unsent(): boolean {
    return this.running === null && this.#submissions[0]?.state === "starting";
  }

  /** True when a job is on its way, or part of the turn. */
  carries(job: number): boolean {
    return this.#submissions.some(({ jobs }) => jobs.some(({ id }) => id === job));
  }

  /** Adds a new prompt that is to carry these jobs; the first one is shown at once. */
  add(jobs: readonly Job[]): Submission {
    const { uuid, clock } = this.options;
    const promptId = uuid();
    const turn = turnOf(promptId, jobs, clock.steady());
    const submission: Submission = { promptId, jobs, turn, state: "starting" };
    if (this.turn === undefined) this.options.presenter.show(turn, EMPTY_VIEW); // This may fail.
    this.#submissions.push(submission);
    return submission;
  }

  /** Takes a prompt out: its jobs wait again, and nothing of it is shown. */
  remove(gone: Submission): void {
    this.#submissions = this.#submissions.filter((each) => each !== gone);
    this.options.presenter.ended(gone.turn, EMPTY_VIEW);
  }

  /** Commits that a prompt is about to be written. A disk that refuses leaves its jobs waiting. */
  commit(submission: Submission): void {
    const { journal, clock } = this.options;
    const ids = submission.jobs.map(({ id }) => id);
    try {
      submission.jobs = ids.flatMap((id) => journal.jobs.get(id) ?? []); // Edited in the meantime.
      journal.transaction(() => {
        journal.jobs.submit(ids, submission.promptId, clock.now());
        journal.sessions.active(this.session, clock.now());
      });
    } catch (error) {
      this.remove(submission);
      throw error;
    }
    submission.state = "sent";
  }

  /** The prompts that were written and have no turn, oldest first. */
  get stranded(): readonly Submission[] {
    return this.#submissions.filter(({ state }) => state === "sent");
  }

  /** The jobs of the running turn. */
  get jobs(): readonly Job[] {
    return this.#submissions.filter(({ state }) => state === "begun").flatMap(({ jobs }) => jobs);
  }

  /** The submissions of these prompts, in the order in which they went: a result has one of its own. */
  of(prompts: readonly PromptId[]): readonly Submission[] {
    return this.#submissions.filter(({ promptId }) => prompts.includes(promptId));
  }

  /** Begins a turn. With no prompt of ours nobody asked: it goes to where was last spoken. */
  begin(prompts: readonly PromptId[], reports?: readonly string[]): void {
    const begun = this.of(prompts);
    const [first] = begun;
    if (first === undefined) return this.#beginUnasked(reports);
    for (const submission of begun) submission.state = "begun";
    const { id, startedAt } = first.turn;
    this.running = { turn: turnOf(id, this.jobs, startedAt), view: EMPTY_VIEW };
  }

  #beginUnasked(reports?: readonly string[]): void {
    const { journal, uuid, clock } = this.options;
    const last = journal.jobs.latest(this.session);
    if (last === undefined) {
      return log.error("A turn of {session} has no chat to go to", { session: this.session });
    }
    this.running = { turn: unaskedTurn(uuid(), last, clock.steady(), reports), view: EMPTY_VIEW };
  }

  /** Notes that the running turn goes on with what a limit had stopped. */
  continues(words: string): void {
    if (this.running !== null) this.running.turn = { ...this.running.turn, continues: words };
  }

  /** Joins a prompt to the running turn, which took it in: its answer is that turn's. */
  join(prompt: PromptId): void {
    const [submission] = this.of([prompt]);
    if (submission === undefined || this.running === null || submission.state === "begun") return;
    submission.state = "begun";
    const { id, startedAt } = this.running.turn;
    this.running.turn = turnOf(id, this.jobs, startedAt);
    if (submission.turn.id !== id) this.options.presenter.ended(submission.turn, EMPTY_VIEW);
  }

  /** The view of the running turn. */
  get view(): TurnView {
    return this.running?.view ?? EMPTY_VIEW;
  }

  /** Folds an event into the running turn's view and shows it. */
  see(event: TurnEvent): void {
    const { running, turn, options } = this;
    if (event.type === "warning") {
      if (turn !== undefined) tell(options, turn, { text: event.text, replyTo: null });
      return;
    }
    if (running === null) { // A turn that did not show itself is silent too, or being resumed.
      if ((event.type !== "silent" && event.type !== "notice") || turn === undefined) return;
      return options.presenter.show(turn, reduce(EMPTY_VIEW, event));
    }
    tellStep(options, running.turn, event);
    this.look(reduce(running.view, event));
  }

  /** Shows the running turn as it looks now. */
  look(view: TurnView): void {
    const { running } = this;
    if (running === null || running.view === view) return;
    running.view = view;
    this.options.presenter.show(running.turn, view);
  }

  /** Ends the turn, and the prompts that carried these jobs. */
  settle(jobs: readonly Job[], turn: Turn): void {
    const ids = new Set(jobs.map(({ id }) => id));
    const over = this.#submissions.filter((each) => each.jobs.some(({ id }) => ids.has(id)));
    this.#submissions = this.#submissions.filter((each) => !over.includes(each));
    if (this.running?.turn.id === turn.id) this.running = null;
    for (const each of over) {
      if (each.turn.id !== turn.id) this.options.presenter.ended(each.turn, EMPTY_VIEW);
    }
  }
}
