/** Tokens, costs and the `result` line that reports them. */

import type { AnswerUsage } from "../messages_api/answer.ts";
import { markers } from "./lines.ts";
import type { Line } from "./wire.ts";

/** Dollars per million tokens of input and output, by family. */
const PRICES: Record<string, readonly [number, number]> = {
  opus: [4, 20],
  sonnet: [2, 10],
  haiku: [0.8, 4],
};

interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheCreationInputTokens: number;
  webSearchRequests: number;
  costUSD: number;
  contextWindow: number;
  maxOutputTokens: number;
}

export interface Denial {
  readonly tool_name: string;
  readonly tool_use_id: string;
  readonly tool_input: unknown;
}

/** How a turn went. */
export interface TurnReport {
  readonly uuids: readonly string[];
  readonly startedAt: number;
  readonly numTurns: number;
  readonly stopReason: string | null;
  readonly denials: readonly Denial[];
  readonly subtype: string;
  readonly isError: boolean;
  readonly result?: string;
  readonly errors?: readonly string[];
  readonly terminalReason?: string;
  /** Further fields: `origin`, `local_command`, `api_error_status` and the like. */
  readonly more?: Line;
}

export class Ledger {
  totalUsd = 0;
  lastWasError = false;
  #apiMs = 0;
  #index = 0;
  #models: Record<string, ModelUsage> = {};
  #sinceLast: Record<string, ModelUsage> = {};
  #turn = { input: 0, output: 0 };
  #firstInput: number | undefined;

  call(model: string, usage: AnswerUsage, ms: number): void {
    this.#apiMs += ms;
    this.#turn.input += usage.input_tokens;
    this.#turn.output += usage.output_tokens;
    this.#firstInput ??= usage.input_tokens;
    const family = model.split("-")[1] ?? "opus";
    const [input, output] = PRICES[family] ?? [4, 20];
    const usd = (usage.input_tokens * input + usage.output_tokens * output) / 1e6;
    this.totalUsd += usd;
    for (const models of [this.#models, this.#sinceLast]) {
      const entry = models[model] ??= noModelUsage();
      entry.inputTokens += usage.input_tokens;
      entry.outputTokens += usage.output_tokens;
      entry.costUSD += usd;
    }
  }

  /** `/clear` starts the count again. */
  reset(): void {
    this.totalUsd = 0;
    this.#models = {};
  }

  costText(): string {
    const models = Object.entries(this.#models).map(([model, usage]) =>
      `     ${model}:  ${usage.inputTokens} input, ${usage.outputTokens} output, 0 cache read, 0 cache write ($${
        usage.costUSD.toFixed(4)
      })`
    );
    return [
      `Estimated cost:        $${this.totalUsd.toFixed(4)}`,
      `Total duration (API):  ${Math.round(this.#apiMs / 1000)}s`,
      "Total code changes:    0 lines added, 0 lines removed",
      "Usage by model:",
      ...models,
    ].join("\n");
  }

  usageReport(): Line {
    return {
      session: {
        total_cost_usd: this.totalUsd,
        total_api_duration_ms: this.#apiMs,
        model_usage: this.#models,
      },
    };
  }

  /** The line that ends a turn. In this version `type` stands near the end. */
  result(report: TurnReport, queued: number, old: boolean): Line {
    const duration = Math.round(performance.now() - report.startedAt);
    const since = this.#sinceLast;
    const line = {
      duration_api_ms: Math.round(this.#apiMs),
      stop_reason: report.stopReason,
      total_cost_usd: this.totalUsd,
      usage: this.#turnUsage(),
      modelUsage: structuredClone(this.#models),
      permission_denials: report.denials,
      ...(report.terminalReason === undefined ? {} : { terminal_reason: report.terminalReason }),
      fast_mode_state: "off",
      is_error: report.isError,
      num_turns: report.numTurns,
      subtype: report.subtype,
      ...(report.errors === undefined ? {} : { errors: report.errors }),
      ...(report.result === undefined ? {} : { result: report.result }),
      ...report.more,
      ...(old ? {} : markers(report.uuids)),
      ...(this.#firstInput === undefined ? {} : { first_request_input_tokens: this.#firstInput }),
      type: "result",
      duration_ms: duration,
      ...(old ? {} : {
        queued_turn_count: queued,
        result_index: this.#index,
        model_usage_since_last_result: since,
      }),
    };
    this.#index++;
    this.#sinceLast = {};
    this.#turn = { input: 0, output: 0 };
    this.#firstInput = undefined;
    this.lastWasError = report.isError;
    return line;
  }

  #turnUsage(): Line {
    return {
      input_tokens: this.#turn.input,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: this.#turn.output,
      output_tokens_details: { thinking_tokens: 0 },
      server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
      service_tier: "standard",
    };
  }
}

function noModelUsage(): ModelUsage {
  return {
    inputTokens: 0,
    outputTokens: 0,
    cacheReadInputTokens: 0,
    cacheCreationInputTokens: 0,
    webSearchRequests: 0,
    costUSD: 0,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
  };
}

/** The end of a turn that cost nothing and took no time: with an answer, or cut off. */
export function resultLine(end: { readonly text: string } | "cut", uuids: readonly string[]): Line {
  const about = end === "cut"
    ? { subtype: "error_during_execution", isError: true, terminalReason: "aborted_streaming" }
    : { subtype: "success", isError: false, result: end.text };
  const report = { ...about, numTurns: 1, stopReason: null, denials: [], uuids, startedAt: 0 };
  return { ...new Ledger().result(report, 0, false), duration_ms: 1 };
}
