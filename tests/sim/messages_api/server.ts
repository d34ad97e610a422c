/**
 * A scriptable stand-in for the Anthropic Messages API on loopback, for driving the real Claude
 * Code CLI without an account. README.md says what it answers.
 */

import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Buffer } from "node:buffer";
import { setTimeout as delay } from "node:timers/promises";
import {
  answerBlocks,
  answerUsage,
  blockEvents,
  estimateTokens,
  type MessagesRequest,
  stopReason,
  summarize,
} from "./answer.ts";
import { decide } from "./decide.ts";
import { ScriptReader, type Step } from "./script.ts";
import { errorBody, sendJson } from "./responses.ts";

export interface MessagesApiOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Characters per delta, unless the script says otherwise. Default: 24. */
  readonly chunk?: number;
  readonly deltaDelayMs?: number;
  readonly firstDelayMs?: number;
  /** Told of each request when it has arrived. */
  readonly onRequest?: (request: SeenRequest) => void;
}

/** A request that was seen, without the body but for `body` itself. */
export interface SeenRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly auth: "x-api-key" | "bearer" | "none";
  readonly bytes: number;
  readonly body: MessagesRequest | undefined;
  /** The step that answered, as it was written. */
  step?: string;
  status?: number;
  /** The caller went away before the answer was complete. */
  aborted?: boolean;
  /** Nobody knows this path. */
  unknown?: boolean;
}

interface WholeMessage {
  readonly id: string;
  readonly content: ReturnType<typeof answerBlocks>;
  readonly stop_reason: string;
  readonly usage: ReturnType<typeof answerUsage>;
}

/** An answer put into the queue; it wins over what the prompt says. */
export type QueuedStep = Partial<Step>;

/** A running stand-in. It checks nothing: no key, no model name, no order of messages. */
export class MessagesApi implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #queue: QueuedStep[] = [];
  readonly #failures = new Map<string, number>();
  readonly #answers = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;
  readonly #reader = new ScriptReader();
  readonly #run = Date.now().toString(36);
  readonly #server: http.Server;
  readonly #options: MessagesApiOptions;
  #serial = 0;

  constructor(server: http.Server, options: MessagesApiOptions) {
    this.#server = server;
    this.#options = options;
    server.on("request", (req, res) => void this.#serve(req, res));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Queues what the next calls answer, whatever they are for: a subagent's and a summary's too. */
  push(...steps: QueuedStep[]): void {
    this.#queue.push(...steps);
  }

  reset(): void {
    this.requests.length = 0;
    this.#queue.length = 0;
    this.#failures.clear();
  }

  /** Breaks off what it still answers; behind it nothing of it runs, no timer either. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    // In this order: older Deno breaks off no connection of a server that closes.
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.allSettled(this.#answers); // Their errors are met where they are given.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #nextId = (prefix: string) =>
    `${prefix}_fake${this.#run}${(++this.#serial).toString(36).padStart(6, "0")}`;

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const seen = describe(req, await readBody(req));
      this.requests.push(seen);
      this.#options.onRequest?.(seen);
      if (req.method === "POST" && seen.path === "/v1/messages") {
        const answer = this.#answer(res, seen).finally(() => this.#answers.delete(answer));
        this.#answers.add(answer);
        await answer;
      } else if (req.method === "POST" && seen.path === "/v1/messages/count_tokens") {
        const { system, messages, tools } = seen.body ?? {};
        sendJson(res, 200, { input_tokens: estimateTokens({ system, messages, tools }) });
      } else if (seen.path === "/v1/models") {
        sendJson(res, 200, { data: [], has_more: false, first_id: null, last_id: null });
      } else {
        seen.unknown = true;
        sendJson(res, req.method === "HEAD" || seen.path === "/" ? 200 : 404, {
          type: "error",
          error: { type: "not_found_error", message: `stand-in: no ${seen.path}` },
        });
      }
    } catch (error) {
      if (res.headersSent || this.#closing.signal.aborted) cut(res);
      else sendJson(res, 500, { type: "error", error: { type: "api_error", message: `${error}` } });
    }
  }

  async #answer(res: ServerResponse, seen: SeenRequest): Promise<void> {
    const body = seen.body ?? {};
    const queued = this.#queue.shift();
    const step: Step = queued
      ? { source: this.#nextId("queued"), directive: true, tools: [], marks: [], ...queued }
      : decide(body.messages ?? [], this.#reader);
    seen.step = step.source;
    const headers = { "request-id": this.#nextId("req"), ...limitHeaders(step) };
    await this.#pause(step.firstDelayMs ?? this.#options.firstDelayMs);
    const failure = this.#failure(step);
    seen.status = failure?.status ?? 200;
    if (failure) {
      const { retryAfter } = failure;
      const retry = retryAfter === undefined ? {} : { "retry-after": `${retryAfter}` };
      const body = errorBody(failure.status, failure.message, headers["request-id"]);
      return sendJson(res, failure.status, body, { ...headers, ...retry });
    }
    await this.#send(res, seen, step, headers);
  }

  /** Waits that long; rejects when it closes. */
  async #pause(ms = 0): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal: this.#closing.signal });
  }

  /** The error that this step still owes, if any. */
  #failure(step: Step): Step["error"] {
    if (!step.error) return undefined;
    const seen = (this.#failures.get(step.source) ?? 0) + 1;
    this.#failures.set(step.source, seen);
    return seen <= step.error.times ? step.error : undefined;
  }

  async #send(
    res: ServerResponse,
    seen: SeenRequest,
    step: Step,
    headers: Record<string, string>,
  ): Promise<void> {
    const body = seen.body ?? {};
    const content = answerBlocks(step, () => summarize(body), this.#nextId);
    const message = {
      id: this.#nextId("msg"),
      type: "message",
      role: "assistant",
      model: body.model,
      content,
      stop_reason: stopReason(step, content),
      stop_sequence: null,
      usage: answerUsage(step, body.messages, content),
    };
    if (body.stream !== true) return sendJson(res, 200, message, headers);
    await this.#stream(res, seen, step, message, headers);
  }

  async #stream(
    res: ServerResponse,
    seen: SeenRequest,
    step: Step,
    message: WholeMessage,
    headers: Record<string, string>,
  ): Promise<void> {
    res.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...headers });
    res.on("close", () => {
      if (!res.writableEnded) seen.aborted = true;
    });
    const send = (event: object) => void res.write(serverSentEvent(event));
    const { content, stop_reason, usage } = message;
    const started = { ...message, content: [], stop_reason: null };
    send({ type: "message_start", message: { ...started, usage: { ...usage, output_tokens: 1 } } });
    let deltas = 0;
    for (const [index, block] of content.entries()) {
      const events = blockEvents(block, index, step.chunk ?? this.#options.chunk ?? 24);
      send(events.start);
      for (const delta of events.deltas) {
        if (seen.aborted) return;
        if (step.cutAfter !== undefined && deltas >= step.cutAfter) return cut(res);
        if (step.hangAfter !== undefined && deltas >= step.hangAfter) return;
        send(delta);
        deltas++;
        await this.#pause(step.deltaDelayMs ?? this.#options.deltaDelayMs);
      }
      events.close.forEach(send);
    }
    const delta = { stop_reason, stop_sequence: null };
    send({ type: "message_delta", delta, usage: { output_tokens: usage.output_tokens } });
    send({ type: "message_stop" });
    res.end();
  }
}

