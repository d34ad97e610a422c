import type { ClaudeRequest } from "../claude/events.ts";
import type { Settings } from "../settings/mod.ts";

/** The paths and commands that a watch may look at, word for word. */
export type WatchRights = Settings["watches"];

/**
 * Commands that every watch may run, exactly so: none shows a secret of another process, and none
 * can be told to send or to start something. Left out are options: `zpool status -c` runs scripts,
 * `docker ps --no-trunc` and `ps aux` show what stands on command lines.
 */
const COMMANDS: readonly string[] = [
  ...["df -h", "df -i", "free -m", "uptime", "ps -eo pid,stat,etime,pcpu,pmem,comm"],
  ...["docker ps", "docker ps -a", "docker stats --no-stream"],
  ...["pct list", "qm list", "pvesm status", "zpool status", "zpool list", "zfs list"],
];

/** The tools that a watch is offered, each use of which is asked for. */
export const ASKING_TOOLS = ["Read", "Grep", "Bash"];

/** What else may stand beside the one thing that is judged: it changes how much is shown, or is a note. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  Bash: ["command", "description", "timeout"],
  Read: ["file_path", "offset", "limit"],
  Grep: ["pattern", "path", "output_mode", "-A", "-B", "-C", "-n", "-i", "head_limit", "offset"],
};

/**
 * True when a watch may do what is asked. The CLI lets many commands pass by itself that read, `ps`
 * with environments among them; so it is told to ask for each, and the answer is a comparison.
 */
export function mayWatch(request: ClaudeRequest, { paths, commands }: WatchRights): boolean {
  if (request.kind !== "permission") return false;
  const { tool, input } = request;
  if (!Object.keys(input).every((key) => HARMLESS[tool]?.includes(key))) return false;
  const has = (list: readonly string[], value: unknown) =>
    typeof value === "string" && list.includes(value);
  switch (tool) {
    case "Bash":
      return has(COMMANDS, input["command"]) || has(commands, input["command"]);
    case "Read":
      return has(paths, input["file_path"]);
    case "Grep":
      return has(paths, input["path"]);
    default:
      return false;
  }
}

/** The rights in words, for the system prompt. */
export function rightsInWords({ paths, commands }: WatchRights): string {
  const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");
  const files = paths.length === 0
    ? "You may read no files."
    : `With Read and Grep you may read these files alone, one at a time:\n${list(paths)}`;
  return "With Bash you may run these commands alone, each exactly as it stands here, with nothing " +
    `before or behind it; not all of them are installed:\n${
      list([...COMMANDS, ...commands])
    }\n\n${files}`;
}
