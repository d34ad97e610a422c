import { assertEquals } from "@std/assert";
import type { TurnEvent } from "../../../lib/claude/events.ts";
import { refused } from "../fake_call.ts";
import { OutboxStage } from "../outbox_stage.ts";
import { ADA, Chat } from "../stage.ts";

const GROUP = -5;
const HOUR = 3_600_000;

/** Every refusal that is one for now: the bot's rights, this kind of message, a closed topic. */
const NOW = [
  ...["text messages", "documents", "photos", "polls", "voice notes", "the rich message"].map(
    (kind) => `Bad Request: not enough rights to send ${kind} to the chat`,
  ),
  "Bad Request: have no write access to the chat",
  ...["CHAT_WRITE_FORBIDDEN", "CHAT_SEND_PLAIN_FORBIDDEN", "CHAT_SEND_MEDIA_FORBIDDEN"].map((
    code,
  ) => `Bad Request: ${code}`),
  ...["CHAT_SEND_DOCS_FORBIDDEN", "CHAT_RESTRICTED", "CHAT_ADMIN_REQUIRED", "TOPIC_CLOSED"].map((
    code,
  ) => `Bad Request: ${code}`),
  ...["USER_BANNED_IN_CHANNEL", "CHAT_GUEST_SEND_FORBIDDEN", "SLOWMODE_WAIT_3"].map((code) =>
    `Bad Request: ${code}`
  ),
];

for (const description of NOW) {
  Deno.test(`postponed: refused with '${description}', an answer arrives when it may, and in order`, async () => {
    await using stage = new OutboxStage();
    stage.telegram.next.push(refused(400, description));
    stage.deliver("a", { chat: GROUP, subject: "p1", payload: { chat_id: GROUP, text: "a" } });
    stage.deliver("b", { chat: GROUP, subject: "p2", payload: { chat_id: GROUP, text: "b" } });
    await stage.settle();
    assertEquals(stage.telegram.words, ["a"]);
    await stage.clock.advance(3_000);
    assertEquals(stage.telegram.words, ["a", "a", "b"]);
    assertEquals(stage.journal.deliveries.chats(), []);
  });
}

Deno.test("postponed: a topic that is closed holds up no other", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(refused(400, "Bad Request: TOPIC_CLOSED"));
  const to = (thread: number, text: string) =>
    stage.deliver(text, {
      ...{ chat: GROUP, subject: text },
      payload: { chat_id: GROUP, message_thread_id: thread, text },
    });
  to(7, "a");
  to(7, "b");
  to(8, "c");
  await stage.settle();
  assertEquals(stage.telegram.words, ["a", "c"]);
});

Deno.test("postponed: it is tried again in growing pauses, and at once when something changed", async () => {
  await using stage = new OutboxStage();
  for (let n = 0; n < 5; n++) stage.telegram.next.push(refused(400, "Bad Request: TOPIC_CLOSED"));
  stage.deliver("a", { chat: GROUP, payload: { chat_id: GROUP, text: "a" } });
  await stage.clock.advance(3_000 + 15_000 + 60_000 - 1);
  assertEquals(stage.telegram.words.length, 3);
  await stage.clock.advance(1);
  assertEquals(stage.telegram.words.length, 4);
  stage.outbox.opened(GROUP);
  await stage.settle();
  assertEquals(stage.telegram.words.length, 5);
  await stage.clock.advance(HOUR);
  assertEquals(stage.journal.deliveries.chats(), []);
});

Deno.test("postponed: after a restart it is tried again", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(refused(400, "Bad Request: TOPIC_CLOSED"));
  stage.deliver("a", { chat: GROUP, payload: { chat_id: GROUP, text: "a" } });
  await stage.settle();
  assertEquals(stage.journal.deliveries.chats(), [GROUP]);
});

