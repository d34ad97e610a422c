import {
  type ClaudeRequest,
  grantKey,
  type PermissionRequest,
  type RequestAnswer,
  type TurnEvent,
} from "../claude/events.ts";
import type { OpenRequest, Place } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { endBare } from "./bare.ts";
import type { InFlight } from "./in_flight.ts";
import { announce, deliver } from "./notices.ts";
import type { ConversationOptions, Worker } from "./options.ts";
import type { Queue } from "./queue.ts";
import type { Turn } from "./turn.ts";
import { answerOf } from "./view.ts";

const log = logger("conversation");

const NOBODY: RequestAnswer = { kind: "deny", reason: "Nobody can be asked right now." };
const MAYBE_PASSED_ON =
  "Claude Code ended as I passed this on: Claude may not have got it. It will not be passed on again.";
const NOT_PASSED_ON = "Claude no longer waits for this. Your message was not passed on.";

/** The word for the end of a request, for whoever taps it later. */
const OUTCOMES: Readonly<Record<RequestAnswer["kind"], string>> = {
  allow: "allowed",
  deny: "denied",
  dismiss: "cancelled",
  answers: "answered",
  response: "answered",
  start: "started",
};

/** The open requests of a session: each is shown, and ends exactly once. */
export class Requests {
  /** Ends the reminder and the expiry of each that is shown. */
  readonly #timers = new Map<string, () => void>();
  /** The requests whose file is being read; they are shown after it. */
  readonly #reading = new Set<string>();
  /** The words that Claude was answered with since it was last heard. */
  #unheard: { readonly id: number; readonly place: Place; readonly words: readonly number[] }[] =
    [];

