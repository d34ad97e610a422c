import { type Clock, within } from "../clock.ts";
import { controlRequest } from "./protocol.ts";

/** What the CLI answered; undefined when it did not in time, or ended. */
export type ControlAnswer =
  | { readonly ok: boolean; readonly response: unknown; readonly error?: string }
  | undefined;

/** Our control requests to the CLI, each waiting for its answer. */
export class ControlChannel {
  readonly #waiting = new Map<string, (answer: ControlAnswer) => void>();

  constructor(readonly write: (message: unknown) => void, readonly clock: Clock) {}

  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Sends a request and waits at most `ms` for its answer. */
  async ask(
    request: { subtype: string; [key: string]: unknown },
    ms: number,
  ): Promise<ControlAnswer> {
    const id = crypto.randomUUID();
    const { promise, resolve } = Promise.withResolvers<ControlAnswer>();
    this.#waiting.set(id, resolve);
    this.write(controlRequest(id, request));
    const answer = await within(this.clock, ms, promise);
    this.#waiting.delete(id);
    return answer;
  }

  /** An answer arrived. */
  settle(
    answer: {
      request_id: string;
      subtype: string;
      response?: unknown;
      error?: string | undefined;
    },
  ): void {
    this.#waiting.get(answer.request_id)?.({
      ok: answer.subtype === "success",
      response: answer.response,
      ...(answer.error === undefined ? {} : { error: answer.error }),
    });
  }

  /** No answer will come any more. */
  close(): void {
    for (const settle of this.#waiting.values()) settle(undefined);
  }
}
