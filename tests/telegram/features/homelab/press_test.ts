import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, Chat } from "../../stage.ts";
import { aProbe, report, row } from "../../homelab/reports.ts";

const REPORT = "🟠 Beszel · 1 of 2 up\nat 18:40:00\n🔴 nas: down";

/** A press on a button under the message with this report. */
function pressed(chat: Chat, data: string, text: string | undefined = REPORT) {
  const update = chat.aPress(data, { messageId: 77 });
  Object.assign(update.callback_query!.message!, { text });
  chat.receive(update);
  return chat.idle();
}

const toasts = (chat: Chat) =>
  chat.telegram.of("answerCallbackQuery").map(({ payload }) => payload["text"]);

Deno.test("report buttons: Refresh looks again, and edits its message in place", async () => {
  await using chat = await Chat.open();
  const { probe, asked } = aProbe(() => report([row("ok", "nas", "up")]));
  chat.homelab.probes.set("beszel", probe);
  await pressed(chat, "h:rznas");
  assertEquals(toasts(chat), ["Looking…"]);
  assertEquals(asked, ["nas"]);
  const [edit] = chat.telegram.of("editMessageText");
  assertEquals([edit!.payload["chat_id"], edit!.payload["message_id"]], [ADA, 77]);
  assertMatch(String(edit!.payload["text"]), /🟢 nas: up$/);
  assertStringIncludes(JSON.stringify(edit!.payload["reply_markup"]), "h:rznas");
  assertEquals(chat.said, []);
});

Deno.test("report buttons: Refresh of what has left the settings says so", async () => {
  await using chat = await Chat.open();
  await pressed(chat, "h:rz");
  assertEquals(toasts(chat), ["This is not in the settings any more."]);
});

Deno.test("report buttons: Ask Claude gives the report to the current session, once", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await pressed(chat, "h:az");
  await pressed(chat, "h:az");
  assertEquals(toasts(chat), ["Asking in lab", "lab has it already."]);
  assertEquals(chat.asked.length, 1);
  assertStringIncludes(chat.asked[0]!, `(/beszel) says:\n\n${REPORT}\n\n`);
  assertStringIncludes(chat.asked[0]!, "change nothing without asking");
});

Deno.test("report buttons: without a session Ask Claude says how to make one", async () => {
  await using chat = await Chat.open();
  await pressed(chat, "h:az");
  assertEquals(toasts(chat), ["There is no session here yet: /new <name> makes one."]);
});

Deno.test("report buttons: a message that Telegram shows no more cannot be asked about", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await pressed(chat, "h:az", "");
  assertEquals(toasts(chat), ["Too old: send /beszel again."]);
});
