import { Api, GrammyError, HttpError } from "grammy";
import { systemClock } from "../../clock.ts";
import { HttpClient } from "./http_client.ts";
import { outgoing } from "./outgoing.ts";
import { withUpload } from "./uploads.ts";

/** The outcome of a call to the Bot API. */
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

/** A call that takes longer is given up, its outcome unknown, and its connection with it. */
const DEADLINE_MS = 60_000;
/** grammY's own deadline, 500 s unless it is told otherwise, never comes before ours. */
const GRAMMY_S = 90;

/** Calls through grammY's client, with nothing in them that deceives; every outcome is a value. */
export function createCall(
  token: string,
  apiRoot: string,
  { fetch }: HttpClient = new HttpClient(systemClock, DEADLINE_MS),
): Call {
  const api = new Api(token, { apiRoot, timeoutSeconds: GRAMMY_S, fetch });
  const methods = api.raw as unknown as Record<string, (...payload: unknown[]) => Promise<unknown>>;
  return async (method, payload) => {
    try {
      // For what needs no payload, grammY takes the first argument for a signal.
      const given = Object.keys(payload).length === 0 ? [] : [withUpload(outgoing(payload))];
      return { kind: "ok", result: await methods[method]!(...given) };
    } catch (error) {
      return resultOf(error);
    }
  };
}

/** The outcome of a call that an error of grammY's client tells of. */
export function resultOf(error: unknown): CallResult {
  if (error instanceof GrammyError) {
    const { error_code: code, description, parameters } = error;
    const migratedTo = parameters.migrate_to_chat_id;
    if (code === 429) return { kind: "flood", retryAfter: secondsOf(parameters.retry_after) };
    // A token may be renewed; what waits is not lost to that. A method unknown to it says so.
    if (code === 401 || (code === 404 && description === "Not Found")) {
      return { kind: "unreachable", error: `${code} ${description}` };
    }
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

/** How long Telegram wants a pause when it does not say so in a number, in seconds. */
const USUAL_PAUSE_S = 5;
/** Pauses of hours have been seen; after a day one more call asks again. */
const LONGEST_PAUSE_S = 86_400;

/** The seconds of `retry_after`: never none, and never for ever, whatever the answer says. */
function secondsOf(retryAfter: unknown): number {
  if (typeof retryAfter !== "number" || Number.isNaN(retryAfter)) return USUAL_PAUSE_S;
  return Math.min(Math.max(Math.ceil(retryAfter), 1), LONGEST_PAUSE_S);
}

/**
 * An error with its causes: newer versions of Deno say only there why a request failed. Without the
 * address, which has the token in it.
 */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = error.message.replace(/ (from \S+ )?for (url )?\(?https?:[^\s)]+\)?( \(\S+\))?/, "")
    .replace(/https?:\S+/g, "…");
  return error.cause === undefined ? words : `${words}: ${wordsOf(error.cause)}`;
}