Deno.test("postponed: what is refused for a week is given up", async () => {
  await using stage = new OutboxStage();
  for (let n = 0; n < 400; n++) stage.telegram.next.push(refused(400, "Bad Request: TOPIC_CLOSED"));
  const id = stage.deliver("a", { chat: GROUP, payload: { chat_id: GROUP, text: "a" } });
  for (let n = 0; n < 7 * 24 + 2; n++) await stage.clock.advance(HOUR);
  assertEquals(stage.journal.deliveries.chats(), []);
  assertEquals(stage.journal.deliveries.get(id)?.messageId, null);
});

Deno.test("postponed: a refusal that nobody knows is tried as plain text, then kept and told once", async () => {
  await using stage = new OutboxStage();
  const entities = [{ type: "bold", offset: 0, length: 1 }];
  stage.telegram.next.push(refused(400, "Bad Request: QUITE_NEW"));
  stage.telegram.next.push(refused(400, "Bad Request: QUITE_NEW"));
  stage.deliver("a", { payload: { chat_id: 1, text: "a", entities } });
  stage.deliver("b");
  await stage.settle();
  const told = "⚠️ Telegram refuses a message of mine here (Bad Request: QUITE_NEW). " +
    "I keep it, and try again each hour.";
  assertEquals(stage.telegram.words, ["a", "a", "b", told]);
  assertEquals("entities" in stage.telegram.made[1]!.payload, false);
  await stage.clock.advance(3_000);
  assertEquals(stage.telegram.words.slice(4), ["a"]);
});

/** A session at work in a topic of a group. */
async function inTopic(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: GROUP, thread: 7 });
  const reply_to_message = { message_id: 7, forum_topic_created: { name: "disks" } };
  await chat.write("", { chat: GROUP, thread: 7, other: { text: "hello", reply_to_message } });
  await chat.heard("lab", { type: "started", prompts: ["p1"] });
  return chat;
}

const usage = { costUsd: 0, inputTokens: 0, outputTokens: 0, durationMs: 0, models: [] };
const answers: TurnEvent[] = [
  { type: "message", text: "Done." },
  { type: "ended", prompts: ["p1"], outcome: "answered", text: "", usage },
];

Deno.test("postponed: whoever asked is told in the private chat, once, by group, topic and session", async () => {
  await using chat = await inTopic();
  chat.telegram.nextOf.set("sendMessage", [
    refused(400, "Bad Request: not enough rights to send text messages to the chat"),
  ]);
  await chat.heard("lab", ...answers);
  await chat.idle();
  const told = chat.telegram.of("sendMessage").filter(({ payload }) => payload["chat_id"] === ADA);
  assertEquals(told.map(({ payload }) => payload["text"]), [
    "I may not write in the topic disks of Group for now (Bad Request: not enough rights to send " +
    "text messages to the chat). What I have to say there waits, and comes as soon as I may. " +
    "It is from session lab.",
  ]);
  await chat.clock.advance(3_000);
  assertEquals(chat.lastSaid, "Done.");
});

Deno.test("postponed: a topic that was reopened gets what waited, whoever reopened it", async () => {
  await using chat = await inTopic();
  const closed = Array.from({ length: 4 }, () => refused(400, "Bad Request: TOPIC_CLOSED"));
  chat.telegram.nextOf.set("sendMessage", closed);
  await chat.heard("lab", ...answers);
  await chat.idle();
  chat.telegram.nextOf.delete("sendMessage");
  await chat.write("", { user: 66, chat: GROUP, thread: 7, other: { forum_topic_reopened: {} } });
  await chat.idle();
  assertEquals(chat.lastSaid, "Done.");
});

Deno.test("postponed: an answer whose topic is gone says which topic and session it is from", async () => {
  await using chat = await inTopic();
  chat.telegram.nextOf.set("sendMessage", [refused(400, "Bad Request: message thread not found")]);
  await chat.heard("lab", ...answers);
  await chat.idle();
  assertEquals(chat.said.slice(-2), [
    "↳ For the topic disks of Group, which is gone, from session lab:",
    "Done.",
  ]);
});