/** Starts a stand-in on loopback; close it when done. */
export async function startMessagesApi(options: MessagesApiOptions = {}): Promise<MessagesApi> {
  const server = http.createServer();
  server.keepAliveTimeout = 60_000;
  const api = new MessagesApi(server, options);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return api;
}

async function readBody(req: IncomingMessage): Promise<string> {
  // Deno 2.6 never ends the empty body of a GET.
  if (req.method === "GET" || req.method === "HEAD") return "";
  const chunks: Uint8Array[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function describe(req: IncomingMessage, raw: string): SeenRequest {
  const auth = req.headers["x-api-key"]
    ? "x-api-key"
    : req.headers.authorization
    ? "bearer"
    : "none";
  const { pathname } = new URL(req.url ?? "/", "http://loopback");
  const seen = {
    at: Date.now(),
    method: req.method ?? "",
    path: pathname,
    auth,
    bytes: raw.length,
  } as const;
  // Kept out of dumps of the record: bodies are large.
  return Object.defineProperty({ ...seen, body: undefined }, "body", {
    value: parsed(raw),
    enumerable: false,
  });
}

function parsed(raw: string): MessagesRequest | undefined {
  try {
    return raw ? JSON.parse(raw) : undefined;
  } catch {
    return undefined;
  }
}

function limitHeaders(step: Step): Record<string, string> {
  const status = step.rateLimitStatus;
  if (!status) return {};
  const reset = String(Math.floor(Date.now() / 1000) + 3600);
  const prefix = "anthropic-ratelimit-unified";
  return {
    [`${prefix}-status`]: status,
    [`${prefix}-reset`]: reset,
    [`${prefix}-representative-claim`]: "five_hour",
    [`${prefix}-5h-status`]: status,
    [`${prefix}-5h-reset`]: reset,
    [`${prefix}-5h-utilization`]: status === "allowed" ? "0.10" : "0.95",
  };
}

function serverSentEvent(event: object): string {
  const type = "type" in event ? String(event.type) : "message";
  return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Breaks the connection in the middle of an answer; older Deno only does so when given an error. */
function cut(res: ServerResponse): void {
  res.on("error", () => {});
  res.destroy(new Error("cut by the script"));
}
