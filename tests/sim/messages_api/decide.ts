/** What the model answers to a request: the script in the newest prompt, or proof of the context. */

import { plainStep, type ScriptReader, type Step } from "./script.ts";

/** A content block, as far as anybody here looks into it. */
export interface Block {
  readonly type: string;
  readonly text?: string;
  readonly [key: string]: unknown;
}

export interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

/** What the CLI adds to the user's messages around the words of the user. */
const INJECTED = [
  /<(system-reminder|task-notification|local-command-caveat|local-command-stdout|local-command-stderr|command-name|command-message|command-args)>[\s\S]*?<\/\1>/g,
  /^This session is being continued from a previous conversation[\s\S]*$/,
  /^\[Image: source: [^\]]*\]$/gm,
];
const INTERRUPTED = /\[Request interrupted by user(?: for tool use)?\]/;
/** How the CLI hands over what a person sent during a turn; it comes with the role `system`. */
const STEERED = /The user sent a new message while you were working:\n([\s\S]*?)\n\nThis is how/;

function textBlocks(message: Message): string[] {
  if (typeof message.content === "string") return [message.content];
  return message.content.filter((block) => block.type === "text").map((block) => block.text ?? "");
}

/** The words of the user in a message, block by block, without what the CLI injects. */
function promptTexts(message: Message): string[] {
  if (message.role !== "user") return [];
  const texts = textBlocks(message)
    .map((text) => INJECTED.reduce((rest, pattern) => rest.replace(pattern, ""), text).trim())
    .filter(Boolean);
  // An interrupted prompt is merged with the next one into one message: only what follows counts.
  return texts.slice(texts.findLastIndex((text) => INTERRUPTED.test(text)) + 1);
}

export function promptText(message: Message): string {
  return promptTexts(message).join("\n");
}

/** The newest steered message behind the last answer, if there is one. */
function steeredText(messages: readonly Message[]): string {
  const answered = messages.findLastIndex((message) => message.role === "assistant");
  return messages.slice(answered + 1).flatMap(textBlocks)
    .flatMap((text) => text.match(STEERED)?.[1] ?? []).join("\n");
}

function hasToolResult(message: Message): boolean {
  return message.role === "user" && typeof message.content !== "string" &&
    message.content.some((block) => block.type === "tool_result");
}

interface CurrentPrompt {
  readonly text: string;
  readonly script: string;
  /** How many answers were already spent on it. */
  readonly step: number;
  /** Words that came during the turn. */
  readonly tail: string;
}

/**
 * The prompt that the model is working on. A message with tool results continues the prompt,
 * unless it also carries a fresh script.
 */
function currentPrompt(messages: readonly Message[], reader: ScriptReader): CurrentPrompt {
  let step = 0;
  let tail = steeredText(messages);
  for (const [index, message] of [...messages.entries()].reverse()) {
    if (message.role === "assistant") step++;
    if (message.role !== "user") continue;
    const texts = promptTexts(message);
    const text = texts.join("\n");
    const fresh = INTERRUPTED.test(JSON.stringify(message.content)) ||
      texts.some((text) => reader.isScript(text));
    if (hasToolResult(message) && !(text && fresh)) {
      if (index === messages.length - 1 && text) tail = text;
      continue;
    }
    if (!text) continue;
    // Prompts that failed or were queued together arrive in one message: the last script wins.
    const script = texts.findLast((text) => reader.isScript(text)) ?? text;
    return { text, script, step, tail };
  }
  return { text: "", script: "", step: 0, tail };
}

/** How many prompts of the user a request carries. */
export function countPrompts(messages: readonly Message[]): number {
  return messages.map(promptText).filter(Boolean).length;
}

/** The step that answers `messages`; `unscripted` may answer in place of the default text. */
export function decide(
  messages: readonly Message[],
  reader: ScriptReader,
  unscripted?: (prompt: string, step: number, prompts: number) => Step | undefined,
): Step {
  const { text, script, step, tail } = currentPrompt(messages, reader);
  const steps = reader.steps(script).filter((step) => step.directive);
  const scripted = steps[step];
  if (scripted) return scripted;
  const late = reader.steps(tail).find((step) => step.directive);
  if (late) return late;
  if (steps.length && step > 0) {
    return plainStep(`done after ${step} step(s)${tail ? `; also got: ${tail}` : ""}`);
  }
  const prompts = countPrompts(messages);
  return unscripted?.(text, step, prompts) ?? plainStep(`ok #${prompts}: ${text.slice(0, 200)}`);
}
