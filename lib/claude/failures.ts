import type { Outcome } from "./events.ts";
import type { Result } from "./protocol.ts";

/** How a turn ended, in words that a person can act on; no text when it was simply answered. */
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

/** What a `result` means. `is_error` decides, never `subtype`: API errors come as "success". */
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
