/** One call of the model: what the script says, streamed as the real CLI passes it on. */

import {
  type AnswerBlock,
  answerBlocks,
  answerUsage,
  blockEvents,
  stopReason,
} from "../messages_api/answer.ts";
import { type Block, countPrompts, decide, promptText } from "../messages_api/decide.ts";
import type { Step } from "../messages_api/script.ts";
import {
  type Failure,
  maxRetries,
  pause,
  rateLimitLine,
  tryCall,
  unknownModel,
} from "./api_errors.ts";
import { type Context, sleep } from "./context.ts";
import { demoStep } from "./demo_answers.ts";
import { isKnownModel, markers } from "./lines.ts";
import { forever, perform } from "./mischief.ts";
import type { TurnState } from "./turn_state.ts";
import type { Line } from "./wire.ts";

type ToolUse = Extract<AnswerBlock, { type: "tool_use" }>;

export type CallOutcome =
  | { readonly kind: "answered"; readonly blocks: readonly AnswerBlock[]; readonly stop: string }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Cut off; `streaming` when the stream had begun, so that its events need closing. */
  | { readonly kind: "cut"; readonly streaming: boolean };

let serial = 0;
const RUN = Date.now().toString(36);

export function nextId(prefix: string): string {
  return `${prefix}_sim${RUN}${Deno.pid.toString(36)}${(++serial).toString(36).padStart(5, "0")}`;
}

const DEMO_DELAY_MS = 40;

/** Calls the model. `onToolUse` is told of each tool call as soon as its block is complete. */
export async function callModel(
  ctx: Context,
  turn: TurnState,
  onToolUse: (use: ToolUse) => void,
): Promise<CallOutcome> {
  turn.calls++;
  const demo = ctx.env("SIM_CLAUDE_DEMO") === "1";
  const step = decide(ctx.conversation.messages, ctx.reader, demo ? demoStep(ctx) : undefined);
  if (ctx.flags.partialMessages) ctx.wire.emit(requestingLine(ctx, turn));
  await perform(ctx, step.marks, 0);
  if (!isKnownModel(ctx.settings.model)) return { kind: "failed", failure: unknownModel(ctx) };
  if (step.rateLimitStatus) ctx.wire.emit(rateLimitLine(step.rateLimitStatus));
  if (step.error) {
    const failure = await tryCall(ctx, step.error, step, turn.stop);
    if (failure) return { kind: "failed", failure };
  }
  await sleep(step.firstDelayMs ?? 0, turn.stop);
  if (turn.stop.aborted) return { kind: "cut", streaming: false };
  const usualDelayMs = demo && !step.directive ? DEMO_DELAY_MS : 0;
  return await new ModelCall(ctx, turn, step, usualDelayMs, onToolUse).run();
}

function requestingLine(ctx: Context, turn: TurnState): Line {
  const uuids = ctx.old || turn.uuids.length === 0 ? {} : { user_message_uuids: turn.uuids };
  return { type: "system", subtype: "status", status: "requesting", ...uuids };
}

/** What `ECHO` says. */
function echo(ctx: Context): Line {
  const messages = ctx.conversation.messages;
  return {
    model: ctx.settings.model,
    mode: ctx.settings.mode,
    effort: ctx.settings.effort,
    messages: messages.length,
    roles: messages.map((message) => message.role[0]).join(""),
    prompts: messages.map(promptText).filter(Boolean).map((text) => text.slice(0, 200)),
    prompt_count: countPrompts(messages),
    system: ctx.conversation.systemPrompt ?? "",
    cwd: ctx.cwd,
    session_id: ctx.conversation.id,
  };
}

class ModelCall {
  readonly #id = nextId("msg");
  readonly #startedAt = performance.now();
  readonly #blocks: readonly AnswerBlock[];
  #deltas = 0;

  constructor(
    readonly ctx: Context,
    readonly turn: TurnState,
    readonly step: Step,
    readonly usualDelayMs: number,
    readonly onToolUse: (use: ToolUse) => void,
  ) {
    this.#blocks = answerBlocks(step, () => echo(ctx), nextId);
  }

