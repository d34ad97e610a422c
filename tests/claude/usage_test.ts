import { assertEquals } from "@std/assert";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { usageOf } from "../../lib/claude/usage.ts";

function resultWith(fields: object) {
  const result = { type: "result", subtype: "success", is_error: false, ...fields };
  const decoded = decodeLine(JSON.stringify(result));
  if (decoded.kind !== "message" || decoded.message.type !== "result") throw new Error("no result");
  return decoded.message;
}

const HALF = { inputTokens: 0.3, cacheReadInputTokens: 0.3, cacheCreationInputTokens: 0.3 };

Deno.test("usage: tokens and milliseconds are whole numbers, whatever the CLI says", () => {
  const model_usage_since_last_result = { opus: { costUSD: 0.25, outputTokens: 1.5, ...HALF } };
  const byModel = usageOf(resultWith({ duration_ms: 9.6, model_usage_since_last_result }), 0);
  const sum = { costUsd: 0.25, inputTokens: 1, outputTokens: 2 };
  assertEquals(byModel, { ...sum, durationMs: 10, models: [{ model: "opus", ...sum }] });
  const usage = { input_tokens: 1.4, output_tokens: 2.6 };
  const whole = usageOf(resultWith({ duration_ms: 0.5, total_cost_usd: 0.5, usage }), 0.25);
  assertEquals(whole, {
    costUsd: 0.25,
    inputTokens: 1,
    outputTokens: 3,
    durationMs: 1,
    models: [],
  });
});
