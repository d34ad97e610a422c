/** From the tool calls of an answer to their results: consent, run, result line. */

import type { AnswerBlock } from "../messages_api/answer.ts";
import type { ToolCall } from "../messages_api/script.ts";
import { runAgent } from "./agent.ts";
import type { Context } from "./context.ts";
import { TOOL_REJECTED, userLine } from "./lines.ts";
import type { Answer } from "./permissions.ts";
import { needsPerson, type Verdict } from "./rules.ts";
import { failed, invalidCall, runTool, type ToolOutcome } from "./tools.ts";
import type { TurnState } from "./turn_state.ts";
import type { Line } from "./wire.ts";

type ToolUse = Extract<AnswerBlock, { type: "tool_use" }>;

/** For calls of a subagent: the fields that its lines carry. */
export interface Caller {
  readonly line: Line;
  readonly agentId?: string;
}

export type ResultBlock = { readonly type: "tool_result"; readonly [key: string]: unknown };

/** Tools that only read run side by side, and may ask side by side. */
const PARALLEL = new Set(["Read", "WebFetch", "WebSearch"]);

/** The tool calls of one answer. They begin as soon as their block is complete. */
export class ToolRun {
  readonly #results = new Map<string, ResultBlock>();
  #running: Promise<void>[] = [];
  #inOrder: Promise<void> = Promise.resolve();

  constructor(readonly ctx: Context, readonly turn: TurnState, readonly caller: Caller) {}

  /** Begins a call: at once, or when those before it are done. */
  start = (use: ToolUse): void => {
    const run = async () => {
      this.#results.set(use.id, await runOne(this.ctx, this.turn, use, this.caller));
    };
    if (PARALLEL.has(use.name)) this.#running.push(run());
    else this.#inOrder = this.#inOrder.then(run);
  };

