import { assert, assertEquals } from "@std/assert";
import {
  claudeEnvironment,
  claudeFlags,
  type Launch,
  NO_PERMISSIONS,
} from "../../lib/claude/launch.ts";
import { launch } from "./fake_child.ts";

const plain = launch();

/** What follows a flag. */
const after = (flags: readonly string[], flag: string) => flags[flags.indexOf(flag) + 1];

Deno.test("claudeFlags: the protocol's flags are always there", () => {
  assertEquals(
    claudeFlags(plain, false).join(" "),
    "-p --input-format stream-json --output-format stream-json --verbose " +
      "--include-partial-messages --permission-prompt-tool stdio " +
      `--session-id ${plain.conversation.id} --permission-mode default ` +
      "--project-config-root /home/trust/empty",
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
  [
    "memory that is not read, before anything is",
    { memoryExcludes: ["/x/CLAUDE.md"] },
    ["--settings", '{"claudeMdExcludes":["/x/CLAUDE.md"]}'],
  ],
  ["an effort", { effort: "low" }, ["--effort", "low"]],
  [
    "allowed tools, as one argument",
    { allowedTools: ["Read", "Bash(git *)"] },
    ["--allowedTools", "Read,Bash(git *)"],
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

Deno.test("claudeFlags: without the flag the project's configuration is off as a whole", () => {
  const bare = launch({ configRoot: null });
  const flags = claudeFlags(bare, true);
  assertEquals(flags.includes("--project-config-root"), false);
  assertEquals([after(flags, "--setting-sources"), after(flags, "--add-dir")], ["user", bare.cwd]);
  const readsMemory = { CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: "1" };
  assertEquals(claudeEnvironment(bare, { A: "b" }), { A: "b", ...readsMemory });
  assertEquals(claudeEnvironment(plain, { A: "b" }), { A: "b" });
});

Deno.test("claudeFlags: further directories are given without what they hold", () => {
  const permissions = { ...NO_PERMISSIONS, additionalDirectories: ["/a b"] };
  assertEquals(claudeFlags(launch({ permissions }), true), claudeFlags(plain, true));
});

Deno.test("claudeFlags: the permission mode is passed at every start", () => {
  const flags = claudeFlags(launch({ permissionMode: "acceptEdits" }), true);
  assertEquals(after(flags, "--permission-mode"), "acceptEdits");
  assert(flags.every((flag) => typeof flag === "string"));
});
