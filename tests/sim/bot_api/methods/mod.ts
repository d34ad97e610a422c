import {
  answerCallbackQuery,
  deleteMyCommands,
  deleteWebhook,
  getMe,
  getMyCommands,
  getUpdates,
  setMyCommands,
} from "./bot.ts";
import {
  createForumTopic,
  editForumTopic,
  getChat,
  pinChatMessage,
  sendChatAction,
  sendMessageDraft,
  setMessageReaction,
  unpinChatMessage,
} from "./chats.ts";
import {
  deleteMessage,
  deleteMessages,
  editMessageCaption,
  editMessageReplyMarkup,
  editMessageText,
} from "./edit.ts";
import { getFile, sendDocument, sendMediaGroup, sendPhoto } from "./media.ts";
import type { Method } from "./method.ts";
import { sendMessage } from "./send.ts";

const METHODS: Record<string, Method> = {
  getMe,
  deleteWebhook,
  getUpdates,
  sendMessage,
  editMessageText,
  editMessageCaption,
  editMessageReplyMarkup,
  deleteMessage,
  deleteMessages,
  sendChatAction,
  sendMessageDraft,
  answerCallbackQuery,
  setMyCommands,
  getMyCommands,
  deleteMyCommands,
  setMessageReaction,
  sendDocument,
  sendPhoto,
  sendMediaGroup,
  getFile,
  createForumTopic,
  editForumTopic,
  getChat,
  pinChatMessage,
  unpinChatMessage,
};

const BY_LOWER_CASE = new Map(
  Object.entries(METHODS).map(([name, method]) => [name.toLowerCase(), { name, method }]),
);

/** The method of a call, by its name in any case, as Telegram takes it. */
export function findMethod(name: string): { name: string; method: Method } | undefined {
  return BY_LOWER_CASE.get(name.toLowerCase());
}
