/** A turn: from the prompts that begin it to its `result`. */

import { blocksOf } from "./conversation.ts";
import type { Block } from "../messages_api/decide.ts";
import type { Failure } from "./api_errors.ts";
import { commandOf, runCommand } from "./commands.ts";
import { type Context, sleep } from "./context.ts";
import { initLine, markers, syntheticLine, userLine } from "./lines.ts";
import type { Inbox, Item } from "./inbox.ts";
import type { TurnReport } from "./ledger.ts";
import { callModel } from "./model.ts";
import { ToolRun } from "./tool_calls.ts";
import type { TurnState } from "./turn_state.ts";
import type { Line } from "./wire.ts";

type Ending = Pick<
  TurnReport,
  "subtype" | "isError" | "result" | "errors" | "terminalReason" | "more"
>;

/** Runs the turn that answers `batch`; the inbox hands over what is steered in meanwhile. */
export async function runTurn(
  ctx: Context,
  batch: readonly Item[],
  turn: TurnState,
  inbox: Inbox,
): Promise<void> {
  const content = mergedContent(batch);
  ctx.record("turn", { uuids: turn.uuids, session: ctx.conversation.id });
  const ending = await answer(ctx, batch, content, turn, inbox);
  const origin = batch.find((item) => item.origin)?.origin;
  const report: TurnReport = {
    ...ending,
    more: { ...(origin ? { origin } : {}), ...ending.more },
    uuids: turn.uuids,
    startedAt: turn.startedAt,
    numTurns: turn.numTurns,
    stopReason: turn.stopReason,
    denials: turn.denials,
  };
  const absorbed = turn.uuids.filter((uuid) => !batch.some((item) => item.uuid === uuid));
  for (const uuid of absorbed) inbox.lifecycle(uuid, "completed");
  ctx.conversation.saveCost(ctx.ledger.totalUsd);
  ctx.wire.emit(ctx.ledger.result(report, inbox.length, ctx.old));
  const failed = turn.cutBy !== undefined || ending.terminalReason?.match(/error|too_long/);
  for (const { uuid } of batch) {
    if (uuid !== undefined) inbox.lifecycle(uuid, failed ? "cancelled" : "completed");
  }
  const { subtype, terminalReason } = ending;
  ctx.record("turn_end", { uuids: turn.uuids, subtype, terminalReason });
}

/** Prompts that waited together are one: texts are joined, and blocks follow each other. */
function mergedContent(batch: readonly Item[]): string | readonly Block[] {
  const contents = batch.map((item) => item.content);
  if (contents.every((content) => typeof content === "string")) return contents.join("\n");
  return contents.flatMap((content) => [...blocksOf(content)]);
}

async function answer(
  ctx: Context,
  batch: readonly Item[],
  content: string | readonly Block[],
  turn: TurnState,
  inbox: Inbox,
): Promise<Ending> {
  const text = typeof content === "string" ? content : "";
  const literal = batch.some((item) => item.literal);
  const command = literal ? undefined : commandOf(text);
  if (command) return await runCommand(ctx, command, turn);
  // What arrived together with the first line is queued before the turn shows itself.
  await sleep(1);
  ctx.conversation.prompt(
    content === "" ? "(no content)" : content,
    batch.map((item) => item.uuid),
  );
  ctx.wire.emit(init(ctx, turn));
  if (batch.every((item) => !item.query)) {
    replay(ctx, batch, content);
    return local(turn, "");
  }
  if (text !== "" && text.trim() === "") {
    const words =
      "Blank prompt — the message was only whitespace, so nothing was sent to the model.";
    ctx.wire.emit({ type: "system", subtype: "informational", content: words, level: "warning" });
    return local(turn, words);
  }
  turn.onIntroduction = () => replay(ctx, batch, content);
  return await rounds(ctx, turn, inbox);
}

/** An ending without the model. */
export function local(turn: TurnState, result: string, more: Line = {}): Ending {
  turn.numTurns = 0;
  return { subtype: "success", isError: false, result, more };
}

export function init(ctx: Context, turn: TurnState): Line {
  return initLine({
    cwd: ctx.cwd,
    model: ctx.settings.model,
    mode: ctx.settings.mode,
    prompts: ctx.flags.prompts,
    old: ctx.old,
    apiKeySource: ctx.env("ANTHROPIC_API_KEY") ? "ANTHROPIC_API_KEY" : "none",
    addDirs: ctx.flags.addDirs,
    uuids: turn.uuids,
  });
}

