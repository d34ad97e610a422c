import type { InlineKeyboardMarkup, Message } from "grammy/types";
import { badRequest } from "../errors.ts";
import { inlineKeyboard } from "../keyboards.ts";
import type { ChatMessage } from "../messages.ts";
import { isObject, type Params } from "../params.ts";
import { type Formatted, messageText } from "../text.ts";
import type { ChatState, World } from "../world.ts";
import type { MethodCall } from "./method.ts";

const MAX_QUOTE = 1024;

/** `sendMessage`. */
export function sendMessage({ world, params }: MethodCall): Message {
  const envelope = readEnvelope(world, params);
  const formatted = messageText(params.text("text"), params.json("entities"));
  return world.tell(post(world, envelope, formatted));
}

/** Where a message of the bot goes, and all of it but its content. */
export interface Envelope {
  state: ChatState;
  rest: Partial<ChatMessage> & { reply_markup?: InlineKeyboardMarkup };
}

/** Reads and checks what all sends have in common. */
export function readEnvelope(world: World, params: Params): Envelope {
  const thread = params.int("message_thread_id");
  const state = world.openChat(params.int("chat_id"), thread);
  const reply = readReply(world, state, params);
  const markup = inlineKeyboard(params, false);
  const preview = params.object("link_preview_options");
  return {
    state,
    rest: {
      ...reply,
      ...(thread !== undefined && { thread }),
      ...(markup && { reply_markup: markup }),
      disable_notification: params.bool("disable_notification"),
      protect_content: params.bool("protect_content"),
      link_preview_disabled: preview?.is_disabled === true,
    },
  };
}

/** Puts a message of the bot into the chat. */
export function post(
  world: World,
  { state, rest }: Envelope,
  { text, entities }: Formatted,
  media: Pick<Partial<ChatMessage>, "media" | "media_group_id"> = {},
): ChatMessage {
  return world.add(state, { ...rest, ...media, from: author(world), text, entities });
}

/** The bot as the sender of a message, without what only `getMe` tells. */
export function author(world: World): ChatMessage["from"] {
  const { id, first_name, username } = world.bot;
  return { id, is_bot: true, first_name, username };
}

function readReply(
  world: World,
  state: ChatState,
  params: Params,
): Pick<Partial<ChatMessage>, "reply_to" | "quote"> {
  const reply = params.object("reply_parameters") ?? legacyReply(params);
  if (!reply) return {};
  const id = reply.message_id;
  if (!Number.isInteger(id)) throw badRequest("can't parse reply_parameters: no message_id");
  if (reply.quote_parse_mode !== undefined) {
    world.violations.push("parse_mode: quote_parse_mode in reply_parameters");
  }
  const original = world.find(state, Number(id));
  if (!original) {
    if (reply.allow_sending_without_reply === true) return {};
    throw badRequest("message to be replied not found");
  }
  const quote = reply.quote === undefined ? {} : readQuote(original.text, reply);
  return { reply_to: original.message_id, ...quote };
}

function legacyReply(params: Params): Record<string, unknown> | undefined {
  const id = params.int("reply_to_message_id");
  if (id === undefined) return undefined;
  return {
    message_id: id,
    allow_sending_without_reply: params.bool("allow_sending_without_reply"),
  };
}

function readQuote(text: string, reply: Record<string, unknown>): Pick<ChatMessage, "quote"> {
  const { quote, quote_position: wanted } = reply;
  if (typeof quote !== "string") throw badRequest("can't parse reply_parameters: quote");
  if (quote === "") return {};
  const position = text.indexOf(quote, isQuotedAt(text, quote, wanted) ? Number(wanted) : 0);
  if (quote.length > MAX_QUOTE || position < 0) throw badRequest("QUOTE_TEXT_INVALID");
  return { quote: { text: quote, position, is_manual: true } };
}

function isQuotedAt(text: string, quote: string, position: unknown): boolean {
  return Number.isInteger(position) && text.startsWith(quote, Number(position));
}

/** The parameter that lists messages: an array of 1 to 100 numbers. */
export function readMessageIds(params: Params): number[] {
  const ids = params.json("message_ids");
  if (!Array.isArray(ids) || ids.length === 0) {
    throw badRequest("message identifiers not specified");
  }
  if (ids.length > 100) throw badRequest("too many message identifiers specified");
  if (!ids.every(Number.isInteger)) throw badRequest("can't parse message identifiers");
  return ids;
}

/** An array of objects, or a 400. */
export function readObjects(params: Params, name: string): Record<string, unknown>[] {
  const value = params.json(name);
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw badRequest(`can't parse ${name} JSON object: an array of objects was expected`);
  }
  return value;
}
