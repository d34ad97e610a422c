import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { TurnAccounting } from "../../lib/claude/turns.ts";
import { toolInput, toolOutput } from "../../lib/claude/tools.ts";

/** What the lines mean, one after the other. */
function hear(...lines: object[]): TurnEvent[] {
  const turns = new TurnAccounting();
  return lines.flatMap((line) => {
    const decoded = decodeLine(JSON.stringify(line));
    return decoded.kind === "message" ? turns.accept(decoded.message) : [];
  });
}

const INIT = { type: "system", subtype: "init", session_id: "s" };
const says = (...content: object[]) => ({ type: "assistant", message: { content } });
const gives = (content: unknown) => ({
  type: "user",
  message: { content: [{ type: "tool_result", tool_use_id: "t", content }] },
});

Deno.test("turn details: a tool's input is told with its call, its output with its end", () => {
  const call = { type: "tool_use", id: "t", name: "Bash", input: { command: "ls -l" } };
  const tools = hear(INIT, says(call), gives([{ type: "text", text: "a\nb" }, { type: "image" }]))
    .filter((event) => event.type === "tool");
  assertEquals(tools.map(({ state, input, output }) => [state, input, output]), [
    ["running", "ls -l", undefined],
    ["done", "ls -l", "a\nb\n[image]"],
  ]);
});

Deno.test("turn details: a thought is told once its block is complete, an empty one never", () => {
  const events = hear(
    INIT,
    says({ type: "thinking", thinking: "Hm." }),
    says({ type: "thinking", thinking: " " }),
  );
  assertEquals(events.filter(({ type }) => type === "thought"), [{ type: "thought", text: "Hm." }]);
});

Deno.test("turn details: a turn that nobody asked for names the task that reports", () => {
  const tasks = [{ task_id: "b1", description: "npm test" }];
  const events = hear(
    { type: "system", subtype: "background_tasks_changed", tasks },
    { type: "system", subtype: "task_notification", task_id: "b1", status: "completed" },
    { type: "system", subtype: "background_tasks_changed", tasks: [] },
    INIT,
  );
  const started = events.find(({ type }) => type === "started");
  assertEquals(started, { type: "started", prompts: [], reports: ["npm test"] });
});

Deno.test("turn details: the windows of a subscription are told, allowed ones too", () => {
  const info = {
    status: "allowed",
    resetsAt: 100,
    rateLimitType: "five_hour",
    unifiedWindows: {
      five_hour: { utilization: 0.95, resetsAt: 100, status: "allowed_warning" },
      seven_day: { utilization: 0.2, resetsAt: 200, status: "allowed" },
    },
  };
  const [limits, ...others] = hear({ type: "rate_limit_event", rate_limit_info: info });
  assertEquals(others, []);
  assertEquals(limits, {
    type: "limits",
    windows: [
      { name: "five_hour", used: 0.95, resetsAt: 100_000, state: "nearly" },
      { name: "seven_day", used: 0.2, resetsAt: 200_000, state: "allowed" },
    ],
  });
});

Deno.test("turn details: a limit without its windows is a window of its own", () => {
  const info = { status: "rejected", rateLimitType: "seven_day" };
  const events = hear({ type: "rate_limit_event", rate_limit_info: info });
  const windows = [{ name: "seven_day", used: null, resetsAt: null, state: "reached" as const }];
  assertEquals(events.at(-1), { type: "limits", windows });
});

Deno.test("turn details: endless input and output are cut, and say so", () => {
  assertStringIncludes(toolOutput("x".repeat(300_000)), "cut: it had 300000 characters");
  assertEquals(toolInput("Edit", { file_path: "a" }), '{\n  "file_path": "a"\n}');
  assertEquals([toolOutput(undefined), toolOutput(7), toolOutput([null, 1, "x"])], ["", "", ""]);
});

const REJECTED = {
  type: "rate_limit_event",
  rate_limit_info: { status: "rejected", resetsAt: 100, rateLimitType: "five_hour" },
};
const result = (fields: object = {}) => ({
  ...{ type: "result", subtype: "success", is_error: false, result: "ok", ...fields },
});
const begun = (id: string) => [
  { type: "command_lifecycle", command_uuid: id, state: "started" },
  INIT,
];
const continued = (events: readonly TurnEvent[]) =>
  events.flatMap((event) => event.type === "continues" ? [event.text] : []);

Deno.test("turn details: a turn that begins by itself after a limit is explained, with its time", () => {
  const limit = { is_error: true, result: "You've hit your 5-hour limit", user_message_uuid: "p" };
  const lines = [...begun("p"), REJECTED, result(limit)];
  const [words, ...more] = continued(hear(...lines, INIT, says({ type: "text", text: "on" })));
  assertMatch(
    words!,
    /^The limit was reset .*\d\d:\d\d; Claude goes on with what it had stopped\.$/,
  );
  assertEquals(more, []);
  const origin = { origin: { kind: "auto-continuation" } };
  assertEquals(continued(hear(...lines, INIT, result(origin))).length, 1); // Once.
});

Deno.test("turn details: a turn that says itself that it goes on after a limit is explained", () => {
  const origin = { origin: { kind: "auto-continuation" } };
  assertEquals(continued(hear(INIT, result(origin))), [
    "The limit was reset; Claude goes on with what it had stopped.",
  ]);
});

Deno.test("turn details: no other turn is said to go on after a limit", () => {
  const task = { type: "system", subtype: "background_tasks_changed" };
  const tasks = [{ task_id: "b1", description: "npm test" }];
  const cases = [
    [INIT, result({ origin: { kind: "task-notification" } })],
    [REJECTED, { ...task, tasks }, INIT], // It reports.
    [{ ...REJECTED, rate_limit_info: { status: "allowed_warning" } }, INIT],
  ];
  for (const lines of cases) assertEquals(continued(hear(...lines)), []);
});

Deno.test("turn details: what the CLI could not save is told (2.1.329, a full disk)", () => {
  const lost = {
    ...{ type: "system", subtype: "session_writes_lost", error_code: "ENOSPC" },
    ...{ lost: ["transcript"], transcript_session_ids: ["s"], session_id: "s" },
  };
  const of = (change: object) => hear({ ...lost, ...change });
  assertEquals(of({}), [{ type: "unsaved", what: "conversation", why: "full" }]);
  assertEquals(of({ error_code: "EDQUOT", lost: ["global_config"] }), [
    { type: "unsaved", what: "settings", why: "quota" },
  ]);
  assertEquals(of({ lost: ["global_config", "transcript"] }), of({}));
  assertEquals(of({ error_code: "ELATER", lost: 7 }), of({}));
});
