import type {
  ClaudeRequest,
  PermissionRequest,
  PlanRequest,
  Prompt,
  Question,
  QuestionRequest,
  RequestAnswer,
  TurnEvent,
  Usage,
} from "../../lib/claude/events.ts";
import {
  type Choice,
  type Closing,
  type Composer,
  Conversations,
  type Notice,
  type Output,
  type Presenter,
  type QueuePresenter,
  type StepEvent,
  type Turn,
  type TurnView,
  type Waiting,
  type Worker,
} from "../../lib/conversation/mod.ts";
import {
  type Delivery,
  type Job,
  type Journal,
  type NewJob,
  openJournal,
  type OpenRequest,
  PRIORITY,
} from "../../lib/journal/mod.ts";
import { aJob } from "../journal/fixture.ts";
import { type FakeClock, fakeClock, settle } from "../fake_clock.ts";

export const USAGE: Usage = {
  costUsd: 0.5,
  inputTokens: 1,
  outputTokens: 2,
  durationMs: 3,
  models: [{ model: "sonnet", costUsd: 0.5, inputTokens: 1, outputTokens: 2 }],
};

/** A session's process whose words are the test's. */
export class FakeWorker implements Worker {
  alive = true;
  readonly sent: Prompt[] = [];
  readonly answers: [string, RequestAnswer][] = [];
  interrupts = 0;
  /** What an interrupt gives; false for a process that does not react. */
  reacts = true;
  /** Whether it still waits for an answer. */
  waits = true;
  closed: string[] = [];
  onSend: (prompt: Prompt) => void = () => {};
  onClose: () => void = () => {};

  send(prompt: Prompt): void {
    this.onSend(prompt);
    this.sent.push(prompt);
  }
  interrupt(): Promise<boolean> {
    this.interrupts++;
    return Promise.resolve(this.reacts);
  }
  asks(): boolean {
    return this.waits;
  }
  answer(requestId: string, answer: RequestAnswer): boolean {
    this.answers.push([requestId, answer]);
    return this.waits;
  }
  close(reason: "killed"): Promise<void> {
    this.closed.push(reason);
    this.alive = false;
    this.onClose();
    return Promise.resolve();
  }
}

/** What a presenter was told, in words, and whose turn is still on display. */
export class FakePresenter implements Presenter {
  readonly log: string[] = [];
  readonly shown = new Set<string>();
  views: TurnView[] = [];
  turns: Turn[] = [];

  show(turn: Turn, view: TurnView): void {
    this.shown.add(turn.id);
    this.turns.push(turn);
    this.views.push(view);
  }
  ended(turn: Turn): void {
    this.shown.delete(turn.id);
    this.log.push(`ended ${turn.id}`);
  }
  delivered(chat: number): void {
    this.log.push(`delivered ${chat}`);
  }
  requestClosed(open: OpenRequest, words: string): void {
    this.log.push(`closed ${open.requestId}: ${words}`);
  }
}

/** What waits on display, in words. */
export class FakeQueuePresenter implements QueuePresenter {
  readonly sessions = new Map<string, readonly Waiting[]>();
  readonly cancelledTexts: string[] = [];

  waiting(session: string, messages: readonly Waiting[]): void {
    this.sessions.set(session, messages);
  }
  cancelled(job: Job): void {
    this.cancelledTexts.push(job.text);
  }
  /** Each waiting message of session `s`: its text, how many come before it, how it stands. */
  get lines(): string[] {
    return (this.sessions.get("s") ?? []).map(({ job, before, steerable }) =>
      [
        `${job.text}: ${before} before`,
        ...(steerable ? [] : ["not steerable"]),
        ...(job.held === null ? [] : ["held"]),
        ...(job.changed ? ["changed"] : []),
      ].join(", ")
    );
  }
}

/** Puts everything that a closing says into one text; a long answer becomes several pieces. */
export class FakeComposer implements Composer {
  readonly closings: Closing[] = [];
  fails = false;

