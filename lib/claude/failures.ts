import { errorText, UserFacingError } from "../errors.ts";
import type { Outcome, TurnEvent } from "./events.ts";
import type { FromCli, Result, System } from "./protocol.ts";

/** The end of a turn, in words that a person can act on; no text when it was simply answered. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly text: string;
}

const NOT_LOGGED_IN =
  "Claude Code is not logged in on this machine. Run `claude` there once and log in (`/login`), or set `ANTHROPIC_API_KEY`; then send your message again.";

/**
 * Causes by the beginning of the CLI's own words (Claude Code 2.1.329), most telling first.
 * A limit's words carry its reset time, so they are kept.
 */
const CAUSES: readonly (readonly [RegExp, (words: string) => string])[] = [
  [/^not logged in|oauth token.*(expired|revoked)|please run \/login/i, () => NOT_LOGGED_IN],
  [
    /^invalid api key|^failed to authenticate/i,
    (words) =>
      `Claude Code could not log in to the API (${words}). Check \`ANTHROPIC_API_KEY\` or log in again with \`claude\` on this machine.`,
  ],
  [
    /hit your .*limit|usage limit/i,
    (words) => `${words}. Nothing is lost: send your message again after that time.`,
  ],
  [
    /credit balance/i,
    () => "The API account has no credit left. Top it up, then send your message again.",
  ],
  [
    /overloaded/i,
    () => "Claude is overloaded at the moment. Wait a minute, then send your message again.",
  ],
  [
    /prompt is too long/i,
    () =>
      "This conversation has grown too long for the model. Send /compact to shorten it, or start afresh with /new.",
  ],
  [/^request too large/i, () => "This message is too large for the model. Send less at once."],
  [
    /rejected \(429\)/i,
    () => "The API's rate limit was reached. Wait a minute, then send your message again.",
  ],
  [
    /issue with the selected model/i,
    // The CLI's own advice is a flag of its command line.
    (words) => `${upTo(words, "Run --model")} Choose another model for this session.`,
  ],
  [
    /connection (refused|dropped)|unable to connect/i,
    (words) =>
      `Claude Code cannot reach the API (${words}). Check this machine's network, then send your message again.`,
  ],
];

/** The words before that, without the blanks at their end. */
function upTo(words: string, end: string): string {
  const at = words.indexOf(end);
  return at === -1 ? words : words.slice(0, at).trimEnd();
}

/** The meaning of a `result`. `is_error` decides, never `subtype`: API errors come as "success". */
export function verdictOf(result: Result): Verdict {
  const words = (result.result ?? "").trim();
  const interrupted = result.terminal_reason?.startsWith("aborted_") ?? false;
  if (interrupted) return { outcome: "interrupted", text: "" };
  if (result.subtype === "error_max_turns") {
    // `num_turns` counts the step that was not allowed too; the limit stands in the error's text.
    const [, limit = result.num_turns] = /\((\d+)\)/.exec(result.errors?.[0] ?? "") ?? [];
    return {
      outcome: "limit",
      text: `Stopped after ${limit} steps, the limit of this session. Send “continue” to go on.`,
    };
  }
  if (result.subtype === "error_max_budget_usd") {
    return { outcome: "limit", text: "Stopped: the budget of this session is used up." };
  }
  if (!result.is_error) return { outcome: "answered", text: "" };
  return { outcome: "failed", text: explain(words || (result.errors ?? []).join("\n")) };
}

/** A sentence for what the CLI said went wrong; its own words where we know nothing better. */
export function explain(words: string): string {
  const short = words.split("\n")[0]?.trim().replace(/\.$/, "") ?? "";
  const known = CAUSES.find(([pattern]) => pattern.test(short));
  if (known !== undefined) return known[1](short);
  return short === "" ? "Claude Code reported an error without words." : `Claude Code: ${words}`;
}

/** A retry that succeeds is nobody's business; the second one in a row is told. */
const TOLD_FROM_ATTEMPT = 2;

/** The model call is tried again: its provisional text begins anew. */
export function retrying(message: System): TurnEvent[] {
  const events: TurnEvent[] = [{ type: "text_reset" }];
  if ((message.attempt ?? 1) >= TOLD_FROM_ATTEMPT) {
    events.push({ type: "notice", kind: "retrying", text: retryText(message) });
  }
  return events;
}

function retryText(message: System): string {
  const seconds = Math.max(1, Math.round((message.retry_delay_ms ?? 0) / 1000));
  const count = `${message.attempt ?? 1} of ${message.max_retries ?? "?"}`;
  return `${causeOf(message)}; trying again in ${seconds} s (${count})`;
}

function causeOf({ error, error_status: status }: System): string {
  if (status === 529 || error === "overloaded") return "Claude is overloaded";
  if (error === "rate_limit") return "The rate limit was reached";
  if (error === "authentication_failed") return "The API does not accept the login";
  if (status === undefined || status === null) return "The API cannot be reached";
  return `The API did not answer as it should (${status})`;
}

/** The CLI's transcript, or its settings, could not be written (`session_writes_lost`). */
export function unsaved({ lost = [], error_code: code }: System): TurnEvent {
  const what = lost.length === 0 || lost.includes("transcript") ? "conversation" : "settings";
  return { type: "unsaved", what, why: code === "EDQUOT" ? "quota" : "full" };
}

/** `claude` could not be started. */
export class StartError extends UserFacingError {
  override readonly name = "StartError";
  constructor(message: string, readonly kind: "in-use" | "unknown-conversation" | "other") {
    super(message);
  }
}

const NEEDED_VERSION = "2.1.329";
/** Without it the CLI does not say which prompts a turn answers. */
const NEEDED_CAPABILITY = "msg_lifecycle_v1";

const NOT_FOUND =
  "The command of Claude Code was not found. Is it installed on this machine, and on the PATH of this service?";

const LOST =
  "Claude Code no longer has the conversation of this session (`No conversation found`), so nothing was sent. The session's files are untouched. “Start afresh” begins a new conversation in it with this message; without that none is begun.";

/** The error for a system that cannot start the program at all. */
export function spawnError(error: unknown): StartError {
  if (error instanceof Deno.errors.NotFound) return new StartError(NOT_FOUND, "other");
  const why = errorText(error);
  return new StartError(`Claude Code could not be started: ${why}`, "other");
}

/** The error for a CLI that ended before it was ready, from its last words. */
export function startError(words: string): StartError {
  if (/^setpriv: failed to execute/.test(words)) return new StartError(NOT_FOUND, "other");
  if (/is already in use/.test(words)) return new StartError(words, "in-use");
  if (/No conversation found/i.test(words)) return new StartError(LOST, "unknown-conversation");
  const why = words === ""
    ? "it ended without a word"
    : explain(words).replace(/^Claude Code: /, "");
  return new StartError(`Claude Code could not be started: ${why}`, "other");
}

/** The sentence for a CLI whose first line lacks what we build on; empty while nothing is missing. */
export function tooOld(message: FromCli): string {
  if (message.type !== "system" || message.subtype !== "init") return "";
  if (message.capabilities?.includes(NEEDED_CAPABILITY)) return "";
  const version = message.claude_code_version ?? "";
  return `Claude Code ${version} on this machine is too old: version ${NEEDED_VERSION} or newer is needed. Update it with \`claude update\`.`;
}
