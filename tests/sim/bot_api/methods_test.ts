import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import type { Message } from "grammy/types";
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

const button = (rest: object) => ({
  reply_markup: { inline_keyboard: [[{ text: "b", ...rest }]] },
});

Deno.test("bot api: chats that are unknown, or whose user blocked the bot, are refused", async () => {
  await using api = await started();
  const text = "hi";
  assertEquals(await refusal(api, "sendMessage", { chat_id: 77, text }), "chat not found");
  api.block(1);
  assertEquals(
    await refusal(api, "sendMessage", { text }),
    "Forbidden: bot was blocked by the user",
  );
  api.block(1, false);
  await done(api, "sendMessage", { text });
});

Deno.test("bot api: an edit that changes nothing is refused, one that drops the buttons is not", async () => {
  await using api = await started();
  const content = { text: "a", entities: [{ type: "bold", offset: 0, length: 1 }] };
  const buttons = button({ callback_data: "x" });
  const { message_id } = await done(api, "sendMessage", { ...content, ...buttons });
  const same = { message_id, ...content, ...buttons };
  assertMatch(await refusal(api, "editMessageText", same), /^message is not modified: specified/);
  await done(api, "editMessageText", { message_id, ...content });
  assertEquals(api.messages(1)[0]?.reply_markup, undefined);
  assertMatch(await refusal(api, "editMessageReplyMarkup", { message_id }), /^message is not mod/);
  assertEquals(api.messages(1)[0]?.edits, 1);
});

Deno.test("bot api: what cannot be edited or deleted", async () => {
  let now = Date.UTC(2026, 10, 20);
  await using api = await started({ now: () => now });
  const theirs = api.send({ from: 1, text: "mine" }).message_id;
  const gone = { message_id: 99, text: "x" };
  assertEquals(await refusal(api, "editMessageText", gone), "message to edit not found");
  assertEquals(
    await refusal(api, "editMessageText", { message_id: theirs, text: "x" }),
    "message can't be edited",
  );
  assertEquals(await refusal(api, "deleteMessage", gone), "message to delete not found");
  const { message_id } = await done(api, "sendMessage", { text: "old" });
  assertEquals(
    await refusal(api, "editMessageCaption", { message_id, caption: "c" }),
    "there is no caption in the message to edit",
  );
  now += 49 * 3_600_000;
  assertEquals(
    await refusal(api, "deleteMessage", { message_id }),
    "message can't be deleted for everyone",
  );
});

Deno.test("bot api: deleted messages leave the chat and stay in its history", async () => {
  await using api = await started();
  const ids: number[] = [];
  for (const text of ["a", "b", "c"]) {
    ids.push((await done(api, "sendMessage", { text })).message_id);
  }
  await done(api, "deleteMessage", { message_id: ids[0] });
  await done(api, "deleteMessages", { message_ids: [ids[1], 999] });
  assertEquals(api.messages(1).map((message) => message.text), ["c"]);
  assertEquals(api.history(1).map((message) => message.deleted), [true, true, false]);
  assertMatch(await refusal(api, "deleteMessages", { message_ids: [] }), /not specified/);
});

Deno.test("bot api: a reply needs its message, unless it may go without", async () => {
  await using api = await started();
  const original = api.send({ from: 1, text: "What is the load of pve?" }).message_id;
  const reply = (reply_parameters: object) => ({ text: "0.4", reply_parameters });
  assertEquals(
    await refusal(api, "sendMessage", reply({ message_id: 99 })),
    "message to be replied not found",
  );
  assertEquals(
    await refusal(api, "sendMessage", reply({ message_id: original, quote: "the load of pbs" })),
    "QUOTE_TEXT_INVALID",
  );
  const lost = { message_id: 99, allow_sending_without_reply: true };
  await done(api, "sendMessage", reply(lost));
  const quote = { message_id: original, quote: "load", quote_position: 12 };
  const told = await done(api, "sendMessage", reply(quote));
  assertEquals(told.reply_to_message?.message_id, original);
  const seen = api.messages(1).slice(1).map((message) => [message.reply_to, message.quote?.text]);
  assertEquals(seen, [[undefined, undefined], [original, "load"]]);
});

