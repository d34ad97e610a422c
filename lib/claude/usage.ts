import type { LimitWindow, ModelUsage, TurnEvent, Usage } from "./events.ts";
import type { RateLimit, Result } from "./protocol.ts";

/**
 * The cost of a turn. The CLI says it by model (all calls of the turn, a subagent's and a
 * compaction's too); where it does not, the process's running total since `costBefore` counts.
 * Tokens and milliseconds are whole numbers, as who keeps them expects.
 */
export function usageOf(result: Result, costBefore: number): Usage {
  const models = Object.entries(result.model_usage_since_last_result ?? {}).map(
    ([model, each]): ModelUsage => ({
      model,
      costUsd: each.costUSD,
      inputTokens: Math.round(
        each.inputTokens + each.cacheReadInputTokens + each.cacheCreationInputTokens,
      ),
      outputTokens: Math.round(each.outputTokens),
    }),
  );
  const durationMs = Math.round(result.duration_ms);
  if (result.model_usage_since_last_result !== undefined) {
    const sum = (of: (each: ModelUsage) => number) => models.reduce((all, e) => all + of(e), 0);
    return {
      costUsd: sum(({ costUsd }) => costUsd),
      inputTokens: sum(({ inputTokens }) => inputTokens),
      outputTokens: sum(({ outputTokens }) => outputTokens),
      durationMs,
      models,
    };
  }
  const { usage } = result;
  return {
    costUsd: Math.max(0, result.total_cost_usd - costBefore),
    inputTokens: usage === undefined ? 0 : Math.round(
      usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens,
    ),
    outputTokens: Math.round(usage?.output_tokens ?? 0),
    durationMs,
    models,
  };
}

const STATES: Readonly<Record<string, LimitWindow["state"]>> = {
  allowed: "allowed",
  allowed_warning: "nearly",
  rejected: "reached",
};

/** Seconds as milliseconds; null for what no calendar knows. */
function timeOf(seconds: number | undefined): number | null {
  const known = seconds !== undefined && seconds > 0 && seconds < 8.64e12;
  return known ? Math.round(seconds * 1000) : null;
}

/** The windows of a subscription's limits; nothing where the CLI names none. */
export function limitWindows({ rate_limit_info: info }: RateLimit): TurnEvent[] {
  const named = Object.entries(info.unifiedWindows ?? {});
  const single = info.rateLimitType === undefined
    ? []
    : [[info.rateLimitType, { ...info, utilization: undefined }] as const];
  const windows = (named.length > 0 ? named : single).map(([name, window]): LimitWindow => ({
    name,
    used: window.utilization ?? null,
    resetsAt: timeOf(window.resetsAt),
    state: STATES[window.status ?? ""] ?? "allowed",
  }));
  return windows.length === 0 ? [] : [{ type: "limits", windows }];
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

/** “at 19:04”, or “on Sat 21 Nov at 19:04” when that is not today; in this machine's time zone. */
function clockTime(time: Date, now: Date): string {
  const clock = time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (time.toDateString() === now.toDateString()) return `at ${clock}`;
  const day = time.toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
  });
  return `on ${day} at ${clock}`;
}
