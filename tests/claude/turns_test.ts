import { assert, assertEquals } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { TurnAccounting } from "../../lib/claude/turns.ts";
import { init, type Json } from "./fake_child.ts";
import { only } from "./recording.ts";

/** What the accounting makes of lines, one after the other. */
function hear(turns: TurnAccounting, ...lines: Json[]): TurnEvent[] {
  return lines.flatMap((line) => {
    const decoded = decodeLine(JSON.stringify(line));
    assert(decoded.kind === "message", `not understood: ${JSON.stringify(line)}`);
    return turns.accept(decoded.message);
  });
}

/** An accounting that has sent these prompts. */
function sent(...prompts: string[]): TurnAccounting {
  const turns = new TurnAccounting();
  for (const prompt of prompts) turns.sent(prompt);
  return turns;
}

const lifecycle = (prompt: string, state: string): Json => ({
  type: "command_lifecycle",
  command_uuid: prompt,
  state,
});

const result = (fields: Json = {}): Json => ({
  type: "result",
  subtype: "success",
  is_error: false,
  ...fields,
});

const says = (text: string): Json => ({
  type: "assistant",
  message: { model: "opus", content: [{ type: "text", text }] },
});

const delta = (text: string): Json => ({
  type: "stream_event",
  event: { type: "content_block_delta", delta: { type: "text_delta", text } },
});

Deno.test("turns: a prompt that only the result names ends with that turn", () => {
  for (const names of [{ user_message_uuid: "p1" }, { user_message_uuids: ["p1"] }]) {
    const turns = sent("p1");
    const events = hear(turns, lifecycle("p1", "queued"), init(), says("hi"), result(names));
    assertEquals(only(events, "ended").map(({ prompts }) => prompts), [["p1"]]);
    assert(!turns.busy);
  }
});

Deno.test("turns: a result names prompts of others without harm", () => {
  const turns = sent("p1");
  const events = hear(
    turns,
    lifecycle("p1", "started"),
    init(),
    result({ user_message_uuids: ["stranger", "p1"] }),
  );
  assertEquals(only(events, "ended").map(({ prompts }) => prompts), [["p1"]]);
});

Deno.test("turns: a prompt that waits is not ended by the turn before it", () => {
  const turns = sent("p1", "p2");
  const events = hear(
    turns,
    lifecycle("p1", "started"),
    lifecycle("p2", "queued"),
    init(),
    result({ user_message_uuids: ["p1"] }),
  );
  assertEquals(only(events, "ended").map(({ prompts }) => prompts), [["p1"]]);
  assertEquals([turns.pending, turns.busy], [["p2"], true]);
});

Deno.test("turns: of a prompt said to be completed in a turn, the turn's result decides", () => {
  const turns = sent("p1", "p2", "p3");
  hear(turns, lifecycle("p1", "started"), init());
  assertEquals(hear(turns, lifecycle("p2", "completed"), lifecycle("p3", "completed")), []);
  const events = hear(turns, result({ user_message_uuids: ["p1", "p2"] }));
  assertEquals(only(events, "ended")[0]?.prompts, ["p1", "p2"]);
  assertEquals(only(events, "dropped"), [{ type: "dropped", prompt: "p3", cancelled: false }]);
});

Deno.test("turns: what was dropped once does not drop the same prompt sent again", () => {
  const turns = sent("p1", "p2");
  hear(turns, lifecycle("p1", "started"), init(), lifecycle("p2", "cancelled"), result());
  turns.sent("p2");
  assertEquals(only(hear(turns, init(), result()), "dropped"), []);
  assertEquals(turns.pending, ["p2"]);
});

Deno.test("turns: a prompt cancelled between its start and its turn is in no turn", () => {
  const turns = sent("p1", "p2");
  const dropped = hear(turns, lifecycle("p1", "started"), lifecycle("p1", "cancelled"));
  assertEquals(dropped, [{ type: "dropped", prompt: "p1", cancelled: true }]);
  const events = hear(turns, lifecycle("p2", "started"), init(), result());
  assertEquals(only(events, "started")[0]?.prompts, ["p2"]);
  assertEquals(only(events, "ended")[0]?.prompts, ["p2"]);
});