  /** Waits for all of them; their results in the order in which they came. */
  async finish(): Promise<readonly ResultBlock[]> {
    await Promise.all([...this.#running, this.#inOrder]);
    return [...this.#results.values()];
  }
}

async function runOne(
  ctx: Context,
  turn: TurnState,
  use: ToolUse,
  caller: Caller,
): Promise<ResultBlock> {
  const call: ToolCall = { name: use.name, input: use.input };
  const { outcome, meta } = turn.stopTools.aborted
    ? rejected()
    : await decideAndRun(ctx, turn, call, use.id, caller);
  const flag = outcome.isError === undefined ? {} : { is_error: outcome.isError };
  const block: ResultBlock = {
    tool_use_id: use.id,
    type: "tool_result",
    content: outcome.content,
    ...flag,
  };
  ctx.wire.emit(userLine([block], {
    ...caller.line,
    ...(outcome.structured === undefined ? {} : { tool_use_result: outcome.structured }),
    tool_result_meta: [{ id: use.id, ...meta }],
  }));
  return block;
}

interface Settled {
  readonly outcome: ToolOutcome;
  readonly meta: Line;
}

function rejected(): Settled {
  const outcome = { content: TOOL_REJECTED, isError: true, structured: "User rejected tool use" };
  return { outcome, meta: { non_execution_kind: "user-rejected" } };
}

async function decideAndRun(
  ctx: Context,
  turn: TurnState,
  call: ToolCall,
  id: string,
  caller: Caller,
): Promise<Settled> {
  const invalid = invalidCall(call);
  if (invalid) return { outcome: invalid, meta: {} };
  const prepared = preparePlan(ctx, call);
  const verdict = ctx.permissions.judge(prepared);
  if (verdict.kind === "allow") {
    const reason = { decision: "accept", source: "config", reason_type: verdict.reason };
    return await run(ctx, turn, prepared, id, reason);
  }
  if (verdict.kind === "deny" || !ctx.flags.prompts || ctx.settings.mode === "dontAsk") {
    return refused(ctx, turn, prepared, id, verdict);
  }
  const answer = await ctx.permissions.ask(prepared, id, verdict, caller.agentId);
  if (answer.kind === "allow") {
    const call = { name: prepared.name, input: answer.input };
    return await run(ctx, turn, call, id, { decision: "accept", source: "user_temporary" });
  }
  turn.denials.push({ tool_name: call.name, tool_use_id: id, tool_input: prepared.input });
  return notAllowed(turn, answer);
}

async function run(
  ctx: Context,
  turn: TurnState,
  call: ToolCall,
  id: string,
  permission_decision: Line,
): Promise<Settled> {
  ctx.record("tool", { id, name: call.name, input: call.input });
  const outcome = call.name === "Agent"
    ? await runAgent(ctx, turn, call.input, id)
    : await runTool(ctx, turn, call, id);
  ctx.record("tool_end", { id, error: outcome.isError === true });
  return turn.stopTools.aborted ? rejected() : { outcome, meta: { permission_decision } };
}

function notAllowed(turn: TurnState, answer: Exclude<Answer, { kind: "allow" }>): Settled {
  switch (answer.kind) {
    case "deny": {
      if (answer.interrupt) {
        turn.cut("interrupt");
        return rejected();
      }
      const permission_decision = { decision: "reject", source: "user_reject" };
      const meta = { non_execution_kind: "permission-rule", permission_decision };
      return { outcome: failed(answer.message), meta };
    }
    case "withdrawn":
      if (turn.stopTools.aborted) return rejected();
      return { outcome: failed("Tool permission request aborted"), meta: configRejected() };
    case "failed":
      return { outcome: failed(answer.message), meta: configRejected() };
  }
}

function configRejected(reason_type = "other"): Line {
  const permission_decision = { decision: "reject", source: "config", reason_type };
  return { non_execution_kind: "permission-rule", permission_decision };
}

/** Nobody is asked: a rule or the mode says no. */
function refused(
  ctx: Context,
  turn: TurnState,
  call: ToolCall,
  id: string,
  verdict: Verdict,
): Settled {
  if (verdict.kind !== "deny" && needsPerson(call.name)) {
    const words = `No such tool available: ${call.name}`;
    return { outcome: failed(words), meta: {} };
  }
  const [message, reason] = refusalWords(ctx, call, verdict);
  ctx.wire.emit({
    type: "system",
    subtype: "permission_denied",
    tool_name: call.name,
    tool_use_id: id,
    ...(reason === undefined ? {} : { decision_reason_type: reason }),
    message,
  });
  turn.denials.push({ tool_name: call.name, tool_use_id: id, tool_input: call.input });
  return { outcome: failed(message), meta: configRejected(reason) };
}

function refusalWords(ctx: Context, call: ToolCall, verdict: Verdict): [string, string?] {
  if (verdict.kind === "deny") {
    const command = call.input.command ? ` with command ${call.input.command}` : "";
    return [`Permission to use ${call.name}${command} has been denied.`, "subcommandResults"];
  }
  if (ctx.settings.mode === "dontAsk") {
    const why = "because Claude Code is running in don't ask mode";
    return [`Permission to use ${call.name} has been denied ${why}.`, "mode"];
  }
  const path = call.input.file_path;
  return [
    path
      ? `Claude requested permissions to write to ${path}, but you haven't granted it yet.`
      : "This command requires approval",
  ];
}

/** In plan mode the model has written its plan to a file before it asks; so it is done here. */
function preparePlan(ctx: Context, call: ToolCall): ToolCall {
  if (call.name !== "ExitPlanMode") return call;
  const plan = String(call.input.plan ?? "");
  if (!plan || ctx.settings.mode !== "plan") return { name: call.name, input: {} };
  const folder = `${ctx.configDir}/plans`;
  const planFilePath = `${folder}/plan-${ctx.conversation.id.slice(0, 8)}.md`;
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(planFilePath, plan);
  return { name: call.name, input: { plan, planFilePath } };
}
