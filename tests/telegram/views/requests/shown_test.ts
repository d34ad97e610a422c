import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { shown } from "../../../../lib/telegram/views/requests/shown.ts";
import { splitText } from "../../../../lib/telegram/text/split.ts";
import { aPermission, aPlan, aQuestion } from "../../../conversation/stage.ts";

const labels = ({ rows }: ReturnType<typeof shown>) => rows.flat().map(({ text }) => text);
const lineList = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`).join("\n");

Deno.test("shown: a permission says in one line what it is, then the command and what a tap means", () => {
  const input = { command: "touch a", description: "Make a" };
  const message = shown("lab", aPermission("r", { summary: "Running touch a", input }), 9);
  assertEquals(
    message.text.text,
    "lab asks: Running touch a\nMake a\n\ntouch a",
  );
  const block = message.text.entities.find(({ type }) => type === "pre");
  assertEquals(block, { type: "pre", offset: 34, length: 7, language: "bash" });
  assertEquals(message.document, null);
  assertEquals(labels(message), [
    "Allow once",
    "Deny",
    "Deny, with a reason",
    "Allow from now on…",
  ]);
});

Deno.test("shown: without a rule to offer there is no such button", () => {
  const message = shown("lab", aPermission("r", { grantable: null }), 9);
  assertEquals(labels(message), ["Allow once", "Deny", "Deny, with a reason"]);
});

Deno.test("shown: a subagent and the CLI's reason are named", () => {
  const ask = aPermission("r", { subagent: true, reason: "Path is outside" });
  assertMatch(shown("lab", ask, 9).text.text, /A subagent[^\n]*\nPath is outside/);
});

Deno.test("shown: a tool without input is a line and its buttons", () => {
  const ask = aPermission("r", { tool: "x", input: {}, summary: "Using x", grantable: null });
  assertEquals(shown("lab", ask, 9).text.text, "lab asks: Using x");
});

for (const [length, document] of [[25, null], [26, "new.txt"], [4_000, "new.txt"]] as const) {
  Deno.test(`shown: of ${length} lines ${document ? "the head" : "all"} is shown`, () => {
    const input = { file_path: "/w/new.txt", content: lineList(length) };
    const message = shown("lab", aPermission("r", { tool: "Write", input }), 9);
    assertEquals(message.document?.name ?? null, document);
    assertStringIncludes(message.text.text, "line 24");
    assert(!message.text.text.includes("line 25"));
    if (document === null) return;
    const more = length === 26 ? "… there is more" : `… ${length - 25} more lines`;
    assertStringIncludes(message.text.text, more);
    assertEquals(message.document?.text, input.content);
  });
}

Deno.test("shown: a line without an end is cut, the document has the whole", () => {
  const message = shown("lab", aPermission("r", { input: { command: "x".repeat(1_501) } }), 9);
  assert(message.text.text.length < 1_700);
  assertStringIncludes(message.text.text, "there is more: see the document above");
  assertEquals(message.document?.text.length, 1_501);
});

Deno.test("shown: everything at its longest fits into one message", () => {
  const ask = aPermission("r", {
    tool: "Edit",
    summary: "s".repeat(80),
    input: { file_path: "/p".repeat(3_000), old_string: "a".repeat(9_000), x: "y".repeat(9_000) },
    reason: "r".repeat(9_000),
    subagent: true,
  });
  assertEquals(splitText(shown("s".repeat(50), ask, 9).text, 4_050).length, 1);
});

Deno.test("shown: a plan is rendered, with three ways on", () => {
  const message = shown("lab", aPlan("r", "# Goal\n\n1. Add **tests**"), 9);
  assertEquals(message.text.text, "lab has a plan\n\nGoal\n\n1. Add tests");
  assertEquals(labels(message), ["Start", "Start and accept edits", "Keep planning"]);
  assertEquals(message.document, null);
});

Deno.test("shown: of a long plan the head is shown, the whole is a document", () => {
  const plan = `# Goal\n\n${lineList(2_000).replaceAll("\n", "\n\n")}`;
  const message = shown("lab", aPlan("r", plan), 9);
  assertEquals(splitText(message.text, 4_050).length, 1);
  assertStringIncludes(message.text.text, "see the document above");
  assertEquals(message.document, { name: "plan.md", text: plan });
});

Deno.test("shown: a plan without a word says so", () => {
  assertStringIncludes(shown("lab", aPlan("r", " \n"), 9).text.text, "gave no text");
});

Deno.test("shown: a question begins with its first", () => {
  const message = shown("lab", aQuestion("r", {}), 9);
  assertEquals(labels(message), ["Red", "Green", "Blue", "My own answer"]);
});
