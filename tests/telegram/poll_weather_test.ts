import { assert, assertEquals } from "@std/assert";
import { poll, PollHealth } from "../../lib/telegram/api/poll.ts";
import { startBotApi } from "../sim/bot_api/mod.ts";
import { hastyClock, Polling, until } from "./polling.ts";

for (const how of ["hang", "stall"] as const) {
  Deno.test(`poll: a request that would ${how} for ever is cut, and the next one is served`, async () => {
    await using polling = await Polling.start();
    const fault = polling.api.fault({ method: "getUpdates", do: how });
    polling.clock.patience = 30;
    polling.api.send({ from: 1, text: "a" }); // Ends the poll that waits; the next ones are struck.
    await until(() => polling.health.failures >= 2);
    assertEquals(polling.health.trouble, "no answer within 75 s");
    fault.remove();
    polling.clock.patience = 60_000;
    polling.api.send({ from: 1, text: "b" });
    await polling.until("b");
    assertEquals([polling.health.failures, polling.health.trouble], [0, null]);
  });
}

Deno.test("poll: a connection that gives no answer is not used again", async () => {
  const door = silentDoor();
  const clock = hastyClock();
  clock.patience = 20;
  const stop = new AbortController();
  const options = { token: "1:x", apiRoot: door.url, clock, signal: stop.signal };
  const done = poll(options, () => {});
  await until(() => door.connections >= 3);
  stop.abort();
  await done;
  await door.close();
});

/** Takes what is sent and gives nothing back, as a half-open connection. */
function silentDoor() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken: Deno.TcpConn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) taken.push(connection);
  })().catch(() => {});
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    get connections() {
      return taken.length;
    },
    async close() {
      listener.close();
      await accepting;
      for (const connection of taken) connection.close();
    },
  };
}

Deno.test("poll: what is no list of updates is a failure, and survived", async () => {
  await using polling = await Polling.start();
  for (const raw of ["<html>", "null", '{"ok":true}', '{"ok":true,"result":{}}']) {
    polling.api.fault({ method: "getUpdates", times: 1, do: { raw } });
  }
  for (const text of ["a", "b"]) {
    polling.api.send({ from: 1, text });
    await polling.until(text);
  }
  assertEquals(polling.clock.pauses, [1_000, 2_000, 5_000, 10_000]);
});

const tooMany = {
  status: 429,
  body: {
    ok: false,
    error_code: 429,
    description: "Too Many Requests: retry after 17",
    parameters: { retry_after: 17 },
  },
};

Deno.test("poll: a 429 is waited out as long as told", async () => {
  await using polling = await Polling.start();
  polling.api.fault({ method: "getUpdates", times: 1, do: tooMany });
  for (const text of ["a", "b"]) {
    polling.api.send({ from: 1, text });
    await polling.until(text);
  }
  assertEquals(polling.clock.pauses, [17_000]);
});

Deno.test("poll: a server that is gone costs pauses that stop growing, and one success resets them", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const clock = hastyClock();
  const health = new PollHealth(clock);
  const stop = new AbortController();
  const options = { token: "1:x", apiRoot: `http://127.0.0.1:${port}`, clock, health };
  const done = poll({ ...options, signal: stop.signal }, () => {});
  await until(() => clock.pauses.length >= 8);
  assertEquals(clock.pauses.slice(0, 8), [1, 2, 5, 10, 20, 30, 30, 30].map((s) => s * 1000));
  assertEquals(health.lastCompletedAt, null);
  await using api = await startBotApi({ port, token: "1:x" });
  await api.waitFor(() => api.polled, { what: "a poll" });
  api.addUser({ id: 1, first_name: "Ada" });
  api.send({ from: 1, text: "a" });
  await until(() => health.lastCompletedAt !== null);
  assertEquals([health.failures, health.trouble], [0, null]);
  stop.abort();
  await done;
});

Deno.test("poll: after a week of silence the numbers may begin lower, or higher", async () => {
  await using polling = await Polling.start();
  const { api } = polling;
  for (const [id, text] of [[100_005, "a"], [7, "b"], [900_000_000, "c"], [12, "d"]] as const) {
    await api.waitFor(() => api.pendingUpdates === 0 && api.polled, { what: "the confirmation" });
    api.nextUpdateId = id;
    api.send({ from: 1, text });
    await polling.until(text);
  }
  assertEquals(polling.texts, ["a", "b", "c", "d"]);
});

Deno.test("poll: numbers that fall and rise within one batch lose nothing and come to an end", async () => {
  await using polling = await Polling.start();
  const { api } = polling;
  let full = true;
  polling.onTake = () => {
    if (full) throw new Error("The disk is full");
  };
  for (const [id, text] of [[100_005, "a"], [7, "b"], [500_000, "c"]] as const) {
    api.nextUpdateId = id;
    api.send({ from: 1, text });
  }
  await until(() => polling.clock.pauses.length > 1);
  full = false;
  await polling.until("c");
  await api.waitFor(() => api.pendingUpdates === 0, { what: "the confirmation" });
  assertEquals([...new Set(polling.texts)], ["a", "b", "c"]);
});

Deno.test("poll: a full disk is tried again at a growing pace, and is no failure of the polls", async () => {
  await using polling = await Polling.start();
  polling.onTake = () => {
    throw new Error("The disk is full");
  };
  polling.api.send({ from: 1, text: "a" });
  await until(() => polling.clock.pauses.length >= 7);
  assertEquals(polling.clock.pauses.slice(0, 7), [1, 2, 4, 5, 5, 5, 5].map((s) => s * 1000));
  assertEquals(polling.health.failures, 0);
});

Deno.test("poll: a webhook is left alone and told of, and polling goes on when it is gone", async () => {
  await using polling = await Polling.start();
  const { api } = polling;
  api.webhook = "https://elsewhere.example";
  api.send({ from: 1, text: "a" });
  await until(() => polling.incidents.length > 0);
  assertEquals([polling.incidents, api.webhook], [["webhook"], "https://elsewhere.example"]);
  assertEquals(api.calls.some(({ method }) => method === "deleteWebhook"), false);
  api.webhook = null;
  await until(() => api.polled);
  api.send({ from: 1, text: "b" });
  await polling.until("b");
  assertEquals(polling.incidents, ["webhook", null]);
});

Deno.test("poll: two programs with one token: both are told, neither gives up", async () => {
  await using polling = await Polling.start();
  const stop = new AbortController();
  const clock = hastyClock();
  const health = new PollHealth(clock);
  const other = poll({ ...polling.options, clock, health, signal: stop.signal }, () => {});
  await until(() => polling.incidents.length > 0 && health.failures > 0);
  stop.abort();
  await other;
  polling.api.send({ from: 1, text: "a" });
  await polling.until("a");
  assert(polling.clock.pauses.length >= 2, "it paused");
  assertEquals(polling.incidents, ["conflict"], "it is over only after minutes of quiet");
});
