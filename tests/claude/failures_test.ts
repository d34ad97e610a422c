import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { explain, verdictOf } from "../../lib/claude/failures.ts";
import { decodeLine, type Result } from "../../lib/claude/protocol.ts";
import { only, replay } from "./recording.ts";

/** A `result` as the decoder gives it. */
function result(fields: Readonly<Record<string, unknown>>): Result {
  const line = { type: "result", subtype: "success", is_error: false, ...fields };
  const decoded = decodeLine(JSON.stringify(line));
  if (decoded.kind !== "message" || decoded.message.type !== "result") throw new Error("no result");
  return decoded.message;
}

/** Of each recorded API error: what the person is told. */
const TOLD: Record<string, RegExp> = {
  "h-error-400": /^Claude Code: API Error: 400 messages\.0: bad thing$/,
  "h-error-401": /could not log in.*Invalid API key.*ANTHROPIC_API_KEY/,
  "h-error-402": /no credit left.*Top it up.*again/,
  "h-error-403": /could not log in.*API Error: 403.*log in again/,
  "h-error-404":
    /^There's an issue with the selected model \(.*\)\..*access to it\. Choose another model/,
  "h-error-413": /too large.*Send less/,
  "h-error-429": /rate limit was reached.*Wait a minute.*again/,
  "h-error-500": /^Claude Code: API Error: 500 .*try again/,
  "h-error-529": /overloaded.*Wait a minute.*again/,
  "h-error-529x3": /overloaded.*Wait a minute.*again/,
  "h-error-credit": /no credit left.*Top it up.*again/,
  "h-error-cut": /cannot reach the API.*Connection dropped.*network.*again/,
  "h-error-nokey": /not logged in on this machine.*`claude`.*\/login.*again/,
  "h-error-prompt_too_long": /too long.*\/compact.*\/new/,
  "h-error-refused": /cannot reach the API.*Connection refused.*network.*again/,
};

for (const [name, told] of Object.entries(TOLD)) {
  Deno.test(`failures: ${name} is a failed turn with a sentence that helps`, () => {
    const [first] = only(replay(name).events, "ended");
    assertEquals(first?.outcome, "failed");
    assertMatch(first?.text ?? "", told);
    assertNotMatch(first?.text ?? "", /--model|\[ede_diagnostic\]|<synthetic>/);
  });
}

for (
  const name of ["429ra", "500x1", "hang", "maxtok", "refusal"].map((each) => `h-error-${each}`)
) {
  Deno.test(`failures: ${name} is answered in the end and tells no failure`, () => {
    const ended = only(replay(name).events, "ended");
    assertEquals(ended.map(({ outcome, text }) => ({ outcome, text })), [
      { outcome: "answered", text: "" },
      { outcome: "answered", text: "" },
    ]);
  });
}

Deno.test("failures: the text of an error is told once, not as a message too", () => {
  for (const name of Object.keys(TOLD)) {
    const { events } = replay(name);
    const first = events.slice(0, events.findIndex(({ type }) => type === "ended"));
    assertEquals(only(first, "message"), [], name);
  }
});

Deno.test("failures: from the second on retries are told, with their pause", () => {
  const notices = only(replay("h-error-529").events, "notice");
  assertMatch(notices[0]!.text, /^Claude is overloaded; trying again in \d+ s \(2 of 10\)$/);
  const limited = only(replay("h-error-429").events, "notice");
  assertMatch(limited[0]!.text, /^The rate limit was reached; trying again in \d+ s \(2 of 10\)$/);
});

type Case = [string, Readonly<Record<string, unknown>>, { outcome: string; text: RegExp }];

const VERDICTS: Case[] = [
  ["an answer", { result: "hi" }, { outcome: "answered", text: /^$/ }],
  [
    "an error under the name of success",
    { is_error: true, result: "boom" },
    { outcome: "failed", text: /^Claude Code: boom$/ },
  ],
  [
    "an interrupt while text streamed, with its diagnostic",
    {
      is_error: true,
      subtype: "error_during_execution",
      terminal_reason: "aborted_streaming",
      errors: ["[ede_diagnostic] x"],
    },
    { outcome: "interrupted", text: /^$/ },
  ],
  [
    "an interrupt in a tool, under the name of success",
    { terminal_reason: "aborted_tools" },
    { outcome: "interrupted", text: /^$/ },
  ],
  [
    "the limit of steps without a number",
    { is_error: true, subtype: "error_max_turns", num_turns: 7 },
    { outcome: "limit", text: /^Stopped after 7 steps/ },
  ],
  [
    "the limit of steps with its number",
    {
      is_error: true,
      subtype: "error_max_turns",
      num_turns: 31,
      errors: ["Reached maximum number of turns (30)"],
    },
    { outcome: "limit", text: /^Stopped after 30 steps/ },
  ],
  [
    "the budget",
    { is_error: true, subtype: "error_max_budget_usd" },
    { outcome: "limit", text: /budget/ },
  ],
  [
    "errors of a kind that nobody knows",
    { is_error: true, subtype: "error_new", errors: ["first", "second"] },
    { outcome: "failed", text: /^Claude Code: first\nsecond$/ },
  ],
  ["an error without words", { is_error: true }, { outcome: "failed", text: /without words/ }],
];

for (const [what, fields, expected] of VERDICTS) {
  Deno.test(`failures: the verdict on ${what}`, () => {
    const verdict = verdictOf(result(fields));
    assertEquals(verdict.outcome, expected.outcome);
    assertMatch(verdict.text, expected.text);
  });
}

const EXPLAINED: [string, RegExp][] = [
  ["Not logged in · Please run /login", /not logged in on this machine/],
  ["OAuth token has expired. Please obtain a new token", /not logged in on this machine/],
  ["OAuth token revoked · Please run /login", /not logged in on this machine/],
  ["Invalid API key · Please run /login", /log in/],
  ["You've hit your 5-hour limit · resets 7pm (UTC)", /resets 7pm \(UTC\)\. Nothing is lost/],
  ["Claude usage limit reached.", /^Claude usage limit reached\. Nothing is lost/],
  ["Unable to connect to API (ConnectionRefused)", /cannot reach the API/],
  ["something new", /^Claude Code: something new$/],
  ["", /without words/],
  ["\n\n", /without words/],
];

for (const [words, told] of EXPLAINED) {
  Deno.test(`failures: ${JSON.stringify(words)} is explained`, () =>
    assertMatch(explain(words), told));
}
