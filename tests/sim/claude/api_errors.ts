/** Errors of the API: how often the real CLI tries again, and what it says in the end. */

import { errorOf } from "../messages_api/responses.ts";
import type { ScriptedError } from "../messages_api/script.ts";
import { type Context, sleep } from "./context.ts";
import type { Line } from "./wire.ts";

/** An error that was given up on. */
export interface Failure {
  readonly text: string;
  readonly error: string;
  readonly terminalReason: string;
  readonly status: number | null;
  /** Fields of both the synthetic answer and the `result`. */
  readonly more: Line;
}

const PAUSES_MS = [500, 1000, 2000, 4500, 9000, 18_000, 37_000, 35_000, 35_000, 35_000];

/** What `api_retry` calls an error. */
const RETRY_NAMES: Record<number, string> = {
  401: "authentication_failed",
  429: "rate_limit",
  500: "server_error",
  529: "overloaded",
};

export function maxRetries(ctx: Context): number {
  return Number(ctx.env("CLAUDE_CODE_MAX_RETRIES") ?? 10);
}

function retriesFor(ctx: Context, error: ScriptedError, limited: boolean): number {
  if (error.word === "nologin" || limited) return 0;
  if (error.status === 529) return Math.min(2, maxRetries(ctx));
  return error.status in RETRY_NAMES ? maxRetries(ctx) : 0;
}

/** Announces a retry and waits; the pause that is announced is the real one's, not the one waited. */
export async function pause(
  ctx: Context,
  attempt: number,
  status: number | null,
  signal: AbortSignal,
  retryAfter?: number,
): Promise<void> {
  const usual = (PAUSES_MS[attempt - 1] ?? 35_000) * (1 + Math.random() * 0.2);
  const retry_delay_ms = retryAfter === undefined ? Math.round(usual) : retryAfter * 1000;
  ctx.wire.emit({
    type: "system",
    subtype: "api_retry",
    attempt,
    max_retries: maxRetries(ctx),
    retry_delay_ms,
    error_status: status,
    error: (status === null ? undefined : RETRY_NAMES[status]) ?? "unknown",
  });
  await sleep(retry_delay_ms * Number(ctx.env("SIM_CLAUDE_RETRY_SCALE") ?? 0.01), signal);
}

/** Goes through the retries of a scripted error; the failure that is left in the end, if any. */
export async function tryCall(
  ctx: Context,
  error: ScriptedError,
  step: { readonly source: string; readonly rateLimitStatus?: string },
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const limited = step.rateLimitStatus === "rejected";
  const retries = retriesFor(ctx, error, limited);
  for (let attempt = 1; !signal.aborted; attempt++) {
    const seen = (ctx.failures.get(step.source) ?? 0) + 1;
    ctx.failures.set(step.source, seen);
    if (seen > error.times) return undefined;
    if (attempt > retries) return failureOf(ctx, error, limited);
    await pause(ctx, attempt, error.status, signal, error.retryAfter);
  }
  return undefined;
}

function failureOf(ctx: Context, error: ScriptedError, limited: boolean): Failure {
  const type = errorOf(error.status).type;
  const message = error.message ?? errorOf(error.status).message;
  const known = {
    status: error.status,
    terminalReason: "api_error",
    more: { api_error_type: type },
  };
  if (error.word === "nologin") {
    const text = "Not logged in · Please run /login";
    return { ...known, status: null, more: {}, text, error: "authentication_failed" };
  }
  if (limited) return limitReached();
  if (error.status === 402 || /credit balance/i.test(message)) {
    return { ...known, text: "Credit balance is too low", error: "billing_error" };
  }
  if (/prompt is too long/i.test(message)) {
    const reason = "prompt_too_long";
    return {
      ...known,
      text: "Prompt is too long",
      error: "invalid_request",
      terminalReason: reason,
    };
  }
  const [text, name, terminalReason = "api_error"] = wordsFor(ctx, error.status, message);
  return { ...known, text, error: name, terminalReason };
}

const GATEWAY = "If it persists, check your inference gateway (127.0.0.1).";

function wordsFor(
  ctx: Context,
  status: number,
  message: string,
): [text: string, error: string, terminalReason?: string] {
  switch (status) {
    case 401:
      return ["Invalid API key · Fix external API key", "authentication_failed"];
    case 403:
      return [`Failed to authenticate. API Error: 403 ${message}`, "authentication_failed"];
    case 404:
      return [modelWords(ctx.settings.model), "model_not_found"];
    case 413:
      return [
        "Request too large (max 32MB). Accumulated images and attachments in the conversation pushed the request over the limit. Remove older images or compact the conversation.",
        "invalid_request",
        "image_error",
      ];
    case 429:
      return [`API Error: Request rejected (429) · ${message}`, "rate_limit"];
    case 529:
      return [
        `API Error: Repeated 529 Overloaded errors. The API is at capacity — this is usually temporary. Try again in a moment. ${GATEWAY}`,
        "server_error",
      ];
    default:
      if (status < 500) return [`API Error: ${status} ${message}`, "unknown"];
      return [
        `API Error: ${status} ${message}. This is a server-side issue, usually temporary — try again in a moment. ${GATEWAY}`,
        "server_error",
      ];
  }
}

function modelWords(model: string): string {
  return `There's an issue with the selected model (${model}). It may not exist or you may not have access to it. Run --model to pick a different model.`;
}

/** The API does not know the chosen model. */
export function unknownModel(ctx: Context): Failure {
  return {
    text: modelWords(ctx.settings.model),
    error: "model_not_found",
    terminalReason: "api_error",
    status: 404,
    more: { api_error_type: "not_found_error" },
  };
}

function limitReached(): Failure {
  const resetsAt = Math.floor(Date.now() / 1000) + 3600;
  const clock = new Date(resetsAt * 1000);
  const hours = clock.getUTCHours();
  const minutes = String(clock.getUTCMinutes()).padStart(2, "0");
  const when = `${hours % 12 || 12}:${minutes}${hours < 12 ? "am" : "pm"} (UTC)`;
  return {
    text: `You've hit your 5-hour limit · resets ${when}`,
    error: "rate_limit",
    terminalReason: "api_error",
    status: 429,
    more: { api_error_type: "rate_limit_error", api_error: "usage_limit_reached" },
  };
}

/** The line that tells how much of the subscription's limits is used. */
export function rateLimitLine(status: string): Line {
  const resetsAt = Math.floor(Date.now() / 1000) + 3600;
  const window = { utilization: status === "allowed" ? 0.1 : 0.95, resetsAt, status };
  return {
    type: "rate_limit_event",
    rate_limit_info: {
      status: status === "allowed_warning" ? "allowed" : status,
      resetsAt,
      rateLimitType: "five_hour",
      isUsingOverage: false,
      unifiedWindows: { five_hour: window },
    },
  };
}
