import { assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async";
import { rawCall } from "../sim/bot_api/raw_call.ts";
import { ADA, Bench } from "./harness.ts";

Deno.test("e2e: another program with the same token is told of in the chat, once, and messages still arrive", async () => {
  await using bench = await Bench.make();
  await bench.start();
  const { api } = bench;
  const other = (async () => {
    for (let turn = 0; turn < 2; turn++) {
      await api.waitFor(() => api.polled, { what: "the program's poll" });
      const ours = api.calls.findLast(({ method }) => method === "getUpdates")?.seq ?? 0;
      await rawCall(api, "getUpdates", { timeout: 0 });
      await api.waitFor(() => api.calls.some((call) => call.seq === ours && call.status === 409));
    }
  })();
  await other;
  await bench.hears(/Another program polls Telegram/);
  bench.say("/help");
  await bench.hears(/\/new/);
  assertEquals(bench.texts().filter((text) => /Another program/.test(text)).length, 1);
});

Deno.test("e2e: a webhook is told of and left alone; without it the program goes on by itself", async () => {
  await using bench = await Bench.make();
  bench.api.webhook = "https://elsewhere.example";
  await bench.start(false);
  await bench.hears(/A webhook is set for this bot/);
  assertEquals(bench.api.webhook, "https://elsewhere.example");
  assertMatch(bench.texts().join("\n"), /deleteWebhook/);
  assertEquals((await bench.end("SIGTERM")).code, 0);
});

Deno.test("e2e: a long ban costs nothing but time, through a kill -9 in the middle of it", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/work/);
  bench.api.fault({ method: "sendMessage", times: 1, do: { tooManyRequests: 6 } });
  bench.say("one");
  await bench.api.waitFor((api) => api.calls.some(({ retry_after }) => retry_after === 6));
  await delay(300); // It has heard of the ban.
  await bench.end("SIGKILL");
  await bench.start();
  await bench.api.waitForMessage(ADA, /ok #1: one/, { timeoutMs: 20_000 });
  assertEquals(bench.api.violations, []);
  assertEquals(bench.texts().filter((text) => /ok #1: one/.test(text)).length, 1);
});
