/** A subagent: a conversation of its own, of which only tool calls and results are printed. */

import { type AnswerBlock, answerBlocks, answerUsage } from "../messages_api/answer.ts";
import { type Block, decide, type Message } from "../messages_api/decide.ts";
import { type Context, sleep } from "./context.ts";
import { userLine } from "./lines.ts";
import { nextId } from "./model.ts";
import { ToolRun } from "./tool_calls.ts";
import type { ToolOutcome } from "./tools.ts";
import type { TurnState } from "./turn_state.ts";
import type { Line } from "./wire.ts";

const MOST_CALLS = 20;

interface Agent {
  readonly id: string;
  readonly toolUseId: string;
  readonly prompt: string;
  /** The fields that all its lines carry. */
  readonly line: Line;
  readonly messages: Message[];
  toolUses: number;
}

export async function runAgent(
  ctx: Context,
  turn: TurnState,
  input: Record<string, unknown>,
  toolUseId: string,
): Promise<ToolOutcome> {
  const agent = newAgent(input, toolUseId);
  announce(ctx, agent, "task_started", {
    description: agent.line.task_description,
    subagent_type: agent.line.subagent_type,
    is_backgrounded: false,
    task_type: "local_agent",
    prompt: agent.prompt,
  });
  ctx.wire.emit(userLine([{ type: "text", text: agent.prompt }], agent.line));
  const report = await work(ctx, turn, agent);
  const status = turn.stopTools.aborted ? "killed" : "completed";
  announce(ctx, agent, "task_updated", { patch: { status, end_time: Date.now() } });
  announce(ctx, agent, "task_notification", { status, output_file: "", summary: report });
  const content = [{ type: "text", text: `[Subagent hand-back]\n${report}` }];
  const structured = { status, prompt: agent.prompt, agentId: agent.id, content };
  return { content, structured };
}

function newAgent(input: Record<string, unknown>, toolUseId: string): Agent {
  const id = `a${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  const prompt = String(input.prompt ?? "");
  return {
    id,
    toolUseId,
    prompt,
    line: {
      parent_tool_use_id: toolUseId,
      agent_id: id,
      subagent_type: input.subagent_type ?? "general-purpose",
      task_description: input.description ?? "subagent",
    },
    messages: [{ role: "user", content: prompt }],
    toolUses: 0,
  };
}

/** Answers step by step until there is nothing more to do; the last text is the report. */
async function work(ctx: Context, turn: TurnState, agent: Agent): Promise<string> {
  for (let call = 0; call < MOST_CALLS && !turn.stopTools.aborted; call++) {
    const step = decide(agent.messages, ctx.reader);
    await sleep((step.firstDelayMs ?? 0) + (step.deltaDelayMs ?? 0), turn.stopTools);
    const blocks = answerBlocks(step, () => agent.line, nextId);
    const usage = answerUsage(step, agent.messages, blocks);
    ctx.ledger.call(ctx.settings.model, usage, 1);
    agent.messages.push({ role: "assistant", content: blocks as unknown as Block[] });
    const uses = blocks.filter((block) => block.type === "tool_use");
    if (uses.length === 0) return textOf(blocks);
    for (const use of uses) reportUse(ctx, agent, use, usage);
    const tools = new ToolRun(ctx, turn, { line: agent.line, agentId: agent.id });
    uses.forEach(tools.start);
    agent.messages.push({ role: "user", content: await tools.finish() });
  }
  return "";
}

function reportUse(ctx: Context, agent: Agent, use: AnswerBlock, usage: object): void {
  agent.toolUses++;
  announce(ctx, agent, "task_progress", {
    description: "Running",
    subagent_type: agent.line.subagent_type,
    usage: { total_tokens: 0, tool_uses: agent.toolUses, duration_ms: 1 },
    ...(use.type === "tool_use" ? { last_tool_name: use.name } : {}),
  });
  ctx.wire.emit({
    type: "assistant",
    message: {
      id: nextId("msg"),
      type: "message",
      role: "assistant",
      model: ctx.settings.model,
      content: [use],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
    timestamp: new Date().toISOString(),
    ...agent.line,
  });
}

function textOf(blocks: readonly AnswerBlock[]): string {
  return blocks.map((block) => block.type === "text" ? block.text : "").join("");
}

function announce(ctx: Context, agent: Agent, subtype: string, more: Line): void {
  const ids = { task_id: agent.id, run_id: `sim-${agent.id}`, tool_use_id: agent.toolUseId };
  ctx.wire.emit({ type: "system", subtype, ...ids, ...more });
}
