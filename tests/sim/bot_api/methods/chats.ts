import type { ChatFullInfo, ForumTopic, ReactionTypeEmoji } from "grammy/types";
import { badRequest } from "../errors.ts";
import { messageText } from "../text.ts";
import { codePoints } from "../text.ts";
import type { ChatState, World } from "../world.ts";
import type { MethodCall } from "./method.ts";
import { readObjects } from "./send.ts";

const ACTIONS =
  /^(typing|(upload|record)_(photo|video|voice|document|video_note)|choose_sticker|find_location)$/;
const TOPIC_COLORS = [7322096, 16766590, 13338331, 9367192, 16749490, 16478047] as const;

/** `sendChatAction`. */
export function sendChatAction({ world, params }: MethodCall): true {
  const thread = params.int("message_thread_id");
  const state = world.openChat(params.int("chat_id"), thread === 1 ? undefined : thread);
  const action = params.text("action") ?? "";
  if (!ACTIONS.test(action)) throw badRequest("wrong parameter action in request");
  state.actions.push({ at: world.now(), action, ...(thread !== undefined && { thread }) });
  world.changes.notify({ kind: "action", chat: state.chat.id, thread, action });
  return true;
}

/** `sendMessageDraft`: private chats only; no text shows "Thinking…". */
export function sendMessageDraft({ world, params }: MethodCall): true {
  const thread = params.int("message_thread_id");
  const state = world.openChat(params.int("chat_id"), thread);
  if (state.chat.type !== "private") throw badRequest("TEXTDRAFT_PEER_INVALID");
  const draft_id = params.int("draft_id") ?? 0;
  if (draft_id === 0) throw badRequest("draft_id must be non-zero");
  const text = params.text("text") ?? "";
  const entities = params.json("entities");
  const content = text.trim() === "" ? { text: "", entities: [] } : messageText(text, entities);
  world.setDraft(state, {
    ...content,
    draft_id,
    can_stop: params.bool("can_stop"),
    keep_on_stop: params.bool("keep_on_stop"),
    at: world.now(),
    ...(thread !== undefined && { thread }),
  });
  return true;
}

/** `setMessageReaction`: one emoji of those that exist, or none. */
export function setMessageReaction({ world, params }: MethodCall): true {
  const state = world.chat(params.int("chat_id"));
  const message = world.find(state, params.int("message_id"));
  if (!message) throw badRequest("message to react not found");
  const reactions = params.has("reaction") ? readObjects(params, "reaction") : [];
  if (reactions.length > 1) throw badRequest("REACTIONS_TOO_MANY");
  const emoji = reactions[0]?.type === "emoji" ? String(reactions[0].emoji) : "";
  if (reactions.length === 1 && !isReaction(emoji)) throw badRequest("REACTION_INVALID");
  message.reaction = emoji;
  world.changed(message);
  return true;
}

const REACTIONS: readonly ReactionTypeEmoji["emoji"][] = [
  ..."👍👎🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝🤗🫡🎅🎄💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾😡",
  "❤",
  "❤‍🔥",
  "🕊",
  "✍",
  "☃",
  "🤷‍♂",
  "🤷",
  "🤷‍♀",
] as ReactionTypeEmoji["emoji"][];

function isReaction(emoji: string): boolean {
  return REACTIONS.some((known) => known === emoji || `${known}\uFE0F` === emoji);
}

/** `pinChatMessage`. */
export function pinChatMessage(call: MethodCall): true {
  return setPinned(call, true);
}

/** `unpinChatMessage`: the named message, or the one that was pinned last. */
export function unpinChatMessage(call: MethodCall): true {
  return setPinned(call, false);
}

function setPinned({ world, params }: MethodCall, pinned: boolean): true {
  const state = world.chat(params.int("chat_id"));
  const id = params.int("message_id") ?? (pinned ? undefined : lastPinned(state)?.message_id);
  const message = world.find(state, id);
  if (!message) throw badRequest(`message to ${pinned ? "pin" : "unpin"} not found`);
  message.pinned = pinned;
  world.changed(message);
  return true;
}

function lastPinned(state: ChatState) {
  return [...state.messages.values()].findLast((message) => message.pinned && !message.deleted);
}

/** `getChat`. */
export function getChat({ world, params }: MethodCall): ChatFullInfo {
  const state = world.chat(params.int("chat_id"));
  const pinned = lastPinned(state);
  return {
    ...state.chat,
    accent_color_id: 0,
    max_reaction_count: 11,
    ...(pinned && { pinned_message: world.tell(pinned) }),
  } as ChatFullInfo; // The type has a dozen of required fields that no bot of ours reads.
}

/** `createForumTopic`: in a forum, or in a private chat when the bot has topics there. */
export function createForumTopic({ world, params }: MethodCall): ForumTopic {
  const state = world.openChat(params.int("chat_id"), undefined);
  requireForum(world, state);
  return addTopic(world, state, topicName(params.text("name")));
}

/** Makes a topic; its number is that of the service message that opens it. */
export function addTopic(world: World, state: ChatState, name: string): ForumTopic {
  const message_thread_id = state.nextMessageId++;
  const icon_color = TOPIC_COLORS[message_thread_id % TOPIC_COLORS.length] ?? 7322096;
  const topic = { message_thread_id, name, icon_color };
  state.topics.set(message_thread_id, topic);
  world.changes.notify({ kind: "chat" });
  return topic;
}

/** `editForumTopic`. */
export function editForumTopic({ world, params }: MethodCall): true {
  const state = world.openChat(params.int("chat_id"), undefined);
  requireForum(world, state);
  const topic = state.topics.get(params.int("message_thread_id") ?? 0);
  if (!topic) throw badRequest("message thread not found");
  const name = params.has("name") ? topicName(params.text("name")) : topic.name;
  if (name === topic.name) throw badRequest("TOPIC_NOT_MODIFIED");
  topic.name = name;
  world.changes.notify({ kind: "chat" });
  return true;
}

function requireForum(world: World, { chat }: ChatState): void {
  const isForum = chat.type === "private" ? world.bot.has_topics_enabled : chat.is_forum;
  if (!isForum) throw badRequest("the chat is not a forum");
}

function topicName(name: string | undefined): string {
  const length = codePoints(name?.trim() ?? "");
  if (length < 1 || length > 128) throw badRequest("TOPIC_NAME_INVALID");
  return name?.trim() ?? "";
}
