import type { TurnEvent } from "./events.ts";
import type { System } from "./protocol.ts";

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

/** A subscription's window is nearly or wholly used up (`rate_limit_event`). */
export function rateLimit(
  info: { status: string; resetsAt?: number | undefined; rateLimitType?: string | undefined },
  now = new Date(),
): TurnEvent[] {
  if (info.status === "allowed") return [];
  const window = (info.rateLimitType ?? "usage").replaceAll("_", " ");
  const resetsAt = new Date((info.resetsAt ?? NaN) * 1000);
  const reset = Number.isNaN(resetsAt.getTime()) ? "" : `, resets ${clockTime(resetsAt, now)}`;
  const state = info.status === "rejected" ? "reached" : "nearly reached";
  return [{ type: "notice", kind: "rate_limit", text: `The ${window} limit is ${state}${reset}` }];
}

/** A turn began by itself, with what a limit had stopped. */
export function continues(resetsAt: number | null, now = new Date()): TurnEvent {
  const when = resetsAt === null ? "" : ` ${clockTime(new Date(resetsAt), now)}`;
  const text = `The limit was reset${when}; Claude goes on with what it had stopped.`;
  return { type: "continues", text };
}

/** The CLI's transcript, or its settings, could not be written (`session_writes_lost`). */
export function unsaved({ lost = [], error_code: code }: System): TurnEvent {
  const what = lost.length === 0 || lost.includes("transcript") ? "conversation" : "settings";
  return { type: "unsaved", what, why: code === "EDQUOT" ? "quota" : "full" };
}

/** “at 19:04”, or “on Sat 21 Nov at 19:04” when that is not today; in this machine's time zone. */
export function clockTime(time: Date, now: Date): string {
  const clock = time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (time.toDateString() === now.toDateString()) return `at ${clock}`;
  const day = time.toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
  });
  return `on ${day} at ${clock}`;
}
