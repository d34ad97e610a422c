import {
  type Ask,
  type AskAnswer,
  grantKey,
  type PermissionAsk,
  type TurnEvent,
} from "../claude/events.ts";
import type { OpenPrompt } from "../journal/mod.ts";
import { logger } from "../log.ts";
import { announce } from "./notices.ts";
import type { ConversationOptions } from "./options.ts";
import type { Turn } from "./presenter.ts";
import { answerOf, type TurnView } from "./view.ts";

const log = logger("conversation");

const NOBODY: AskAnswer = { kind: "deny", reason: "Nobody can be asked right now." };

/** How a prompt ended, for whoever taps it later. */
const OUTCOMES: Readonly<Record<AskAnswer["kind"], string>> = {
  allow: "allowed",
  deny: "denied",
  dismiss: "cancelled",
  answers: "answered",
  response: "answered",
  start: "started",
};

/** Where answers go. */
interface Answers {
  /** Whether the process waits for this. */
  asks(requestId: string): boolean;
  /** To the process. False when it no longer waits for this. */
  answer(requestId: string, answer: AskAnswer): boolean;
  /** The time of a prompt is up: its turn is parked. */
  park(prompt: OpenPrompt): void;
}

/** The turn that runs, and what is seen of it. */
interface Flying {
  readonly turn: Turn | undefined;
  readonly view: TurnView;
}

