import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { deadline } from "@std/async";
import { Bot, GrammyError, InlineKeyboard, InputFile, InputMediaBuilder } from "grammy";
import type { UserFromGetMe } from "grammy/types";
import { type BotApi, type BotApiOptions, startBotApi } from "./mod.ts";
import { Front } from "./front.ts";
import { rawCall } from "./raw_call.ts";

const PNG = new Uint8Array([
  ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
  ...[0, 0, 0, 32, 0, 0, 0, 16, 8, 2, 0, 0, 0],
]);

async function started(options: BotApiOptions = {}): Promise<BotApi> {
  const api = await startBotApi(options);
  api.addUser({ id: 1, first_name: "Ada", username: "ada" });
  return api;
}

/** Runs a grammY bot against the server while `test` runs. */
async function withBot(
  api: BotApi,
  prepare: (bot: Bot) => void,
  test: (bot: Bot) => Promise<void>,
): Promise<void> {
  const bot = new Bot(api.token, { client: { apiRoot: api.url } });
  bot.catch((error) => {
    throw error.error;
  });
  prepare(bot);
  const running = bot.start();
  try {
    await api.waitFor(() => api.polled, { what: "the bot's first poll" });
    await test(bot);
  } finally {
    await bot.stop();
    await running;
  }
}

Deno.test("bot api: a grammY bot polls, answers, and edits on a press", async () => {
  await using api = await started();
  await withBot(api, (bot) => {
    const reply_markup = new InlineKeyboard().text("Go", "go");
    bot.command("start", (ctx) => ctx.reply("Ready?", { reply_markup }));
    bot.callbackQuery("go", async (ctx) => {
      await ctx.answerCallbackQuery({ text: "Off we go", show_alert: true });
      await ctx.editMessageText("Gone");
    });
  }, async () => {
    api.send({ from: 1, text: "/start" });
    const { message_id: messageId } = await api.waitForMessage(1, "Ready?");
    const { answer } = api.press({ from: 1, messageId, button: "Go" });
    assertEquals(await answer, { text: "Off we go", show_alert: true });
    const gone = await api.waitForMessage(1, "Gone");
    assertEquals([gone.message_id, gone.edits, gone.reply_markup], [messageId, 1, undefined]);
    assertEquals(gone.versions.map((version) => version.text), ["Ready?", "Gone"]);
  });
});

Deno.test("bot api: a grammY bot uploads, and downloads what a person sent", async () => {
  await using api = await started();
  const got: string[] = [];
  await withBot(api, (bot) => {
    bot.on("message:document", async (ctx) => {
      const { file_path } = await ctx.getFile();
      const response = await fetch(`${api.url}/file/bot${api.token}/${file_path}`);
      got.push(`${ctx.msg.document.file_name}: ${await response.text()}`);
      await ctx.replyWithDocument(new InputFile(new Uint8Array([1, 2, 3]), "réponse.bin"), {
        caption: "back",
        caption_entities: [{ type: "bold", offset: 0, length: 4 }],
      });
      await ctx.replyWithPhoto(new InputFile(PNG, "chart.png"));
      const twice = [0, 1].map(() => InputMediaBuilder.photo(new InputFile(PNG, "x.png")));
      await ctx.replyWithMediaGroup(twice);
    });
  }, async () => {
    const bytes = new TextEncoder().encode("zürich");
    api.sendDocument({ from: 1, name: "plan.txt", bytes, caption: "look" });
    await api.waitFor(() => api.messages(1).length === 5, { what: "the five messages" });
    const [, document, photo, first, second] = api.messages(1);
    assertEquals(got, ["plan.txt: zürich"]);
    assert(document?.media?.kind === "document");
    assertEquals(document.media.document.file_name, "réponse.bin");
    assertEquals([document.text, document.entities.length], ["back", 1]);
    assert(photo?.media?.kind === "photo");
    assertEquals(photo.media.photo.at(-1)?.width, 32);
    assert(first?.media_group_id !== undefined);
    assertEquals(first.media_group_id, second?.media_group_id);
  });
});

Deno.test("bot api: a grammY bot sees a 429 with its seconds", async () => {
  let now = 1_000_000;
  await using api = await started({ now: () => now, floodLimits: { burst: 2, penaltySeconds: 4 } });
  const { api: bot } = new Bot(api.token, { client: { apiRoot: api.url } });
  await bot.sendMessage(1, "1");
  await bot.sendMessage(1, "2");
  const error = await assertRejects(() => bot.sendMessage(1, "3"), GrammyError);
  assertEquals([error.error_code, error.parameters.retry_after], [429, 4]);
  assertEquals(error.description, "Too Many Requests: retry after 4");
  now += 4000;
  await bot.sendMessage(1, "3");
  assertEquals(api.violations, []);
});