Deno.test("turns: the lifecycle of prompts that are not ours says nothing", () => {
  const turns = new TurnAccounting();
  const states = ["queued", "started", "completed", "cancelled", "news"];
  assertEquals(hear(turns, ...states.map((state) => lifecycle("stranger", state))), []);
  assert(!turns.busy);
});

Deno.test("turns: a retry throws the draft away at once, not only when the text begins again", () => {
  const turns = sent("p1");
  hear(turns, lifecycle("p1", "started"), init(), delta("half a sen"));
  const retry = { type: "system", subtype: "api_retry", attempt: 2, retry_delay_ms: 30_000 };
  assertEquals(hear(turns, retry).map(({ type }) => type), ["text_reset", "notice"]);
});

Deno.test("turns: a turn is open whatever its first line", () => {
  for (const first of [init(), says("hi"), delta("hi"), result()]) {
    const events = hear(sent("p1"), lifecycle("p1", "started"), first);
    assertEquals(only(events, "started"), [{ type: "started", prompts: ["p1"] }]);
  }
});

Deno.test("turns: the result's text is told when nothing else was, and only then", () => {
  const silent = hear(new TurnAccounting(), init(), result({ result: "only here" }));
  assertEquals(only(silent, "message").map(({ text }) => text), ["only here"]);
  const spoken = hear(new TurnAccounting(), init(), says("a"), says("b"), result({ result: "b" }));
  assertEquals(only(spoken, "message").map(({ text }) => text), ["a", "b"]);
});

Deno.test("turns: usage counts what was read from the cache too", () => {
  const usage = {
    input_tokens: 1,
    cache_creation_input_tokens: 20,
    cache_read_input_tokens: 300,
    output_tokens: 4,
  };
  const [ended] = only(
    hear(
      new TurnAccounting(),
      result({
        usage,
        duration_ms: 5,
        model_usage_since_last_result: {
          opus: {
            costUSD: 0.25,
            inputTokens: 300,
            cacheReadInputTokens: 7,
            cacheCreationInputTokens: 3,
            outputTokens: 4,
          },
          haiku: { costUSD: 0.5, inputTokens: 20, outputTokens: 5 },
        },
        total_cost_usd: 100,
      }),
    ),
    "ended",
  );
  assertEquals(ended?.usage, {
    costUsd: 0.75,
    inputTokens: 330, // All calls of the turn: a subagent's are not in its own `usage`.
    outputTokens: 9,
    durationMs: 5,
    models: [
      { model: "opus", costUsd: 0.25, inputTokens: 310, outputTokens: 4 },
      { model: "haiku", costUsd: 0.5, inputTokens: 20, outputTokens: 5 },
    ],
  });
});

Deno.test("turns: where a turn's cost is not told, the total's growth is it, never less than 0", () => {
  const totals = [0.5, 0.75, 0.25].map((total_cost_usd) => result({ total_cost_usd }));
  const costs = only(hear(new TurnAccounting(), ...totals), "ended").map(({ usage }) =>
    usage.costUsd
  );
  assertEquals(costs, [0.5, 0.25, 0]);
});

Deno.test("turns: thinking is told by its size", () => {
  const line = { type: "system", subtype: "thinking_tokens", estimated_tokens: 120 };
  assertEquals(hear(new TurnAccounting(), line), [{ type: "thinking", tokens: 120 }]);
});

Deno.test("turns: the conversation's id is told when it is new, not each time", () => {
  const turns = new TurnAccounting();
  const events = hear(
    turns,
    init({ session_id: "a" }),
    result({ session_id: "a" }),
    init({ session_id: "a" }),
    result({ session_id: "b" }),
  );
  assertEquals(only(events, "session").map(({ id }) => id), ["a", "b"]);
});