/** The open prompts of a session: each is shown, and ends exactly once. */
export class Asking {
  readonly #expiries = new Map<string, () => void>();
  readonly #reminders = new Map<string, () => void>();
  /** Requests whose file is being read; they are shown after it. */
  readonly #reading = new Set<string>();

  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly answers: Answers,
  ) {}

  /**
   * Puts what Claude asks before the person, with a time limit. What was allowed from now on is
   * answered at once.
   * @param flying what it said in this turn is the plan, when the CLI gives none.
   * @returns false when nobody is asked.
   */
  ask(request: Ask, { turn, view }: Flying): boolean {
    if (this.#granted(request)) {
      this.answers.answer(request.id, { kind: "allow" });
      return false;
    }
    this.#ask(request, turn, answerOf(view));
    return true;
  }

  #granted(request: Ask): boolean {
    if (request.kind !== "permission" || request.grantable === null) return false;
    try {
      return this.options.journal.grants.has(this.session, grantKey(request.grantable));
    } catch (error) { // The disk refuses: then it is asked about.
      log.error("Cannot read what is allowed in {session}: {error}", {
        ...{ session: this.session, error },
      });
      return false;
    }
  }

  #ask(request: Ask, turn: Turn | undefined, said: string): void {
    if (turn === undefined) {
      log.error("A prompt without a turn was denied: {summary}", { summary: request.summary });
      this.answers.answer(request.id, NOBODY);
      return;
    }
    const bare = request.kind === "plan" && request.plan.trim() === "";
    const file = request.kind === "permission" ? this.#fileOf(request) : null;
    if (request.kind === "permission" && file !== null) this.#showBeside(request, file, turn);
    else this.#showOrDeny(bare ? { ...request, plan: said } : request, turn);
  }

  /** The file that a request is about: what would be written over, the text of a skill. */
  #fileOf({ tool, input }: PermissionAsk): Promise<string | null> | null {
    const { file_path: path, skill } = input;
    if (tool === "Write" && typeof path === "string") {
      return this.options.fileOf(this.session, path);
    }
    if (tool !== "Skill" || typeof skill !== "string") return null;
    return this.options.skillOf(this.session, skill);
  }

  /** Shows a request beside the file that it is about, unless it is withdrawn meanwhile. */
  #showBeside(request: PermissionAsk, file: Promise<string | null>, turn: Turn): void {
    this.#reading.add(request.id);
    const show = (before: string | null) => {
      if (this.#reading.delete(request.id)) this.#showOrDeny({ ...request, before }, turn);
    };
    file.then(show, () => show(null));
  }

  #showOrDeny(request: Ask, turn: Turn): void {
    try {
      this.#show(request, turn);
    } catch (error) { // Claude would wait for an answer that nobody can give.
      log.error("A prompt that cannot be shown was denied: {error}", { error });
      this.answers.answer(request.id, NOBODY);
    }
  }

  #show(request: Ask, turn: Turn): void {
    const { journal, clock, compose, requestMs } = this.options;
    const { session, place, user } = turn;
    journal.transaction(() => {
      const { id: requestId, summary } = request;
      const ask = kept(request);
      const id = journal.prompts.add(
        { requestId, session, place, user, summary, ask },
        clock.now(),
      );
      const shown = journal.deliveries.add(compose.request(turn, request, id), clock.now());
      journal.prompts.shownBy(id, shown.at(-1)!);
    });
    const { id } = request;
    this.#expiries.set(id, clock.after(requestMs, () => this.#expired(id)));
    this.#reminders.set(id, clock.after(requestMs / 2, () => this.#remindOnce(id)));
    announce(this.options, place.chat);
  }

  /**
   * Answers a prompt, once. What `also` changes in the journal is committed with the prompt's end, or
   * not at all. @returns false when it was closed before, or nobody waits for it.
   */
  answer(prompt: OpenPrompt, answer: AskAnswer, words: string, also = () => {}): boolean {
    const { journal, presenter } = this.options;
    if (!this.answers.asks(prompt.requestId)) {
      this.#closeUnanswered(prompt, "expired", "expired");
      return false;
    }
    const declined = answer.kind === "deny" || answer.kind === "dismiss";
    let told = false;
    const closed = journal.transaction(() => {
      if (!journal.prompts.close(prompt.id, OUTCOMES[answer.kind], words)) return false;
      told = declined && this.#tellUnused(prompt.id);
      also();
      return true;
    });
    if (!closed) return false;
    this.#forget(prompt.requestId);
    this.answers.answer(prompt.requestId, answer);
    presenter.requestClosed(prompt, words);
    if (told) announce(this.options, prompt.place.chat);
    return true;
  }

  /** Nobody waits for the answer any more. */
  #closeUnanswered(prompt: OpenPrompt, outcome: string, words: string): void {
    const { journal, presenter } = this.options;
    let told = false;
    const closed = journal.transaction(() => {
      if (!journal.prompts.close(prompt.id, outcome, words)) return false;
      told = this.#tellUnused(prompt.id);
      return true;
    });
    if (!closed) return;
    this.#forget(prompt.requestId);
    presenter.requestClosed(prompt, words);
    if (told) announce(this.options, prompt.place.chat);
  }

  /**
   * Words that were to be a part of an answer, and there is none: they went nowhere.
   * @returns whether there were any.
   */
  #tellUnused(id: number): boolean {
    const { journal, clock, compose } = this.options;
    const { place, replyIds } = journal.prompts.get(id)!;
    const told = replyIds.map((replyId) => compose.notice(place, NOT_PASSED_ON, replyId));
    journal.deliveries.add(told, clock.now());
    journal.prompts.repliesTold(id);
    return told.length > 0;
  }

  /** Claude no longer waits for an answer. */
  withdrawn(
    { id, by }: Extract<TurnEvent, { type: "prompt_withdrawn" }>,
    stopped: boolean,
  ): void {
    this.#forget(id);
    if (this.#reading.delete(id)) return;
    const prompt = this.options.journal.prompts.ofRequest(id);
    if (prompt === undefined) return;
    const words = stopped ? "stopped" : by === "exited" ? "Claude Code ended" : "no longer needed";
    this.#closeUnanswered(prompt, words, words);
  }

  /** Stops the timers. What is open expires with the next start. */
  close(): void {
    for (const cancel of [...this.#expiries.values(), ...this.#reminders.values()]) cancel();
    this.#expiries.clear();
    this.#reminders.clear();
    this.#reading.clear();
  }

  #forget(requestId: string): void {
    for (const timers of [this.#expiries, this.#reminders]) {
      timers.get(requestId)?.();
      timers.delete(requestId);
    }
  }

  #remindOnce(requestId: string): void {
    try {
      this.#remind(requestId);
    } catch (error) { // The disk refuses; the request itself is in the chat.
      log.error("Cannot remind of a request: {error}", { error });
    }
  }

  /** Half of its time is over: once, a message that rings. */
  #remind(requestId: string): void {
    const { journal, clock, compose, requestMs } = this.options;
    const prompt = journal.prompts.ofRequest(requestId);
    if (prompt === undefined || !prompt.open) return;
    const minutes = Math.round(requestMs / 2 / 60_000);
    const words = `⏳ Claude is waiting for you. In ${minutes} min I stop this turn and keep it.`;
    const { place, messageId } = prompt;
    journal.deliveries.add([compose.notice(place, words, messageId)], clock.now());
    announce(this.options, place.chat);
  }

  #expired(requestId: string): void {
    try {
      const prompt = this.options.journal.prompts.ofRequest(requestId);
      if (prompt?.open) this.answers.park(prompt);
    } catch (error) { // The disk refuses; Claude is not to wait for that.
      log.error("Cannot note that a prompt expired: {error}", { error });
      this.answers.answer(requestId, NOBODY);
    }
  }

  /** Closes a prompt that nobody answered; the end of its turn takes it from Claude. */
  parked(prompt: OpenPrompt): void {
    this.#closeUnanswered(prompt, "parked", NOBODY_ANSWERED);
  }
}

const NOT_PASSED_ON = "Claude no longer waits for this. Your message was not passed on.";
const NOBODY_ANSWERED = "nobody answered";

/** What the journal keeps: a tool's input may be a whole file, and is shown once. */
const kept = (ask: Ask): Ask =>
  ask.kind === "permission" ? { ...ask, input: {}, before: null } : ask;
