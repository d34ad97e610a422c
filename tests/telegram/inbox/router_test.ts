import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Router } from "../../../lib/telegram/inbox/router.ts";
import { until } from "../../fake_clock.ts";
import { ADA, BOB, Chat } from "../stage.ts";

const PRESSED = { messageId: 1001 };

async function inSession(session = "lab"): Promise<Chat> {
  const chat = await Chat.open(session);
  await chat.sessions.switch(session, { chat: ADA });
  return chat;
}

Deno.test("router: a prompt becomes a job of the place's session and goes to Claude at once", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  assertEquals(chat.asked, ["hello"]);
  const [job] = chat.journal.jobs.submitted();
  assertEquals([job?.session, job?.user, job?.messageId, job?.away], ["lab", ADA, 11, false]);
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("router: the job and the update's end are one commit", async () => {
  await using chat = await inSession();
  const { updates } = chat.journal;
  const done = updates.done;
  updates.done = (id, at) => {
    updates.done = done;
    throw new Error(`The disk is full at ${id}, ${at}`);
  };
  await chat.write("hello");
  assertEquals(chat.asked, []);
  assertStringIncludes(chat.lastSaid, "Something went wrong");
});

Deno.test("router: a prompt without a session is kept, with buttons, and runs after the tap", async () => {
  await using chat = await Chat.open("lab", "den");
  await chat.write("hello");
  assertEquals(chat.asked, []);
  assertMatch(chat.lastSaid, /Which session .* kept/);
  assertEquals(chat.buttons, ["d", "s:den", "s:lab"]);
  assertEquals(await chat.press("s:lab", PRESSED), "Now in lab");
  assertEquals(chat.asked, ["hello"]);
  assertEquals(chat.warmed, ["lab"]);
});

Deno.test("router: prompts that wait for a session are asked about once, and run once, in their order", async () => {
  await using chat = await Chat.open("lab");
  for (const text of ["one", "two", "three"]) await chat.write(text);
  assertEquals(chat.said.length, 1);
  await chat.press("s:lab", PRESSED);
  await chat.press("s:lab", PRESSED);
  assertEquals(chat.asked, ["one\n\ntwo\n\nthree"]);
  assertEquals(chat.journal.updates.held({ chat: ADA }, ADA), []);
});

Deno.test("router: with no session at all a button makes the default one", async () => {
  await using chat = await Chat.open();
  await chat.write("hello");
  assertEquals(chat.buttons, ["d"]);
  assertEquals(await chat.press("d", PRESSED), "Now in default");
  assertEquals(chat.asked, ["hello"]);
  assertEquals((await chat.sessions.get("default")).persona, "default");
});

Deno.test("router: what waits for a session in one topic does not run in another", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("in 3", { chat: -5, thread: 3 });
  await chat.write("in 4", { chat: -5, thread: 4 });
  assertEquals(chat.said.length, 2);
  await chat.press("s:lab", { chat: -5, thread: 4 });
  assertEquals(chat.asked, ["in 4"]);
});

Deno.test("router: whoever chooses a session for a place chooses it for all who wait there", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("by Bob", { chat: -5, user: BOB });
  await chat.write("by Ada", { chat: -5, user: ADA });
  await chat.press("s:lab", { chat: -5, user: ADA });
  assertEquals(chat.asked, ["by Bob"]);
  const jobs = chat.journal.jobs.waiting("lab");
  assertEquals(jobs.map(({ user, text }) => [user, text]), [[ADA, "by Ada"]]);
  assertEquals(chat.journal.updates.held({ chat: -5 }, BOB).length, 0);
});

Deno.test("router: a held prompt survives a restart, and so does its button", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("hello");
  chat.router = new Router(chat.context);
  chat.router.replay();
  await chat.idle();
  assertEquals(chat.said.length, 1);
  await chat.press("s:lab", PRESSED);
  assertEquals(chat.asked, ["hello"]);
});

Deno.test("router: places have sessions of their own", async () => {
  await using chat = await Chat.open("lab", "den");
  await chat.sessions.switch("lab", { chat: -5, thread: 3 });
  await chat.sessions.switch("den", { chat: -5, thread: 4 });
  await chat.write("a", { chat: -5, thread: 3 });
  await chat.write("b", { chat: -5, thread: 4 });
  assertEquals(chat.journal.jobs.submitted().map(({ session, text }) => [session, text]), [
    ["lab", "a"],
    ["den", "b"],
  ]);
});

Deno.test("router: what is sent while a command works is served after it, in its order", async () => {
  await using chat = await inSession();
  chat.receive(chat.anUpdate("/new den"));
  chat.receive(chat.anUpdate("for den"));
  await chat.idle();
  assertEquals(chat.journal.jobs.submitted().map(({ session }) => session), ["den"]);
});

Deno.test("router: a stop does not wait for the commands before it", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  const { promise, resolve } = Promise.withResolvers<void>();
  const list = chat.sessions.list.bind(chat.sessions);
  chat.sessions.list = async () => {
    await promise;
    return await list();
  };
  chat.receive(chat.anUpdate("/sessions"));
  chat.receive(chat.anUpdate("/stop"));
  await until(() => chat.worker.interrupts > 0);
  assertEquals(chat.worker.interrupts, 1);
  resolve();
  await chat.idle();
});