const KEYBOARDS: [why: string, markup: unknown, words: RegExp][] = [
  ["data of 65 bytes", [[{ text: "b", callback_data: "é".repeat(33) }]], /^BUTTON_DATA_INVALID$/],
  ["empty data", [[{ text: "b", callback_data: "" }]], /^BUTTON_DATA_INVALID$/],
  ["an empty row", [[]], /row: it is empty/],
  ["no text", [[{ text: " ", callback_data: "x" }]], /text must be non-empty/],
  ["no action", [[{ text: "b" }]], /^text buttons are unallowed/],
  ["two actions", [[{ text: "b", callback_data: "x", url: "https://a.org" }]], /more than one/],
  ["an unknown style", [[{ text: "b", callback_data: "x", style: "pink" }]], /unknown style/],
  ["a wrong address", [[{ text: "b", url: "src/a.ts" }]], /'src\/a.ts' is invalid/],
  ["a copy of 257", [[{ text: "b", copy_text: { text: "x".repeat(257) } }]], /COPY_TEXT_INVALID/],
  ["too many", Array(101).fill([{ text: "b", callback_data: "x" }]), /too long/],
];

Deno.test("bot api: keyboards that Telegram refuses", async (t) => {
  await using api = await started();
  for (const [why, inline_keyboard, words] of KEYBOARDS) {
    await t.step(why, async () => {
      const payload = { text: "t", reply_markup: { inline_keyboard } };
      assertMatch(await refusal(api, "sendMessage", payload), words);
    });
  }
  await done(api, "sendMessage", { text: "t", ...button({ callback_data: "é".repeat(32) }) });
  const disabled = button({ disabled: {}, style: "danger" });
  await done(api, "sendMessage", { text: "t", ...disabled });
});

Deno.test("bot api: a press is answered once, and within 150 s", async () => {
  let now = 1_000_000;
  await using api = await started({ now: () => now });
  const { message_id: messageId } = await done(api, "sendMessage", {
    text: "t",
    ...button({ callback_data: "x" }),
  });
  const press = () => api.press({ from: 1, messageId, button: "b" });
  const late = "query is too old and response timeout expired or query ID is invalid";
  const first = press();
  await done(api, "answerCallbackQuery", { callback_query_id: first.id });
  assertEquals(await first.answer, {});
  assertEquals(await refusal(api, "answerCallbackQuery", { callback_query_id: first.id }), late);
  const second = { callback_query_id: press().id, text: "x".repeat(201) };
  assertEquals(await refusal(api, "answerCallbackQuery", second), "MESSAGE_TOO_LONG");
  now += 150_000;
  assertEquals(await refusal(api, "answerCallbackQuery", { ...second, text: "x" }), late);
});

Deno.test("bot api: a press that is never answered ends with the server", async () => {
  const api = await started();
  const { answer } = api.press({ from: 1, messageId: 1, data: "x" });
  await api.close();
  await assertRejects(() => answer, Error, "The bot never answered the press of 'x'");
});

Deno.test("bot api: a button that is gone is pressed only by an old client, with its data", async () => {
  await using api = await started();
  const { message_id: messageId } = await done(api, "sendMessage", {
    text: "t",
    ...button({ disabled: {} }),
  });
  assertThrows(() => api.press({ from: 1, messageId, button: "b" }), Error, "does not call back");
  assertThrows(() => api.press({ from: 1, messageId, button: "c" }), Error, "there is 'b'");
  api.press({ from: 1, messageId, data: "old" });
  api.deleteByUser(1, messageId);
  api.press({ from: 1, messageId, data: "older" });
  const queries = api.updates.map((update) => update.callback_query);
  assertEquals(queries.map((query) => query?.data), ["old", "older"]);
  assertEquals(queries.map((query) => query?.message?.date === 0), [false, true]);
});

Deno.test("bot api: files that are too large, empty, unknown or no picture are refused", async () => {
  await using api = await started();
  const huge = api.sendDocument({ from: 1, name: "disk.img", file_size: 21 << 20 });
  const file_id = huge.document?.file_id;
  assertEquals(await refusal(api, "getFile", { file_id }), "file is too big");
  assertMatch(await refusal(api, "getFile", { file_id: "no" }), /^wrong file_id/);
  assertMatch(await refusal(api, "sendDocument", { document: "no" }), /^wrong file identifier/);
  assertMatch(
    await refusal(api, "sendPhoto", { photo: file_id }),
    /can't use file of type document/,
  );
  const upload = async (method: string, name: string, bytes: Uint8Array<ArrayBuffer>) => {
    const form = new FormData();
    form.append("chat_id", "1");
    form.append(name, new File([bytes], "x.bin"));
    return (await rawCall(api, method, form)).description;
  };
  const empty = "Bad Request: file must be non-empty";
  assertEquals(await upload("sendDocument", "document", new Uint8Array()), empty);
  const noPicture = "Bad Request: IMAGE_PROCESS_FAILED";
  assertEquals(await upload("sendPhoto", "photo", new Uint8Array([1, 2, 3])), noPicture);
  const again = await done(api, "sendDocument", { document: file_id });
  assertEquals(again.document?.file_name, "disk.img");
});
