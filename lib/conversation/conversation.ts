import type { AskAnswer, PromptId, TurnEvent } from "../claude/events.ts";
import type { Job, JobOutcome, OpenPrompt } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { Asking } from "./asking.ts";
import { tell } from "./asides.ts";
import { Budget } from "./budget.ts";
import { endedClosing, exitedClosing, unansweredClosing } from "./closings.ts";
import { Commits } from "./commits.ts";
import { Flight } from "./flight.ts";
import type { ConversationOptions, Worker } from "./options.ts";
import { mayJoin, Queue } from "./queue.ts";
import type { SteerResult, StopResult } from "./results.ts";
import { Retry } from "./retry.ts";
import type { Closing, Turn } from "./screen.ts";
import {
  DOES_NOT_REACT,
  DROPPED,
  sentenceOf,
  STOPPED_EARLY,
  strandedSentence,
} from "./sentences.ts";
import { Start } from "./start.ts";
import { type Carried, type Submission, submissionOf } from "./turn.ts";
import { endOf } from "./turn_end.ts";
import { answerOf, EMPTY_VIEW } from "./view.ts";

const log = logger("conversation");

/**
 * One session at work. It holds the queue: one prompt is with the process at a time, and what a
 * person steers into its turn; what their end means is committed, with every piece of the answer,
 * before anything is shown.
 */
export class Conversation {
  /** What waits for its turn. */
  readonly queue: Queue;
  readonly #flight: Flight;
  #worker: Worker | null = null;
  #stopping: "person" | "shutdown" | null = null;
  #toldFull = false;
  #pumping = false;
  readonly #asking: Asking;
  readonly #commits: Commits;
  readonly #budget: Budget;
  readonly #start: Start;
  readonly #retry: Retry;

