import { Api, GrammyError, HttpError } from "grammy";

/** What became of a call to the Bot API. */
export type CallResult =
  | { readonly kind: "ok"; readonly result: unknown }
  /** 429: nothing happened; again after so many seconds. */
  | { readonly kind: "flood"; readonly retryAfter: number }
  /** Telegram said no, and will say it again. */
  | { readonly kind: "refused"; readonly code: number; readonly description: string }
  /** The request certainly did not arrive. */
  | { readonly kind: "unreachable"; readonly error: string }
  /** It may have been executed: the connection broke, or the server stumbled. */
  | { readonly kind: "unknown"; readonly error: string };

/** One call to the Bot API; never rejects. */
export type Call = (
  method: string,
  payload: Readonly<Record<string, unknown>>,
) => Promise<CallResult>;

/** A call that takes longer is given up, its outcome unknown. */
const DEADLINE_S = 60;

/** Calls through grammY's client; every outcome is a value. */
export function createCall(token: string, apiRoot: string): Call {
  const api = new Api(token, { apiRoot, timeoutSeconds: DEADLINE_S });
  const methods = api.raw as unknown as Record<string, (payload: unknown) => Promise<unknown>>;
  return async (method, payload) => {
    try {
      return { kind: "ok", result: await methods[method]!(payload) };
    } catch (error) {
      return resultOf(error);
    }
  };
}

/** What an error of grammY's client says about the call. */
export function resultOf(error: unknown): CallResult {
  if (error instanceof GrammyError) {
    const { error_code: code, description, parameters } = error;
    if (code === 429) return { kind: "flood", retryAfter: parameters.retry_after ?? 5 };
    if (code >= 500) return { kind: "unknown", error: `${code} ${description}` };
    return { kind: "refused", code, description };
  }
  const cause = error instanceof HttpError ? error.error : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  // Deno names the stage in which a request failed: before a connection stood, nothing was sent.
  const connecting = /client error \(Connect\)|dns error|tcp connect error/i.test(text);
  return { kind: connecting ? "unreachable" : "unknown", error: text };
}
