import { assert, assertEquals } from "@std/assert";
import { claudeFlags, type Launch } from "../../lib/claude/launch.ts";
import { launch } from "./fake_child.ts";

const plain = launch();

/** What follows a flag. */
const after = (flags: readonly string[], flag: string) => flags[flags.indexOf(flag) + 1];

Deno.test("claudeFlags: the protocol's flags are always there", () => {
  assertEquals(
    claudeFlags(plain, false).join(" "),
    "-p --input-format stream-json --output-format stream-json --verbose " +
      "--include-partial-messages --permission-prompt-tool stdio " +
      `--session-id ${plain.conversation.id} --permission-mode default`,
  );
});

Deno.test("claudeFlags: a conversation is founded or resumed, never both", () => {
  for (const resume of [true, false]) {
    const flags = claudeFlags(plain, resume);
    assertEquals(flags.includes("--resume"), resume);
    assertEquals(flags.includes("--session-id"), !resume);
    assertEquals(after(flags, resume ? "--resume" : "--session-id"), plain.conversation.id);
  }
});

const CASES: [string, Partial<Launch>, string[]][] = [
  ["a model", { model: "opus" }, ["--model", "opus"]],
  ["a limit of steps", { maxTurns: 30 }, ["--max-turns", "30"]],
  ["an effort", { effort: "low" }, ["--effort", "low"]],
  [
    "allowed tools, as one argument",
    { allowedTools: ["Read", "Bash(git *)"] },
    ["--allowedTools", "Read,Bash(git *)"],
  ],
  [
    "further directories, each with its flag",
    { addDirs: ["/a b", "-c"] },
    ["--add-dir", "/a b", "--add-dir", "-c"],
  ],
  [
    "a system prompt, current also when resumed",
    { systemPrompt: "-p\n$(x) 'q'" },
    ["--append-system-prompt", "-p\n$(x) 'q'", "--system-prompt-snapshot", "off"],
  ],
];

for (const [what, fields, expected] of CASES) {
  Deno.test(`claudeFlags: ${what}`, () => {
    const base = claudeFlags(plain, true);
    assertEquals(claudeFlags(launch(fields), true), [...base, ...expected]);
  });
}

Deno.test("claudeFlags: the permission mode is passed at every start", () => {
  const flags = claudeFlags(launch({ permissionMode: "acceptEdits" }), true);
  assertEquals(after(flags, "--permission-mode"), "acceptEdits");
  assert(flags.every((flag) => typeof flag === "string"));
});