  /** @param unused told when a process came up for a prompt that was stopped meanwhile. */
  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    unused: () => void,
  ) {
    this.#start = new Start(session, options, unused);
    this.#retry = new Retry(options.clock, () => this.#goOn());
    this.#commits = new Commits(options.clock, () => this.#goOn());
    this.#budget = new Budget(options);
    this.#flight = new Flight(session, options);
    this.queue = new Queue(session, options, this.#flight, () => this.#goOn());
    this.#asking = new Asking(session, options, {
      answer: (id, answer) => this.#worker?.answer(id, answer) ?? false,
      expire: (prompt, answer, words) => this.answer(prompt, answer, words),
    });
  }

  /** Whether a turn runs or a prompt is on its way. */
  get busy(): boolean {
    return this.#flight.turn !== undefined;
  }

  /** Takes the next waiting jobs to the process, unless one is with it. Call it after every change. */
  async pump(): Promise<void> {
    try {
      await this.#pump();
    } catch (error) {
      this.#retry.soon(); // The disk refuses; nobody else may come to wake what waits.
      throw error;
    }
  }

  async #pump(): Promise<void> {
    const held = this.#pumping || this.busy || this.#commits.pending;
    if (this.#stopping === "shutdown") return;
    if (held) return this.queue.show();
    const jobs = this.#budget.next(this.options.journal.jobs.waiting(this.session));
    if (jobs.length === 0) return this.queue.show();
    this.#pumping = true;
    try {
      await this.#submit(jobs);
    } finally {
      this.#pumping = false;
    }
    if (!this.busy && !this.#toldFull) await this.#pump();
  }

  /** Interrupts the running turn. The process and its context live on, unless it does not react. */
  async stop(): Promise<StopResult> {
    const worker = this.#worker;
    const turn = this.#flight.turn;
    if (turn === undefined) return "nothing";
    this.#stopping ??= "person";
    if (worker === null || this.#flight.unsent) { // Ends in `#submit`.
      this.#start.giveUp();
      return "stopping";
    }
    if (await worker.interrupt()) return "stopping";
    if (this.#flight.turn?.id !== turn.id) return "stopping"; // It ended by itself.
    if (worker.alive) {
      log.warn("The process of {session} does not react to an interrupt", { ...turn });
      tell(this.options, turn, DOES_NOT_REACT);
    }
    await worker.close("killed");
    return "killed";
  }

  /** Hands a waiting job to the running turn at once; without one it simply goes next. */
  steer(id: number): SteerResult {
    const { journal, uuid, clock } = this.options;
    const job = this.queue.waiting().find((each) => each.id === id);
    if (job === undefined) return "gone";
    const { turn, unsent } = this.#flight;
    const worker = this.#worker;
    const idle = turn === undefined || unsent || !worker?.alive || this.#stopping !== null;
    if (idle || !mayJoin(job, this.#flight)) { // Also what a stop held back goes on then.
      journal.jobs.release([id]);
      this.#goOn();
      return idle ? "next" : "elsewhere";
    }
    const submission = submissionOf(uuid(), [job], clock.now());
    this.#flight.commit(submission);
    this.#flight.add(submission);
    this.#send(worker, submission);
    this.queue.show();
    return "sent";
  }

  /** The program stops: nothing new is submitted, the running turn will be told why it ends. */
  shutDown(): void {
    this.#stopping = "shutdown";
    this.#asking.close();
    this.#commits.close();
    this.#retry.close();
  }

  /** Answers what Claude asks, once, `also` in the same commit. @returns false when it was closed. */
  answer(prompt: OpenPrompt, answer: AskAnswer, words: string, also?: () => void): boolean {
    const answered = this.#asking.answer(prompt, answer, words, also);
    if (answered) this.#flight.see({ type: "prompt_withdrawn", id: prompt.requestId });
    return answered;
  }

  /** What the session's process says, in order. */
  heard(event: TurnEvent): void {
    switch (event.type) {
      case "started":
        this.#flight.begin(event.prompts, event.reports);
        this.queue.show();
        break;
      case "joined":
        this.#flight.join(event.prompt);
        break;
      case "session":
        this.options.onSessionId(this.session, event.id);
        break;
      case "prompt":
        this.#asking.ask(event.request, this.#flight.turn, answerOf(this.#flight.view));
        break;
      case "prompt_withdrawn":
        this.#asking.withdrawn(event, this.#stopping !== null);
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
    this.#flight.see(event);
  }

  async #submit(jobs: readonly Job[]): Promise<void> {
    const submission = submissionOf(this.options.uuid(), jobs, this.options.clock.now());
    this.#flight.add(submission);
    this.options.screen.show(submission.turn, EMPTY_VIEW);
    this.queue.show();
    let worker: Worker | null;
    try {
      do worker = await this.#start.worker(); while (this.#stopping === null && !worker?.alive);
    } catch (error) {
      if (this.#stopping !== null) return this.#stoppedBeforeSending(submission);
      return this.#notStarted(submission, error);
    }
    if (worker === null || this.#stopping !== null) return this.#stoppedBeforeSending(submission);
    try {
      this.#flight.commit(submission);
    } catch (error) {
      this.#flight.remove(submission);
      throw error;
    }
    this.#toldFull = false;
    this.#worker = worker;
    this.#send(worker, submission);
  }

  #send(worker: Worker, { promptId, jobs }: Submission): void {
    worker.send({ id: promptId, text: jobs.map(({ text }) => text).join("\n\n") });
    this.options.onActive(this.session);
  }

  #notStarted(submission: Submission, error: unknown): void {
    if (this.options.isFull(error)) {
      this.#flight.remove(submission);
      if (!this.#toldFull) {
        const words = `${sentenceOf(error)} Your message runs as soon as one is free.`;
        tell(this.options, submission.turn, words);
      }
      this.#toldFull = true;
      return;
    }
    log.error("Cannot start the process of {session}: {error}", { session: this.session, error });
    this.#unanswered(submission, "failed", sentenceOf(error));
  }

  #stoppedBeforeSending(submission: Submission): void {
    if (this.#stopping === "shutdown") { // It still waits, and runs after the next start.
      return this.#flight.remove(submission);
    }
    this.#stopping = null;
    this.#unanswered(submission, "cancelled", STOPPED_EARLY);
  }

  #ended(event: Extract<TurnEvent, { type: "ended" }>): void {
    const { journal } = this.options;
    for (const prompt of event.prompts) this.#flight.join(prompt); // Named by the result alone.
    const jobs = event.prompts.flatMap((prompt) => journal.jobs.ofPrompt(prompt));
    const { turn } = this.#flight;
    if (turn === undefined) return log.error("A turn ended that nobody knows");
    const closing = endedClosing(this.#ending(turn, jobs), event);
    this.#finish(jobs, event.outcome, closing, event.usage);
  }

  #dropped(prompt: PromptId, cancelled: boolean): void {
    const submission = this.#flight.of(prompt);
    if (submission === undefined) return;
    if (cancelled) this.#unanswered(submission, "cancelled", STOPPED_EARLY);
    else this.#unanswered(submission, "dropped", DROPPED);
  }

  /** Every prompt that was with the process is told of its end, each in its own place. */
  #exited(event: Extract<TurnEvent, { type: "exited" }>): void {
    this.#worker = null;
    const { running, jobs, stranded } = this.#flight;
    const turns = running === null ? [] : [{ turn: running.turn, jobs }];
    const [first, ...more] = [...turns, ...stranded];
    if (first === undefined) return;
    const ending = this.#ending(first.turn, first.jobs);
    const closing = exitedClosing(ending, event);
    this.#finish(first.jobs, closing.outcome, closing);
    const outcome = event.reason === "killed" ? "cancelled" : "failed";
    for (const submission of more) {
      this.#unanswered(submission, outcome, strandedSentence(event.reason, ending.shutdown));
    }
  }

  #ending(turn: Turn, jobs: readonly Job[]) {
    const shutdown = this.#stopping === "shutdown";
    return { turn, jobs, shutdown, view: this.#flight.view };
  }

  /** Closes a prompt that had no turn of its own. */
  #unanswered({ turn, jobs }: Carried, outcome: JobOutcome, sentence: string): void {
    this.#finish(jobs, outcome, unansweredClosing(turn, jobs, outcome, sentence));
  }

  #finish(
    jobs: readonly Job[],
    outcome: JobOutcome,
    closing: Closing,
    usage?: Extract<TurnEvent, { type: "ended" }>["usage"],
  ): void {
    const { clock, screen } = this.options;
    const end = { jobs, outcome, closing, usage, at: clock.now() };
    this.#commits.add(endOf(this.options, this.#budget, end));
    this.#flight.settle(jobs, closing.turn);
    if (this.#stopping === "person" && !this.busy) this.#stopping = null;
    this.#toldFull = false;
    screen.ended(closing.turn, closing.view);
    this.#goOn();
  }

  #goOn(): void {
    this.pump().catch((error) =>
      log.error("Cannot go on in {session}: {error}", { session: this.session, error })
    );
  }
}
