import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type BotApi, type BotApiOptions, startBotApi } from "./mod.ts";
import { rawCall } from "./raw_call.ts";

async function started(options: BotApiOptions = {}): Promise<BotApi> {
  const api = await startBotApi(options);
  api.addUser({ id: 1, first_name: "Ada" });
  api.addGroup({ id: -5, title: "Family" });
  return api;
}

const send = (api: BotApi, text: string, chat_id = 1) =>
  rawCall(api, "sendMessage", { chat_id, text });
const texts = (api: BotApi) => api.messages(1).map((message) => message.text);

Deno.test("bot api faults: a status strikes as often as ordered, and only where it should", async () => {
  await using api = await started();
  const fault = api.fault({
    method: /^send/,
    times: 2,
    when: ({ text }) => text !== "lucky",
    do: { status: 502, body: "<html>Bad Gateway</html>" },
  });
  api.fault({ method: "getMe", do: { status: 500 } });
  const post = async (text: string) => {
    const response = await fetch(`${api.url}/bot${api.token}/sendMessage`, {
      method: "POST",
      body: new URLSearchParams({ chat_id: "1", text }),
    });
    await response.body?.cancel();
    return response.status;
  };
  const statuses = [];
  for (const text of ["a", "lucky", "b", "c"]) statuses.push(await post(text));
  assertEquals(statuses, [502, 200, 502, 200]);
  assertEquals([fault.struck, texts(api)], [2, ["lucky", "c"]]);
  assertEquals((await rawCall(api, "getMe")).error_code, 500);
  api.clearFaults();
  assertEquals((await rawCall(api, "getMe")).ok, true);
});

Deno.test("bot api faults: an answer that stalls has begun, and its call has its effect", async () => {
  await using api = await started();
  const fault = api.fault({ method: "sendMessage", do: "stall" });
  const response = await fetch(`${api.url}/bot${api.token}/sendMessage`, {
    method: "POST",
    body: new URLSearchParams({ chat_id: "1", text: "a" }),
  });
  assertEquals([response.status, texts(api)], [200, ["a"]]);
  const body = response.text();
  fault.remove();
  await assertRejects(() => body, TypeError);
});

Deno.test("bot api faults: a connection is reset before or after the call has its effect", async () => {
  for (const when of ["reset-before", "reset-after"] as const) {
    // A server of its own: on a connection that was used before, some clients try again unasked.
    await using api = await started();
    api.fault({ times: 1, do: when });
    await assertRejects(() => send(api, when), TypeError);
    const isDone = when === "reset-after";
    assertEquals(texts(api), isDone ? [when] : []);
    const [call] = api.calls;
    assertEquals([call?.outcome, call?.status, call?.executed], ["dropped", null, isDone]);
  }
});

Deno.test("bot api faults: a call hangs until its caller goes or the fault does", async () => {
  await using api = await started();
  const fault = api.fault({ method: "sendMessage", do: "hang" });
  const impatient = new AbortController();
  const calling = fetch(`${api.url}/bot${api.token}/sendMessage?chat_id=1&text=x`, {
    signal: impatient.signal,
  });
  await api.waitFor(() => fault.struck === 1);
  impatient.abort();
  await assertRejects(() => calling);
  await api.waitFor(() => api.calls[0]?.outcome === "dropped", { what: "the end of the call" });
  const other = send(api, "y");
  await api.waitFor(() => fault.struck === 2);
  fault.remove();
  await assertRejects(() => other, TypeError);
  assertEquals(texts(api), []);
});

Deno.test("bot api faults: a delayed call has its effect, raw answers have none", async () => {
  await using api = await started();
  api.fault({ times: 1, do: { delayMs: 1 } });
  assertEquals((await send(api, "late")).ok, true);
  api.fault({ times: 1, do: { raw: '{"ok":true,"result":' } });
  await assertRejects(() => send(api, "cut"), SyntaxError);
  assertEquals(texts(api), ["late"]);
});

