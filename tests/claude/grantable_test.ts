import { assertEquals } from "@std/assert";
import type { CanUseTool } from "../../lib/claude/tools.ts";
import { type Grantable, grantableOf, grantKey } from "../../lib/claude/grantable.ts";

const rule = (toolName: string, ruleContent?: string, change: object = {}) => ({
  type: "addRules",
  behavior: "allow",
  destination: "localSettings",
  rules: [ruleContent === undefined ? { toolName } : { toolName, ruleContent }],
  ...change,
});
const EDITS = { type: "setMode", mode: "acceptEdits", destination: "session" };
const dirs = (...directories: string[]) => ({ type: "addDirectories", directories });
const bash = (command: unknown, change: object = {}, request: CanUseTool = {}): CanUseTool => ({
  tool_name: "Bash",
  input: { command, ...change },
  permission_suggestions: [rule("Bash", "git push *")],
  ...request,
});

const COMPOUND = "python3 -c '# ppp' && git push origin main";
const CASES: readonly (readonly [string, CanUseTool, Grantable | null])[] = [
  ["a compound command is itself, whatever rule is suggested", bash(COMPOUND), {
    kind: "command",
    command: COMPOUND,
  }],
  ["what says nothing of what is run is left out", bash("ls", { description: "x", timeout: 5 }), {
    kind: "command",
    command: "ls",
  }],
  ["blanks belong to a command", bash(" ls  -l\n"), { kind: "command", command: " ls  -l\n" }],
  ["another way to run it is asked about", bash("ls", { dangerouslyDisableSandbox: true }), null],
  ["no command", bash(5), null],
  ["a blank command", bash(" \n"), null],
  ["a command that could not be shown twice", bash("x".repeat(2_000)), null],
  ["a command of an ask rule", bash("git push", {}, { permission_suggestions: [] }), null],
  [
    "a command that the CLI does not suggest for",
    { tool_name: "Bash", input: { command: "a" } },
    null,
  ],
  ...["rule", "hook", "safetyCheck"].map((why) =>
    [
      `what is asked for because of a ${why}`,
      bash("ls", {}, { decision_reason_type: why }),
      null,
    ] as const
  ),
  ["an edit in the session's directory", {
    tool_name: "Edit",
    input: { file_path: "/s/a" },
    permission_suggestions: [EDITS],
  }, { kind: "edits", directories: [] }],
  ["an edit elsewhere", {
    tool_name: "Write",
    permission_suggestions: [EDITS, dirs("/srv/media")],
  }, { kind: "edits", directories: ["/srv/media"] }],
  ["an edit through a link names both places", {
    tool_name: "Write",
    permission_suggestions: [dirs("/s/link", "/etc")],
  }, { kind: "edits", directories: ["/etc", "/s/link"] }],
  ["an edit without a suggestion", { tool_name: "Write", permission_suggestions: [] }, null],
  ["reading elsewhere", {
    tool_name: "Read",
    permission_suggestions: [rule("Read", "//etc/**")],
  }, { kind: "reads", directories: ["/etc"] }],
  ["reading by another pattern", {
    tool_name: "Read",
    permission_suggestions: [rule("Read", "*.txt")],
  }, null],
  ["reading that is suggested as something else", {
    tool_name: "Read",
    permission_suggestions: [rule("Bash", "//etc/**")],
  }, null],
  ["a host", {
    tool_name: "WebFetch",
    permission_suggestions: [rule("WebFetch", "domain:example.com")],
  }, { kind: "host", host: "example.com" }],
  ["a pattern of hosts", {
    tool_name: "WebFetch",
    permission_suggestions: [rule("WebFetch", "domain:*.example.com")],
  }, null],
  ["a tool", {
    tool_name: "mcp__pve__reboot",
    permission_suggestions: [rule("mcp__pve__reboot")],
  }, { kind: "tool", tool: "mcp__pve__reboot" }],
  ["a tool without a suggestion", { tool_name: "mcp__pve__reboot" }, null],
  ["a skill: what it runs may change", {
    tool_name: "Skill",
    input: { skill: "evil" },
    permission_suggestions: [rule("Skill", "evil")],
  }, null],
  ["an agent", { tool_name: "Agent", permission_suggestions: [rule("Agent")] }, null],
  ["a call without a name", { permission_suggestions: [rule("Bash")] }, null],
  [
    "bypassing everything",
    bash("ls", {}, {
      permission_suggestions: [{ type: "setMode", mode: "bypassPermissions" }],
    }),
    null,
  ],
  [
    "rules that deny",
    bash("ls", {}, {
      permission_suggestions: [rule("Bash", "ls", { behavior: "deny" })],
    }),
    null,
  ],
  [
    "nonsense",
    bash("ls", {}, {
      permission_suggestions: [null, 5, "x", {}, { type: "addRules", rules: "all" }],
    }),
    null,
  ],
];

for (const [what, request, expected] of CASES) {
  Deno.test(`grantable: ${what}${expected === null ? " is not offered" : ""}`, () => {
    assertEquals(grantableOf(request), expected);
  });
}

Deno.test("grantable: only what would be shown alike is the same", () => {
  const key = (command: string) => grantKey(grantableOf(bash(command))!);
  const commands = [
    ...[COMPOUND, "git push origin main", "git push --force evil HEAD", "git push origin main "],
    ...["echo y | git push origin main", "cd x; git push origin main", "git push origin main # x"],
    ...["LANG=C git push origin main", "git push origin main\n", "git  push origin main"],
  ];
  assertEquals(new Set(commands.map(key)).size, commands.length);
});
