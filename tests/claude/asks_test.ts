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

Deno.test("asks: a command, what it is, and what a yes for the session would allow", () => {
  const [first] = asked("c1-permissions");
  assert(first?.ask.kind === "permission");
  assertEquals(first.ask.summary, "Running touch one.txt");
  assertEquals(first.ask.input["command"], "touch one.txt");
  assertEquals([first.ask.forSession, first.ask.reason], [
    "Bash touch one.txt, access to /w/c/proj",
    null,
  ]);
});

Deno.test("asks: an edit, an address and a path outside say what they would allow, and why", () => {
  const said = ["s-edit-and-webfetch-prompts", "k-parallel-prompts"].flatMap(asked).map(({ ask }) =>
    ask.kind === "permission" ? [ask.tool, ask.forSession, ask.reason] : []
  );
  const outside = "Path is outside allowed working directories";
  assertEquals(said, [
    ["Edit", "all edits in its directory", null],
    ["WebFetch", "WebFetch domain:127.0.0.1", null],
    ["Read", "Read //etc/**", outside],
    ["Read", "Read //etc/**", outside],
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

const forSession = (request: CanUseTool) =>
  encodeAnswer(request, { kind: "allow", scope: "session" })["updatedPermissions"];

Deno.test("asks: no request of the recordings is allowed for longer than the session", () => {
  const all = ["c1-permissions", "s-edit-and-webfetch-prompts", "k-parallel-prompts"].flatMap(
    asked,
  );
  for (const { request } of all) {
    const updates = forSession(request) as { destination: string }[];
    assert(updates.length > 0);
    for (const { destination } of updates) assertEquals(destination, "session");
  }
});

Deno.test("asks: where a rule is suggested, the session gets it and its directory, and no wider mode", () => {
  const [first] = asked("c1-permissions");
  assertEquals(forSession(first!.request), [{
    type: "addRules",
    rules: [{ toolName: "Bash", ruleContent: "touch one.txt" }],
    behavior: "allow",
    destination: "session",
  }, { type: "addDirectories", directories: ["/w/c/proj"], destination: "session" }]);
});

const local = { behavior: "allow", destination: "userSettings" };
const SUGGESTED: readonly (readonly [string, CanUseTool, string | null])[] = [
  [
    "a tool of its own gets a rule for itself",
    { tool_name: "mcp__pve__reboot" },
    "every use of mcp__pve__reboot",
  ],
  ["a command without a suggestion is not offered", { tool_name: "Bash" }, null],
  ["an edit without a suggestion is not offered", { tool_name: "Write" }, null],
  ["a tool without a name is not offered", {}, null],
  ["bypassing everything is no suggestion to follow", {
    tool_name: "Bash",
    permission_suggestions: [{
      type: "setMode",
      mode: "bypassPermissions",
      destination: "session",
    }],
  }, null],
  ["rules that deny or remove are none to follow", {
    tool_name: "Bash",
    permission_suggestions: [
      { ...local, type: "addRules", behavior: "deny", rules: [{ toolName: "Bash" }] },
      { ...local, type: "removeRules", rules: [{ toolName: "Bash" }] },
    ],
  }, null],
  ["directories and the mode of edits go together", {
    tool_name: "Write",
    permission_suggestions: [
      { type: "setMode", mode: "acceptEdits", destination: "session" },
      { type: "addDirectories", directories: ["/srv"], destination: "localSettings" },
    ],
  }, "all edits in its directory, access to /srv"],
  ["nonsense is no suggestion", {
    tool_name: "Bash",
    permission_suggestions: [null, 5, "x", {}, { type: "addRules", rules: "all" }],
  }, null],
];

for (const [what, request, words] of SUGGESTED) {
  Deno.test(`asks: ${what}`, () => {
    const ask = decodeAsk("r", request);
    assertEquals(ask.kind === "permission" && ask.forSession, words);
    const updates = forSession(request);
    assertEquals(updates !== undefined, words !== null);
    assert(!JSON.stringify(updates ?? "").includes("Settings"));
  });
}

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
  assertEquals(encodeAnswer(request, { kind: "allow", scope: "once" }), {
    behavior: "allow",
    updatedInput: { command: "ls" },
  });
});
