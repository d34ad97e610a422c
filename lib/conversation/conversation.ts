import type { PromptId, RequestAnswer, TurnEvent } from "../claude/events.ts";
import type { Job, OpenRequest } from "../journal/mod.ts";
import { errorText } from "../errors.ts";
import { logger } from "../log/mod.ts";
import { Backoff, type Breaker } from "./backoff.ts";
import { Budget } from "./budget.ts";
import { Commits, Retry } from "./commits.ts";
import { InFlight, type Submission } from "./in_flight.ts";
import { tell, tellSilence } from "./notices.ts";
import type { ConversationOptions, Worker } from "./options.ts";
import {
  commitEnding,
  DROPPED,
  endedTurn,
  type Ending,
  exited,
  STOPPED_EARLY,
  type StoppedBy,
  unanswered,
} from "./outcome.ts";
import { isClaudeCommand, mayJoin, Queue } from "./queue.ts";
import { Requests } from "./requests.ts";
import type { Turn } from "./turn.ts";

const log = logger("conversation");

/** Events about a process that it does not speak itself. */
const NOT_CLAUDES: ReadonlySet<TurnEvent["type"]> = new Set([
  ...["silent", "request_withdrawn", "exited"] as const,
]);

/** Told at once, before its process is ended. */
const DOES_NOT_REACT =
  "⏹ Claude Code has not reacted for 5 s. I am ending its process; the conversation is kept.";

/** The result of `stop`. */
export type StopResult = "nothing" | "stopping" | "killed";

/**
 * The fate of a job that was to be sent at once: `sent` to the running turn; `next`, since none
 * can take it now; `alone`, next as well, since a command of Claude Code's is none inside of a turn;
 * `elsewhere`, as the turn is another person's or place's; `gone` already.
 */
export type SteerResult = "sent" | "next" | "alone" | "elsewhere" | "gone";

/**
 * One session at work. It holds the queue: one prompt is with the process at a time, and what a
 * person steers into its turn; what their end means is committed, with every piece of the answer,
 * before anything is shown.
 */
export class Conversation {
  /** The messages that wait for their turn. */
  readonly queue: Queue;
  /** The reasons for which they wait though no turn runs. */
  readonly backoff: Backoff;
  readonly #inFlight: InFlight;
  readonly #requests: Requests;
  readonly #commits: Commits;
  readonly #budget: Budget;
  readonly #retry: Retry;
  #worker: Worker | null = null;
  #stopping: StoppedBy = null;
  #pumping = false;
  /** Gives up the start that runs, or ran last: its prompt will not be sent. */
  #giveUp = () => {};
  #silenceTold = false;

