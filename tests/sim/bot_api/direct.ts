import type { UserFromGetMe } from "grammy/types";
import { findMethod } from "./methods/mod.ts";
import { ApiError } from "./errors.ts";
import { Params, type Upload } from "./params.ts";
import { World } from "./world.ts";

/** What the bot is called, and what it may do. */
export interface BotOptions {
  token?: string;
  /** Its name, "Test Bot", and its user name, "test_bot". */
  botName?: string;
  botUsername?: string;
  /** Whether private chats have topics. */
  privateTopics?: boolean;
}

export const DEFAULT_TOKEN = "123456:stand-in-token";

/** A world with nobody in it but the bot. */
export function createWorld(options: BotOptions, now: () => number): World {
  return new World(botOf(options), now);
}

/**
 * A call without a server between, for whoever simulates the way there: what Telegram makes of it, at
 * once.
 * @throws {ApiError} when it is refused.
 */
export function callDirectly(
  world: World,
  method: string,
  values: Readonly<Record<string, unknown>>,
  uploads: ReadonlyMap<string, Upload> = new Map(),
): unknown {
  const found = findMethod(method);
  if (!found) throw new ApiError(404, "Not Found");
  const params = new Params(values, uploads);
  return found.method({ world, params, signal: new AbortController().signal });
}

function botOf(options: BotOptions): UserFromGetMe {
  const { token = DEFAULT_TOKEN, privateTopics: hasTopics = false } = options;
  return {
    id: Number(token.split(":", 1)[0]),
    is_bot: true,
    first_name: options.botName ?? "Test Bot",
    username: options.botUsername ?? "test_bot",
    can_join_groups: true,
    can_read_all_group_messages: true,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: hasTopics,
    allows_users_to_create_topics: hasTopics,
    can_manage_bots: false,
    supports_join_request_queries: false,
  };
}
