import { assert, assertEquals } from "@std/assert";
import type { Update } from "grammy/types";
import { openJournal } from "../../../lib/journal/mod.ts";
import { createReceiver } from "../../../lib/telegram/inbox/receive.ts";
import { isCommand, read } from "../../../lib/telegram/incoming/incoming.ts";
import { contentOf, readUpdate } from "../../../lib/telegram/api/update.ts";
import { fakeClock } from "../../fake_clock.ts";
import { Polling, until } from "../polling.ts";
import { ADA, Chat } from "../stage.ts";

const PERSON = { id: 1, is_bot: false, first_name: "Ada" };
const GOOD = {
  update_id: 7,
  message: {
    message_id: 3,
    date: 1,
    from: PERSON,
    chat: { id: 1, type: "private", first_name: "Ada" },
    text: "hello",
    entities: [{ type: "bold", offset: 0, length: 5 }],
    reply_to_message: { message_id: 2, date: 1, chat: { id: 1 }, from: PERSON, text: "before" },
  },
};
const PRESS = {
  update_id: 8,
  callback_query: { id: "q", from: PERSON, chat_instance: "", data: "d", message: GOOD.message },
};

/** Values that stand where another kind of value belongs. */
const WRONG = [null, "x", -1.5, 1e300, [], {}, true] as const;

/** Every update that differs from a good one in one field that we read. */
function malformed(): unknown[] {
  const ofMessage = [
    ...[["update_id"], ["message"], ["message", "message_id"], ["message", "date"]],
    ...[["message", "chat"], ["message", "chat", "id"], ["message", "from"]],
    ...[["message", "from", "id"], ["message", "text"], ["message", "entities"]],
    ...[["message", "entities", "0"], ["message", "entities", "0", "offset"]],
    ...[["message", "reply_to_message"], ["message", "reply_to_message", "text"]],
  ];
  const ofPress = [
    ["callback_query"],
    ["callback_query", "message"],
    ["callback_query", "from"],
  ];
  const paths: readonly (readonly [object, readonly string[]])[] = [
    ...ofMessage.map((path) => [GOOD, path] as const),
    ...ofPress.map((path) => [PRESS, path] as const),
  ];
  return paths.flatMap(([update, path]) => WRONG.map((value) => replaced(update, path, value)));
}

function replaced(update: object, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(update) as Record<string, unknown>;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  at[path.at(-1)!] = value;
  return copy;
}

Deno.test("update: one that is as the Bot API says is passed on as it is", () => {
  assertEquals(readUpdate(GOOD), GOOD as unknown as Update);
  assertEquals(readUpdate(PRESS), PRESS as unknown as Update);
});

Deno.test("update: none of 119 with a wrong field stops the receiving, and what is taken has its kinds", () => {
  using journal = openJournal(":memory:");
  const take = createReceiver({
    journal,
    clock: fakeClock(1000),
    allowed: new Set([1]),
    username: "board_bot",
    findCommand: () => undefined,
    route: () => {},
  });
  const updates = malformed();
  assertEquals(updates.length, 119);
  for (const update of updates) take(update as Update);
  for (const update of journal.updates.unrouted()) {
    assert(readUpdate(update.payload) !== null && read(update) !== null);
  }
});

Deno.test("update: what is nested so deeply that nobody can write it down is let go", () => {
  let nested: unknown = 1;
  for (let level = 0; level < 20_000; level++) nested = { 1: nested };
  assertEquals(readUpdate({ ...GOOD, story: nested }), null);
});

const BAD_BATCHES: readonly (readonly [string, unknown])[] = [
  ["a message without a chat", { update_id: 51, message: { message_id: 1, date: 1, text: "x" } }],
  ["a fractional id", { update_id: 51.5, message: GOOD.message }],
  ["an id that is no number", { update_id: "51", message: GOOD.message }],
  ["no object", 17],
  ["null", null],
];

