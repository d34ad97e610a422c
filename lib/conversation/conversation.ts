import type { PermissionAnswer, PromptId, TurnEvent } from "../claude/events.ts";
import type { Job, JobOutcome, OpenPrompt } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { Asking } from "./asking.ts";
import { nextBatch } from "./batch.ts";
import { endedClosing, exitedClosing, unansweredClosing } from "./closings.ts";
import { Commits } from "./commits.ts";
import type { ConversationOptions, Worker } from "./options.ts";
import type { Closing, Turn } from "./screen.ts";
import { DROPPED, sentenceOf, STOPPED_EARLY } from "./sentences.ts";
import { type Running, type Submission, submissionOf, unaskedTurn } from "./turn.ts";
import { EMPTY_VIEW, view } from "./view.ts";

const log = logger("conversation");

/** What `stop` found. */
export type StopResult = "nothing" | "stopping" | "killed";

/**
 * One session at work. It holds the queue: one prompt is with the process at a time; what its end
 * means is committed, with every piece of the answer, before anything is shown.
 */
export class Conversation {
  #submission: Submission | null = null;
  #running: Running | null = null;
  #worker: Worker | null = null;
  #stopping: "person" | "shutdown" | null = null;
  #toldFull = false;
  #pumping = false;
  readonly #asking: Asking;
  readonly #commits: Commits;

