/** Control requests of the parent, and their answers. */

import { contextUsage, rename } from "./commands.ts";
import { changeMode, type Context, modeLine } from "./context.ts";
import { type Mode, OLD_VERSION, VERSION } from "./flags.ts";
import type { Inbox } from "./inbox.ts";
import { answerLine, COMMANDS, modelTitle, resolveModel, userLine } from "./lines.ts";
import type { AppliedPermissions } from "./permissions.ts";
import type { Line } from "./wire.ts";

const MODES = ["acceptEdits", "auto", "bypassPermissions", "default", "dontAsk", "plan"];

class ControlError extends Error {
  override readonly name = "ControlError";
  constructor(message: string, readonly code: string) {
    super(message);
  }
}

/** Answers a request. Runs to the end before the next line is read, as with the real one. */
export function handleControl(ctx: Context, inbox: Inbox, request_id: string, request: Line): void {
  try {
    const response = respond(ctx, inbox, request);
    ctx.wire.send(answerLine(request_id, response));
    if (request.subtype === "set_permission_mode") announceMode(ctx, request.mode as Mode);
    if (request.subtype === "end_session") void ctx.exit(0);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    const response = { subtype: "error", error: error.message, error_code: error.code, request_id };
    ctx.wire.send({ type: "control_response", response });
  }
}

function respond(ctx: Context, inbox: Inbox, request: Line): Line | undefined {
  switch (request.subtype) {
    case "initialize":
      return initialized(ctx, inbox);
    case "interrupt":
      ctx.record("interrupt");
      return inbox.interrupt(request.cancel_queued === true);
    case "cancel_async_message":
      return cancelled(inbox, String(request.message_uuid));
    case "set_model":
      return setModel(ctx, request.model as string | null);
    case "set_permission_mode":
      return { mode: wantedMode(ctx, String(request.mode)) };
    case "apply_flag_settings":
      applySettings(ctx, request.settings as Line | undefined);
      return undefined;
    case "get_context_usage":
      return contextUsage(ctx);
    case "stop_task":
      ctx.tasks.stop(String(request.task_id));
      return {};
    case "get_task_output":
      return taskOutput(ctx, String(request.task_id));
    case "rename_session":
      rename(ctx, String(request.title));
      return undefined;
    default:
      return readOnly(ctx, request);
  }
}

/** Requests that only ask. */
function readOnly(ctx: Context, request: Line): Line | undefined {
  switch (request.subtype) {
    case "get_session_cost":
      return { text: ctx.ledger.costText() };
    case "get_usage":
      return ctx.ledger.usageReport();
    case "get_settings":
      return {
        ...projectSettings(ctx),
        applied: { model: ctx.settings.model, effort: ctx.settings.effort },
      };
    case "list_models":
      return { models: models() };
    case "mcp_status":
      return { mcpServers: projectServers(ctx) };
    case "get_binary_version":
      return { version: ctx.old ? OLD_VERSION : VERSION };
    case "background_tasks":
      return { backgrounded: false };
    case "side_question":
      return { response: `aside: ${request.question}`, synthetic: false };
    case "set_max_thinking_tokens":
    case "end_session":
      return undefined;
    case "list_permission_rules":
    case "file_suggestions":
    case "rewind_files":
    case "reload_skills":
    case "get_hooks_listing":
    case "generate_session_title":
      return {}; // Known, and of no use here.
    default:
      throw new ControlError(
        `Unsupported control request subtype: ${request.subtype}`,
        "unsupported_request",
      );
  }
}

/** What the configuration of the project says; the stand-in names it, and runs nothing of it. */
function projectSettings(ctx: Context): Line {
  const files = { projectSettings: "settings.json", localSettings: "settings.local.json" };
  const sources = Object.entries(files).flatMap(([source, name]) => {
    const settings = projectFile(ctx, `.claude/${name}`);
    return settings === undefined ? [] : [{ source, settings }];
  });
  const own = { effortLevel: ctx.settings.effort, permissions: ctx.permissions.applied };
  return {
    effective: Object.assign({}, ...sources.map(({ settings }) => settings), own),
    sources,
  };
}

