import { z } from "zod";
import { type Clock, within } from "../clock.ts";
import type { InitializeInfo } from "./events.ts";
import { controlRequest } from "./protocol.ts";

/** The CLI's answer; undefined when it gave none in time, or ended. */
export type ControlAnswer =
  | { readonly ok: boolean; readonly response: unknown; readonly error?: string }
  | undefined;

/** A request of ours; what else it has depends on its subtype. */
export interface OurRequest {
  readonly subtype: string;
  readonly [key: string]: unknown;
}

/** A process that answers control requests. */
export interface Controllable {
  control(request: OurRequest): Promise<ControlAnswer>;
}

/** Our control requests to the CLI, each waiting for its answer. */
export class ControlChannel {
  readonly #waiting = new Map<string, (answer: ControlAnswer) => void>();

  constructor(readonly write: (message: unknown) => void, readonly clock: Clock) {}

  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Sends a request and waits at most `ms` for its answer. */
  async ask(request: OurRequest, ms: number): Promise<ControlAnswer> {
    const id = crypto.randomUUID();
    const { promise, resolve } = Promise.withResolvers<ControlAnswer>();
    this.#waiting.set(id, resolve);
    this.write(controlRequest(id, request));
    const answer = await within(this.clock, ms, promise);
    this.#waiting.delete(id);
    return answer;
  }

  /** Hands over an answer that arrived. */
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

  /** Ends all waiting: no answer will come any more. */
  close(): void {
    for (const settle of this.#waiting.values()) settle(undefined);
  }
}

const text = z.string().catch("");

const Command = z.looseObject({ name: z.string(), description: text, argumentHint: text });
const Model = z.looseObject({ value: z.string(), resolvedModel: text, displayName: text });

/** A list of what parses; anything else in it is left out. */
const listOf = <T extends z.ZodType>(type: T) =>
  z.array(z.unknown()).catch([]).transform((all): z.output<T>[] =>
    all.flatMap((each) => {
      const parsed = type.safeParse(each);
      return parsed.success ? [parsed.data] : [];
    })
  );

const Info = z.looseObject({ commands: listOf(Command), models: listOf(Model) });

/** The commands and models in the answer to `initialize` (Claude Code 2.1.329); none where it says nothing. */
export function initializeInfo(response: unknown): InitializeInfo {
  const parsed = Info.safeParse(response);
  if (!parsed.success) return { commands: [], models: [] };
  return {
    commands: parsed.data.commands.map(({ name, description, argumentHint }) => ({
      name,
      description,
      hint: argumentHint,
    })),
    models: parsed.data.models.map(({ value, resolvedModel, displayName }) => ({
      value,
      id: resolvedModel || value,
      title: displayName || value,
    })),
  };
}
