/** What a `can_use_tool` request says beside the call: why it asks, and which rules would do. */

import type { ToolCall } from "../messages_api/script.ts";
import { needsPerson, type Verdict } from "./rules.ts";
import type { Line } from "./wire.ts";

const ACCEPT_EDITS = { type: "setMode", mode: "acceptEdits", destination: "session" };

export function suggestions(call: ToolCall, cwd: string, verdict: Verdict): Line {
  if (needsPerson(call.name)) return { requires_user_interaction: true };
  switch (call.name) {
    case "Bash":
      return bash(String(call.input.command ?? ""), cwd, call.input.description);
    case "Read":
      return read(String(call.input.file_path ?? ""), verdict);
    case "Write":
    case "Edit": {
      const path = String(call.input.file_path ?? "");
      const description = path.startsWith(cwd + "/") ? path.slice(cwd.length + 1) : path;
      return { description, permission_suggestions: [ACCEPT_EDITS] };
    }
    case "WebFetch": {
      const ruleContent = `domain:${hostOf(String(call.input.url ?? ""))}`;
      return {
        description: call.input.url,
        permission_suggestions: [addRule("WebFetch", ruleContent, "localSettings")],
      };
    }
    default:
      return { permission_suggestions: call.name.startsWith("mcp__") ? [toolRule(call.name)] : [] };
  }
}

function toolRule(toolName: string): object {
  return {
    type: "addRules",
    rules: [{ toolName }],
    behavior: "allow",
    destination: "localSettings",
  };
}

function addRule(toolName: string, ruleContent: string, destination: string): object {
  return { type: "addRules", rules: [{ toolName, ruleContent }], behavior: "allow", destination };
}

function bash(command: string, cwd: string, description: unknown): Line {
  const [first = "", second = ""] = (command.split(/&&|\|\||;|\|/)[0] ?? "").trim().split(/\s+/);
  const content = second.includes(".") ? `${first} ${second}` : `${first} ${second} *`.trim();
  const rule = addRule("Bash", content.replace("  ", " "), "localSettings");
  const changesFiles = /^(touch|mkdir|rm|mv|cp)$/.test(first);
  if (!changesFiles) return { description, permission_suggestions: [rule] };
  return {
    description,
    permission_suggestions: [
      rule,
      { type: "addDirectories", directories: [cwd], destination: "session" },
      ACCEPT_EDITS,
    ],
    blocked_path: second.startsWith("/") ? second : `${cwd}/${second}`,
  };
}

function read(path: string, verdict: Verdict): Line {
  const folder = path.slice(0, Math.max(path.lastIndexOf("/"), 1));
  const outside = verdict.kind === "ask" && verdict.outside;
  return {
    description: path,
    permission_suggestions: [addRule("Read", `/${folder}/**`, "session")],
    ...(outside
      ? {
        decision_reason: "Path is outside allowed working directories",
        decision_reason_type: "workingDir",
      }
      : {}),
  };
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
}