  answer(closing: Closing) {
    if (this.fails) throw new Error("The composer is broken");
    this.closings.push(closing);
    const { turn, answer, sentence, choice } = closing;
    const text = [answer, sentence, choiceText(choice)].filter((part) => part !== "").join(" | ");
    return text.split("¦").map((piece) => this.#delivery(turn.place.chat, piece));
  }
  request(turn: Turn, request: ClaudeRequest, id: number) {
    const delivery = this.#delivery(turn.place.chat, `${request.summary}? [${id}]`);
    return [{ ...delivery, priority: PRIORITY.request }];
  }
  stepMessages(turn: Turn, event: StepEvent) {
    const text = event.type === "thought" ? `(${event.text})` : `<${event.input}: ${event.output}>`;
    return [{ ...this.#delivery(turn.place.chat, text), priority: PRIORITY.stepMessage }];
  }
  notice({ place, text, choice }: Notice) {
    const said = choice === undefined ? text : `${text.split("\n")[0]} ${choiceText(choice)}`;
    return this.#delivery(place.chat, said);
  }
  #delivery(chat: number, text: string) {
    return { chat, priority: PRIORITY.answer, method: "sendMessage", payload: { text } };
  }
}

/** What may be chosen, as `[again 1]`. */
function choiceText(choice: Choice | null): string {
  if (choice === null) return "";
  return `[${choice.kind} ${choice.kind === "silent" ? choice.turn : choice.job}]`;
}

export interface StageOptions {
  readonly requestMs?: number;
  readonly journal?: Journal;
  readonly budgetUsdPerDay?: number;
}

/** Conversations with a fake of everything but the journal. */
export class Stage implements Disposable {
  readonly journal: Journal;
  readonly clock: FakeClock = fakeClock();
  readonly worker = new FakeWorker();
  readonly presenter = new FakePresenter();
  readonly queuePresenter = new FakeQueuePresenter();
  readonly compose = new FakeComposer();
  readonly sessionIds: string[] = [];
  readonly active: string[] = [];
  readonly conversations: Conversations;
  /** What `acquire` does; the fake worker by default. */
  acquire: (session: string) => Promise<Worker> = () => Promise.resolve(this.worker);
  full = new Error("All 2 Claude processes are busy.");
  lost = new Error("The conversation is lost.");
  readonly diskFull = new Error("No space left on device (os error 28)");
  unready = new Error("The metadata of 's' cannot be read.");
  output: Output = "normal";
  /** What stands in a file that Claude would write. */
  fileOf: (session: string, path: string) => Promise<string | null> = () => Promise.resolve(null);
  /** What skills say. */
  readonly skills = new Map<string, string>();
  #serial = 0;

  constructor(options: StageOptions = {}) {
    this.journal = options.journal ?? openJournal(":memory:");
    this.conversations = new Conversations({
      journal: this.journal,
      clock: this.clock,
      compose: this.compose,
      presenter: this.presenter,
      queuePresenter: this.queuePresenter,
      acquire: (session) => this.acquire(session),
      startFailure: (error) => {
        if (error === this.diskFull) return { kind: "disk", words: "The disk is full." };
        if (error === this.full) return { kind: "full" };
        if (error === this.lost) return { kind: "lost" };
        return { kind: error === this.unready ? "other" : "crash" };
      },
      onSessionId: (session, id) => this.sessionIds.push(`${session} ${id}`),
      onActive: (session) => this.active.push(session),
      requestMs: options.requestMs ?? 30 * 60_000,
      fileOf: (session, path) => this.fileOf(session, path),
      skillOf: (_session, skill) => Promise.resolve(this.skills.get(skill) ?? null),
      output: () => this.output,
      budgetUsdPerDay: options.budgetUsdPerDay ?? null,
      uuid: () => `p${++this.#serial}`,
    });
  }

  get s() {
    return this.conversations.of("s");
  }

  /** A person writes to session `s`. */
  async ask(text: string, change: Partial<NewJob> = {}): Promise<number> {
    const id = this.journal.jobs.add(aJob({ text, ...change }), this.clock.now());
    this.conversations.wake(change.session ?? "s");
    await settle();
    return id;
  }

  /** The process of session `s` says these, in order. */
  async heard(...events: TurnEvent[]): Promise<void> {
    for (const event of events) this.conversations.heard("s", event);
    await settle();
  }

  /** A whole turn that answers `text` to the prompt. */
  async answered(prompt: string, text: string): Promise<void> {
    await this.heard(
      { type: "started", prompts: [prompt] },
      { type: "message", text },
      ended([prompt]),
    );
  }

  state(job: number): string | undefined {
    return this.journal.jobs.get(job)?.state;
  }

  /** What waits for a chat, in its order. */
  texts(chat = 1): string[] {
    return this.deliveries(chat).map(({ payload }) => String(payload["text"]));
  }

  /** Takes what waits for a chat out of its queue. */
  deliveries(chat = 1): Delivery[] {
    const taken: Delivery[] = [];
    for (
      let next = this.journal.deliveries.next(chat);
      next !== undefined;
      next = this.journal.deliveries.next(chat)
    ) {
      taken.push(next);
      this.journal.deliveries.sent(next.id, 100 + next.id, this.clock.now());
    }
    return taken;
  }

  [Symbol.dispose](): void {
    this.journal.close();
  }
}

export const started = (...prompts: string[]): TurnEvent => ({ type: "started", prompts });
export const said = (text: string): TurnEvent => ({ type: "message", text });
export const ended = (
  prompts: string[],
  outcome: Extract<TurnEvent, { type: "ended" }>["outcome"] = "answered",
  text = "",
): TurnEvent => ({ type: "ended", prompts, outcome, text, usage: USAGE });
export const exited = (
  reason: Extract<TurnEvent, { type: "exited" }>["reason"],
  stderrTail = "",
): TurnEvent => ({ type: "exited", reason, stderrTail });
/** A permission that the CLI asks for. */
export const aPermission = (
  id: string,
  change: Partial<PermissionRequest> = {},
): PermissionRequest => ({
  kind: "permission",
  id,
  tool: "Bash",
  input: { command: "ls" },
  summary: "Running ls",
  reason: null,
  subagent: false,
  grantable: { kind: "command", command: "ls" },
  before: null,
  ...change,
});
export const aQuestion = (id: string, ...questions: Partial<Question>[]): QuestionRequest => ({
  kind: "question",
  id,
  summary: "Which color?",
  questions: questions.map((change) => ({
    text: "Which color?",
    header: "Color",
    multiSelect: false,
    options: ["Red", "Green", "Blue"].map((label) => ({
      label,
      description: `pick ${label}`,
      preview: "",
    })),
    ...change,
  })),
});
export const aPlan = (id: string, plan = "# Plan\n\n1. Add tests"): PlanRequest => ({
  kind: "plan",
  id,
  summary: "A plan",
  plan,
});
export const asking = (request: ClaudeRequest): TurnEvent => ({ type: "request", request });
export const asks = (id: string, summary = "Running ls"): TurnEvent => ({
  type: "request",
  request: aPermission(id, { summary }),
});
