/** The tools that are really run. Words and shapes of the results are the real CLI's. */

import type { ToolCall } from "../messages_api/script.ts";
import { runBash } from "./bash.ts";
import { changeMode, type Context } from "./context.ts";
import { askPerson } from "./mcp_tool.ts";
import type { TurnState } from "./turn_state.ts";

export interface ToolOutcome {
  readonly content: string | readonly object[];
  /** Left out where the real one leaves it out. */
  readonly isError?: boolean;
  /** What comes beside the message as `tool_use_result`. */
  readonly structured?: unknown;
}

export function failed(words: string): ToolOutcome {
  return { content: words, isError: true, structured: `Error: ${words}` };
}

function badUse(words: string): ToolOutcome {
  const content = `<tool_use_error>${words}</tool_use_error>`;
  return { content, isError: true, structured: `Error: ${words.replace(/^Error: /, "")}` };
}

const KNOWN = new Set(
  `Bash Read Write Edit AskUserQuestion ExitPlanMode EnterPlanMode Agent WebFetch WebSearch`
    .split(" "),
);

/** What is wrong with a call before anybody is asked for consent. */
export function invalidCall(call: ToolCall): ToolOutcome | undefined {
  if (!KNOWN.has(call.name) && !call.name.startsWith("mcp__")) {
    return badUse(`Error: No such tool available: ${call.name}`);
  }
  if (call.name === "Bash") {
    const blocked = /^\s*sleep (\d+)\s*(?:;|&&)\s*(.*)$/s.exec(String(call.input.command ?? ""));
    if (blocked && Number(blocked[1]) > 20) {
      return badUse(`Blocked: sleep ${blocked[1]} followed by: ${blocked[2]}.`);
    }
  }
  if (call.name === "Edit") {
    const text = readText(String(call.input.file_path ?? ""));
    if (text === undefined) return badUse("File does not exist.");
    if (!text.includes(String(call.input.old_string ?? ""))) {
      return badUse(`String to replace not found in file.\nString: ${call.input.old_string}`);
    }
  }
  return undefined;
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

/** Runs a call that was allowed; `input` is what the parent made of the call's input. */
export async function runTool(
  ctx: Context,
  turn: TurnState,
  call: ToolCall,
  id: string,
): Promise<ToolOutcome> {
  switch (call.name) {
    case "Bash":
      return await runBash(ctx, turn, call.input, id);
    case "Read":
      return read(ctx, String(call.input.file_path ?? ""));
    case "Write":
      return write(String(call.input.file_path ?? ""), String(call.input.content ?? ""));
    case "Edit":
      return edit(call.input);
    case "AskUserQuestion":
      return answered(call.input);
    case "EnterPlanMode":
      changeMode(ctx, "plan");
      return { content: ENTERED_PLAN_MODE, structured: { message: ENTERED_PLAN_MODE } };
    case "ExitPlanMode":
      return planApproved(call.input);
    default:
      return await askPerson(ctx, call) ??
        { content: `The stand-in has no ${call.name}; nothing was done.` };
  }
}

const ENTERED_PLAN_MODE =
  "Entered plan mode. You should now focus on exploring the codebase and designing an implementation approach.";

function read(ctx: Context, path: string): ToolOutcome {
  const text = readText(path);
  if (text === undefined) {
    return failed(`File does not exist. Note: your current working directory is ${ctx.cwd}.`);
  }
  const lines = text.split("\n");
  return {
    content: lines.map((line, index) => `${index + 1}\t${line}`).join("\n"),
    structured: {
      type: "text",
      file: {
        filePath: path,
        content: text,
        numLines: lines.length,
        startLine: 1,
        totalLines: lines.length,
      },
    },
  };
}

const CURRENT = "(file state is current in your context — no need to Read it back)";

function write(filePath: string, content: string): ToolOutcome {
  const before = readText(filePath);
  try {
    Deno.mkdirSync(filePath.slice(0, Math.max(filePath.lastIndexOf("/"), 1)), { recursive: true });
    Deno.writeTextFileSync(filePath, content);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
  const words = before === undefined
    ? `File created successfully at: ${filePath} ${CURRENT}`
    : `The file ${filePath} has been updated successfully. ${CURRENT}`;
  return {
    content: words,
    structured: {
      type: before === undefined ? "create" : "update",
      filePath,
      content,
      structuredPatch: [],
      originalFile: before ?? null,
      userModified: false,
    },
  };
}

function edit(input: Record<string, unknown>): ToolOutcome {
  const filePath = String(input.file_path ?? "");
  const oldString = String(input.old_string ?? "");
  const newString = String(input.new_string ?? "");
  const originalFile = readText(filePath) ?? "";
  Deno.writeTextFileSync(filePath, originalFile.replace(oldString, () => newString));
  return {
    content: `The file ${filePath} has been updated successfully. ${CURRENT}`,
    structured: {
      filePath,
      oldString,
      newString,
      originalFile,
      structuredPatch: [],
      userModified: false,
      replaceAll: false,
    },
  };
}

interface Question {
  readonly question: string;
  readonly options?: readonly { readonly label: string }[];
}

function answered(input: Record<string, unknown>): ToolOutcome {
  const questions = (input.questions ?? []) as readonly Question[];
  const answers = (input.answers ?? {}) as Record<string, unknown>;
  const structured = {
    questions,
    answers,
    ...(input.response ? { response: input.response } : {}),
  };
  if (input.response) return { content: `The user responded: ${input.response}`, structured };
  const pairs = Object.entries(answers).map(([question, answer]) => `"${question}"="${answer}"`);
  if (pairs.length === 0) return { content: "The user did not answer the questions.", structured };
  const offered = new Set(questions.flatMap((q) => q.options ?? []).map((option) => option.label));
  const chosen = Object.values(answers).flatMap((answer) => String(answer).split(/,\s*/));
  const content = chosen.every((label) => offered.has(label))
    ? `Your questions have been answered: ${
      pairs.join(", ")
    }. You can now continue with these answers in mind.`
    : `The user answered: ${
      pairs.join(", ")
    }. Read the answers carefully — they may request clarification, changes, or that you not proceed — and follow what they actually say.`;
  return { content, structured };
}

function planApproved(input: Record<string, unknown>): ToolOutcome {
  const { plan = null, planFilePath } = input;
  const structured = { plan, isAgent: false, filePath: planFilePath };
  if (plan === null) {
    const content = "User has approved exiting plan mode. You can now proceed.";
    return { content, structured };
  }
  const content =
    `User has approved your plan. You can now start coding. Start with updating your todo list if applicable\n\nYour plan has been saved to: ${planFilePath}`;
  return { content, structured };
}