for (const [what, bad] of BAD_BATCHES) {
  Deno.test(`poll: ${what} stops nothing: what comes with it and behind it is taken`, async () => {
    await using polling = await Polling.start();
    const batch = [{ ...GOOD, update_id: 50 }, bad, { ...GOOD, update_id: 52 }];
    const body = { ok: true, result: batch };
    polling.api.fault({ method: "getUpdates", times: 1, do: { status: 200, body } });
    polling.api.send({ from: 1, text: "behind" });
    await polling.until("behind");
    const good = () => polling.texts.filter((text) => text === "hello").length;
    await until(() => good() >= 2);
    assertEquals(good(), 2);
  });
}

Deno.test("poll: a batch that cannot be confirmed is not asked for again and again at once", async () => {
  await using polling = await Polling.start();
  const body = { ok: true, result: [{ update_id: "x" }] };
  polling.api.fault({ method: "getUpdates", times: 3, do: { status: 200, body } });
  polling.api.send({ from: 1, text: "behind" });
  await until(() => polling.clock.pauses.length >= 3);
  await polling.until("behind");
  assertEquals(polling.clock.pauses.slice(0, 3), [5_000, 5_000, 5_000]);
});

/** Bot API 10.5: what people send. */
const CONTENT = [
  ...["text", "rich_message", "caption", "photo", "document", "animation", "video", "audio"],
  ...["voice", "video_note", "sticker", "live_photo", "location", "venue", "contact", "poll"],
  ...["dice", "checklist", "story", "paid_media", "game", "invoice"],
];

/** Bot API 10.5: what Telegram says of a chat, and a field that no version has yet. */
const SERVICE = [
  ...["new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed"],
  ...["new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created"],
  ...["supergroup_chat_created", "channel_chat_created", "community_chat_joined"],
  ...["community_chat_added", "community_chat_removed", "managed_bot_created"],
  ...["message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id"],
  ...["pinned_message", "successful_payment", "refunded_payment", "users_shared", "chat_shared"],
  ...["connected_website", "write_access_allowed", "passport_data", "proximity_alert_triggered"],
  ...["boost_added", "chat_background_set", "checklist_tasks_done", "checklist_tasks_added"],
  ...["poll_option_added", "poll_option_deleted", "suggested_post_info"],
  ...["suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined"],
  ...["suggested_post_paid", "suggested_post_refunded", "direct_message_price_changed"],
  ...["paid_message_price_changed", "forum_topic_created", "forum_topic_edited"],
  ...["forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden"],
  ...["general_forum_topic_unhidden", "giveaway_created", "giveaway", "giveaway_winners"],
  ...["giveaway_completed", "gift", "unique_gift", "gift_upgrade_sent", "video_chat_scheduled"],
  ...["video_chat_started", "video_chat_ended", "video_chat_participants_invited"],
  ...["web_app_data", "a_field_of_next_year"],
];

const bare = { message_id: 1, date: 1, chat: { id: 1 }, from: PERSON };

for (const field of CONTENT) {
  Deno.test(`update: a message with ${field} is answered`, () =>
    assert(contentOf({ ...bare, [field]: {} }) !== undefined));
}

Deno.test("update: none of the notices about a chat is answered", async () => {
  await using chat = await Chat.open("lab");
  for (const field of SERVICE) {
    await chat.write("", { other: { [field]: {} } });
    assertEquals([field, chat.said], [field, []]);
  }
});

Deno.test("update: content that cannot be read is answered once, by its name", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  for (const field of CONTENT.filter((each) => !["text", "caption"].includes(each))) {
    const before = chat.said.length;
    await chat.write("", { other: { [field]: {} } });
    assertEquals([field, chat.said.length - before], [field, 1]);
  }
});

const COMMANDS = [
  ["/compact", true],
  ["/compact keep names", true],
  ["/clear@The_Bot", true],
  ["/plugin:skill now", true],
  ["/my-skill", true],
  ["/etc/hosts is odd", false],
  ["/var/log", false],
  ["/", false],
  ["try /compact", false],
] as const;

for (const [text, is] of COMMANDS) {
  Deno.test(`update: '${text}' is ${is ? "a" : "no"} command`, () =>
    assertEquals(isCommand(text), is));
}
