import type { Message } from "grammy/types";
import { badRequest } from "../errors.ts";
import { inlineKeyboard } from "../keyboards.ts";
import { type ChatMessage, revise, type Version } from "../messages.ts";
import type { Params } from "../params.ts";
import { captionText, messageText } from "../text.ts";
import type { ChatState, World } from "../world.ts";
import { type MethodCall } from "./method.ts";
import { readMessageIds } from "./send.ts";

const DAYS_2 = 48 * 3600;

/** `editMessageText`: text and keyboard; a keyboard that is not named again is gone. */
export function editMessageText({ world, params }: MethodCall): Message {
  const message = editable(world, params);
  if (message.media) throw badRequest("there is no text in the message to edit");
  const content = messageText(params.text("text"), params.json("entities"));
  return change(world, message, { ...content, ...markup(params) });
}

/** `editMessageCaption`. */
export function editMessageCaption({ world, params }: MethodCall): Message {
  const message = editable(world, params);
  if (!message.media) throw badRequest("there is no caption in the message to edit");
  const content = captionText(params.text("caption"), params.json("caption_entities"));
  return change(world, message, { ...content, ...markup(params) });
}

/** `editMessageReplyMarkup`. */
export function editMessageReplyMarkup({ world, params }: MethodCall): Message {
  const message = editable(world, params);
  const { text, entities } = message;
  return change(world, message, { text, entities, ...markup(params) });
}

function markup(params: Params): Pick<Version, "reply_markup"> {
  const keyboard = inlineKeyboard(params, true);
  return keyboard ? { reply_markup: keyboard } : {};
}

function editable(world: World, params: Params): ChatMessage {
  const state = world.openChat(params.int("chat_id"), undefined);
  const message = world.find(state, params.int("message_id"));
  if (!message) throw badRequest("message to edit not found");
  if (!message.by_bot) throw badRequest("message can't be edited");
  return message;
}

function change(world: World, message: ChatMessage, content: Omit<Version, "at">): Message {
  if (isSame(message, content)) {
    throw badRequest(
      "message is not modified: specified new message content and reply markup are exactly the " +
        "same as a current content and reply markup of the message",
    );
  }
  revise(message, content, world.now());
  world.changed(message);
  return world.tell(message);
}

function isSame(message: ChatMessage, content: Omit<Version, "at">): boolean {
  const comparable = ({ text, entities, reply_markup }: Omit<Version, "at">) =>
    JSON.stringify([text, entities.map(sorted), reply_markup?.inline_keyboard ?? []]);
  return comparable(message) === comparable(content);
}

function sorted(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
}

/** `deleteMessage`. */
export function deleteMessage({ world, params }: MethodCall): true {
  const state = world.chat(params.int("chat_id"));
  const message = world.find(state, params.int("message_id"));
  if (!message) throw badRequest("message to delete not found");
  if (!mayDelete(world, state, message)) throw badRequest("message can't be deleted for everyone");
  remove(world, message);
  return true;
}

/** `deleteMessages`: those that are not there are passed over. */
export function deleteMessages({ world, params }: MethodCall): true {
  const state = world.chat(params.int("chat_id"));
  for (const id of readMessageIds(params)) {
    const message = world.find(state, id);
    if (message && mayDelete(world, state, message)) remove(world, message);
  }
  return true;
}

function remove(world: World, message: ChatMessage): void {
  message.deleted = true;
  world.changed(message);
}

/** Two days long its own anywhere, and those of the other side in a private chat. */
function mayDelete(world: World, state: ChatState, message: ChatMessage): boolean {
  const isRecent = world.now() / 1000 - message.date < DAYS_2;
  return isRecent && (message.by_bot || state.chat.type === "private");
}