  /**
   * @param queue what waits meanwhile.
   * @param worker the process that waits for the answers.
   * @param expired told when the time of a request is up, to park its turn.
   */
  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly queue: Pick<Queue, "bareBeside" | "show">,
    readonly worker: () => Worker | null,
    readonly expired: (open: OpenRequest) => void,
  ) {}

  /**
   * Puts what Claude asks before the person, with a time limit. What was allowed from now on is
   * answered at once. What Claude said in this turn is the plan, when the CLI gives none.
   * @returns false when nobody is asked.
   */
  ask(request: ClaudeRequest, { turn, view }: InFlight): boolean {
    if (this.#granted(request)) {
      this.#answer(request.id, { kind: "allow" });
      return false;
    }
    if (turn === undefined) {
      log.error("A request without a turn was denied: {summary}", { summary: request.summary });
      this.#answer(request.id, NOBODY);
      return true;
    }
    if (request.kind === "permission" && this.#readsFirst(request, turn)) return true;
    const bare = request.kind === "plan" && request.plan.trim() === "";
    this.#showOrDeny(bare ? { ...request, plan: answerOf(view) } : request, turn);
    return true;
  }

  #answer(requestId: string, answer: RequestAnswer): void {
    this.worker()?.answer(requestId, answer);
  }

  #granted(request: ClaudeRequest): boolean {
    if (request.kind !== "permission" || request.grantable === null) return false;
    const { session, options } = this;
    try {
      return options.journal.grants.has(session, grantKey(request.grantable));
    } catch (error) { // The disk refuses: then it is asked about.
      log.error("Cannot read what is allowed in {session}: {error}", { session, error });
      return false;
    }
  }

  /** Shows a request when its file was read, unless it is withdrawn meanwhile. @returns false without one. */
  #readsFirst(request: PermissionRequest, turn: Turn): boolean {
    const file = this.#fileOf(request);
    if (file === null) return false;
    this.#reading.add(request.id);
    const show = (before: string | null) => {
      if (this.#reading.delete(request.id)) this.#showOrDeny({ ...request, before }, turn);
    };
    file.then(show, () => show(null));
    return true;
  }

  /** The file that a request is about: what would be written over, the text of a skill. */
  #fileOf(
    { tool, input: { file_path: path, skill } }: PermissionRequest,
  ): Promise<string | null> | null {
    const { session, options } = this;
    if (tool === "Write" && typeof path === "string") return options.fileOf(session, path);
    if (tool === "Skill" && typeof skill === "string") return options.skillOf(session, skill);
    return null;
  }

  #showOrDeny(request: ClaudeRequest, turn: Turn): void {
    try {
      this.#show(request, turn);
    } catch (error) { // Claude would wait for an answer that nobody can give.
      log.error("A request that cannot be shown was denied: {error}", { error });
      this.#answer(request.id, NOBODY);
    }
  }

  #show(request: ClaudeRequest, turn: Turn): void {
    const { journal, clock, compose, requestMs } = this.options;
    const { id: requestId, summary } = request;
    const { session, place, user } = turn;
    journal.transaction(() => {
      const row = { requestId, session, place, user, summary, request: kept(request) };
      const id = journal.requests.add(row, clock.now());
      const shown = journal.deliveries.add(compose.request(turn, request, id), clock.now());
      journal.requests.shownBy(id, shown.at(-1)!);
    });
    const timers = [
      clock.after(requestMs, () => this.#expire(requestId)),
      clock.after(requestMs / 2, () => this.#remind(requestId)),
    ];
    this.#timers.set(requestId, () => timers.forEach((cancel) => cancel()));
    announce(this.options, place.chat);
  }

  /**
   * Answers a request, once. What `also` changes in the journal is committed with the request's end, or
   * not at all. @returns false when it was closed before, or nobody waits for it.
   */
  answer(open: OpenRequest, answer: RequestAnswer, words: string, also = () => {}): boolean {
    if (!this.isOpen(open)) return false;
    return this.#close(open, OUTCOMES[answer.kind], words, answer, also);
  }

  /**
   * True while Claude waits for the answer. Where it does not, and the disk refused to note that, it is
   * noted now.
   */
  isOpen(open: OpenRequest): boolean {
    if (this.worker()?.asks(open.requestId) === true) return true;
    this.#close(open, "expired", "expired", null);
    return false;
  }

  /** With nothing at work Claude waits for no answer: closes what the disk refused to close. */
  closeLeft(): void {
    const { requests } = this.options.journal;
    for (const open of requests.open()) if (open.session === this.session) this.isOpen(open);
  }

  /**
   * Commits the end of a request, gives Claude the answer, if there is one, and shows both.
   * @returns false when it had ended before.
   */
  #close(
    open: OpenRequest,
    outcome: string,
    words: string,
    answer: RequestAnswer | null,
    also = () => {},
  ): boolean {
    const { journal, presenter, compose, clock } = this.options;
    const unused = answer === null || answer.kind === "deny" || answer.kind === "dismiss";
    let told = false;
    let replyIds: readonly number[] = [];
    const closed = journal.transaction(() => {
      if (!journal.requests.close(open.id, outcome, words)) return false;
      told = unused && this.#tellUnused(open.id);
      also();
      const bare = this.queue.bareBeside(open);
      told = endBare(journal, compose, bare, { open, outcome, answer }, clock.now()) || told;
      replyIds = journal.requests.get(open.id)?.replyIds ?? [];
      return true;
    });
    if (!closed) return false;
    this.#forget(open.requestId);
    if (answer !== null) {
      if (replyIds.length > 0) {
        this.#unheard.push({ id: open.id, place: open.place, words: replyIds });
      }
      this.#answer(open.requestId, answer);
    }
    presenter.requestClosed(open, words);
    if (told) announce(this.options, open.place.chat);
    this.queue.show(); // What was written meanwhile no longer waits for it.
    return true;
  }

  /**
   * Tells of words that were to be a part of an answer, and there is none: they went nowhere.
   * @returns whether there were any.
   */
  #tellUnused(id: number): boolean {
    const { journal, clock, compose } = this.options;
    const { place, replyIds } = journal.requests.get(id)!;
    const told = replyIds.map((replyTo) => compose.notice({ place, replyTo, text: NOT_PASSED_ON }));
    journal.deliveries.add(told, clock.now());
    journal.requests.repliesTold(id);
    return told.length > 0;
  }

  /** Claude went on: what it was answered has arrived. */
  heard(): void {
    this.#unheard = [];
  }

  /**
   * Its process ended: words of answers since which nothing was heard are told of, once.
   * @returns the change of the journal; null when there were none.
   */
  unheard(): (() => void) | null {
    const last = this.#unheard;
    this.#unheard = [];
    if (last.length === 0) return null;
    const { journal, clock, compose } = this.options;
    const told = last.flatMap(({ place, words }) =>
      words.map((replyTo) => compose.notice({ place, replyTo, text: MAYBE_PASSED_ON }))
    );
    return () => {
      journal.transaction(() => {
        for (const { id } of last) journal.requests.repliesTold(id);
        journal.deliveries.add(told, clock.now());
      });
      for (const chat of new Set(last.map(({ place }) => place.chat))) announce(this.options, chat);
    };
  }

  /** Closes a request for whose answer Claude no longer waits. */
  withdrawn(
    { id, by }: Extract<TurnEvent, { type: "request_withdrawn" }>,
    stopped: boolean,
  ): void {
    this.#forget(id);
    if (this.#reading.delete(id)) return;
    const open = this.options.journal.requests.ofRequest(id);
    if (open === undefined) return;
    const words = stopped ? "stopped" : by === "exited" ? "Claude Code ended" : "no longer needed";
    this.#close(open, words, words, null);
  }

  /** Closes a request that nobody answered; the end of its turn takes it from Claude. */
  park(open: OpenRequest): void {
    this.#close(open, "parked", "nobody answered", null);
  }

  /** Stops the timers. What is open expires with the next start. */
  close(): void {
    for (const requestId of [...this.#timers.keys()]) this.#forget(requestId);
    this.#reading.clear();
  }

  #forget(requestId: string): void {
    this.#timers.get(requestId)?.();
    this.#timers.delete(requestId);
  }

  /** Reminds of a request when half of its time is over: once, by a message that rings. */
  #remind(requestId: string): void {
    const { journal, compose, requestMs } = this.options;
    try {
      const open = journal.requests.ofRequest(requestId);
      if (open === undefined || !open.isOpen) return;
      const minutes = Math.round(requestMs / 2 / 60_000);
      const text = `⏳ Claude is waiting for you. In ${minutes} min I stop this turn and keep it.`;
      const { place, messageId: replyTo } = open;
      deliver(this.options, [compose.notice({ place, replyTo, text })]);
    } catch (error) { // The disk refuses; the request itself is in the chat.
      log.error("Cannot remind of a request: {error}", { error });
    }
  }

  #expire(requestId: string): void {
    try {
      const open = this.options.journal.requests.ofRequest(requestId);
      if (open?.isOpen) this.expired(open);
    } catch (error) { // The disk refuses; Claude is not to wait for that.
      log.error("Cannot note that a request expired: {error}", { error });
      this.#answer(requestId, NOBODY);
    }
  }
}

/** The part that the journal keeps: a tool's input may be a whole file, and is shown once. */
const kept = (request: ClaudeRequest): ClaudeRequest =>
  request.kind === "permission" ? { ...request, input: {}, before: null } : request;
