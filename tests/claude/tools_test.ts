import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { oneLine, toolSummary } from "../../lib/claude/tools.ts";

const LINES: [string, string, number, string][] = [
  ["newlines and tabs are spaces", "a\n\n b\t\r\nc", 80, "a b c"],
  ["the ends are bare", "  \n x \u2028 ", 80, "x"],
  ["a text that fits stays", "12345", 5, "12345"],
  ["a longer one is cut to the limit", "123456", 5, "1234…"],
  ["emoji count as one and stay whole", "😀😀😀😀😀", 5, "😀😀😀😀😀"],
  ["no emoji is cut in half", "😀😀😀😀😀😀", 5, "😀😀😀😀…"],
  ["nothing gives nothing", "", 5, ""],
];

for (const [what, text, limit, expected] of LINES) {
  Deno.test(`oneLine: ${what}`, () => assertEquals(oneLine(text, limit), expected));
}

Deno.test("oneLine: a megabyte is cut like anything else", () => {
  assertEquals([...oneLine("😀".repeat(1_000_000))].length, 80);
});

const SUMMARIES: [string, Record<string, unknown>, string][] = [
  ["Bash", { command: "docker ps\n | wc -l" }, "Running docker ps | wc -l"],
  ["Read", { file_path: "/srv/app/compose.yaml" }, "Reading compose.yaml"],
  ["Write", { file_path: "/srv/ünï 😀.txt" }, "Writing ünï 😀.txt"],
  ["Edit", { file_path: "a/b" }, "Editing b"],
  ["NotebookEdit", { notebook_path: "/x/y.ipynb" }, "Editing y.ipynb"],
  ["Grep", { pattern: "TODO" }, "Searching for TODO"],
  ["WebFetch", { url: "https://example.org/" }, "Fetching https://example.org/"],
  ["Bash", {}, "Running"],
  ["Bash", { command: 7 }, "Running"],
  ["Read", { file_path: null }, "Reading"],
  ["TodoWrite", { todos: [] }, "Updating its list of tasks"],
  ["mcp__home_assistant__turn_on", {}, "Using home_assistant: turn_on"],
  ["Monitor", {}, "Using Monitor"],
  ["constructor", {}, "Using constructor"],
  ["__proto__", {}, "Using __proto__"],
  ["toString", {}, "Using toString"],
];

for (const [name, input, expected] of SUMMARIES) {
  Deno.test(`toolSummary: ${name} with ${JSON.stringify(input)}`, () =>
    assertEquals(toolSummary(name, input), expected));
}

Deno.test("toolSummary: it is one short line whatever the input", () => {
  const summary = toolSummary("Bash", { command: "echo 😀\n".repeat(1000) });
  assertNotMatch(summary, /\n/);
  assert([...summary].length <= 80);
});
