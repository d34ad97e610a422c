import { assertEquals } from "@std/assert";
import { createCall } from "../../lib/telegram/api/calls.ts";
import { startBotApi } from "../sim/bot_api/mod.ts";

Deno.test("calls: a connection that breaks after the request was read leaves one message, not two", async () => {
  await using api = await startBotApi();
  api.addUser({ id: 1, first_name: "Ada" });
  const call = createCall(api.token, api.url);
  await call("sendMessage", { chat_id: 1, text: "warms the connection up" });
  api.fault({ method: "sendMessage", times: 1, do: "reset-after" });
  const result = await call("sendMessage", { chat_id: 1, text: "once" });
  assertEquals(result.kind, "unknown");
  assertEquals(api.messages(1).filter(({ text }) => text === "once").length, 1);
});
