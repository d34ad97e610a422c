import { logger } from "../log.ts";
import { type AskRequest, decodeRequest, encodeAnswer } from "./asks.ts";
import type { AskAnswer, TurnEvent } from "./events.ts";
import { controlError, type ControlRequest, controlSuccess } from "./protocol.ts";

const log = logger("claude");

/** What the CLI asks, and nobody has answered yet. */
export class OpenAsks {
  readonly #open = new Map<string, AskRequest>();

  constructor(
    readonly write: (message: unknown) => void,
    readonly emit: (event: TurnEvent) => void,
  ) {}

  get size(): number {
    return this.#open.size;
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  asked({ request_id: id, request }: ControlRequest): void {
    const ask = decodeRequest(id, request);
    if (ask !== null) {
      this.#open.set(id, request);
      return this.emit({ type: "prompt", request: ask });
    }
    log.warn("Unsupported request {subtype} of the CLI", { subtype: request.subtype });
    if (request.subtype !== "elicitation") {
      return this.write(controlError(id, `unsupported request: ${request.subtype}`));
    }
    this.write(controlSuccess(id, { action: "cancel" }));
    const text = "An MCP server asked for something that cannot be shown here; it got no answer";
    this.emit({ type: "notice", kind: "info", text });
  }

  /** Answers a request. @returns false when it is not open any more. */
  answer(id: string, answer: AskAnswer): boolean {
    const request = this.#open.get(id);
    if (request === undefined) return false;
    this.#open.delete(id);
    this.write(controlSuccess(id, encodeAnswer(request, answer)));
    return true;
  }

  withdraw(id: string, by?: "ended" | "exited"): void {
    if (!this.#open.delete(id)) return;
    this.emit({ type: "prompt_withdrawn", id, ...(by === undefined ? {} : { by }) });
  }

  withdrawAll(by: "ended" | "exited"): void {
    for (const id of [...this.#open.keys()]) this.withdraw(id, by);
  }
}
