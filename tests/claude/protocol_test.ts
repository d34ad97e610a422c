import { assert, assertEquals } from "@std/assert";
import { decodeLine, userLine } from "../../lib/claude/protocol.ts";
import { TurnAccounting } from "../../lib/claude/turns.ts";
import { printed, recordings } from "./recording.ts";

const GARBAGE: [string, string][] = [
  ["no JSON", "Debugger attached."],
  ["JSON cut short", '{"type":"result","subty'],
  ["two objects", '{"type":"a"}{"type":"b"}'],
  ["null", "null"],
  ["a number", "7"],
  ["an array", "[]"],
  ["an object without a type", "{}"],
  ["a type that is no text", '{"type":7}'],
  ["a result without its verdict", '{"type":"result","subtype":"success"}'],
  ["an answer without content", '{"type":"assistant","message":{}}'],
  ["a request without an id", '{"type":"control_request","request":{"subtype":"x"}}'],
];

for (const [what, line] of GARBAGE) {
  Deno.test(`decodeLine: ${what} is garbage, with a reason`, () => {
    const decoded = decodeLine(line);
    assert(decoded.kind === "garbage" && decoded.why !== "" && decoded.start === line);
  });
}

Deno.test("decodeLine: of garbage only the start is kept", () => {
  const decoded = decodeLine("x".repeat(1_000_000));
  assert(decoded.kind === "garbage" && decoded.start.length === 200);
});

Deno.test("decodeLine: a type that we do not know is named, also an unlucky one", () => {
  for (const type of ["keep_alive", "tool_progress", "constructor", "__proto__", "toString"]) {
    assertEquals(decodeLine(JSON.stringify({ type })), { kind: "unknown", type });
  }
});

Deno.test("decodeLine: a field of another type than expected counts as absent", () => {
  const decoded = decodeLine(
    JSON.stringify({ type: "system", subtype: "init", model: 7, capabilities: "all", x: [1] }),
  );
  assert(decoded.kind === "message" && decoded.message.type === "system");
  assertEquals(decoded.message.model, undefined);
  assertEquals(decoded.message.capabilities, undefined);
});

Deno.test("userLine: whatever the text, it is one line and stands in it as it was", () => {
  const text = 'two\nlines \u2028 "quoted" 😀 \ud800 \0';
  const line = JSON.stringify(userLine("u1", text));
  assert(!line.includes("\n"));
  assertEquals(JSON.parse(line), {
    type: "user",
    uuid: "u1",
    parent_tool_use_id: null,
    message: { role: "user", content: text },
  });
});

/** Numbers that look random and are the same each time. */
function* numbers(): Generator<number> {
  for (let seed = 42;;) yield (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
}

/** A copy of `value` with some of its values replaced by odd ones. */
function spoil(value: unknown, random: Iterator<number, never>): unknown {
  const odd = [null, 7, "", "x", [], {}, true, -1e300, [null]];
  const next = () => random.next().value;
  if (next() < 0.1) return odd[Math.floor(next() * odd.length)];
  if (Array.isArray(value)) return value.map((each) => spoil(each, random));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === "type" ? each : spoil(each, random)]),
  );
}

Deno.test("turns: lines with odd values in odd places are survived", () => {
  const random = numbers() as Iterator<number, never>;
  for (const name of recordings()) {
    const turns = new TurnAccounting();
    for (const line of printed(name)) {
      for (let round = 0; round < 4; round++) {
        const decoded = decodeLine(JSON.stringify(spoil(JSON.parse(line), random)));
        if (decoded.kind === "message") turns.accept(decoded.message);
      }
    }
  }
});

Deno.test("turns: a reset time beyond all calendars is left out", () => {
  const decoded = decodeLine(JSON.stringify({
    type: "rate_limit_event",
    rate_limit_info: { status: "rejected", resetsAt: 1e300, rateLimitType: "seven_day" },
  }));
  assert(decoded.kind === "message");
  assertEquals(new TurnAccounting().accept(decoded.message), [
    { type: "notice", kind: "rate_limit", text: "The seven day limit is reached" },
    {
      type: "limits",
      windows: [{ name: "seven_day", used: null, resetsAt: null, state: "reached" }],
    },
  ]);
});