Deno.test("router: /stop where nothing runs says so", async () => {
  await using chat = await inSession();
  await chat.write("/stop");
  assertEquals(chat.lastSaid, "Nothing is running in lab.");
  await chat.write("/stop", { user: BOB });
  assertEquals(chat.lastSaid, "There is no session here.");
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("router: /stop of a running turn says nothing itself: the turn's end does", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  await chat.write("/stop");
  assertEquals([chat.worker.interrupts, chat.said], [1, []]);
  assertEquals(chat.journal.updates.unrouted(), []);
});

const OTHERS = [
  ["photo", "pictures"],
  ["voice", "voice notes"],
  ["document", "files"],
  ["sticker", "stickers"],
  ["video", "videos"],
  ["location", "places"],
  ["poll", "polls"],
] as const;

for (const [field, words] of OTHERS) {
  Deno.test(`router: a message with '${field}' gets a sentence`, async () => {
    await using chat = await inSession();
    await chat.write("", { other: { [field]: {} } });
    assertEquals(chat.said, [`I cannot read ${words} yet. Please say it in words.`]);
    assertEquals(chat.journal.updates.unrouted(), []);
  });
}

Deno.test("router: a reply to a command and the command's end are one commit", async () => {
  await using chat = await inSession();
  const { updates, deliveries } = chat.journal;
  const done = updates.done;
  updates.done = () => {
    throw new Error("The disk is full");
  };
  const update = await chat.write("/help");
  assertEquals([chat.said, deliveries.chats()], [[], []]);
  assertEquals(updates.unrouted().map(({ id }) => id), [update.update_id]);
  updates.done = done;
});

Deno.test("router: a disk that refuses stops one message, not those behind it", async () => {
  await using chat = await inSession();
  const { updates } = chat.journal;
  const done = updates.done;
  updates.done = () => {
    throw new Error("The disk is full");
  };
  await chat.write("/help");
  updates.done = done;
  await chat.write("hello");
  assertEquals(chat.asked, ["hello"]);
});

Deno.test("router: a reply answers the message it is for, in its topic", async () => {
  await using chat = await Chat.open();
  await chat.write("/help", { chat: -5, thread: 3 });
  const payload = chat.telegram.of("sendMessage")[0]?.payload;
  assertEquals([payload?.["chat_id"], payload?.["message_thread_id"]], [-5, 3]);
  assertEquals((payload?.["reply_parameters"] as { message_id: number }).message_id, 11);
});

Deno.test("router: an edit of what has run changes nothing and is done", async () => {
  await using chat = await inSession();
  const { message, update_id } = chat.anUpdate("hello");
  chat.receive({ update_id, edited_message: message! } as never);
  await chat.idle();
  assertEquals([chat.asked, chat.said, chat.journal.updates.unrouted()], [[], [], []]);
});

/** An update that was journaled, and not served when the program died. */
async function replayed(chat: Chat, text: string): Promise<void> {
  const route = chat.router.route;
  chat.router.route = () => {};
  chat.receive(chat.anUpdate(text));
  chat.router.route = route;
  chat.router = new Router(chat.context);
  chat.router.replay();
  await chat.idle();
}

Deno.test("router: after a crash a prompt runs, marked as received while away", async () => {
  await using chat = await inSession();
  const early = { date: Math.floor(chat.clock.now() / 1000) - 60 };
  const route = chat.router.route;
  chat.router.route = () => {};
  chat.receive(chat.anUpdate("hello", early));
  chat.router.route = route;
  chat.router.replay();
  await chat.idle();
  assertEquals(chat.asked, ["hello"]);
  assertEquals(chat.journal.jobs.get(1)?.away, true);
});

for (const command of ["/help", "/sessions", "/session lab", "/start"]) {
  Deno.test(`router: after a crash ${command} simply runs`, async () => {
    await using chat = await Chat.open("lab");
    await replayed(chat, command);
    assertEquals(chat.said.length, 1);
    assertEquals(/interrupted/.test(chat.lastSaid), false);
    assertEquals(chat.journal.updates.unrouted(), []);
  });
}

Deno.test("router: after a crash /new is not run again, and says that it was interrupted", async () => {
  await using chat = await Chat.open();
  await replayed(chat, "/new lab");
  assertEquals(chat.said, ["I was interrupted in the middle of /new. Please send it again."]);
  assertEquals(await chat.sessions.exists("lab"), false);
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("router: after a crash a stop has expired, in silence", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  await replayed(chat, "/stop");
  assertEquals([chat.worker.interrupts, chat.said], [0, []]);
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("router: after a crash a press has expired, and is told so", async () => {
  await using chat = await Chat.open("lab");
  const route = chat.router.route;
  chat.router.route = () => {};
  chat.receive(chat.aPress("s:lab"));
  chat.router.route = route;
  chat.router.replay();
  await chat.idle();
  assertEquals(chat.telegram.of("answerCallbackQuery").map(({ payload }) => payload["text"]), [
    "I was interrupted during this tap. If nothing has come of it, tap again.",
  ]);
  assertEquals(await chat.sessions.active({ chat: ADA }), null);
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("router: after a second crash nothing is served twice", async () => {
  await using chat = await inSession();
  await replayed(chat, "hello");
  chat.router = new Router(chat.context);
  chat.router.replay();
  await chat.idle();
  assertEquals(chat.journal.jobs.latest("lab")?.id, 1);
});

Deno.test("router: what the journal has and nobody can read stops no start", async () => {
  await using chat = await inSession();
  const { updates } = chat.journal;
  const payloads = [null, {}, { update_id: 1, message: { text: 17 } }, "x", [[]]];
  for (const [index, payload] of payloads.entries()) {
    for (const [at, kind] of (["prompt", "command", "edit", "press"] as const).entries()) {
      const id = 900 + index * 10 + at;
      const place = { chat: ADA };
      updates.record({ id, kind, place, user: ADA, payload, receivedAt: 1 });
    }
  }
  updates.done(900, 1);
  updates.hold(910);
  chat.router.replay();
  await chat.write("hello");
  assertEquals(chat.asked, ["hello"]);
});
