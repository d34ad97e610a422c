import { assertEquals, assertStringIncludes } from "@std/assert";
import { ended, said, started } from "../../../conversation/stage.ts";
import { settle } from "../../../fake_clock.ts";
import { ADA, BOB, Chat } from "../../stage.ts";

async function inLab(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  return chat;
}

const names = async (chat: Chat) =>
  (await chat.sessions.list()).sessions.map(({ name }) => name).sort();

Deno.test("rename: the session of the place gets the name, and is current there", async () => {
  await using chat = await inLab();
  await chat.write("/rename garden");
  assertStringIncludes(chat.lastSaid, "lab is garden now.");
  assertEquals(await names(chat), ["garden"]);
  await chat.write("hello");
  assertEquals(chat.asked, ["hello"]);
  assertEquals(chat.journal.jobs.get(1)?.session, "garden");
  assertEquals(chat.conversations.turns.map(({ session }) => session), ["garden"]);
});

Deno.test("rename: another session by name, in another person's place too", async () => {
  await using chat = await inLab();
  await chat.sessions.create("den");
  await chat.sessions.switch("den", { chat: BOB });
  await chat.write("/rename den garden");
  assertEquals(await names(chat), ["garden", "lab"]);
  assertEquals(await chat.sessions.active({ chat: BOB }), "garden");
  assertEquals(await chat.sessions.active({ chat: ADA }), "lab");
});

Deno.test("rename: names that cannot be, or are taken, are refused with a sentence", async () => {
  await using chat = await inLab();
  await chat.sessions.create("den");
  const cases = [
    ["/rename", "Usage: /rename [old] <new>"],
    ["/rename a b c", "Usage: /rename [old] <new>"],
    ["/rename ../etc", "'../etc' cannot be the name of a session."],
    ["/rename den", "Session 'den' already exists."],
    ["/rename Den", "Session 'den' already exists."],
    ["/rename lab", "It has that name."],
    ["/rename nobody garden", "There is no session 'nobody'."],
  ] as const;
  for (const [text, words] of cases) {
    await chat.write(text);
    assertStringIncludes(chat.lastSaid, words, text);
  }
  assertEquals(await names(chat), ["den", "lab"]);
});

Deno.test("rename: refused while a turn runs, while one is bound to, and with a background task", async () => {
  await using chat = await inLab();
  await chat.write("hello");
  await chat.write("/rename garden");
  assertStringIncludes(chat.lastSaid, "lab is at work.");
  const prompt = chat.worker.sent.at(-1)!.id;
  await chat.heard("lab", started(prompt), said("hi"), ended([prompt]));
  chat.claude.background = [{ session: "lab", task: { id: "t", description: "sleep" } }];
  await chat.write("/rename garden");
  assertStringIncludes(chat.lastSaid, "lab has a background task.");
  chat.claude.background = [];
  await chat.write("/rename garden");
  assertStringIncludes(chat.lastSaid, "lab is garden now.");
});

Deno.test("rename: a name whose directory the settings trust always is not to be had", async () => {
  await using chat = await inLab();
  chat.projects["infra"] = { directory: "sessions/infra", trust: "always" };
  await chat.write("/rename infra");
  assertStringIncludes(chat.lastSaid, "The settings trust whatever lies in a session 'infra'.");
  assertEquals(await names(chat), ["lab"]);
});

Deno.test("rename: what a stop holds back comes along and runs by its button", async () => {
  await using chat = await inLab();
  await chat.write("one");
  await chat.write("two");
  await chat.write("/stop");
  const release = chat.buttons[0]!;
  const prompt = chat.worker.sent.at(-1)!.id;
  await chat.heard("lab", started(prompt), ended([prompt], "interrupted"));
  await chat.write("/rename garden");
  assertStringIncludes(chat.lastSaid, "lab is garden now.");
  await chat.press(release);
  assertEquals(chat.asked.at(-1), "two");
  assertEquals(chat.conversations.turns.map(({ session }) => session), ["garden"]);
});

Deno.test("rename: what is written meanwhile waits, and runs under the new name", async () => {
  await using chat = await inLab();
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { archives } = chat.context;
  const rename = archives.rename.bind(archives);
  archives.rename = async (...names) => {
    begun.resolve();
    await gate.promise;
    await rename(...names);
  };
  chat.receive(chat.anUpdate("/rename garden"));
  await begun.promise;
  chat.journal.jobs.add(
    { session: "lab", place: { chat: BOB }, user: BOB, messageId: 1, text: "hello", away: false },
    1,
  );
  chat.conversations.wake("lab");
  await settle();
  assertEquals(chat.asked, []);
  gate.resolve();
  await chat.idle();
  assertEquals(chat.asked, ["hello"]);
  assertEquals(chat.conversations.turns.map(({ session }) => session), ["garden"]);
});

Deno.test("rename: one that fails lets the session go on under its old name", async () => {
  await using chat = await inLab();
  chat.sessions.directories.rename = () => Promise.reject(new Error("no"));
  await chat.write("/rename garden");
  await chat.write("hello");
  assertEquals(chat.asked, ["hello"]);
  assertEquals(chat.conversations.turns.map(({ session }) => session), ["lab"]);
});

Deno.test("rename: a name that another session has leaves that one at its work", async () => {
  await using chat = await inLab();
  await chat.sessions.create("den");
  await chat.sessions.switch("den", { chat: BOB });
  await chat.write("hello", { user: BOB });
  await chat.write("/rename den");
  assertStringIncludes(chat.lastSaid, "already exists");
  assertEquals(chat.asked, ["hello"]);
  assertEquals(chat.conversations.turns.map(({ session }) => session), ["den"]);
});
