import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { statusText } from "../../lib/telegram/features/info/status.ts";
import { started } from "../conversation/stage.ts";
import { until } from "../fake_clock.ts";
import { ADA, Chat } from "./stage.ts";

/** Session `lab` works, `den` has an idle process, `attic` none. */
async function atWork(): Promise<Chat> {
  const chat = await Chat.open("lab", "den", "attic");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.sessions.setProcess("lab", 100);
  await chat.sessions.setProcess("den", 101);
  for (const session of ["lab", "den"]) chat.claude.running.add(session);
  await chat.write("hello");
  await chat.heard("lab", started("p1"));
  return chat;
}

Deno.test("status: everything at a glance", async () => {
  await using chat = await atWork();
  chat.context.health.completed();
  await chat.clock.advance(192_000);
  await chat.write("/status");
  assertEquals(chat.lastSaid.split("\n"), [
    "Switchboard 1.2.3 · up 3 min 12 s",
    "⚠️ Telegram answered 3 min 12 s ago",
    "✅ Nothing waits to be sent",
    "Sessions: 1 active, 1 suspended, 1 idle",
    "▶️ lab · 3 min 12 s · 185 MB · pid 100",
    "💤 den · 185 MB · pid 101",
    "Memory: Switchboard 92 MB, Claude 370 MB",
    "Disk: 12.3 GB free · journal 4.2 MB",
  ]);
});

Deno.test("status: what is wrong with Telegram is said", async () => {
  await using chat = await Chat.open("lab");
  const text = async () => (await statusText(chat.context, chat.context.reports)).text;
  await chat.write("/status");
  assertStringIncludes(chat.lastSaid, "Telegram: not polled yet");
  chat.context.health.failed(new Error("connection refused"));
  assertStringIncludes(await text(), "");
  await chat.write("/status");
  assertStringIncludes(chat.lastSaid, "(1 failure)");
});

Deno.test("status: what waits for Telegram is counted, with the pause that it wants", async () => {
  await using chat = await Chat.open("lab");
  const { deliveries } = chat.journal;
  deliveries.silence(7, 90_000, chat.clock.now());
  deliveries.add([{ chat: 7, priority: 0, method: "sendMessage", payload: {} }], 1);
  await chat.write("/status");
  assertStringIncludes(
    chat.lastSaid,
    "⏳ 1 message to be sent; Telegram wants a pause of 1 min 30 s",
  );
});

Deno.test("status: a part that fails, or never answers, costs its own line", async () => {
  await using chat = await Chat.open("lab");
  const shown = statusText(chat.context, [
    { title: "First", lines: () => Promise.resolve(["one", "two"]) },
    { title: "Broken", lines: () => Promise.reject(new Error("no")) },
    { title: "Late", lines: () => new Promise(() => {}) },
    {
      title: "Thrown",
      lines() {
        throw new Error("at once");
      },
    },
    { title: "Last", lines: () => Promise.resolve(["three"]) },
  ]);
  await chat.clock.advance(4_800);
  assertEquals((await shown).text.split("\n"), [
    "one",
    "two",
    "Broken: cannot be told; the log says why",
    "Late: no answer within 4.8 s",
    "Thrown: cannot be told; the log says why",
    "three",
  ]);
});

Deno.test("status: without `ps` the processes are listed all the same", async () => {
  await using chat = await atWork();
  chat.machine.memoryOf = () => Promise.reject(new Error("ps is missing"));
  await chat.write("/status");
  assertStringIncludes(chat.lastSaid, "▶️ lab · 0 s · memory unknown · pid 100");
  assertStringIncludes(chat.lastSaid, "Switchboard 92 MB, Claude ?");
});

Deno.test("status: other parts add their lines behind", async () => {
  await using chat = await Chat.open("lab");
  Object.assign(chat.context, {
    reports: [{ title: "Homelab", lines: () => Promise.resolve(["✅ Homelab"]) }],
  });
  await chat.write("/status");
  assert(chat.lastSaid.endsWith("\n✅ Homelab"));
});

Deno.test("status: it is answered while what was sent before it still waits", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  const { promise, resolve } = Promise.withResolvers<void>();
  chat.claude.start = () => promise;
  chat.receive(chat.anUpdate("/context"));
  chat.receive(chat.anUpdate("/status"));
  await until(() => chat.said.length > 0);
  assertStringIncludes(chat.lastSaid, "Switchboard 1.2.3");
  resolve();
  await chat.idle();
  assertEquals(chat.said.length, 2);
});

Deno.test("status: of a great many processes the first are listed, the rest counted", async () => {
  const sessions = Array.from({ length: 14 }, (_, n) => `s${n}`);
  await using chat = await Chat.open(...sessions);
  for (const session of sessions) chat.claude.running.add(session);
  await chat.write("/status");
  assertStringIncludes(chat.lastSaid, "\n… and 2 processes\n");
});