Deno.test("bot api: JSON, form and multipart bodies mean the same", async () => {
  await using api = await started();
  const entities = [{ type: "bold", offset: 0, length: 2 }];
  const form = new FormData();
  const query = new URLSearchParams();
  for (const each of [form, query]) {
    each.append("chat_id", "1");
    each.append("text", "hi");
    each.append("entities", JSON.stringify(entities));
    each.append("disable_notification", "true");
  }
  const json = { chat_id: 1, text: "hi", entities, disable_notification: true };
  for (const payload of [json, form, query]) await rawCall(api, "sendMessage", payload);
  const seen = api.messages(1).map((m) => [m.text, m.entities, m.disable_notification]);
  assertEquals(seen, Array(3).fill(["hi", entities, true]));
  assertEquals(api.calls.map((call) => call.payload.entities), Array(3).fill(entities));
});

Deno.test("bot api: a wrong token, a strange token and an unknown method are refused", async () => {
  await using api = await started();
  const answers = [
    await rawCall({ ...api, url: api.url, token: "123456:wrong" }, "getMe"),
    await rawCall({ ...api, url: api.url, token: "nonsense" }, "getMe"),
    await rawCall(api, "sendTelepathy"),
  ];
  assertEquals(answers.map((answer) => [answer.status, answer.description]), [
    [401, "Unauthorized"],
    [404, "Not Found"],
    [404, "Not Found"],
  ]);
});

Deno.test("bot api: methods are found in any case, and recorded by their right name", async () => {
  await using api = await started();
  const me = await rawCall<UserFromGetMe>(api, "GETME");
  assertEquals(me.result.username, "test_bot");
  assertEquals(api.calls[0]?.method, "getMe");
});

Deno.test("bot api: a body that is no JSON, or no UTF-8, is refused", async () => {
  await using api = await started();
  const post = async (body: BodyInit) => {
    const response = await fetch(`${api.url}/bot${api.token}/sendMessage`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return (await response.json()).description;
  };
  assertMatch(await post("{"), /^Bad Request: can't parse request body/);
  const utf8 = "Bad Request: strings must be encoded in UTF-8";
  assertEquals(await post(new Uint8Array([0x22, 0xff, 0x22])), utf8);
  assertEquals(await post('{"chat_id":1,"text":"half \\ud83d of it"}'), utf8);
});

Deno.test("bot api: parse_mode is refused and written down, unless it is allowed", async () => {
  await using strict = await started();
  const payload = { chat_id: 1, text: "*x*", parse_mode: "MarkdownV2" };
  assertEquals((await rawCall(strict, "sendMessage", payload)).status, 400);
  assertEquals(strict.violations, ["parse_mode: sendMessage used it"]);
  await using lax = await started({ allowParseMode: true });
  assertEquals((await rawCall(lax, "sendMessage", payload)).status, 200);
  assertEquals(lax.violations, []);
});

Deno.test("bot api: waitFor says what it waited for and what was there instead", async () => {
  await using api = await started();
  await rawCall(api, "sendMessage", { chat_id: 1, text: "something else" });
  const waiting = api.waitForMessage(1, "this", { timeoutMs: 1, what: "this" });
  const error = await assertRejects(() => waiting, Error);
  assertStringIncludes(error.message, "Waited 1 ms for this in vain");
  assertStringIncludes(error.message, "something else");
});

Deno.test("bot api: closing ends a poll, a wait and a hanging call", async () => {
  const api = await started();
  api.fault({ method: "sendMessage", do: "hang" });
  const ends = Promise.allSettled([
    rawCall(api, "getUpdates", { timeout: 50 }),
    rawCall(api, "sendMessage", { chat_id: 1, text: "?" }),
    api.waitForMessage(1, "never", { timeoutMs: 60_000 }),
  ]);
  await api.waitFor(() => api.polled && api.calls.length === 2);
  await api.close();
  await api.close();
  assertEquals((await ends).map((end) => end.status), Array(3).fill("rejected"));
});

Deno.test("bot api: it closes while a connection is on its way in", async () => {
  for (let turns = 0; turns < 30; turns++) {
    const inner = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const front = new Front(0, inner.addr.port);
    const client = await Deno.connect({ hostname: "127.0.0.1", port: front.port });
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    if (turns % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    await deadline(front.close(), 5_000);
    client.close();
    inner.close();
  }
});