  async run(): Promise<CallOutcome> {
    if (this.step.cutAfter !== undefined) return await this.#withBrokenConnection();
    this.#begin();
    for (const [index, block] of this.#blocks.entries()) {
      if (!await this.#stream(block, index)) return { kind: "cut", streaming: true };
    }
    const stop = stopReason(this.step, this.#blocks);
    const usage = answerUsage(this.step, this.ctx.conversation.messages, this.#blocks);
    this.#event({
      type: "message_delta",
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    });
    this.#event({ type: "message_stop" });
    this.#account(this.#blocks);
    return { kind: "answered", blocks: this.#blocks, stop };
  }

  #begin(): void {
    this.#event({ type: "message_start", message: this.#message([]) }, {
      ttft_ms: 5,
      ...(this.ctx.old ? {} : markers(this.turn.uuids)),
    });
  }

  /** Streams one block; false when it was cut off. */
  async #stream(block: AnswerBlock, index: number): Promise<boolean> {
    const events = blockEvents(block, index, this.step.chunk ?? 24);
    this.#event(events.start);
    for (const [at, delta] of events.deltas.entries()) {
      if (this.turn.stop.aborted) return this.#cutOff(block, at);
      if (this.#deltas === this.step.hangAfter) await this.#hang();
      else this.#event(delta);
      await perform(this.ctx, this.step.marks, ++this.#deltas);
      await this.#breathe();
    }
    if (this.turn.stop.aborted) return this.#cutOff(block, events.deltas.length);
    events.close.slice(0, -1).forEach((event) => this.#event(event));
    this.#print(block);
    events.close.slice(-1).forEach((event) => this.#event(event));
    if (block.type === "tool_use") {
      this.onToolUse(block);
      await this.#letQuickToolsEnd();
    }
    return true;
  }

  /** A tool that needs nobody and nothing has its result before the message ends. */
  async #letQuickToolsEnd(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  }

  /** The pause between deltas; without one, other work still gets its chance now and then. */
  async #breathe(): Promise<void> {
    const delay = this.step.deltaDelayMs ?? this.usualDelayMs;
    if (delay > 0) await sleep(delay, this.turn.stop);
    else if (this.#deltas % 64 === 0) await sleep(0);
  }

  async #hang(): Promise<void> {
    await Promise.race([forever(), sleep(2 ** 31 - 1, this.turn.stop)]);
  }

  /** What was streamed so far is printed, marked as aborted, and stays in the conversation. */
  #cutOff(block: AnswerBlock, deltas: number): false {
    const text = block.type === "text" ? block.text.slice(0, deltas * (this.step.chunk ?? 24)) : "";
    if (text) this.#print({ type: "text", text }, { aborted: true });
    this.#account(text ? [{ type: "text", text }] : []);
    return false;
  }

  #print(block: AnswerBlock, more: Line = {}): void {
    const introduced = this.turn.introduced || this.ctx.old;
    if (!this.turn.introduced) this.turn.onIntroduction();
    this.turn.introduced = true;
    if (block.type === "text") {
      this.turn.lastText = block.text;
      this.ctx.record("say", { text: block.text });
    }
    const message = this.#message([block]);
    this.ctx.conversation.assistant(block as unknown as Block, message);
    this.ctx.wire.emit({
      type: "assistant",
      message: { ...message, context_management: null },
      parent_tool_use_id: null,
      timestamp: new Date().toISOString(),
      ...more,
      ...(introduced ? {} : markers(this.turn.uuids)),
    });
  }

  #message(content: readonly AnswerBlock[]): Record<string, unknown> {
    const usage = answerUsage(this.step, this.ctx.conversation.messages, []);
    return {
      id: this.#id,
      type: "message",
      role: "assistant",
      model: this.ctx.settings.model,
      content,
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage, output_tokens: 1 },
    };
  }

  #event(event: object, more: Line = {}): void {
    if (!this.ctx.flags.partialMessages) return;
    const thinking = this.#thinkingTokens(event);
    if (thinking) this.ctx.wire.emit(thinking);
    const fixed = { parent_tool_use_id: null, ...more, api_message_id: this.#id };
    this.ctx.wire.emit({ type: "stream_event", event, ...fixed });
  }

  #thinkingTokens(event: object): Line | undefined {
    const text = JSON.stringify(event).match(/"thinking_delta","thinking":"(.*)"/)?.[1];
    if (text === undefined) return undefined;
    const tokens = Math.ceil(text.length / 4);
    return {
      type: "system",
      subtype: "thinking_tokens",
      estimated_tokens: tokens * (this.#deltas + 1),
      estimated_tokens_delta: tokens,
    };
  }

  /** The connection breaks each time; after the last try the answer comes without streaming. */
  async #withBrokenConnection(): Promise<CallOutcome> {
    const retries = maxRetries(this.ctx);
    const [first] = this.#blocks;
    const deltas = first ? blockEvents(first, 0, this.step.chunk ?? 24) : undefined;
    for (let attempt = 1; attempt <= retries + 1 && deltas; attempt++) {
      this.#begin();
      this.#event(deltas.start);
      for (const delta of deltas.deltas.slice(0, this.step.cutAfter)) {
        this.#event(delta);
        await this.#breathe();
      }
      this.#event({ type: "content_block_stop", index: 0 });
      this.#event({ type: "message_stop" });
      if (attempt <= retries) await pause(this.ctx, attempt, null, this.turn.stop);
      if (this.turn.stop.aborted) return { kind: "cut", streaming: false };
    }
    for (const block of this.#blocks) {
      this.#print(block);
      if (block.type === "tool_use") this.onToolUse(block);
    }
    this.#account(this.#blocks);
    return { kind: "answered", blocks: this.#blocks, stop: stopReason(this.step, this.#blocks) };
  }

  #account(blocks: readonly AnswerBlock[]): void {
    const usage = answerUsage(this.step, this.ctx.conversation.messages, blocks);
    this.ctx.ledger.call(this.ctx.settings.model, usage, performance.now() - this.#startedAt);
  }
}
