import { basename } from "@std/path";
import { oneLine } from "../text.ts";

type Input = Readonly<Record<string, unknown>>;

/** How long a step or a request is in one line. */
export const SUMMARY = 80;

const text = (input: Input, key: string): string => {
  const value = input[key];
  return typeof value === "string" ? value : "";
};

const file = (input: Input) => basename(text(input, "file_path") || text(input, "notebook_path"));

/** Tools of Claude Code 2.1 and what they do, in words. Others are named as they are. */
const WORDS: Record<string, (input: Input) => string> = {
  Bash: (input) => `Running ${text(input, "command")}`,
  Read: (input) => `Reading ${file(input)}`,
  Write: (input) => `Writing ${file(input)}`,
  Edit: (input) => `Editing ${file(input)}`,
  MultiEdit: (input) => `Editing ${file(input)}`,
  NotebookEdit: (input) => `Editing ${file(input)}`,
  Glob: (input) => `Looking for ${text(input, "pattern")}`,
  Grep: (input) => `Searching for ${text(input, "pattern")}`,
  LS: (input) => `Listing ${text(input, "path")}`,
  WebFetch: (input) => `Fetching ${text(input, "url")}`,
  WebSearch: (input) => `Searching the web for ${text(input, "query")}`,
  Task: (input) => `Asking a subagent: ${text(input, "description")}`,
  Agent: (input) => `Asking a subagent: ${text(input, "description")}`,
  TodoWrite: () => "Updating its list of tasks",
  Skill: (input) => `Using the skill ${text(input, "skill")}`,
  AskUserQuestion: () => "Asking you",
  ExitPlanMode: () => "Showing a plan",
  EnterPlanMode: () => "Starting to plan",
};

/** A tool call as a short line: “Reading compose.yaml”, “Running docker ps”. */
export function toolSummary(name: string, input: Input): string {
  const words = Object.hasOwn(WORDS, name) ? WORDS[name]?.(input) : undefined;
  return oneLine(words ?? `Using ${name.replace(/^mcp__(.+?)__/, "$1: ")}`, SUMMARY);
}

/** More of a tool's input or output is of no use in a chat, and would lie in the journal. */
const LONGEST_TEXT = 200_000;

/** The one field that says it all, by tool. */
const TELLING: Readonly<Record<string, string>> = {
  Bash: "command",
  Read: "file_path",
  Glob: "pattern",
  WebFetch: "url",
  WebSearch: "query",
};

const cut = (text: string) =>
  text.length <= LONGEST_TEXT
    ? text
    : `${text.slice(0, LONGEST_TEXT).toWellFormed()}\n… cut: it had ${text.length} characters`;

/** The input of a tool call, to read. */
export function toolInput(name: string, input: Input): string {
  const telling = input[TELLING[name] ?? ""];
  return cut(typeof telling === "string" ? telling : JSON.stringify(input, null, 2));
}

/** The output of a tool, from a `tool_result`'s content: its texts; other things by their kind. */
export function toolOutput(content: unknown): string {
  if (typeof content === "string") return cut(content);
  if (!Array.isArray(content)) return "";
  return cut(content.map(textOf).filter((text) => text !== "").join("\n"));
}

function textOf(block: unknown): string {
  if (block === null || typeof block !== "object" || !("type" in block)) return "";
  if ("text" in block && typeof block.text === "string") return block.text;
  return typeof block.type === "string" ? `[${block.type}]` : "";
}

/** The part of a `can_use_tool` request that we use. */
export interface CanUseTool {
  readonly tool_name?: string | undefined;
  readonly input?: Readonly<Record<string, unknown>> | undefined;
  readonly permission_suggestions?: readonly unknown[] | undefined;
  readonly decision_reason?: string | undefined;
  readonly decision_reason_type?: string | undefined;
  readonly agent_id?: string | undefined;
}