function projectServers(ctx: Context): Line[] {
  const { mcpServers = {} } = projectFile(ctx, ".mcp.json") ?? {};
  return Object.keys(mcpServers as object).map((name) => ({ name, status: "pending" }));
}

function projectFile({ flags: { configRoot } }: Context, name: string): Line | undefined {
  if (configRoot === undefined) return undefined;
  try {
    return JSON.parse(Deno.readTextFileSync(`${configRoot}/${name}`)) as Line;
  } catch {
    return undefined;
  }
}

function models(): Line[] {
  return ["default", "opus", "sonnet", "haiku"].map((value) => ({
    value,
    resolvedModel: resolveModel(value),
    displayName: value === "default" ? "Default (recommended)" : modelTitle(resolveModel(value)),
    description: `${modelTitle(resolveModel(value))}, as the stand-in plays it`,
    supportsEffort: true,
    supportedEffortLevels: ["low", "medium", "high", "xhigh", "max"],
  }));
}

function initialized(ctx: Context, inbox: Inbox): Line {
  return {
    commands: COMMANDS.map((name) => ({
      name,
      description: `The command /${name}`,
      argumentHint: "",
      builtin: true,
    })),
    agents: [{ name: "general-purpose", description: "General-purpose agent" }],
    output_style: "default",
    available_output_styles: ["default", "Concise"],
    models: models(),
    account: {
      tokenSource: "none",
      apiKeySource: ctx.env("ANTHROPIC_API_KEY") ? "ANTHROPIC_API_KEY" : "none",
      apiProvider: "firstParty",
    },
    pid: Deno.pid,
    claude_code_version: ctx.old ? OLD_VERSION : VERSION,
    current_permission_mode: ctx.settings.mode,
    session_state: inbox.idle ? "idle" : "running",
    ...(ctx.old ? {} : { capabilities: ["ui_surface_v1", "get_usage_detached_v1"] }),
    pending_permission_requests: ctx.permissions.pendingIds,
    pending_user_dialog_requests: [],
  };
}

function cancelled(inbox: Inbox, uuid: string): Line {
  return inbox.cancel(uuid) ? { cancelled: true, message_uuid: uuid } : { cancelled: false };
}

function setModel(ctx: Context, name: string | null): Line {
  const model = resolveModel(name);
  ctx.settings.model = model;
  if (name !== null) {
    const shown = name === model || name === "default" ? model : `${name} (${model})`;
    const words = `<local-command-stdout>Set model to \`${shown}\`</local-command-stdout>`;
    ctx.wire.emit(userLine(words, { isReplay: true }));
  }
  return { model };
}

function wantedMode(ctx: Context, mode: string): Mode {
  const wanted = mode === "manual" ? "default" : mode;
  if (!MODES.includes(wanted)) {
    throw new ControlError(
      `Cannot set permission mode: must be one of ${MODES.join(", ")}`,
      "invalid_mode",
    );
  }
  if (wanted === "bypassPermissions" && !ctx.flags.bypassAllowed) {
    throw new ControlError(
      "Cannot set permission mode to bypassPermissions because the session was not launched with --dangerously-skip-permissions",
      "bypass_not_launched",
    );
  }
  return wanted as Mode;
}

/** The line about the new mode comes a little after the answer. */
function announceMode(ctx: Context, mode: Mode): void {
  const wanted = wantedMode(ctx, mode);
  if (ctx.settings.mode === wanted) return;
  ctx.settings.mode = wanted;
  queueMicrotask(() => ctx.wire.emit(modeLine(wanted)));
}

function applySettings(ctx: Context, settings: Line = {}): void {
  if (typeof settings.effortLevel === "string") ctx.settings.effort = settings.effortLevel;
  if (typeof settings.model === "string") ctx.settings.model = resolveModel(settings.model);
  const permissions = settings.permissions as AppliedPermissions & { defaultMode?: Mode };
  if (permissions === undefined) return;
  ctx.permissions.apply(permissions);
  const { defaultMode } = permissions;
  if (defaultMode !== undefined) changeMode(ctx, wantedMode(ctx, defaultMode));
}

function taskOutput(ctx: Context, id: string): Line {
  const output = ctx.tasks.output(id);
  return {
    output: output.slice(-8192),
    total_bytes: output.length,
    truncated: output.length > 8192,
  };
}