  /**
   * @param all the crashes of all sessions.
   * @param wakeAll told when what others wait for may be free: a place, or the next try.
   */
  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    all: Breaker,
    readonly wakeAll: () => void,
  ) {
    const goOn = () => this.wake();
    this.backoff = new Backoff(session, options, all, wakeAll);
    this.#retry = new Retry(options.clock, goOn);
    this.#commits = new Commits(options.clock, goOn);
    this.#budget = new Budget(options);
    this.#inFlight = new InFlight(session, options);
    this.queue = new Queue(session, options, this.#inFlight, this.backoff, goOn);
    const worker = () => this.#worker;
    const expired = (open: OpenRequest) => this.#park(open);
    this.#requests = new Requests(session, options, this.queue, worker, expired);
  }

  /** The turn that runs, or that a prompt is on its way to. */
  get turn(): Turn | undefined {
    return this.#inFlight.turn;
  }

  /** True while something is with the process, or its end is still to be committed. */
  get busy(): boolean {
    return this.turn !== undefined || this.#commits.pending;
  }

  /** Takes the next waiting jobs to the process, unless one is with it. Call it after every change. */
  wake(): void {
    this.#pump().catch((error) => {
      this.#retry.soon(); // The disk refuses; nobody else may come to wake what waits.
      log.error("Cannot run the next prompt of {session}: {error}", {
        session: this.session,
        error,
      });
    });
  }

  async #pump(): Promise<void> {
    if (this.#stopping === "shutdown") return;
    if (this.#pumping || this.busy) return this.queue.show();
    this.#requests.closeLeft();
    const waiting = this.options.journal.jobs.waiting(this.session);
    const { admits } = this.backoff;
    if (!admits) this.backoff.tellHeld(waiting);
    const jobs = admits ? this.#budget.next(waiting) : [];
    if (jobs.length === 0) return this.queue.show();
    this.#pumping = true;
    try {
      await this.#submit(jobs);
    } finally {
      this.#pumping = false;
    }
    if (!this.busy && !this.backoff.full) await this.#pump();
  }

  /**
   * Interrupts the running turn. The process and its context live on, unless it does not react, or
   * its `end` is wanted; the conversation does in any case.
   */
  async stop(how: "interrupt" | "end" = "interrupt"): Promise<StopResult> {
    const worker = this.#worker;
    const turn = this.#inFlight.turn;
    if (turn === undefined) return "nothing";
    this.#stopping ??= "person";
    if (worker === null || this.#inFlight.unsent) { // Ends in `#submit`.
      this.#giveUp();
      return "stopping";
    }
    if (how === "interrupt" && await worker.interrupt()) return "stopping";
    if (this.turn?.id !== turn.id) return "stopping"; // It ended by itself.
    if (worker.alive && how === "interrupt") {
      log.warn("The process of {session} does not react to an interrupt", { ...turn });
      tell(this.options, turn, { text: DOES_NOT_REACT });
    }
    await worker.close("killed");
    return "killed";
  }

  /** Hands a waiting job to the running turn at once; without one it simply goes next. */
  steer(id: number): SteerResult {
    const job = this.queue.waiting().find((each) => each.id === id);
    if (job === undefined) return "gone";
    const worker = this.#worker;
    const idle = !worker?.alive || this.#stopping !== null || !this.turn || this.#inFlight.unsent;
    if (idle || isClaudeCommand(job) || !mayJoin(job, this.#inFlight)) { // Also what a stop held back goes on then.
      this.options.journal.jobs.hasten(id);
      this.wake();
      return idle ? "next" : isClaudeCommand(job) ? "alone" : "elsewhere";
    }
    const submission = this.#inFlight.add([job]);
    this.#inFlight.commit(submission);
    this.#send(worker, submission);
    this.queue.show();
    return "sent";
  }

  /** The program stops: nothing new is submitted, the running turn will be told why it ends. */
  shutDown(): void {
    this.#stopping = "shutdown";
    for (const part of [this.#requests, this.#commits, this.#retry, this.backoff]) part.close();
  }

  /** True while Claude waits for a request's answer; see {@linkcode Requests.isOpen}. */
  isAsked(open: OpenRequest): boolean {
    return this.#requests.isOpen(open);
  }

  /** Answers a request, as {@linkcode Requests.answer} does. */
  answer(open: OpenRequest, answer: RequestAnswer, words: string, also?: () => void): boolean {
    const answered = this.#requests.answer(open, answer, words, also);
    if (answered) this.#inFlight.see({ type: "request_withdrawn", id: open.requestId });
    return answered;
  }

  /** Nobody answered in time: the turn is stopped, and can go on with one tap. */
  #park(open: OpenRequest): void {
    this.#requests.park(open);
    if (!this.turn) return; // Its turn is over: the CLI takes it back.
    this.#stopping ??= "parked";
    this.stop().catch((error) =>
      log.error("Cannot park {session}: {error}", { session: this.session, error })
    );
  }

  /** Takes in what the session's process says, in order. */
  heard(event: TurnEvent): void {
    if (event.type !== "silent") this.#silenceTold = false;
    if (!NOT_CLAUDES.has(event.type)) this.#requests.heard();
    this.backoff.heard(event);
    switch (event.type) {
      case "started":
        this.#inFlight.begin(event.prompts, event.reports);
        this.queue.show();
        break;
      case "continues":
        this.#inFlight.continues(event.text);
        break;
      case "joined":
        this.#inFlight.join(event.prompt);
        break;
      case "session":
        this.#commits.add(() => this.options.onSessionId(this.session, event.id));
        break;
      case "silent":
        if (this.turn !== undefined && !this.#silenceTold) {
          this.#silenceTold = tellSilence(this.options, this.turn, event.ms);
        }
        break;
      case "request":
        if (!this.#requests.ask(event.request, this.#inFlight)) return;
        break;
      case "request_withdrawn":
        this.#withdrawn(event);
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
    this.#inFlight.see(event);
  }

  async #submit(jobs: readonly Job[]): Promise<void> {
    this.backoff.begin();
    const submission = this.#inFlight.add(jobs);
    this.queue.show();
    let worker: Worker | null;
    try {
      do worker = await this.#acquire(); while (this.#stopping === null && !worker?.alive);
    } catch (error) {
      if (this.#stopping !== null) return this.#stoppedBeforeSending(submission);
      return this.#notStarted(submission, error);
    }
    if (worker === null || this.#stopping !== null) return this.#stoppedBeforeSending(submission);
    this.#inFlight.commit(submission);
    this.backoff.over();
    this.#worker = worker;
    this.#send(worker, submission);
  }

  /** The process, started if need be; null when a stop gave that up, though it may still come up. */
  async #acquire(): Promise<Worker | null> {
    const stopped = Promise.withResolvers<null>();
    const acquired = this.options.acquire(this.session);
    this.#giveUp = () => {
      stopped.resolve(null);
      acquired.then(this.wakeAll, () => {}); // It has nothing to do. One that fails frees its place.
    };
    return await Promise.race([acquired, stopped.promise]);
  }

  #send(worker: Worker, { promptId, jobs }: Submission): void {
    worker.send({ id: promptId, text: jobs.map(({ text }) => text).join("\n\n") });
    this.options.onActive(this.session);
  }

  #notStarted(submission: Submission, error: unknown): void {
    const { session } = this;
    const failure = this.options.startFailure(error);
    const words = errorText(error);
    if (failure.kind !== "full") {
      log.error("Cannot start the process of {session}: {error}", { session, error });
    }
    if (!this.backoff.notStarted(submission.turn, failure, words)) {
      return this.#finish(unanswered(submission, "failed", words, failure.kind === "lost"));
    }
    this.#inFlight.remove(submission);
    if (failure.kind === "disk") this.#retry.soon();
  }

  #stoppedBeforeSending(submission: Submission): void {
    if (this.#stopping === "shutdown") { // It still waits, and runs after the next start.
      return this.#inFlight.remove(submission);
    }
    this.#stopping = null;
    this.#finish(unanswered(submission, "cancelled", STOPPED_EARLY));
  }

  #ended(event: Extract<TurnEvent, { type: "ended" }>): void {
    for (const prompt of event.prompts) this.#inFlight.join(prompt); // Named by the result alone.
    const { turn, view } = this.#inFlight;
    const jobs = this.#inFlight.of(event.prompts).flatMap((each) => each.jobs);
    if (turn === undefined) return log.error("A turn ended that nobody knows");
    this.#finish(endedTurn({ turn, jobs }, view, this.#stopping, event));
  }

  /** The end of a request is noted as soon as the disk takes it: words to it may have to be told of. */
  #withdrawn(event: Extract<TurnEvent, { type: "request_withdrawn" }>): void {
    const stopped = this.#stopping !== null;
    this.#commits.add(() => this.#requests.withdrawn(event, stopped));
  }

  #dropped(prompt: PromptId, cancelled: boolean): void {
    const [submission] = this.#inFlight.of([prompt]);
    if (submission === undefined) return;
    if (cancelled) this.#finish(unanswered(submission, "cancelled", STOPPED_EARLY));
    else this.#finish(unanswered(submission, "dropped", DROPPED));
  }

  #exited(event: Extract<TurnEvent, { type: "exited" }>): void {
    this.#worker = null;
    const unheard = this.#requests.unheard();
    if (unheard !== null) this.#commits.add(unheard);
    const shutdown = this.#stopping === "shutdown";
    for (const ending of exited(this.#inFlight, event, shutdown)) this.#finish(ending);
  }

  #finish(ending: Ending): void {
    const { options } = this;
    const { jobs, closing: { turn, view } } = ending;
    const at = options.clock.now();
    this.#commits.add((bare) => commitEnding(options, this.#budget, ending, at, bare));
    this.#inFlight.settle(jobs, turn);
    if (this.#stopping !== "shutdown" && !this.turn) this.#stopping = null;
    this.backoff.over();
    options.presenter.ended(turn, view);
    if (this.backoff.undecided()) this.wakeAll();
    this.wake();
  }
}
