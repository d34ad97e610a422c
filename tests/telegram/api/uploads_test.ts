import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { InputFile } from "grammy";
import { openJournal } from "../../../lib/journal/mod.ts";
import { createCall } from "../../../lib/telegram/api/calls.ts";
import { documentDelivery, photoDelivery, withUpload } from "../../../lib/telegram/api/uploads.ts";
import { Outbox } from "../../../lib/telegram/outbox/outbox.ts";
import { fakeClock } from "../../fake_clock.ts";
import { startBotApi } from "../../sim/bot_api/mod.ts";
import { FakeTelegram, unknown } from "../fake_call.ts";

const TEXT = '# Plan\n\nÄ 😀 "quoted"\r\n'.repeat(5_000);

Deno.test("document: a text in the journal arrives in the chat as a file, byte for byte", async () => {
  await using api = await startBotApi();
  api.addUser({ id: 1, first_name: "Ada" });
  const call = createCall(api.token, api.url);
  const { method, payload } = documentDelivery({ name: "plan.md", text: TEXT }, { chat: 1 });
  // As it comes back from the journal.
  const sent = await call(method, JSON.parse(JSON.stringify(payload)));
  const { document } = (sent as { result: { document: { file_id: string; file_name: string } } })
    .result;
  assertEquals(document.file_name, "plan.md");
  const found = await call("getFile", { file_id: document.file_id });
  const { file_path: path } = (found as { result: { file_path: string } }).result;
  const response = await fetch(`${api.url}/file/bot${api.token}/${path}`);
  assertEquals(await response.text(), TEXT);
  assertEquals(api.violations, []);
});

Deno.test("document: it goes to its topic, without a sound", () => {
  const place = { chat: -5, thread: 7 };
  const delivery = documentDelivery({ name: "a.txt", text: "\ud83d" }, place, { subject: "s" });
  assertEquals([delivery.chat, delivery.subject, delivery.method], [-5, "s", "sendDocument"]);
  assertEquals(delivery.payload, {
    chat_id: -5,
    message_thread_id: 7,
    document: { name: "a.txt", text: "⟨U+D83D⟩" },
    disable_notification: true,
  });
});

Deno.test("document: any other payload is left as it is", () => {
  for (const payload of [{ text: "x" }, { document: "file-id" }, { document: { name: "x" } }]) {
    assertEquals(withUpload(payload), payload);
  }
});

Deno.test("document: one whose first sending has an unknown outcome says so when it is repeated", async () => {
  using journal = openJournal(":memory:");
  const clock = fakeClock();
  const telegram = new FakeTelegram(() => clock.now());
  const outbox = new Outbox(journal, telegram.call, clock);
  telegram.next.push(unknown);
  journal.deliveries.add([documentDelivery({ name: "a.txt", text: "x" }, { chat: 1 })], 0);
  outbox.wake(1);
  await clock.advance(1_000);
  const [first, second] = telegram.of("sendDocument").map(({ payload }) => payload);
  assertEquals(first?.["caption"], undefined);
  assertStringIncludes(String(second?.["caption"]), "Sent again");
  assertEquals(second?.["document"], { name: "a.txt", text: "x" });
  await outbox.close();
});

Deno.test("photo: a picture survives the journal and is uploaded silently where it belongs", async () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255]);
  const delivery = photoDelivery(png, { chat: 5, thread: 9 });
  const payload = JSON.parse(JSON.stringify(delivery.payload));
  assertEquals([delivery.method, payload.chat_id, payload.message_thread_id], ["sendPhoto", 5, 9]);
  assertEquals(payload.disable_notification, true);
  const { photo } = withUpload(payload);
  assertInstanceOf(photo, InputFile);
  const raw = await photo.toRaw();
  assertEquals(raw instanceof Uint8Array ? [...raw] : null, [...png]);
});

Deno.test("photo: once it is sent the journal does not keep its bytes", () => {
  using journal = openJournal(":memory:");
  const [id] = journal.deliveries.add([photoDelivery(new Uint8Array(9), { chat: 5 })], 0);
  journal.deliveries.sent(id!, 77, 1);
  assertEquals(journal.deliveries.get(id!)?.payload, { chat_id: 5, disable_notification: true });
});

Deno.test("photo: other payloads stay as they are", () => {
  for (const payload of [{ chat_id: 1, text: "x" }, { photo: "AgACAg" }, { photo: null }]) {
    assertEquals(withUpload(payload), payload);
  }
});
