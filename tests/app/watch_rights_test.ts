import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ClaudeRequest } from "../../lib/claude/events.ts";
import { mayWatch, rightsInWords } from "../../lib/app/watch_rights.ts";

const RIGHTS = { paths: ["/var/log/app.log"], commands: ["docker logs --tail 9 web"] };

function ask(tool: string, input: Record<string, unknown>): ClaudeRequest {
  return {
    ...{ kind: "permission", id: "r", tool, input, summary: "", reason: null, subagent: false },
    ...{ grantable: null, before: null },
  };
}

const bash = (command: string) => ask("Bash", { command, description: "Look" });

Deno.test("watch rights: what is named runs, and so do the few commands that show no secret", () => {
  for (const command of ["df -h", "docker ps", "zpool status", ...RIGHTS.commands]) {
    assert(mayWatch(bash(command), RIGHTS), command);
  }
  assert(mayWatch(ask("Read", { file_path: "/var/log/app.log", limit: 50 }), RIGHTS));
  assert(mayWatch(ask("Grep", { pattern: "ERROR", path: "/var/log/app.log", "-n": true }), RIGHTS));
});

Deno.test("watch rights: nothing else does, however near it is", () => {
  const commands = [
    ...[
      "df -h ",
      " df -h",
      "df  -h",
      "df -h /",
      "df -h\n",
      "df -h; id",
      "df -h $(id)",
      "df -h | sh",
    ],
    ...["docker logs --tail 9 web; dig x.evil", "docker logs web", "docker ps --no-trunc"],
    ...[
      "zpool status -c id",
      "ps axeww",
      "ps aux",
      "cat /proc/self/environ",
      "env",
      "printenv",
      "",
    ],
    ...[
      "ping -c 1 x.evil",
      "getent hosts x.evil",
      "systemctl -H x.evil status",
      "cat",
      "ls",
      "true",
    ],
  ];
  for (const command of commands) assertEquals(mayWatch(bash(command), RIGHTS), false, command);
  const asks = [
    ask("Bash", { command: "df -h", run_in_background: true }),
    ask("Bash", { command: "df -h", dangerouslyDisableSandbox: true }),
    ask("Bash", { command: ["df -h"] }),
    ask("Bash", {}),
    ask("Read", { file_path: "/var/log/../log/app.log" }),
    ask("Read", { file_path: "/var/log/app.log2" }),
    ask("Read", { path: "/var/log/app.log" }),
    ask("Grep", { pattern: "x" }),
    ask("Grep", { pattern: "x", path: "/var/log" }),
    ask("Grep", { pattern: "x", path: "/var/log/app.log", glob: "*" }),
    ask("Glob", { pattern: "*", path: "/var/log/app.log" }),
    ask("Write", { file_path: "/var/log/app.log", content: "" }),
    ask("toString", {}),
    { kind: "plan", id: "r", summary: "", plan: "" } as const,
  ];
  for (const each of asks) assertEquals(mayWatch(each, RIGHTS), false, JSON.stringify(each));
});

Deno.test("watch rights: the model is told of them word for word", () => {
  const words = rightsInWords(RIGHTS);
  for (const line of ["- df -h", "- docker logs --tail 9 web", "- /var/log/app.log"]) {
    assertStringIncludes(`${words}\n`, `${line}\n`);
  }
  assertStringIncludes(rightsInWords({ paths: [], commands: [] }), "You may read no files.");
});
