import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TextLineStream } from "@std/streams";
import { type BotApi, startBotApi } from "./mod.ts";
import { rawCall } from "./raw_call.ts";

async function started(): Promise<BotApi> {
  return await startBotApi({ page: { user: 7, name: "Ada" } });
}

async function order(api: BotApi, path: string, body: object, headers = {}): Promise<Response> {
  return await fetch(`${api.url}/page/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

/** The events of the page; `next` gives the next one. */
async function listen(api: BotApi) {
  const response = await fetch(`${api.url}/page/events`);
  assert(response.body);
  const lines = response.body.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
  return {
    async next() {
      for (;;) {
        const { value } = await lines.read();
        if (value === undefined) throw new Error("The events have ended");
        if (value.startsWith("data: ")) return JSON.parse(value.slice(6));
      }
    },
    [Symbol.asyncDispose]: () => lines.cancel(),
  };
}

Deno.test("bot api page: it is served whole from here, and nothing in it leads elsewhere", async () => {
  await using api = await started();
  const page = await fetch(`${api.url}/`);
  assertMatch(page.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
  const html = await page.text();
  assertStringIncludes(html, "Nothing leaves it");
  const names = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? "");
  const seen = new Set<string>();
  while (names.length > 0) {
    const name = names.pop() ?? "";
    if (seen.has(name)) continue;
    seen.add(name);
    const response = await fetch(api.url + name);
    assertEquals(response.status, 200, name);
    const text = await response.text();
    assert(!/innerHTML|outerHTML|insertAdjacentHTML|@import|url\(/.test(text), name);
    names.push(...[...text.matchAll(/from "\.(\/[^"]+)"/g)].map((match) => match[1] ?? ""));
  }
  assert(seen.size >= 8);
});

Deno.test("bot api page: without the option there is none", async () => {
  await using api = await startBotApi();
  for (const path of ["/", "/page/events", "/app.js"]) {
    const response = await fetch(api.url + path);
    await response.body?.cancel();
    assertEquals(response.status, 404);
  }
});

Deno.test("bot api page: the whole state comes first, then what changes", async () => {
  await using api = await started();
  await rawCall(api, "sendMessage", { chat_id: 7, text: "before", disable_notification: true });
  await using events = await listen(api);
  const { kind, user, chats } = await events.next();
  assertEquals([kind, user], ["snapshot", { id: 7, name: "Ada" }]);
  const [message] = chats[0].messages;
  assertEquals([message.text, message.silent, message.mine], ["before", true, false]);
  await rawCall(api, "editMessageText", { chat_id: 7, message_id: 1, text: "after" });
  const edit = await events.next();
  assertEquals([edit.message.text, edit.message.edited], ["after", true]);
  await rawCall(api, "sendChatAction", { chat_id: 7, action: "typing" });
  assertEquals((await events.next()).action, "typing");
  const draft = { chat_id: 7, draft_id: 1, text: "so far", can_stop: true };
  await rawCall(api, "sendMessageDraft", draft);
  const { draft: shown } = await events.next();
  assertEquals([shown.text, shown.can_stop], ["so far", true]);
  await rawCall(api, "deleteMessage", { chat_id: 7, message_id: 1 });
  const gone = await events.next();
  assertEquals([gone.kind, gone.message], ["deleted", 1]);
  const commands = [{ command: "new", description: "Start" }];
  const scope = { type: "chat", chat_id: 7 };
  await rawCall(api, "setMyCommands", { commands, scope });
  assertEquals((await events.next()).chats[0].commands, commands);
});

Deno.test("bot api page: what the person does there reaches the bot", async () => {
  await using api = await started();
  const did = async (path: string, body: object) => {
    const response = await order(api, path, body);
    const answer = await response.json();
    assertEquals(response.status, 200, answer.error);
    return answer;
  };
  await did("send", { chat: 7, text: "/help" });
  await did("edit", { chat: 7, id: 1, text: "/status" });
  await rawCall(api, "sendMessage", {
    chat_id: 7,
    text: "Pick",
    reply_markup: { inline_keyboard: [[{ text: "A", callback_data: "a" }]] },
  });
  const pressing = did("press", { chat: 7, id: 2, data: "a" });
  const update = await api.waitFor(() => api.updates.find((each) => each.callback_query));
  const callback_query_id = update.callback_query?.id;
  await rawCall(api, "answerCallbackQuery", { callback_query_id, text: "A it is" });
  assertEquals(await pressing, { text: "A it is" });
  await did("send", { chat: 7, text: "because", reply_to: 2 });
  await rawCall(api, "sendMessageDraft", { chat_id: 7, draft_id: 3, can_stop: true });
  await did("stop", { chat: 7, thread: null });
  const upload = "upload?chat=7&name=notes.txt&type=text/plain&caption=look";
  await fetch(`${api.url}/page/${upload}`, { method: "POST", body: "some notes" })
    .then((response) => response.body?.cancel());
  const kinds = api.updates.map((each) => Object.keys(each).find((key) => key !== "update_id"));
  assertEquals(kinds, [
    "message",
    "edited_message",
    "callback_query",
    "message",
    "stopped_message_generation",
    "message",
  ]);
  const file = api.updates.at(-1)?.message?.document;
  const download = await fetch(`${api.url}/page/file/${file?.file_id}?download`);
  assertMatch(download.headers.get("content-disposition") ?? "", /^attachment; .*notes\.txt$/);
  assertEquals(await download.text(), "some notes");
});

Deno.test("bot api page: other sites in the same browser may not act", async () => {
  await using api = await started();
  const foreign = await order(api, "send", { chat: 7, text: "x" }, { origin: "https://evil.org" });
  await foreign.body?.cancel();
  assertEquals(foreign.status, 403);
  const form = await order(api, "send", { chat: 7, text: "x" }, { "content-type": "text/plain" });
  assertEquals([form.status, (await form.json()).error], [400, "Orders of the page are JSON"]);
  assertEquals(api.updates.length, 0);
});