export function replay(ctx: Context, batch: readonly Item[], content: Item["content"]): void {
  if (!ctx.flags.replayUserMessages) return;
  const uuid = batch.findLast((item) => item.uuid)?.uuid;
  const line = { type: "user", message: { role: "user", content }, parent_tool_use_id: null };
  ctx.wire.send({ ...line, session_id: ctx.conversation.id, isReplay: true, uuid });
}

/** Calls of the model and of tools, in turns, until the model has nothing more to do. */
async function rounds(ctx: Context, turn: TurnState, inbox: Inbox): Promise<Ending> {
  while (true) {
    if (turn.cutBy) return cutOff(ctx, turn, "streaming", false);
    const tools = new ToolRun(ctx, turn, { line: { parent_tool_use_id: null } });
    const outcome = await callModel(ctx, turn, tools.start);
    const results = await tools.finish();
    turn.numTurns += results.length;
    if (results.length > 0) ctx.conversation.user(results);
    if (outcome.kind === "failed") return apiFailure(ctx, turn, outcome.failure);
    if (outcome.kind === "cut") return cutOff(ctx, turn, "streaming", outcome.streaming);
    turn.stopReason = outcome.stop;
    if (results.length === 0) return success(turn);
    turn.lastText = "";
    if (turn.cutBy) return cutOff(ctx, turn, "tools", false);
    if (turn.calls >= (ctx.flags.maxTurns ?? Infinity)) return tooManyTurns(ctx);
    for (const item of inbox.takeSteered()) steer(ctx, turn, inbox, item);
  }
}

/** A message that came during a tool's run joins the turn. */
function steer(ctx: Context, turn: TurnState, inbox: Inbox, item: Item): void {
  const text = blocksOf(item.content).map((block) => block.text ?? "").join("\n");
  replay(ctx, [item], item.content);
  ctx.conversation.steer(text, item.uuid);
  if (item.uuid === undefined) return;
  inbox.lifecycle(item.uuid, "started");
  turn.uuids.push(item.uuid);
}

function success(turn: TurnState): Ending {
  const result = turn.lastText;
  const more = { api_error_status: null };
  return { subtype: "success", isError: false, result, terminalReason: "completed", more };
}

function tooManyTurns(ctx: Context): Ending {
  const errors = [`Reached maximum number of turns (${ctx.flags.maxTurns})`];
  return { subtype: "error_max_turns", isError: true, errors, terminalReason: "max_turns" };
}

function apiFailure(ctx: Context, turn: TurnState, failure: Failure): Ending {
  turn.stopReason = "stop_sequence";
  const status = failure.status === null ? {} : { api_error_status: failure.status };
  ctx.conversation.apiError(failure.text);
  ctx.wire.emit(syntheticLine(failure.text, {
    error: failure.error,
    is_api_error_message: true,
    ...status,
    ...failure.more,
    ...(ctx.old ? {} : markers(turn.uuids)),
  }));
  return {
    subtype: "success",
    isError: true,
    result: failure.text,
    terminalReason: failure.terminalReason,
    more: { api_error_status: failure.status, ...failure.more },
  };
}

/** The turn was interrupted, or gave way to an urgent message. */
function cutOff(
  ctx: Context,
  turn: TurnState,
  during: "streaming" | "tools",
  streaming: boolean,
): Ending {
  const terminalReason = `aborted_${during}`;
  if (during === "streaming") turn.stopReason = null;
  if (turn.cutBy === "now" && (during === "tools" || turn.lastText !== "")) {
    if (streaming && ctx.flags.partialMessages) closeStream(ctx);
    const result = turn.lastText;
    const more = { api_error_status: null };
    return { subtype: "success", isError: false, result, terminalReason, more };
  }
  if (turn.cutBy === "now") return interrupted(turn, terminalReason);
  const words = `[Request interrupted by user${during === "tools" ? " for tool use" : ""}]`;
  const marker = [{ type: "text", text: words }];
  turn.numTurns++;
  ctx.conversation.user(marker);
  ctx.wire.emit(userLine(marker));
  if (streaming && ctx.flags.partialMessages) closeStream(ctx);
  return interrupted(turn, terminalReason);
}

function interrupted(turn: TurnState, terminalReason: string): Ending {
  const diagnostic =
    `[ede_diagnostic] result_type=user last_content_type=n/a stop_reason=${turn.stopReason}`;
  return { subtype: "error_during_execution", isError: true, errors: [diagnostic], terminalReason };
}

function closeStream(ctx: Context): void {
  const events = [
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: null }, usage: { output_tokens: 0 } },
    { type: "message_stop" },
  ];
  for (const event of events) {
    ctx.wire.emit({ type: "stream_event", event, parent_tool_use_id: null });
  }
}
