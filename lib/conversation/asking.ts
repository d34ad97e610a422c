import type { PermissionAnswer, PermissionRequest } from "../claude/events.ts";
import type { OpenPrompt } from "../journal/mod.ts";
import { logger } from "../log.ts";
import type { ConversationOptions } from "./options.ts";
import type { Turn } from "./screen.ts";

const log = logger("conversation");

/** Where answers go. */
interface Answers {
  /** To the process. False when it no longer waits for this. */
  answer(requestId: string, answer: PermissionAnswer): boolean;
  /** The time of a prompt is up. */
  expire(prompt: OpenPrompt, answer: PermissionAnswer, words: string): void;
}

/** The open permission prompts of a session: each is shown, and ends exactly once. */
export class Asking {
  readonly #expiries = new Map<string, () => void>();

  constructor(
    readonly session: string,
    readonly options: ConversationOptions,
    readonly answers: Answers,
  ) {}

  /** Puts a request before the person, with a time limit. */
  ask(request: PermissionRequest, turn: Turn | undefined): void {
    if (turn === undefined) {
      log.error("A prompt without a turn was denied: {summary}", { summary: request.summary });
      this.answers.answer(request.id, { allow: false, reason: "Nobody can be asked right now." });
      return;
    }
    try {
      this.#show(request, turn);
    } catch (error) { // Claude would wait for an answer that nobody can give.
      log.error("A prompt that cannot be shown was denied: {error}", { error });
      this.answers.answer(request.id, { allow: false, reason: "Nobody can be asked right now." });
    }
  }

  #show(request: PermissionRequest, turn: Turn): void {
    const { journal, clock, compose, screen, promptMs } = this.options;
    const { session, place, user } = turn;
    journal.transaction(() => {
      const { id: requestId, summary } = request;
      const prompt = { requestId, session, chat: place.chat, user, summary };
      const id = journal.prompts.add(prompt, clock.now());
      const [delivery] = journal.deliveries.add([compose.prompt(turn, request, id)], clock.now());
      journal.prompts.shownBy(id, delivery!);
    });
    this.#expiries.set(request.id, clock.after(promptMs, () => this.#expired(request.id)));
    screen.delivered(place.chat);
  }

  /** Answers a prompt, once. @returns false when it was closed before, or nobody waits for it. */
  answer(prompt: OpenPrompt, answer: PermissionAnswer, words: string): boolean {
    const { journal, screen } = this.options;
    if (!journal.prompts.close(prompt.id, answer.allow ? "allowed" : "denied")) return false;
    this.#forget(prompt.requestId);
    const reached = this.answers.answer(prompt.requestId, answer);
    screen.promptClosed(prompt, reached ? words : "expired");
    return reached;
  }

  /** Claude no longer waits for an answer. */
  withdrawn(requestId: string): void {
    this.#forget(requestId);
    const { journal, screen } = this.options;
    const prompt = journal.prompts.ofRequest(requestId);
    if (prompt !== undefined && journal.prompts.close(prompt.id, "no longer needed")) {
      screen.promptClosed(prompt, "no longer needed");
    }
  }

  /** Stops the timers. What is open expires with the next start. */
  close(): void {
    for (const cancel of this.#expiries.values()) cancel();
    this.#expiries.clear();
  }

  #forget(requestId: string): void {
    this.#expiries.get(requestId)?.();
    this.#expiries.delete(requestId);
  }

  #expired(requestId: string): void {
    const prompt = this.options.journal.prompts.ofRequest(requestId);
    if (prompt === undefined) return;
    const minutes = Math.round(this.options.promptMs / 60_000);
    const reason = `The user did not answer within ${minutes} minutes. Go on without it, or stop.`;
    const words = `no answer within ${minutes} min: denied`;
    this.answers.expire(prompt, { allow: false, reason }, words);
  }
}
