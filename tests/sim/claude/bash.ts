/** The Bash tool: in the foreground, in the background, and from one into the other. */

import { type Context, sleep } from "./context.ts";
import { Shell } from "./shell.ts";
import type { Task } from "./tasks.ts";
import type { ToolOutcome } from "./tools.ts";
import type { TurnState } from "./turn_state.ts";

/** A command that takes longer than this is announced as a task. */
const ANNOUNCE_AFTER_MS = 3000;
const HEARTBEAT_MS = 30_000;
const MOST_OUTPUT = 30_000;

export async function runBash(
  ctx: Context,
  turn: TurnState,
  input: Record<string, unknown>,
  id: string,
): Promise<ToolOutcome> {
  const command = String(input.command ?? "");
  const description = String(input.description ?? command);
  const shell = new Shell(command, ctx.cwd, ctx.conversation.id);
  ctx.tasks.watch(shell);
  if (input.run_in_background === true) {
    const task = ctx.tasks.open(shell, id, description, true);
    const words = `Command running in background with ID: ${task.id}. ${whereOutput(task)}`;
    return { content: words, isError: false, structured: plain("", { backgroundTaskId: task.id }) };
  }
  return await inForeground(ctx, turn, shell, id, description, timeoutOf(ctx, input));
}

function timeoutOf(ctx: Context, input: Record<string, unknown>): number {
  return Number(input.timeout ?? ctx.env("BASH_DEFAULT_TIMEOUT_MS") ?? 120_000);
}

function whereOutput(task: Task): string {
  return `Output is being written to: ${task.outputFile}. You will be notified when it completes. To check interim output, use Read on that file path.`;
}

function plain(stdout: string, more: object = {}): object {
  const flags = { interrupted: false, isImage: false, noOutputExpected: false };
  return { stdout, stderr: "", ...flags, ...more };
}

async function inForeground(
  ctx: Context,
  turn: TurnState,
  shell: Shell,
  id: string,
  description: string,
  timeoutMs: number,
): Promise<ToolOutcome> {
  let task: Task | undefined;
  const announce = setTimeout(() => {
    task = ctx.tasks.open(shell, id, description, false);
  }, ANNOUNCE_AFTER_MS);
  const heartbeat = startHeartbeat(ctx, id);
  const over = new AbortController();
  try {
    const aborted = sleep(2 ** 31 - 1, AbortSignal.any([turn.stopTools, over.signal]));
    const timeout = sleep(timeoutMs, over.signal).then(() => "timeout" as const);
    const first = await Promise.race([shell.done, aborted, timeout]);
    if (turn.stopTools.aborted) {
      shell.kill();
      if (task) ctx.tasks.close(task, "stopped");
      return { content: "", isError: true };
    }
    if (first === "timeout") return movedOn(ctx, shell, task, id, description, timeoutMs);
    if (task) ctx.tasks.close(task, "completed");
    const { code, output } = await shell.done;
    return finished(code, output);
  } finally {
    over.abort();
    clearTimeout(announce);
    clearInterval(heartbeat);
  }
}

function startHeartbeat(ctx: Context, id: string): ReturnType<typeof setInterval> {
  let beats = 0;
  return setInterval(() => {
    ctx.wire.emit({
      type: "tool_progress",
      tool_use_id: `${id}-heartbeat-${beats++}`,
      tool_name: "Bash",
      parent_tool_use_id: id,
      elapsed_time_seconds: beats * HEARTBEAT_MS / 1000,
      heartbeat: true,
    });
  }, HEARTBEAT_MS);
}

function movedOn(
  ctx: Context,
  shell: Shell,
  open: Task | undefined,
  id: string,
  description: string,
  timeoutMs: number,
): ToolOutcome {
  const task = open ?? ctx.tasks.open(shell, id, description, false);
  ctx.tasks.moveToBackground(task);
  const so = shell.output;
  const words = `Command did not complete within its ${
    timeoutMs / 1000
  }s timeout and was moved to the background (ID: ${task.id}). ${whereOutput(task)}`;
  return {
    content: so + words,
    isError: false,
    structured: plain(so, { backgroundTaskId: task.id, timedOutAfterMs: timeoutMs }),
  };
}

function finished(code: number, output: string): ToolOutcome {
  if (code !== 0) {
    const words = `Exit code ${code}${output ? `\n${output}` : ""}`;
    return { content: words, isError: true, structured: `Error: ${words}` };
  }
  const shown = output.length > MOST_OUTPUT
    ? `<persisted-output>\nOutput too large (${output.length} characters). Preview (first 2KB):\n${
      output.slice(0, 2000)
    }\n</persisted-output>`
    : output;
  const content = shown || "(Bash completed with no output)";
  return { content, isError: false, structured: plain(shown) };
}