Deno.test("bot api faults: chance is seeded, so that a run can be repeated", async () => {
  const run = async (seed: number) => {
    await using api = await started();
    api.fault({ probability: 0.5, seed, do: { status: 500 } });
    const ok = [];
    for (let n = 0; n < 12; n++) ok.push((await send(api, `${n}`)).ok);
    return ok;
  };
  const first = await run(42);
  assertEquals(await run(42), first);
  assert(first.includes(true) && first.includes(false));
});

Deno.test("bot api faults: an ordered 429 opens a window; a call inside is refused and written down", async () => {
  let now = 1_000_000;
  await using api = await started({ now: () => now });
  api.fault({ method: "editMessageText", times: 1, do: { tooManyRequests: 7 } });
  const edit = { chat_id: 1, message_id: 1, text: "x" };
  const { error_code, parameters } = await rawCall(api, "editMessageText", edit);
  assertEquals([error_code, parameters], [429, { retry_after: 7 }]);
  assertEquals(api.violations, []);
  now += 5000;
  assertEquals((await send(api, "too early")).parameters, { retry_after: 2 });
  assertMatch(api.violations[0] ?? "", /^calledDuringBan: sendMessage to chat 1, 2 s too early$/);
  assertEquals((await send(api, "another chat", -5)).ok, true);
  now += 2000;
  assertEquals((await send(api, "in time")).ok, true);
  assertEquals(api.calls[0]?.retry_after, 7);
});

Deno.test("bot api flood: sends and edits share a private chat's second, polls do not count", async () => {
  let now = 1_000_000;
  await using api = await started({ now: () => now, floodLimits: { burst: 2 } });
  const { result } = await send(api, "a");
  const edit = { chat_id: 1, message_id: result.message_id, text: "b" };
  assertEquals((await rawCall(api, "editMessageText", edit)).ok, true);
  for (let n = 0; n < 5; n++) {
    await rawCall(api, "getUpdates");
    await rawCall(api, "sendChatAction", { chat_id: 1, action: "typing" });
  }
  const draft = { chat_id: 1, draft_id: 1, text: "drafts have a bucket of their own" };
  assertEquals((await rawCall(api, "sendMessageDraft", draft)).ok, true);
  assertEquals((await send(api, "c")).parameters, { retry_after: 3 });
  now += 3000;
  assertEquals((await send(api, "c")).ok, true);
});

Deno.test("bot api flood: a group gets 20 messages a minute, an album counts its parts", async () => {
  let now = 1_000_000;
  await using api = await started({ now: () => now, floodLimits: true });
  for (let n = 0; n < 18; n++) assertEquals((await send(api, `${n}`, -5)).ok, true);
  const file_id = api.sendDocument({ from: 1 }).document?.file_id;
  const media = [1, 2, 3].map(() => ({ type: "document", media: file_id }));
  const { error_code, parameters } = await rawCall(api, "sendMediaGroup", { chat_id: -5, media });
  assertEquals([error_code, parameters], [429, { retry_after: 3 }]);
  now += 3000;
  assertEquals((await send(api, "one", -5)).ok, true);
});

Deno.test("bot api calls: each is a line of JSON in the log", async () => {
  const log = await Deno.makeTempFile();
  try {
    const api = await started({ log });
    await send(api, "a\nb");
    await send(api, "");
    await rawCall(api, "getUpdates");
    await api.close();
    const lines = (await Deno.readTextFile(log)).trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map((line) => [line.seq, line.method, line.outcome, line.status]), [
      [1, "sendMessage", "ok", 200],
      [2, "sendMessage", "error", 400],
      [3, "getUpdates", "ok", 200],
    ]);
    assertEquals(lines[0].payload, { chat_id: 1, text: "a\nb" });
    assertEquals(lines[1].description, "Bad Request: message text is empty");
  } finally {
    await Deno.remove(log);
  }
});
