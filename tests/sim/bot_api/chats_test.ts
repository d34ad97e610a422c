import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { BotCommand, ChatFullInfo, ForumTopic, Message, UserFromGetMe } from "grammy/types";
import { type BotApi, type BotApiOptions, startBotApi } from "./mod.ts";
import { rawCall } from "./raw_call.ts";

const FORUM = -1_000_000_000_042;

async function started(options: BotApiOptions = {}): Promise<BotApi> {
  const api = await startBotApi(options);
  api.addUser({ id: 1, first_name: "Ada" });
  api.addGroup({ id: -5, title: "Family" });
  api.addGroup({ id: FORUM, title: "Crew", is_forum: true });
  return api;
}

/** The words of a refusal, without their beginning. */
async function refusal(api: BotApi, method: string, payload: object): Promise<string> {
  const answer = await rawCall(api, method, { chat_id: 1, ...payload });
  assertEquals([answer.ok, answer.error_code], [false, answer.status]);
  return (answer.description ?? "").replace(/^Bad Request: /, "");
}

async function done<Result = Message>(
  api: BotApi,
  method: string,
  payload: object,
): Promise<Result> {
  const answer = await rawCall<Result>(api, method, { chat_id: 1, ...payload });
  assertEquals(answer.description, undefined);
  return answer.result;
}

Deno.test("bot api: drafts live in private chats, for 30 s or until a message comes", async () => {
  let now = 1_000_000;
  await using api = await started({ now: () => now });
  const draft = (rest: object) => ({ draft_id: 7, text: "so far", ...rest });
  assertEquals(
    await refusal(api, "sendMessageDraft", draft({ chat_id: -5 })),
    "TEXTDRAFT_PEER_INVALID",
  );
  assertMatch(await refusal(api, "sendMessageDraft", draft({ draft_id: 0 })), /non-zero/);
  assertMatch(
    await refusal(api, "sendMessageDraft", draft({ text: "x".repeat(4097) })),
    /too long/,
  );
  await done(api, "sendMessageDraft", draft({ text: "" }));
  assertEquals(api.draft(1)?.text, "");
  now += 30_000;
  assertEquals(api.draft(1), undefined);
  await done(api, "sendMessageDraft", draft({}));
  await done(api, "sendMessage", { text: "the answer" });
  assertEquals(api.draft(1), undefined);
});

Deno.test("bot api: Stop on a draft is an update, and only where the bot allowed it", async () => {
  await using api = await started();
  await done(api, "sendMessageDraft", { draft_id: 7, text: "a" });
  assertThrows(() => api.stopDraft(1), Error, "no draft with Stop");
  await done(api, "sendMessageDraft", { draft_id: 8, text: "a", can_stop: true });
  api.stopDraft(1);
  assertEquals(api.updates.at(-1)?.stopped_message_generation?.draft_id, 8);
  assertEquals(api.draft(1), undefined);
});

Deno.test("bot api: topics are made and renamed in forums only", async () => {
  await using api = await started();
  assertEquals(await refusal(api, "createForumTopic", { name: "x" }), "the chat is not a forum");
  const forum = { chat_id: FORUM };
  assertEquals(
    await refusal(api, "createForumTopic", { ...forum, name: "" }),
    "TOPIC_NAME_INVALID",
  );
  const { message_thread_id } = await done<ForumTopic>(api, "createForumTopic", {
    ...forum,
    name: "pve",
  });
  await done(api, "editForumTopic", { ...forum, message_thread_id, name: "proxmox" });
  assertEquals(api.topics(FORUM).get(message_thread_id), "proxmox");
  const sent = await done(api, "sendMessage", { ...forum, message_thread_id, text: "in it" });
  assertEquals([sent.message_thread_id, sent.is_topic_message], [message_thread_id, true]);
  assertEquals(
    await refusal(api, "sendMessage", { ...forum, message_thread_id: 999, text: "x" }),
    "message thread not found",
  );
  await done(api, "sendMessage", { ...forum, text: "outside" });
  assertEquals(api.messages(FORUM, { thread: message_thread_id }).length, 1);
});

Deno.test("bot api: private chats have topics when the bot does", async () => {
  await using api = await started({ privateTopics: true });
  assert((await done<UserFromGetMe>(api, "getMe", {})).has_topics_enabled);
  const { message_thread_id: thread } = await done<ForumTopic>(api, "createForumTopic", {
    name: "pve",
  });
  assertEquals(api.send({ from: 1, thread, text: "here" }).message_thread_id, thread);
});

Deno.test("bot api: commands are kept by scope, and the narrowest is seen", async () => {
  await using api = await started();
  const scope = { type: "chat", chat_id: 1 } as const;
  const commands = [{ command: "new", description: "Start" }];
  const set = (rest: object) => refusal(api, "setMyCommands", { commands, ...rest });
  assertEquals(await set({ scope: { type: "chat", chat_id: 9 } }), "chat not found");
  assertMatch(await set({ scope: { type: "planet" } }), /unsupported/);
  assertEquals(await set({ commands: Array(101).fill(commands[0]) }), "BOT_COMMANDS_TOO_MUCH");
  assertEquals(
    await set({ commands: [{ command: "New!", description: "x" }] }),
    "BOT_COMMAND_INVALID",
  );
  assertEquals(
    await set({ commands: [{ command: "new", description: "" }] }),
    "BOT_COMMAND_DESCRIPTION_INVALID",
  );
  await done(api, "setMyCommands", { commands, scope });
  assertEquals(api.commands(scope), commands);
  assertEquals(api.commands(), []);
  assertEquals(await done<BotCommand[]>(api, "getMyCommands", { scope }), commands);
  await done(api, "deleteMyCommands", { scope });
  assertEquals(api.commands(scope), []);
});

Deno.test("bot api: one reaction of those that exist, an action of those that exist", async () => {
  await using api = await started();
  const { message_id } = api.send({ from: 1, text: "hi" });
  const react = (...emoji: string[]) => ({
    message_id,
    reaction: emoji.map((each) => ({ type: "emoji", emoji: each })),
  });
  assertEquals(await refusal(api, "setMessageReaction", react("🚀")), "REACTION_INVALID");
  assertEquals(await refusal(api, "setMessageReaction", react("👀", "👍")), "REACTIONS_TOO_MANY");
  await done(api, "setMessageReaction", react("👀"));
  assertEquals(api.messages(1)[0]?.reaction, "👀");
  await done(api, "setMessageReaction", react());
  assertEquals(api.messages(1)[0]?.reaction, "");
  assertMatch(
    await refusal(api, "sendChatAction", { action: "thinking" }),
    /wrong parameter action/,
  );
  await done(api, "sendChatAction", { action: "typing" });
  assertEquals(api.actions(1).map(({ action }) => action), ["typing"]);
});

Deno.test("bot api: a pinned message is told by getChat", async () => {
  await using api = await started();
  const { message_id } = await done(api, "sendMessage", { text: "status" });
  await done(api, "pinChatMessage", { message_id });
  assertEquals(
    (await done<ChatFullInfo>(api, "getChat", {})).pinned_message?.message_id,
    message_id,
  );
  await done(api, "unpinChatMessage", {});
  assertEquals((await done<ChatFullInfo>(api, "getChat", {})).pinned_message, undefined);
});
