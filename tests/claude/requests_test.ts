import { assert, assertEquals } from "@std/assert";
import { decodeToolRequest, encodeAnswer } from "../../lib/claude/requests.ts";
import { type CanUseTool } from "../../lib/claude/tools.ts";
import type { ClaudeRequest } from "../../lib/claude/events.ts";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { recording } from "./recording.ts";

/** What the CLI of a recording asked, and the raw requests. */
function asked(name: string): { decoded: ClaudeRequest; request: CanUseTool }[] {
  return recording(name).filter(({ dir }) => dir === "out").flatMap(({ v }) => {
    const decoded = decodeLine(JSON.stringify(v));
    if (decoded.kind !== "message" || decoded.message.type !== "control_request") return [];
    const { request_id: id, request } = decoded.message;
    return [{ decoded: decodeToolRequest(id, request), request }];
  });
}

/** What the recording's parent answered to a request, as far as the CLI took it for an answer. */
function answered(name: string, id: string): unknown[] {
  return recording(name).filter(({ dir }) => dir === "in").flatMap(({ v }) => {
    const { response } = v as { response?: { request_id?: string; response?: unknown } };
    return response?.request_id === id ? [response.response] : [];
  });
}

const kinds = (name: string) => asked(name).map(({ decoded }) => decoded.kind);

Deno.test("requests: the kinds in the recordings of the real CLI", () => {
  assertEquals(new Set(kinds("c1-permissions")), new Set(["permission"]));
  assertEquals(kinds("c2-question-and-plan"), [...Array(4).fill("question"), "plan", "plan"]);
  assertEquals(kinds("c3-plan-file"), ["plan"]);
  assertEquals(new Set(kinds("o-ask-multi")), new Set(["question"]));
  assertEquals(kinds("s-edit-and-webfetch-prompts"), ["permission", "permission"]);
  assertEquals(kinds("k-parallel-prompts"), ["permission", "permission"]);
});

Deno.test("requests: a command, what it is, and what may be allowed from now on", () => {
  const [first] = asked("c1-permissions");
  assert(first?.decoded.kind === "permission");
  assertEquals(first.decoded.summary, "Running touch one.txt");
  assertEquals(first.decoded.input["command"], "touch one.txt");
  const grantable = { kind: "command", command: "touch one.txt" };
  assertEquals<unknown>([first.decoded.grantable, first.decoded.reason], [grantable, null]);
});

Deno.test("requests: an edit, an address and a path outside say what they would allow, and why", () => {
  const said = ["s-edit-and-webfetch-prompts", "k-parallel-prompts"].flatMap(asked).map((
    { decoded },
  ) => decoded.kind === "permission" ? [decoded.tool, decoded.grantable, decoded.reason] : []);
  const outside = "Path is outside allowed working directories";
  assertEquals<unknown>(said, [
    ["Edit", { kind: "edits", directories: [] }, null],
    ["WebFetch", { kind: "host", host: "127.0.0.1" }, null],
    ["Read", { kind: "reads", directories: ["/etc"] }, outside],
    ["Read", { kind: "reads", directories: ["/etc"] }, outside],
  ]);
});

Deno.test("requests: questions with their options, one of several choices", () => {
  const [first] = asked("o-ask-multi");
  assert(first?.decoded.kind === "question");
  const { questions, summary } = first.decoded;
  assertEquals(summary, "Which ones? · And name?");
  assertEquals(questions.map(({ text, multiSelect }) => [text, multiSelect]), [
    ["Which ones?", true],
    ["And name?", false],
  ]);
  assertEquals(questions[1]?.options[0], { label: "x", description: "x", preview: "" });
});

Deno.test("requests: a plan with its text, or without when the model wrote no file", () => {
  const plans = ["c2-question-and-plan", "c3-plan-file"].flatMap(asked).flatMap(({ decoded }) =>
    decoded.kind === "plan" ? [decoded.plan] : []
  );
  assertEquals(plans, ["", "", "# Plan\n1. Add tests\n2. Ship\n"]);
});

Deno.test("requests: what is encoded is what the real CLI took", () => {
  const [question, , typed] = asked("c2-question-and-plan");
  const green = { kind: "answers", answers: { "Which color?": "Green" } } as const;
  assertEquals(answered("c2-question-and-plan", question!.decoded.id), [
    encodeAnswer(question!.request, green),
  ]);
  const words = {
    kind: "answers",
    answers: { "Which color?": "something typed by hand" },
  } as const;
  assertEquals(answered("c2-question-and-plan", typed!.decoded.id), [
    encodeAnswer(typed!.request, words),
  ]);
  const [multi, , response] = asked("o-ask-multi");
  const answers = { "Which ones?": "A, C", "And name?": "x" };
  assertEquals(answered("o-ask-multi", multi!.decoded.id), [
    encodeAnswer(multi!.request, { kind: "answers", answers }),
  ]);
  const text = "I would rather talk about something else";
  assertEquals(answered("o-ask-multi", response!.decoded.id), [
    encodeAnswer(response!.request, { kind: "response", text }),
  ]);
  const [plan] = asked("c3-plan-file");
  assertEquals(answered("c3-plan-file", plan!.decoded.id), [
    encodeAnswer(plan!.request, { kind: "start", edits: "ask" }),
  ]);
  const sentBack = asked("c2-question-and-plan")[4]!;
  assertEquals(answered("c2-question-and-plan", sentBack.decoded.id), [
    encodeAnswer(sentBack.request, { kind: "deny", reason: "please also add tests" }),
  ]);
  const accepted = asked("c2-question-and-plan")[5]!;
  assertEquals(answered("c2-question-and-plan", accepted.decoded.id), [
    encodeAnswer(accepted.request, { kind: "start", edits: "accept" }),
  ]);
});

Deno.test("requests: no answer gives the CLI a rule: it would allow more than was shown", () => {
  const all = ["c1-permissions", "s-edit-and-webfetch-prompts", "k-parallel-prompts"].flatMap(
    asked,
  );
  for (const { request } of all) {
    assertEquals(Object.keys(encodeAnswer(request, { kind: "allow" })), [
      "behavior",
      "updatedInput",
    ]);
  }
});

Deno.test("requests: a question or plan of an unknown shape asks for permission, nothing throws", () => {
  for (const questions of [undefined, [], "what?", [{ text: "no question" }]]) {
    const decoded = decodeToolRequest("r", { tool_name: "AskUserQuestion", input: { questions } });
    assertEquals([decoded.kind, decoded.summary], ["permission", "Asking you"]);
  }
  assertEquals(
    decodeToolRequest("r", { tool_name: "ExitPlanMode", input: { plan: 5 } }).kind,
    "plan",
  );
  assertEquals(decodeToolRequest("r", {}).summary, "Using a tool");
});

Deno.test("requests: a plain yes sends the input back as it came", () => {
  const request = { tool_name: "Bash", input: { command: "ls" } };
  assertEquals(encodeAnswer(request, { kind: "allow" }), {
    behavior: "allow",
    updatedInput: { command: "ls" },
  });
});
