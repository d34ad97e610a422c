/** From a step to what goes over the wire: the message, and the events of a streamed one. */

import { countPrompts, type Message, promptText } from "./decide.ts";
import type { Step } from "./script.ts";

export interface MessagesRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly messages?: readonly Message[];
  readonly system?: string | readonly { text?: string }[];
  readonly tools?: readonly unknown[];
  readonly thinking?: unknown;
  readonly output_config?: unknown;
}

export type AnswerBlock =
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: Record<string, unknown> };

export interface AnswerUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
  service_tier: string;
}

export const SIGNATURE = "ZmFrZXNpZ25hdHVyZQ==";

export function estimateTokens(value: unknown): number {
  return Math.max(1, Math.ceil(JSON.stringify(value ?? "").length / 4));
}

function systemText(system: MessagesRequest["system"]): string {
  if (!system) return "";
  return typeof system === "string" ? system : system.map((part) => part.text ?? "").join("\n");
}

/** What `ECHO` answers, and what the record of a request keeps. */
export function summarize(body: MessagesRequest): Record<string, unknown> {
  const messages = body.messages ?? [];
  const last = messages.at(-1)?.content;
  return {
    model: body.model,
    stream: body.stream === true,
    max_tokens: body.max_tokens,
    thinking: body.thinking,
    output_config: body.output_config,
    tools: (body.tools ?? []).length,
    messages: messages.length,
    roles: messages.map((message) => message.role[0]).join(""),
    prompts: messages.map(promptText).filter(Boolean).map((text) => text.slice(0, 200)),
    prompt_count: countPrompts(messages),
    blocks: typeof last === "string" ? [] : (last ?? []).map((block) => block.type),
    system_chars: systemText(body.system).length,
  };
}

/** The blocks of the answer; `echo` is what the step says when it was told to echo. */
export function answerBlocks(
  step: Step,
  echo: () => unknown,
  nextId: (prefix: string) => string,
): AnswerBlock[] {
  const blocks: AnswerBlock[] = [];
  if (step.thinking) {
    blocks.push({ type: "thinking", thinking: step.thinking, signature: SIGNATURE });
  }
  const text = step.echo ? JSON.stringify(echo()) : step.text;
  if (text || step.tools.length === 0) blocks.push({ type: "text", text: text ?? "ok" });
  for (const { name, input } of step.tools) {
    blocks.push({ type: "tool_use", id: nextId("toolu"), name, input });
  }
  return blocks;
}

export function stopReason(step: Step, blocks: readonly AnswerBlock[]): string {
  const toolUse = blocks.some((block) => block.type === "tool_use");
  return step.stopReason ?? (toolUse ? "tool_use" : "end_turn");
}

export function answerUsage(
  step: Step,
  messages: unknown,
  blocks: readonly AnswerBlock[],
): AnswerUsage {
  return {
    input_tokens: step.usage?.input ?? estimateTokens(messages),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: step.usage?.output ?? estimateTokens(blocks),
    service_tier: "standard",
  };
}

/** How a block begins in the stream, its deltas, and what closes it. */
export function blockEvents(
  block: AnswerBlock,
  index: number,
  chunk: number,
): { start: object; deltas: object[]; close: object[] } {
  const delta = (value: object) => ({ type: "content_block_delta", index, delta: value });
  const start = (content_block: object) => ({ type: "content_block_start", index, content_block });
  const stop = { type: "content_block_stop", index };
  switch (block.type) {
    case "text":
      return {
        start: start({ type: "text", text: "" }),
        deltas: pieces(block.text, chunk).map((text) => delta({ type: "text_delta", text })),
        close: [stop],
      };
    case "thinking":
      return {
        start: start({ type: "thinking", thinking: "", signature: "" }),
        deltas: pieces(block.thinking, chunk)
          .map((thinking) => delta({ type: "thinking_delta", thinking })),
        close: [delta({ type: "signature_delta", signature: block.signature }), stop],
      };
    case "tool_use":
      return {
        start: start({ type: "tool_use", id: block.id, name: block.name, input: {} }),
        deltas: pieces(JSON.stringify(block.input), chunk)
          .map((partial_json) => delta({ type: "input_json_delta", partial_json })),
        close: [stop],
      };
  }
}

function pieces(whole: string, size: number): string[] {
  const parts: string[] = [];
  for (let at = 0; at < whole.length; at += size) parts.push(whole.slice(at, at + size));
  return parts;
}
