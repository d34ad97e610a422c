import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { toolSummary } from "../../lib/claude/tools.ts";

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
