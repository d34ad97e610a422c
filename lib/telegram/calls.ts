import { Api, GrammyError, HttpError } from "grammy";
import { withUpload } from "./document.ts";

/** What became of a call to the Bot API. */
export type CallResult =
  | { readonly kind: "ok"; readonly result: unknown }
  /** 429: nothing happened; again after so many seconds. */
  | { readonly kind: "flood"; readonly retryAfter: number }
  /** Telegram said no, and will say it again. */
  | {
    readonly kind: "refused";
    readonly code: number;
    readonly description: string;
    /** The group has become a supergroup with this id. */
    readonly migratedTo?: number;
  }
  /** The request certainly had no effect, and may have one later. */
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
  const api = new Api(token, { apiRoot, timeoutSeconds: DEADLINE_S, fetch: fetchOnce });
  const methods = api.raw as unknown as Record<string, (payload: unknown) => Promise<unknown>>;
  return async (method, payload) => {
    try {
      return { kind: "ok", result: await methods[method]!(withUpload(payload)) };
    } catch (error) {
      return resultOf(error);
    }
  };
}

/**
 * `fetch` that sends a request once. Given a string, Deno 2.9's sends it again by itself when a
 * kept-alive connection closes without an answer, and a message would stand twice without a mark; a
 * stream cannot be sent again.
 */
const fetchOnce = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
  const { body } = init;
  return fetch(
    input,
    typeof body === "string" ? { ...init, body: new Blob([body]).stream() } : init,
  );
};

/** What an error of grammY's client says about the call. */
export function resultOf(error: unknown): CallResult {
  if (error instanceof GrammyError) {
    const { error_code: code, description, parameters } = error;
    const migratedTo = parameters.migrate_to_chat_id;
    if (code === 429) return { kind: "flood", retryAfter: parameters.retry_after ?? 5 };
    // A token may be renewed; what waits is not lost to that.
    if (code === 401) return { kind: "unreachable", error: `${code} ${description}` };
    if (code >= 500) return { kind: "unknown", error: `${code} ${description}` };
    return { kind: "refused", code, description, ...(migratedTo && { migratedTo }) };
  }
  // What grammY itself will not send would be refused again and again.
  if (!(error instanceof HttpError)) {
    return { kind: "refused", code: 0, description: wordsOf(error) };
  }
  const text = wordsOf(error.error);
  // Deno names the stage in which a request failed: before a connection stood, nothing was sent.
  const connecting = /client error \(Connect\)|dns error|tcp connect error/i.test(text);
  return { kind: connecting ? "unreachable" : "unknown", error: text };
}

/** An error with its causes: newer versions of Deno say only there why a request failed. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${wordsOf(error.cause)}`;
}
