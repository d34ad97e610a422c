import { assert, assertEquals } from "@std/assert";
import { type CanUseTool, decodeAsk, encodeAnswer } from "../../lib/claude/asks.ts";
import type { Ask } from "../../lib/claude/events.ts";
import { decodeLine } from "../../lib/claude/protocol.ts";
import { recording } from "./recording.ts";

/** What the CLI of a recording asked, and the raw requests. */
function asked(name: string): { ask: Ask; request: CanUseTool }[] {
  return recording(name).filter(({ dir }) => dir === "out").flatMap(({ v }) => {
    const decoded = decodeLine(JSON.stringify(v));
    if (decoded.kind !== "message" || decoded.message.type !== "control_request") return [];
    const { request_id: id, request } = decoded.message;
    return [{ ask: decodeAsk(id, request), request }];
  });
}

/** What the recording's parent answered to a request, as far as the CLI took it for an answer. */
function answered(name: string, id: string): unknown[] {
  return recording(name).filter(({ dir }) => dir === "in").flatMap(({ v }) => {
    const { response } = v as { response?: { request_id?: string; response?: unknown } };
    return response?.request_id === id ? [response.response] : [];
  });
}

const kinds = (name: string) => asked(name).map(({ ask }) => ask.kind);

Deno.test("asks: the kinds in the recordings of the real CLI", () => {
  assertEquals(new Set(kinds("c1-permissions")), new Set(["permission"]));
  assertEquals(kinds("c2-question-and-plan"), [...Array(4).fill("question"), "plan", "plan"]);
  assertEquals(kinds("c3-plan-file"), ["plan"]);
  assertEquals(new Set(kinds("o-ask-multi")), new Set(["question"]));
  assertEquals(kinds("s-edit-and-webfetch-prompts"), ["permission", "permission"]);
  assertEquals(kinds("k-parallel-prompts"), ["permission", "permission"]);
});

Deno.test("asks: a command, what it is, and what may be allowed from now on", () => {
  const [first] = asked("c1-permissions");
  assert(first?.ask.kind === "permission");
  assertEquals(first.ask.summary, "Running touch one.txt");
  assertEquals(first.ask.input["command"], "touch one.txt");
  const grantable = { kind: "command", command: "touch one.txt" };
  assertEquals<unknown>([first.ask.grantable, first.ask.reason], [grantable, null]);
});

Deno.test("asks: an edit, an address and a path outside say what they would allow, and why", () => {
  const said = ["s-edit-and-webfetch-prompts", "k-parallel-prompts"].flatMap(asked).map(({ ask }) =>
    ask.kind === "permission" ? [ask.tool, ask.grantable, ask.reason] : []
  );
  const outside = "Path is outside allowed working directories";
  assertEquals<unknown>(said, [
    ["Edit", { kind: "edits", directories: [] }, null],
    ["WebFetch", { kind: "host", host: "127.0.0.1" }, null],
    ["Read", { kind: "reads", directories: ["/etc"] }, outside],
    ["Read", { kind: "reads", directories: ["/etc"] }, outside],
  ]);
});

Deno.test("asks: questions with their options, one of several choices", () => {
  const [first] = asked("o-ask-multi");
  assert(first?.ask.kind === "question");
  const { questions, summary } = first.ask;
  assertEquals(summary, "Which ones? · And name?");
  assertEquals(questions.map(({ text, multiSelect }) => [text, multiSelect]), [
    ["Which ones?", true],
    ["And name?", false],
  ]);
  assertEquals(questions[1]?.options[0], { label: "x", description: "x", preview: "" });
});

Deno.test("asks: a plan with its text, or without when the model wrote no file", () => {
  const plans = ["c2-question-and-plan", "c3-plan-file"].flatMap(asked).flatMap(({ ask }) =>
    ask.kind === "plan" ? [ask.plan] : []
  );
  assertEquals(plans, ["", "", "# Plan\n1. Add tests\n2. Ship\n"]);
});

Deno.test("asks: what is encoded is what the real CLI took", () => {
  const [question, , typed] = asked("c2-question-and-plan");
  const green = { kind: "answers", answers: { "Which color?": "Green" } } as const;
  assertEquals(answered("c2-question-and-plan", question!.ask.id), [
    encodeAnswer(question!.request, green),
  ]);
  const words = {
    kind: "answers",
    answers: { "Which color?": "something typed by hand" },
  } as const;
  assertEquals(answered("c2-question-and-plan", typed!.ask.id), [
    encodeAnswer(typed!.request, words),
  ]);
  const [multi, , response] = asked("o-ask-multi");
  const answers = { "Which ones?": "A, C", "And name?": "x" };
  assertEquals(answered("o-ask-multi", multi!.ask.id), [
    encodeAnswer(multi!.request, { kind: "answers", answers }),
  ]);
  const text = "I would rather talk about something else";
  assertEquals(answered("o-ask-multi", response!.ask.id), [
    encodeAnswer(response!.request, { kind: "response", text }),
  ]);
  const [plan] = asked("c3-plan-file");
  assertEquals(answered("c3-plan-file", plan!.ask.id), [
    encodeAnswer(plan!.request, { kind: "start", edits: "ask" }),
  ]);
  const sentBack = asked("c2-question-and-plan")[4]!;
  assertEquals(answered("c2-question-and-plan", sentBack.ask.id), [
    encodeAnswer(sentBack.request, { kind: "deny", reason: "please also add tests" }),
  ]);
  const accepted = asked("c2-question-and-plan")[5]!;
  assertEquals(answered("c2-question-and-plan", accepted.ask.id), [
    encodeAnswer(accepted.request, { kind: "start", edits: "accept" }),
  ]);
});

Deno.test("asks: no answer gives the CLI a rule: it would allow more than was shown", () => {
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

Deno.test("asks: a question or plan of an unknown shape asks for permission, nothing throws", () => {
  for (const questions of [undefined, [], "what?", [{ text: "no question" }]]) {
    const ask = decodeAsk("r", { tool_name: "AskUserQuestion", input: { questions } });
    assertEquals([ask.kind, ask.summary], ["permission", "Asking you"]);
  }
  assertEquals(decodeAsk("r", { tool_name: "ExitPlanMode", input: { plan: 5 } }).kind, "plan");
  assertEquals(decodeAsk("r", {}).summary, "Using a tool");
});

Deno.test("asks: a plain yes sends the input back as it came", () => {
  const request = { tool_name: "Bash", input: { command: "ls" } };
  assertEquals(encodeAnswer(request, { kind: "allow" }), {
    behavior: "allow",
    updatedInput: { command: "ls" },
  });
});