  constructor(readonly session: string, readonly options: ConversationOptions) {
    this.#commits = new Commits(options.clock, () => this.#goOn());
    this.#asking = new Asking(session, options, {
      answer: (id, answer) => this.#worker?.answer(id, answer) ?? false,
      expire: (prompt, answer, words) => this.answer(prompt, answer, words),
    });
  }

  /** Whether a turn runs or a prompt is on its way. */
  get busy(): boolean {
    return this.#turn !== undefined;
  }

  /** The turn that runs, or that a prompt is on its way to. */
  get #turn(): Turn | undefined {
    return this.#running?.turn ?? this.#submission?.turn;
  }

  /** Takes the next waiting jobs to the process, unless one is with it. Call it after every change. */
  async pump(): Promise<void> {
    const held = this.#pumping || this.busy || this.#commits.pending;
    if (held || this.#stopping === "shutdown") return;
    const jobs = nextBatch(this.options.journal.jobs.waiting(this.session));
    if (jobs.length === 0) return;
    this.#pumping = true;
    try {
      await this.#submit(jobs);
    } finally {
      this.#pumping = false;
    }
    if (!this.busy && !this.#toldFull) await this.pump();
  }

  /** Interrupts the running turn. The process and its context live on, unless it does not react. */
  async stop(): Promise<StopResult> {
    const worker = this.#worker;
    const turn = this.#turn;
    if (turn === undefined) return "nothing";
    this.#stopping ??= "person";
    const unsent = this.#running === null && this.#submission?.sent === false;
    if (worker === null || unsent) return "stopping"; // Ends in `#submit`.
    if (await worker.interrupt()) return "stopping";
    if (this.#turn?.id !== turn.id) return "stopping"; // It ended by itself.
    log.warn("The process of {session} does not react to an interrupt", { session: this.session });
    await worker.close("killed");
    return "killed";
  }

  /** The program stops: nothing new is submitted, the running turn will be told why it ends. */
  shutDown(): void {
    this.#stopping = "shutdown";
    this.#asking.close();
    this.#commits.close();
  }

  /** Answers an open permission prompt, once. @returns false when it was closed before. */
  answer(prompt: OpenPrompt, answer: PermissionAnswer, words: string): boolean {
    const answered = this.#asking.answer(prompt, answer, words);
    if (answered) this.#see({ type: "prompt_withdrawn", id: prompt.requestId });
    return answered;
  }

  /** What the session's process says, in order. */
  heard(event: TurnEvent): void {
    switch (event.type) {
      case "started":
        this.#begin(event.prompts);
        break;
      case "joined":
        this.#adopt(event.prompt);
        break;
      case "session":
        this.options.onSessionId(this.session, event.id);
        break;
      case "prompt":
        this.#asking.ask(event.request, this.#turn);
        break;
      case "prompt_withdrawn":
        this.#asking.withdrawn(event.id);
        break;
      case "dropped":
        this.#dropped(event.prompt, event.cancelled);
        break;
      case "ended":
        this.#ended(event);
        return;
      case "exited":
        this.#exited(event);
        return;
    }
    this.#see(event);
  }

  async #submit(jobs: readonly Job[]): Promise<void> {
    const submission = submissionOf(this.options.uuid(), jobs, this.options.clock.now());
    this.#submission = submission;
    this.options.screen.show(submission.turn, EMPTY_VIEW);
    let worker: Worker;
    try {
      do worker = await this.options.acquire(this.session); while (!worker.alive);
    } catch (error) {
      if (this.#stopping !== null) return this.#stoppedBeforeSending(submission);
      return this.#notStarted(submission, error);
    }
    if (this.#stopping !== null) return this.#stoppedBeforeSending(submission);
    this.#commitSubmission(submission);
    this.#toldFull = false;
    this.#worker = worker;
    worker.send({ id: submission.promptId, text: jobs.map(({ text }) => text).join("\n\n") });
    this.options.onActive(this.session);
  }

  /** A disk that refuses leaves the jobs waiting: nothing was sent. */
  #commitSubmission(submission: Submission): void {
    const { journal, clock, screen } = this.options;
    const ids = submission.jobs.map(({ id }) => id);
    try {
      journal.transaction(() => journal.jobs.submit(ids, submission.promptId, clock.now()));
      submission.sent = true;
    } catch (error) {
      this.#submission = null;
      screen.ended(submission.turn, EMPTY_VIEW);
      throw error;
    }
  }

  #notStarted(submission: Submission, error: unknown): void {
    const { screen, isFull } = this.options;
    if (isFull(error)) {
      this.#submission = null;
      screen.ended(submission.turn, EMPTY_VIEW);
      if (!this.#toldFull) {
        const words = `${sentenceOf(error)} Your message runs as soon as one is free.`;
        this.#tell(submission.turn, words);
      }
      this.#toldFull = true;
      return;
    }
    log.error("Cannot start the process of {session}: {error}", { session: this.session, error });
    this.#unanswered(submission, "failed", sentenceOf(error));
  }

  #stoppedBeforeSending(submission: Submission): void {
    if (this.#stopping === "shutdown") { // It still waits, and runs after the next start.
      this.#submission = null;
      return this.options.screen.ended(submission.turn, EMPTY_VIEW);
    }
    this.#stopping = null;
    this.#unanswered(submission, "cancelled", STOPPED_EARLY);
  }

  #begin(prompts: readonly PromptId[]): void {
    const submission = this.#submission;
    if (submission !== null && prompts.includes(submission.promptId)) {
      this.#running = { turn: submission.turn, view: EMPTY_VIEW };
      return;
    }
    const last = this.options.journal.jobs.latest(this.session);
    if (last === undefined) {
      return log.error("A turn of {session} has no chat to go to", { session: this.session });
    }
    const turn = unaskedTurn(this.options.uuid(), last, this.options.clock.now());
    this.#running = { turn, view: EMPTY_VIEW };
  }

  /** A prompt of ours was taken into a turn that ran already: its answer is that turn's. */
  #adopt(prompt: PromptId): void {
    const submission = this.#submission;
    if (submission?.promptId !== prompt || this.#running === null) return;
    const { id, startedAt } = this.#running.turn;
    this.#running.turn = { ...submission.turn, id, startedAt };
    this.options.screen.ended(submission.turn, EMPTY_VIEW);
  }

  /** Folds an event into the running turn's view and shows it. */
  #see(event: TurnEvent): void {
    if (this.#running === null) return;
    const after = view(this.#running.view, event);
    if (after === this.#running.view) return;
    this.#running.view = after;
    this.options.screen.show(this.#running.turn, after);
  }

  #ended(event: Extract<TurnEvent, { type: "ended" }>): void {
    const { journal } = this.options;
    const jobs = event.prompts.flatMap((prompt) => journal.jobs.ofPrompt(prompt));
    const turn = this.#turn;
    if (turn === undefined) return log.error("A turn ended that nobody knows");
    const closing = endedClosing(this.#ending(turn, jobs), event);
    this.#finish(jobs, event.outcome, closing, event.usage);
  }

  #dropped(prompt: PromptId, cancelled: boolean): void {
    const submission = this.#submission;
    if (submission?.promptId !== prompt) return;
    if (cancelled) this.#unanswered(submission, "cancelled", STOPPED_EARLY);
    else this.#unanswered(submission, "dropped", DROPPED);
  }

  #exited(event: Extract<TurnEvent, { type: "exited" }>): void {
    this.#worker = null;
    const submission = this.#submission?.sent ? this.#submission : null;
    const turn = this.#running?.turn ?? submission?.turn;
    if (turn === undefined) return;
    const jobs = submission?.jobs ?? [];
    const closing = exitedClosing(this.#ending(turn, jobs), event);
    this.#finish(jobs, closing.outcome, closing);
  }

  #ending(turn: Turn, jobs: readonly Job[]) {
    const shutdown = this.#stopping === "shutdown";
    return { turn, jobs, shutdown, view: this.#running?.view ?? EMPTY_VIEW };
  }

  /** Closes a prompt that had no turn of its own. */
  #unanswered({ turn, jobs }: Submission, outcome: JobOutcome, sentence: string): void {
    this.#finish(jobs, outcome, unansweredClosing(turn, jobs, outcome, sentence));
  }

  /** The closing transaction: jobs, usage and every piece of the answer, or nothing. */
  #finish(
    jobs: readonly Job[],
    outcome: JobOutcome,
    closing: Closing,
    usage?: Extract<TurnEvent, { type: "ended" }>["usage"],
  ): void {
    const { journal, clock, compose, screen } = this.options;
    const now = clock.now();
    this.#commits.add(() => {
      const deliveries = compose.answer(closing);
      journal.transaction(() => {
        journal.jobs.done(jobs.map(({ id }) => id), outcome, now);
        if (usage !== undefined) journal.addUsage({ session: this.session, ...usage }, now);
        journal.deliveries.add(deliveries, now);
      });
      screen.delivered(closing.turn.place.chat);
    });
    this.#forget(jobs, closing.turn);
    screen.ended(closing.turn, closing.view);
    this.#goOn();
  }

  #goOn(): void {
    this.pump().catch((error) =>
      log.error("Cannot go on in {session}: {error}", { session: this.session, error })
    );
  }

  /** The turn, and the prompt that carried these jobs, are over; another turn may go on. */
  #forget(jobs: readonly Job[], turn: Turn): void {
    const submission = this.#submission;
    if (
      submission !== null && jobs.some(({ id }) => submission.jobs.some((job) => job.id === id))
    ) {
      this.#submission = null;
      if (submission.turn.id !== turn.id) this.options.screen.ended(submission.turn, EMPTY_VIEW);
    }
    if (this.#running?.turn.id === turn.id) this.#running = null;
    if (this.#stopping === "person" && !this.busy) this.#stopping = null;
    this.#toldFull = false;
  }

  #tell(turn: Turn, markdown: string): void {
    const { journal, clock, compose, screen } = this.options;
    journal.deliveries.add([compose.notice(turn.place, markdown, turn.replyTo)], clock.now());
    screen.delivered(turn.place.chat);
  }
}
