import type { AskAnswer, PromptId, TurnEvent } from "../claude/events.ts";
import type { Job, JobOutcome, OpenPrompt } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { Asking } from "./asking.ts";
import { tell } from "./notices.ts";
import { isCommand } from "./batch.ts";
import { Budget } from "./budget.ts";
import { endedClosing, exitedEnds, unansweredClosing } from "./closings.ts";
import { Commits } from "./commits.ts";
import type { Crashes } from "./crashes.ts";
import { Flight } from "./flight.ts";
import { Holding } from "./holding.ts";
import type { ConversationOptions, Worker } from "./options.ts";
import { mayJoin, Queue } from "./queue.ts";
import type { SteerResult, StopResult } from "./results.ts";
import { Retry } from "./retry.ts";
import { Silence } from "./silence.ts";
import type { Closing, Turn } from "./presenter.ts";
import { DOES_NOT_REACT, DROPPED, sentenceOf, STOPPED_EARLY } from "./sentences.ts";
import { Start } from "./start.ts";
import { type Carried, type Submission, submissionOf } from "./turn.ts";
import { endOf } from "./turn_end.ts";
import { EMPTY_VIEW } from "./view.ts";

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
  #stopping: "person" | "parked" | "shutdown" | null = null;
  #pumping = false;
  readonly #asking: Asking;
  readonly #commits: Commits;
  readonly #budget: Budget;
  readonly #start: Start;
  readonly #retry: Retry;
  readonly #holding: Holding;
  readonly #silence: Silence;

  /** @param wakeAll told when what others wait for may be free: a place, or the next try. */
  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly crashes: Crashes,
    readonly wakeAll: () => void,
  ) {
    this.#start = new Start(session, options, wakeAll);
    this.#holding = new Holding(session, options, crashes);
    this.#silence = new Silence(options);
    this.#retry = new Retry(options.clock, () => this.#goOn());
    this.#commits = new Commits(options.clock, () => this.#goOn());
    this.#budget = new Budget(options);
    this.#flight = new Flight(session, options);
    this.queue = new Queue(session, options, this.#flight, {
      changed: () => this.#goOn(),
      broken: () => this.#holding.broken,
    });
    this.#asking = new Asking(session, options, {
      asks: (id) => this.#worker?.asks(id) ?? false,
      answer: (id, answer) => this.#worker?.answer(id, answer) ?? false,
      park: (prompt) => this.#park(prompt),
    });
  }

  /** The turn that runs, or that a prompt is on its way to. */
  get turn(): Turn | undefined {
    return this.#flight.turn;
  }

  /** Whether something is with the process, or its end is still to be committed. */
  get busy(): boolean {
    return this.turn !== undefined || this.#commits.pending;
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
    if (this.#stopping === "shutdown") return;
    if (this.#pumping || this.busy) return this.queue.show();
    const waiting = this.options.journal.jobs.waiting(this.session);
    const broken = this.#holding.broken;
    if (broken) this.#holding.tellBroken(waiting);
    const jobs = broken ? [] : this.#budget.next(waiting);
    if (jobs.length === 0) return this.queue.show();
    this.#pumping = true;
    try {
      await this.#submit(jobs);
    } finally {
      this.#pumping = false;
    }
    if (!this.busy && !this.#holding.full) await this.#pump();
  }

  /**
   * Interrupts the running turn. The process and its context live on, unless it does not react, or
   * its `end` is wanted; the conversation does in any case.
   */
  async stop(how: "interrupt" | "end" = "interrupt"): Promise<StopResult> {
    const worker = this.#worker;
    const turn = this.#flight.turn;
    if (turn === undefined) return "nothing";
    this.#stopping ??= "person";
    if (worker === null || this.#flight.unsent) { // Ends in `#submit`.
      this.#start.giveUp();
      return "stopping";
    }
    if (how === "interrupt" && await worker.interrupt()) return "stopping";
    if (this.turn?.id !== turn.id) return "stopping"; // It ended by itself.
    if (worker.alive && how === "interrupt") {
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
    const worker = this.#worker;
    const idle = !worker?.alive || this.#stopping !== null || !this.turn || this.#flight.unsent;
    if (idle || isCommand(job) || !mayJoin(job, this.#flight)) { // Also what a stop held back goes on then.
      journal.jobs.hasten(id);
      this.#goOn();
      return idle ? "next" : isCommand(job) ? "alone" : "elsewhere";
    }
    const submission = submissionOf(uuid(), [job], clock.steady());
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

  /** As {@linkcode Asking.answer}. */
  answer(prompt: OpenPrompt, answer: AskAnswer, words: string, also?: () => void): boolean {
    const answered = this.#asking.answer(prompt, answer, words, also);
    if (answered) this.#flight.see({ type: "prompt_withdrawn", id: prompt.requestId });
    this.queue.show(); // What was written meanwhile no longer waits for it.
    return answered;
  }

  /** Nobody answered in time: the turn is stopped, and can go on with one tap. */
  #park(prompt: OpenPrompt): void {
    this.#asking.parked(prompt);
    if (!this.turn) return; // Its turn is over: the CLI takes it back.
    this.#stopping ??= "parked";
    this.stop().catch((error) =>
      log.error("Cannot park {session}: {error}", { session: this.session, error })
    );
  }

  /** What the session's process says, in order. */
  heard(event: TurnEvent): void {
    this.#silence.heard(event, this.turn);
    this.crashes.heard(this.session, event);
    switch (event.type) {
      case "started":
        this.#flight.begin(event.prompts, event.reports);
        this.queue.show();
        break;
      case "continues":
        this.#flight.continues(event.text);
        break;
      case "joined":
        this.#flight.join(event.prompt);
        break;
      case "session":
        this.#commits.add({ whole: () => this.options.onSessionId(this.session, event.id) });
        break;
      case "prompt":
        if (!this.#asking.ask(event.request, this.#flight)) return;
        break;
      case "prompt_withdrawn":
        this.#asking.withdrawn(event, this.#stopping !== null);
        this.queue.show();
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
    const submission = submissionOf(this.options.uuid(), jobs, this.options.clock.steady());
    this.crashes.begin(this.session);
    this.options.presenter.show(submission.turn, EMPTY_VIEW); // Reading the journal may fail.
    this.#flight.add(submission);
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
    this.#holding.over();
    this.#worker = worker;
    this.#send(worker, submission);
  }

  #send(worker: Worker, { promptId, jobs }: Submission): void {
    worker.send({ id: promptId, text: jobs.map(({ text }) => text).join("\n\n") });
    this.options.onActive(this.session);
  }

  #notStarted(submission: Submission, error: unknown): void {
    if (this.#holding.waits(submission, error)) {
      this.#flight.remove(submission);
      if (this.options.diskTrouble(error) !== null) this.#retry.soon();
      return;
    }
    this.#unanswered(submission, "failed", sentenceOf(error), this.options.isLost(error));
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
    const { turn, view } = this.#flight;
    const jobs = this.#flight.inOrder(event.prompts.flatMap((id) => journal.jobs.ofPrompt(id)));
    if (turn === undefined) return log.error("A turn ended that nobody knows");
    const closing = endedClosing({ turn, jobs, view, stopped: this.#stopping }, event);
    this.#finish(jobs, event.outcome, closing, event.usage);
  }

  #dropped(prompt: PromptId, cancelled: boolean): void {
    const submission = this.#flight.of(prompt);
    if (submission === undefined) return;
    if (cancelled) this.#unanswered(submission, "cancelled", STOPPED_EARLY);
    else this.#unanswered(submission, "dropped", DROPPED);
  }

  #exited(event: Extract<TurnEvent, { type: "exited" }>): void {
    this.#worker = null;
    const shutdown = this.#stopping === "shutdown";
    for (const { jobs, outcome, closing } of exitedEnds(this.#flight, event, shutdown)) {
      this.#finish(jobs, outcome, closing);
    }
  }

  /** Closes a prompt that had no turn of its own. */
  #unanswered(carried: Carried, outcome: JobOutcome, sentence: string, lost = false): void {
    this.#finish(carried.jobs, outcome, unansweredClosing(carried, outcome, sentence, lost));
  }

  #finish(
    jobs: readonly Job[],
    outcome: JobOutcome,
    closing: Closing,
    usage?: Extract<TurnEvent, { type: "ended" }>["usage"],
  ): void {
    const { clock, presenter } = this.options;
    const end = { jobs, outcome, closing, usage, at: clock.now() };
    this.#commits.add(endOf(this.options, this.#budget, end));
    this.#flight.settle(jobs, closing.turn);
    if (this.#stopping !== "shutdown" && !this.turn) this.#stopping = null;
    this.#holding.over();
    presenter.ended(closing.turn, closing.view);
    if (this.crashes.undecided(this.session)) this.wakeAll();
    this.#goOn();
  }

  #goOn(): void {
    this.pump().catch((error) =>
      log.error("Cannot go on in {session}: {error}", { session: this.session, error })
    );
  }
}
