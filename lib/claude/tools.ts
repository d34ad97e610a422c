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

/** What a tool call does, as a short line: “Reading compose.yaml”, “Running docker ps”. */
export function toolSummary(name: string, input: Input): string {
  const words = Object.hasOwn(WORDS, name) ? WORDS[name]?.(input) : undefined;
  return oneLine(words ?? `Using ${name.replace(/^mcp__(.+?)__/, "$1: ")}`, SUMMARY);
}
