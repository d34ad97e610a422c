/** The fields that a reader of the lines may depend on, and whether they are all there. */

import type { OutLine } from "./process.ts";
import { signature } from "./replay.ts";

const OF_LINES: Record<string, readonly string[]> = {
  assistant: ["message", "parent_tool_use_id", "aborted", "error", "is_api_error_message"],
  user: ["message", "parent_tool_use_id", "tool_use_result", "tool_result_meta", "isSynthetic"],
  stream_event: ["event", "parent_tool_use_id"],
  command_lifecycle: ["command_uuid", "state"],
  control_request: ["request_id", "request"],
  control_response: ["response"],
  control_cancel_request: ["request_id"],
  conversation_reset: ["new_conversation_id", "trigger"],
  result: [
    ...["subtype", "is_error", "result", "errors", "terminal_reason", "api_error_status"],
    ...["stop_reason", "num_turns", "duration_ms", "duration_api_ms", "total_cost_usd", "usage"],
    ...["modelUsage", "model_usage_since_last_result", "permission_denials", "queued_turn_count"],
    ...["result_index", "origin", "local_command"],
  ],
  system: [
    ...["subtype", "model", "permissionMode", "cwd", "tools", "capabilities", "slash_commands"],
    ...["claude_code_version", "status", "attempt", "max_retries", "retry_delay_ms"],
    ...["error_status", "error", "tasks", "task_id", "summary", "patch", "output_file", "state"],
    ...["tool_name", "message", "compact_metadata", "title"],
  ],
};

/** Fields that also carry which session, which line, which prompts. */
const COMMON = ["type", "session_id", "uuid", "user_message_uuid", "user_message_uuids"];

/** Fields of nested objects, looked at by their path. */
const NESTED = [
  ...["message.content", "message.model", "message.id", "request.subtype"],
  ...["mcp_server_name", "message", "mode", "url", "requested_schema", "property_order"].map((
    key,
  ) => `request.${key}`),
];

/** Fields that a recorded line has and the line of the same kind and place does not. */
export function missingKeys(recorded: readonly OutLine[], actual: readonly OutLine[]): string[] {
  const theirs = recorded.filter((line) => signature(line) !== undefined);
  const ours = actual.filter((line) => signature(line) !== undefined);
  return theirs.flatMap((line, index) => {
    const wanted = [...COMMON, ...(OF_LINES[line.type ?? ""] ?? [])];
    const paths = [...wanted.map((key) => [key]), ...NESTED.map((path) => path.split("."))];
    return paths
      .filter((path) => at(line, path) !== undefined && at(ours[index], path) === undefined)
      .map((path) => `${signature(line)}: ${path.join(".")}`);
  });
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}
