import type { BotCommand, BotCommandScope, Update, UserFromGetMe } from "grammy/types";
import { badRequest } from "../errors.ts";
import { isObject, type Params } from "../params.ts";
import { CALLBACK_LIFETIME_MS } from "../updates.ts";
import { codePoints } from "../text.ts";
import type { World } from "../world.ts";
import type { MethodCall } from "./method.ts";
import { readObjects } from "./send.ts";

/** `getMe`. */
export function getMe({ world }: MethodCall): UserFromGetMe {
  return world.bot;
}

/** `deleteWebhook`. */
export function deleteWebhook({ world, params }: MethodCall): true {
  world.updates.webhook = null;
  if (params.bool("drop_pending_updates")) world.updates.clear();
  return true;
}

/** `getUpdates`. */
export function getUpdates({ world, params, signal }: MethodCall): Promise<Update[]> {
  const allowed = params.json("allowed_updates");
  if (Array.isArray(allowed)) world.updates.allowed = allowed.map(String);
  return world.updates.poll({
    offset: params.int("offset"),
    limit: params.int("limit"),
    timeout: params.int("timeout"),
    signal,
  });
}

/** `answerCallbackQuery`: once, within 150 s. */
export function answerCallbackQuery({ world, params }: MethodCall): true {
  const press = world.presses.get(params.text("callback_query_id") ?? "");
  if (!press?.open || world.now() - press.at >= CALLBACK_LIFETIME_MS) {
    throw badRequest("query is too old and response timeout expired or query ID is invalid");
  }
  const text = params.text("text");
  if (codePoints(text ?? "") > 200) throw badRequest("MESSAGE_TOO_LONG");
  press.open = false;
  press.answer({
    ...(text !== undefined && { text }),
    ...(params.has("show_alert") && { show_alert: params.bool("show_alert") }),
  });
  return true;
}

/** `setMyCommands`: for one scope and language. */
export function setMyCommands({ world, params }: MethodCall): true {
  const commands = readObjects(params, "commands").map(checkCommand);
  if (commands.length > 100) throw badRequest("BOT_COMMANDS_TOO_MUCH");
  world.commands.set(readScope(world, params), language(params), commands);
  world.changes.notify({ kind: "commands" });
  return true;
}

/** `getMyCommands`. */
export function getMyCommands({ world, params }: MethodCall): BotCommand[] {
  return world.commands.get(readScope(world, params), language(params));
}

/** `deleteMyCommands`. */
export function deleteMyCommands({ world, params }: MethodCall): true {
  world.commands.delete(readScope(world, params), language(params));
  world.changes.notify({ kind: "commands" });
  return true;
}

function language(params: Params): string {
  return params.text("language_code") ?? "";
}

function checkCommand({ command, description }: Record<string, unknown>): BotCommand {
  if (typeof command !== "string" || !/^\/?[a-z0-9_]{1,32}$/.test(command)) {
    throw badRequest("BOT_COMMAND_INVALID");
  }
  const length = typeof description === "string" ? codePoints(description) : 0;
  if (length < 1 || length > 256) throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
  return { command: command.replace(/^\//, ""), description: String(description) };
}

const SCOPES = [
  "default",
  "all_private_chats",
  "all_group_chats",
  "all_chat_administrators",
  "chat",
  "chat_administrators",
  "chat_member",
];

function readScope(world: World, params: Params): BotCommandScope {
  const scope = params.object("scope") ?? { type: "default" };
  if (!isObject(scope) || !SCOPES.includes(String(scope.type))) {
    throw badRequest("unsupported bot command scope");
  }
  if (/^chat($|_)/.test(String(scope.type))) world.chat(Number(scope.chat_id));
  return scope as unknown as BotCommandScope; // Its shape was checked just above.
}
