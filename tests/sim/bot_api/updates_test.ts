import { assertEquals } from "@std/assert";
import type { Update } from "grammy/types";
import { type BotApi, type BotApiOptions, startBotApi } from "./mod.ts";
import { rawCall } from "./raw_call.ts";

async function started(options: BotApiOptions = {}): Promise<BotApi> {
  const api = await startBotApi(options);
  api.addUser({ id: 1, first_name: "Ada" });
  api.nextUpdateId = 10;
  return api;
}

async function poll(api: BotApi, payload: object = {}): Promise<number[]> {
  const { result } = await rawCall<Update[]>(api, "getUpdates", payload);
  return result.map((update) => update.update_id);
}

const say = (api: BotApi, count: number) => {
  for (let n = 1; n <= count; n++) api.send({ from: 1, text: `message ${n}` });
};

Deno.test("bot api updates: an offset confirms what is below it, a poll alone confirms nothing", async () => {
  await using api = await started();
  say(api, 3);
  assertEquals(await poll(api), [10, 11, 12]);
  assertEquals(await poll(api), [10, 11, 12]);
  assertEquals(await poll(api, { offset: 12 }), [12]);
  assertEquals(await poll(api, { offset: 13 }), []);
  assertEquals(api.pendingUpdates, 0);
});

Deno.test("bot api updates: a negative offset keeps the last ones, a limit cuts", async () => {
  await using api = await started();
  say(api, 4);
  assertEquals(await poll(api, { limit: 2 }), [10, 11]);
  assertEquals(await poll(api, { offset: -2 }), [12, 13]);
  assertEquals(await poll(api), [12, 13]);
});

Deno.test("bot api updates: a long poll ends when something comes", async () => {
  await using api = await started();
  const waiting = poll(api, { timeout: 50 });
  await api.waitFor(() => api.polled);
  say(api, 1);
  assertEquals(await waiting, [10]);
});

Deno.test("bot api updates: a second poll ends the older one with a 409", async () => {
  await using api = await started();
  const older = rawCall<Update[]>(api, "getUpdates", { timeout: 50 });
  await api.waitFor(() => api.polled);
  const newer = rawCall<Update[]>(api, "getUpdates", { timeout: 50 });
  const { status, description } = await older;
  assertEquals(
    [status, description],
    [
      409,
      "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    ],
  );
  say(api, 1);
  assertEquals((await newer).result.length, 1);
});

Deno.test("bot api updates: a poller that goes away takes nothing with it", async () => {
  await using api = await started();
  const away = new AbortController();
  const url = `${api.url}/bot${api.token}/getUpdates?timeout=50`;
  const poller = fetch(url, { signal: away.signal }).catch(() => "gone");
  await api.waitFor(() => api.polled);
  away.abort();
  assertEquals(await poller, "gone");
  await api.waitFor(() => api.calls[0]?.outcome === "dropped", { what: "the end of the poll" });
  say(api, 1);
  assertEquals(await poll(api), [10]);
});

Deno.test("bot api updates: allowed_updates are remembered, and do not touch what is queued", async () => {
  await using api = await started();
  say(api, 1);
  assertEquals(await poll(api, { allowed_updates: ["callback_query"] }), [10]);
  say(api, 1);
  assertEquals(await poll(api, { offset: 11 }), []);
  assertEquals(await poll(api, { allowed_updates: [] }), []);
  say(api, 1);
  assertEquals(await poll(api), [11]);
});

Deno.test("bot api updates: presses are kept for 150 s, messages for a day", async () => {
  let now = 1_000_000;
  await using api = await started({ now: () => now });
  say(api, 1);
  api.press({ from: 1, messageId: 1, data: "x" });
  now += 150_000;
  assertEquals(await poll(api), [10]);
  now += 86_400_000;
  assertEquals(await poll(api), []);
});

Deno.test("bot api updates: numbers can jump, deleteWebhook can drop what waits", async () => {
  await using api = await started();
  say(api, 1);
  api.nextUpdateId = 5_000_000;
  say(api, 1);
  assertEquals(await poll(api), [10, 5_000_000]);
  await rawCall(api, "deleteWebhook", { drop_pending_updates: true });
  assertEquals(await poll(api), []);
});

Deno.test("bot api updates: an offset far in the future confirms nothing, as after a jump of the numbers", async () => {
  await using api = await started();
  say(api, 2);
  assertEquals(await poll(api, { offset: 23 }), [10, 11]);
  assertEquals(await poll(api, { offset: 22 }), []);
});

Deno.test("bot api updates: while a webhook is set nobody may poll, until it is deleted", async () => {
  await using api = await started();
  say(api, 1);
  api.webhook = "https://elsewhere.example";
  const { status, description } = await rawCall<Update[]>(api, "getUpdates", {});
  assertEquals([status, /webhook is active/.test(description ?? "")], [409, true]);
  await rawCall(api, "deleteWebhook", {});
  assertEquals([api.webhook, await poll(api)], [null, [10]]);
});

Deno.test("bot api updates: edits, forwards, albums and quotes are told as Telegram tells them", async () => {
  await using api = await started();
  const first = api.send({ from: 1, text: "/new proxmox" });
  api.edit({ chat: 1, messageId: first.message_id, text: "/new pve" });
  api.forward({ from: 1, text: "look at this" });
  api.sendPhoto({ from: 1, mediaGroupId: "g", caption: "two of them" });
  api.sendVoice({ from: 1, duration: 3 });
  api.send({ from: 1, text: "that one", replyTo: first.message_id, quote: "pve" });
  const [command, edited, forward, photo, voice, reply] = api.updates;
  assertEquals(command?.message?.entities, [{ type: "bot_command", offset: 0, length: 4 }]);
  assertEquals(edited?.edited_message?.text, "/new pve");
  assertEquals(typeof edited?.edited_message?.edit_date, "number");
  assertEquals(forward?.message?.forward_origin?.type, "hidden_user");
  assertEquals([photo?.message?.media_group_id, photo?.message?.caption], ["g", "two of them"]);
  assertEquals(voice?.message?.voice?.duration, 3);
  assertEquals(reply?.message?.quote?.position, 5);
  assertEquals(reply?.message?.reply_to_message?.text, "/new pve");
});

Deno.test("bot api updates: a long text is pasted in pieces of 4096 characters", async () => {
  await using api = await started();
  const pieces = api.paste({ from: 1, text: "😀".repeat(5000) });
  assertEquals(pieces.map((piece) => [...piece.text ?? ""].length), [4096, 904]);
});
