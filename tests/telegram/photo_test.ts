import { assertEquals, assertInstanceOf } from "@std/assert";
import { InputFile } from "grammy";
import { openJournal } from "../../lib/journal/mod.ts";
import { photoDelivery, withPhoto } from "../../lib/telegram/photo.ts";

Deno.test("photo: a picture survives the journal and is uploaded silently where it belongs", async () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255]);
  const delivery = photoDelivery(png, { chat: 5, thread: 9 });
  const payload = JSON.parse(JSON.stringify(delivery.payload));
  assertEquals([delivery.method, payload.chat_id, payload.message_thread_id], ["sendPhoto", 5, 9]);
  assertEquals(payload.disable_notification, true);
  const { photo } = withPhoto(payload);
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
    assertEquals(withPhoto(payload), payload);
  }
});
