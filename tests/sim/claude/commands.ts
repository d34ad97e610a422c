/** Slash commands that the CLI answers itself. */

import type { Context } from "./context.ts";
import { modelTitle, resolveModel, syntheticLine, userLine } from "./lines.ts";
import { init, local } from "./turn.ts";
import type { TurnState } from "./turn_state.ts";

export interface Command {
  readonly name: string;
  readonly args: string;
}

const ANSWERED = new Set([
  "cost",
  "usage",
  "context",
  "model",
  "effort",
  "rename",
  "clear",
  "compact",
]);
const UNAVAILABLE = new Set(["help", "status", "permissions", "config", "login", "logout"]);

/** The local command in a text; anything else with a slash goes to the model. */
export function commandOf(text: string): Command | undefined {
  const [, name = "", args = ""] = text.match(/^\/([a-z-]+)(?:\s+([\s\S]*))?$/) ?? [];
  return ANSWERED.has(name) || UNAVAILABLE.has(name) ? { name, args: args.trim() } : undefined;
}

type Ending = ReturnType<typeof local>;

export async function runCommand(ctx: Context, command: Command, turn: TurnState): Promise<Ending> {
  switch (command.name) {
    case "clear":
      return clear(ctx, turn);
    case "compact":
      return await compact(ctx, turn);
    case "rename":
      rename(ctx, command.args);
      return say(ctx, turn, command, `Session renamed to: ${command.args}`);
    case "model":
      return say(ctx, turn, command, chooseModel(ctx, turn, command.args), true);
    case "effort":
      if (command.args) ctx.settings.effort = command.args;
      return say(
        ctx,
        turn,
        command,
        `Set effort level to ${ctx.settings.effort} (this session only)`,
      );
    case "context":
      return say(ctx, turn, command, contextText(ctx));
    case "cost":
    case "usage":
      return say(ctx, turn, command, ctx.ledger.costText());
    default:
      return say(ctx, turn, command, `/${command.name} isn't available in this environment.`);
  }
}

/** Prints the answer of a command. The `init` before it still shows the settings from before. */
function say(
  ctx: Context,
  turn: TurnState,
  { name, args }: Command,
  text: string,
  initDone = false,
): Ending {
  if (!initDone) ctx.wire.emit(init(ctx, turn));
  const source = `<local-command-stdout>${text}</local-command-stdout>`;
  const known = ANSWERED.has(name);
  ctx.conversation.note({ type: "system", subtype: "local_command", content: source });
  ctx.wire.emit(syntheticLine(text, {
    local_command_source: source,
    ...(known
      ? { local_command_run: { command: name, args } }
      : { local_command_outcome: { kind: "unavailable_headless" } }),
  }, "end_turn"));
  return local(turn, text, known ? { local_command: name } : {});
}

function chooseModel(ctx: Context, turn: TurnState, name: string): string {
  ctx.wire.emit(init(ctx, turn));
  if (!name) {
    const current = modelTitle(ctx.settings.model);
    return `Current model: \`${current}\`\nUsage: /model <name>. Available: sonnet, opus, haiku, fable, best, opusplan, default, or a full model ID.`;
  }
  ctx.settings.model = resolveModel(name);
  return `Set model to \`${modelTitle(ctx.settings.model)}\` for this session only`;
}

export function rename(ctx: Context, title: string): void {
  ctx.settings.title = title;
  ctx.wire.emit({ type: "system", subtype: "session_title_changed", title });
}

/** A new session; its id shows in the lines from here on, not in `new_conversation_id`. */
function clear(ctx: Context, turn: TurnState): Ending {
  ctx.wire.emit({
    type: "conversation_reset",
    new_conversation_id: crypto.randomUUID(),
    trigger: "clear",
    user_message_uuid: turn.uuids[0] ?? crypto.randomUUID(),
  });
  ctx.conversation.reset(crypto.randomUUID());
  ctx.ledger.reset();
  ctx.tasks.announceNone();
  ctx.wire.emit(init(ctx, turn));
  // The new session can be resumed even if nothing is said in it.
  ctx.conversation.note({ type: "system", subtype: "local_command", content: "/clear" });
  return local(turn, "", { local_command: "clear" });
}

async function compact(ctx: Context, turn: TurnState): Promise<Ending> {
  const pre_tokens = tokens(ctx);
  ctx.wire.emit({ type: "system", subtype: "status", status: "compacting" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  ctx.wire.emit({ type: "system", subtype: "status", status: null, compact_result: "success" });
  ctx.wire.emit(init(ctx, turn));
  const summary =
    "This session is being continued from a previous conversation that ran out of context. The summary below covers the earlier portion of the conversation.\n\nThe stand-in keeps no summary.";
  ctx.conversation.compact(summary);
  ctx.wire.emit({
    type: "system",
    subtype: "compact_boundary",
    compact_metadata: { trigger: "manual", pre_tokens, post_tokens: tokens(ctx), duration_ms: 20 },
  });
  ctx.wire.emit(userLine(summary, { isReplay: false, isSynthetic: true }));
  const done = "<local-command-stdout>Compacted </local-command-stdout>";
  ctx.wire.emit(userLine(done, { isReplay: true }));
  return local(turn, "", { local_command: "compact" });
}

function tokens(ctx: Context): number {
  return Math.ceil(JSON.stringify(ctx.conversation.messages).length / 4);
}

/** What `get_context_usage` answers and `/context` shows. */
export function contextUsage(ctx: Context): {
  categories: { id: string; name: string; tokens: number; kind: string }[];
  totalTokens: number;
  maxTokens: number;
  percentage: number;
  model: string;
} {
  const maxTokens = 1_000_000;
  const parts = [
    { id: "system_prompt", name: "System prompt", tokens: 1876, kind: "used" },
    { id: "system_tools", name: "System tools", tokens: 6786, kind: "used" },
    { id: "messages", name: "Messages", tokens: tokens(ctx), kind: "used" },
  ];
  const totalTokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const free = {
    id: "free_space",
    name: "Free space",
    tokens: maxTokens - totalTokens,
    kind: "free",
  };
  const percentage = Math.round(totalTokens / maxTokens * 100);
  const model = ctx.settings.model;
  return { categories: [...parts, free], totalTokens, maxTokens, percentage, model };
}

function contextText(ctx: Context): string {
  const usage = contextUsage(ctx);
  const rows = usage.categories.map(({ name, tokens }) =>
    `| ${name} | ${(tokens / 1000).toFixed(1)}k | ${(tokens / usage.maxTokens * 100).toFixed(1)}% |`
  );
  return [
    "## Context Usage",
    "",
    `**Model:** ${usage.model}  `,
    `**Tokens:** ${(usage.totalTokens / 1000).toFixed(1)}k / 1m (${usage.percentage}%)`,
    "",
    "### Estimated usage by category",
    "",
    "| Category | Tokens | Percentage |",
    "|----------|--------|------------|",
    ...rows,
  ].join("\n");
}
