/**
 * How the lines look that several parts print, and whoever plays the CLI without a process: nothing
 * here reads or writes.
 */

import { OLD_VERSION, VERSION } from "./flags.ts";
import type { Line } from "./wire.ts";

const MODELS: Record<string, string> = {
  default: "claude-opus-5-5",
  best: "claude-opus-5-5",
  opus: "claude-opus-5-5",
  sonnet: "claude-sonnet-5-5",
  haiku: "claude-haiku-5-5",
  fable: "claude-fable-5-2",
  opusplan: "claude-sonnet-5-5",
};

/** The id behind an alias; an id stays itself. */
export function resolveModel(name: string | null | undefined): string {
  return MODELS[name ?? "default"] ?? name ?? "claude-opus-5-5";
}

/** "Opus 5.5" for `claude-opus-5-5`. */
export function modelTitle(id: string): string {
  const [, family, major, minor] = id.match(/^claude-([a-z]+)-(\d+)-(\d+)$/) ?? [];
  if (!family) return id;
  return `${family[0]?.toUpperCase()}${family.slice(1)} ${major}.${minor}`;
}

/** Whether the API knows the model. */
export function isKnownModel(id: string): boolean {
  return /^claude-/.test(id);
}

const TOOLS = [
  ...["Task", "AskUserQuestion", "Bash", "Edit", "EnterPlanMode", "ExitPlanMode", "Monitor"],
  ...["NotebookEdit", "Read", "Skill", "TaskStop", "ToolSearch", "WebFetch", "WebSearch", "Write"],
];

/** Tools that exist only where somebody can answer. */
const INTERACTIVE = new Set(["AskUserQuestion", "EnterPlanMode", "ExitPlanMode"]);

export const COMMANDS = [
  "clear",
  "compact",
  "context",
  "cost",
  "usage",
  "model",
  "effort",
  "rename",
];

const CAPABILITIES = [
  "interrupt_receipt_v1",
  "interrupt_cancel_queued_v1",
  "interrupt_send_now_v1",
  "interrupt_requeue_taken_v1",
  "msg_lifecycle_v1",
  "request_marker_lists_v1",
  "ask_user_question_unanswered_v1",
  "lifecycle_wakeup_source_v1",
];

export interface InitFacts {
  readonly cwd: string;
  readonly model: string;
  readonly mode: string;
  readonly prompts: boolean;
  readonly old: boolean;
  readonly apiKeySource: string;
  readonly addDirs: readonly string[];
  readonly uuids: readonly string[];
}

export function initLine(facts: InitFacts): Line {
  return {
    type: "system",
    subtype: "init",
    cwd: facts.cwd,
    tools: TOOLS.filter((tool) => facts.prompts || !INTERACTIVE.has(tool)),
    mcp_servers: [],
    model: facts.model,
    permissionMode: facts.mode,
    slash_commands: COMMANDS,
    apiKeySource: facts.apiKeySource,
    claude_code_version: facts.old ? OLD_VERSION : VERSION,
    output_style: "default",
    agents: ["claude", "Explore", "general-purpose", "Plan"],
    skills: [],
    plugins: [],
    ...(facts.old ? {} : { capabilities: CAPABILITIES }),
    analytics_disabled: true,
    original_cwd: facts.cwd,
    additional_directories: facts.addDirs,
    fast_mode_state: "off",
    view_mode: "default",
    ...(facts.old || facts.uuids.length === 0 ? {} : { user_message_uuids: facts.uuids }),
  };
}

/** The start of a process of which nothing else is known: an `init` without any extras. */
export const PLAIN: InitFacts = {
  ...{ cwd: "/", model: resolveModel(null), mode: "default", prompts: true, old: false },
  ...{ apiKeySource: "none", addDirs: [], uuids: [] },
};

/** What becomes of a prompt. */
export function lifecycleLine(
  uuid: string,
  state: "queued" | "started" | "completed" | "cancelled",
): Line {
  return { type: "command_lifecycle", command_uuid: uuid, state };
}

/** The answer to a control request of the parent. */
export function answerLine(request_id: string, response?: Line): Line {
  const body = response === undefined ? {} : { response };
  return { type: "control_response", response: { subtype: "success", ...body, request_id } };
}

/** Something that the parent is asked. */
export function requestLine(request_id: string, request: Line): Line {
  return { type: "control_request", request_id, request };
}

/** What was asked needs no answer any more. */
export function withdrawalLine(request_id: string): Line {
  return { type: "control_cancel_request", request_id };
}

/** The question whether a tool may run. */
export function toolRequest(tool: string, input: unknown, more: Line = {}): Line {
  return { subtype: "can_use_tool", tool_name: tool, display_name: tool, input, ...more };
}

/** A block that the model said. */
export function assistantLine(block: object, model: string): Line {
  const message = { type: "message", role: "assistant", model, content: [block] };
  return { type: "assistant", message, parent_tool_use_id: null };
}

/** The uuids of the prompts that a line belongs to, as the real one marks them. */
export function markers(uuids: readonly string[]): Line {
  if (uuids.length === 0) return {};
  return { user_message_uuid: uuids.at(-1), user_message_uuids: uuids.slice(0, 64) };
}

const NO_USAGE = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
  service_tier: null,
};

/** An answer that no model gave: an error of the API, or a local command. */
export function syntheticLine(text: string, more: Line, stop = "stop_sequence"): Line {
  return {
    type: "assistant",
    message: {
      id: crypto.randomUUID(),
      container: null,
      model: "<synthetic>",
      role: "assistant",
      stop_reason: stop,
      stop_sequence: stop === "stop_sequence" ? "" : null,
      type: "message",
      usage: NO_USAGE,
      content: [{ type: "text", text }],
      context_management: null,
    },
    parent_tool_use_id: null,
    timestamp: new Date().toISOString(),
    ...more,
  };
}

/** A line of the role `user` that the CLI itself adds. */
export function userLine(content: string | readonly object[], more: Line = {}): Line {
  return {
    type: "user",
    message: { role: "user", content },
    parent_tool_use_id: null,
    timestamp: new Date().toISOString(),
    ...more,
  };
}

export const TOOL_REJECTED =
  "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how to proceed.";
