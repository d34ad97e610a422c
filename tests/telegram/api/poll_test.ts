import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { systemClock } from "../../../lib/clock.ts";
import { introduce, TokenError } from "../../../lib/telegram/api/poll.ts";
import { startBotApi } from "../../sim/bot_api/mod.ts";
import { hastyClock, Polling, until } from "../polling.ts";

Deno.test("poll: updates come in their order, and are then confirmed", async () => {
  await using polling = await Polling.start();
  for (const text of ["a", "b", "c"]) polling.api.send({ from: 1, text });
  await polling.until("c");
  assertEquals(polling.texts, ["a", "b", "c"]);
  await polling.api.waitFor((api) => api.pendingUpdates === 0, { what: "the confirmation" });
});

Deno.test("poll: only what is served is asked for", async () => {
  await using polling = await Polling.start();
  const [first] = polling.api.calls.filter(({ method }) => method === "getUpdates");
  assertEquals(first?.payload["allowed_updates"], [
    "message",
    "edited_message",
    "callback_query",
    "stopped_message_generation",
    "my_chat_member",
  ]);
});

Deno.test("poll: an update that could not be taken comes again, and nothing behind it is lost", async () => {
  await using polling = await Polling.start();
  let refusals = 2;
  polling.onTake = ({ message }) => {
    if (message?.text === "b" && refusals-- > 0) throw new Error("The disk is full");
  };
  for (const text of ["a", "b", "c"]) polling.api.send({ from: 1, text });
  await polling.until("c");
  // What came before it in the same batch may come again too.
  assertEquals([...new Set(polling.texts)], ["a", "b", "c"]);
  assertEquals(refusals, -1);
});

Deno.test("poll: what could not be taken is not confirmed by stopping", async () => {
  await using polling = await Polling.start();
  polling.onTake = () => {
    throw new Error("The disk is full");
  };
  polling.api.send({ from: 1, text: "a" });
  await until(() => polling.clock.pauses.length > 2);
  await polling.stop();
  assertEquals(polling.api.pendingUpdates, 1);
});

for (const fails of [false, true]) {
  Deno.test(`poll: of a batch in which the end comes nothing is confirmed; the update ${fails ? "fails" : "was taken"}`, async () => {
    await using polling = await Polling.start();
    polling.onTake = ({ message }) => {
      if (message?.text !== "b") return;
      polling.abort();
      if (fails) throw new Error("The journal is damaged");
    };
    const deaf = polling.api.fault({ method: "getUpdates", do: { status: 502 } });
    polling.api.send({ from: 1, text: "0" });
    await until(() => polling.api.calls.some(({ status }) => status === 502));
    for (const text of ["a", "b", "c"]) polling.api.send({ from: 1, text });
    deaf.remove();
    await polling.done;
    assertEquals(polling.texts.at(-1), fails ? "a" : "b");
    assertEquals(polling.api.pendingUpdates, 3);
  });
}

Deno.test("poll: another program that polls is waited out, longer each time", async () => {
  await using polling = await Polling.start();
  polling.api.fault({ method: "getUpdates", times: 3, do: conflict });
  polling.api.send({ from: 1, text: "a" });
  await polling.until("a");
  polling.api.send({ from: 1, text: "b" });
  await polling.until("b");
  assertEquals(polling.clock.pauses, [1_000, 2_000, 5_000]);
});

const conflict = {
  status: 409,
  body: {
    ok: false,
    error_code: 409,
    description: "Conflict: terminated by other getUpdates request",
  },
};

Deno.test("poll: a server error and a dropped connection are survived", async () => {
  await using polling = await Polling.start();
  polling.api.fault({ method: "getUpdates", times: 1, do: { status: 502 } });
  polling.api.send({ from: 1, text: "a" });
  await polling.until("a");
  polling.api.fault({ method: "getUpdates", times: 1, do: "reset-after" });
  polling.api.send({ from: 1, text: "b" });
  await polling.until("b");
  assertEquals([...new Set(polling.texts)], ["a", "b"]);
});

const unauthorized = {
  status: 401,
  body: { ok: false, error_code: 401, description: "Unauthorized" },
};

Deno.test("poll: a token that stops being valid ends it, in words", async () => {
  await using polling = await Polling.start();
  polling.api.fault({ method: "getUpdates", do: unauthorized });
  polling.api.send({ from: 1, text: "a" });
  await assertRejects(() => polling.done, TokenError, "TELEGRAM_BOT_TOKEN");
});

Deno.test("poll: an abort ends it at once, and confirms what was taken", async () => {
  await using polling = await Polling.start();
  polling.api.send({ from: 1, text: "a" });
  await polling.until("a");
  assert(await polling.stopsAtOnce());
  assertEquals(polling.api.pendingUpdates, 0);
});

Deno.test("poll: an abort in the middle of a pause ends it at once", async () => {
  await using polling = await Polling.start();
  const { api, clock } = polling;
  clock.pause = 20_000;
  api.fault({ method: "getUpdates", do: conflict });
  api.send({ from: 1, text: "a" });
  await until(() => clock.pauses.length > 0);
  assert(await polling.stopsAtOnce());
});

Deno.test("poll: an abort ends it although the server does not answer", async () => {
  await using polling = await Polling.start();
  polling.api.fault({ method: /./, do: "hang" });
  polling.api.send({ from: 1, text: "a" });
  await polling.until("a");
  await delay(20);
  assert(await polling.stopsAtOnce()); // The farewell hangs too, and is given up.
  assertEquals(polling.clock.pauses, []); // It had its own deadline and no other.
  polling.api.clearFaults();
});

Deno.test("introduce: asks until Telegram answers", async () => {
  await using api = await startBotApi();
  const clock = hastyClock();
  const options = {
    token: api.token,
    apiRoot: api.url,
    clock,
    signal: new AbortController().signal,
  };
  api.fault({ method: "getMe", times: 3, do: { status: 500 } });
  assertEquals((await introduce(options))?.is_bot, true);
  assertEquals(clock.pauses, [1_000, 2_000, 5_000]);
});

Deno.test("introduce: a wrong token is told at once", async () => {
  await using api = await startBotApi();
  const { signal } = new AbortController();
  const options = { token: "999:wrong", apiRoot: api.url, clock: hastyClock(), signal };
  await assertRejects(() => introduce(options), TokenError);
});

Deno.test("introduce: gives up when it is told to", async () => {
  await using api = await startBotApi();
  const stop = new AbortController();
  api.fault({ method: "getMe", do: { status: 500 } });
  const asked = introduce({
    token: api.token,
    apiRoot: api.url,
    clock: systemClock,
    signal: stop.signal,
  });
  await api.waitFor((each) => each.calls.length > 0);
  stop.abort();
  assertEquals(await asked, null);
});
