import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TurnEvent } from "../../../../lib/claude/events.ts";
import { ended, exited, said, started } from "../../../conversation/stage.ts";
import { ADA, BOB, Chat } from "../../stage.ts";

const GROUP = -5;
const silent: TurnEvent = { type: "silent", ms: 300_000 };

/** Session `lab` in a group, where Ada and Bob write. */
async function inGroup(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: GROUP });
  return chat;
}

/** A message of Ada's whose conversation is lost; its button is on display. */
async function lost(): Promise<Chat> {
  const chat = await inGroup();
  await chat.sessions.update("lab", { claude_session_id: "0a0a0a0a-0000-4000-8000-000000000001" });
  chat.acquire = () => Promise.reject(chat.lost);
  chat.uuid = () => crypto.randomUUID(); // Some become ids of conversations.
  await chat.write("hello", { chat: GROUP });
  return chat;
}

const idsOf = async (chat: Chat) => {
  const { claude_session_id: now, claude_session_ids: all } = await chat.sessions.get("lab");
  return { now, all };
};

Deno.test("afresh: a lost conversation is told with a button, and none is begun by itself", async () => {
  await using chat = await lost();
  assertStringIncludes(chat.lastSaid, "no longer has the conversation");
  assertEquals(chat.buttons, ["l:f1"]);
  chat.acquire = () => Promise.resolve(chat.worker);
  await chat.clock.advance(3_600_000);
  assertEquals(chat.asked, []);
  assertEquals(chat.journal.jobs.progress("lab", 0), "new"); // Nothing was ever given to it.
});

Deno.test("afresh: a tap runs the kept prompt in a new conversation, and the old id is kept", async () => {
  await using chat = await lost();
  const before = await idsOf(chat);
  chat.acquire = () => Promise.resolve(chat.worker);
  assertEquals(await chat.press("l:f1", { chat: GROUP }), "Starting afresh");
  assertEquals(chat.asked, ["hello"]);
  const after = await idsOf(chat);
  assert(after.now !== before.now && after.now !== null);
  assertEquals(after.all, [before.now, after.now]);
  assertEquals(chat.claude.asked, ["outdate lab"]);
});

Deno.test("afresh: a second tap, and another person's, change nothing", async () => {
  await using chat = await lost();
  chat.acquire = () => Promise.resolve(chat.worker);
  assertMatch(await chat.press("l:f1", { chat: GROUP, user: BOB }), /^Only who wrote/);
  assertEquals(chat.asked, []);
  await chat.press("l:f1", { chat: GROUP });
  const { now } = await idsOf(chat);
  assertEquals(await chat.press("l:f1", { chat: GROUP }), "That was done already.");
  assertEquals([chat.asked, (await idsOf(chat)).now], [["hello"], now]);
});

Deno.test("afresh: what was lost before a fresh start is asked again in that one", async () => {
  await using chat = await lost();
  await chat.write("second", { chat: GROUP });
  chat.acquire = () => Promise.resolve(chat.worker);
  await chat.press("l:f1", { chat: GROUP });
  const prompt = chat.worker.sent.at(-1)!.id;
  await chat.heard("lab", started(prompt), said("hi"), ended([prompt]));
  const { now } = await idsOf(chat);
  assertMatch(await chat.press("l:f2", { chat: GROUP }), /^Asking again/);
  assertEquals([chat.asked, (await idsOf(chat)).now], [["hello", "second"], now]);
});

Deno.test("afresh: the conversation counts as new, whatever went before", async () => {
  await using chat = await lost();
  const { jobs } = chat.journal;
  const old = jobs.add({ ...jobs.get(1)!, text: "old" }, 1);
  jobs.submit([old], "p0", 2);
  jobs.done([old], "answered", 3);
  assertEquals(jobs.progress("lab", 0), "kept");
  await chat.press("l:f1", { chat: GROUP }); // Its process does not start yet.
  assertEquals(jobs.progress("lab", 0), "new");
});

Deno.test("afresh: a crash right after the tap leaves the new id to the next start", async () => {
  await using chat = await lost();
  const before = await idsOf(chat);
  Object.assign(chat.claude, { outdate: () => Promise.reject(new Error("cut off")) });
  await chat.press("l:f1", { chat: GROUP });
  const { now } = await idsOf(chat);
  assert(now !== null && now !== before.now);
});

/** A turn of Ada's whose process is silent; its button is on display. */
async function hung(): Promise<{ chat: Chat; end: string }> {
  const chat = await inGroup();
  await chat.write("hello", { chat: GROUP });
  await chat.heard("lab", started("p1"), silent);
  await chat.clock.advance(0);
  return { chat, end: chat.buttons[0]! };
}

Deno.test("hung: its button ends the process, which is told, and the next message goes on", async () => {
  const { chat, end } = await hung();
  await using _ = chat;
  assertMatch(chat.lastSaid, /said nothing in lab for 5 min/);
  chat.worker.onClose = () => chat.conversations.heard("lab", exited("killed"));
  assertEquals(await chat.press(end, { chat: GROUP, messageId: 77 }), "Ending it…");
  assertEquals(chat.worker.closed, ["killed"]);
  assertMatch(chat.lastSaid, /its process was ended; your next message resumes/);
  const edit = chat.telegram.of("editMessageText").at(-1)?.payload;
  assertEquals([edit?.["message_id"], edit?.["reply_markup"]], [77, undefined]);
  assertEquals(await chat.press(end, { chat: GROUP }), "This turn is over already.");
  chat.worker.alive = true;
  await chat.write("and now", { chat: GROUP });
  assertEquals(chat.asked, ["hello", "and now"]);
});

Deno.test("hung: only who asked may end it, and never a later turn", async () => {
  const { chat, end } = await hung();
  await using _ = chat;
  assertMatch(await chat.press(end, { chat: GROUP, user: BOB }), /^Only who asked/);
  await chat.heard("lab", said("back"), ended(["p1"]));
  await chat.write("next", { chat: GROUP });
  assertEquals(await chat.press(end, { chat: GROUP }), "This turn is over already.");
  assertEquals(chat.worker.closed, []);
});

Deno.test("crashes: the button tries again at once; others', and a second tap, do not", async () => {
  await using chat = await inGroup();
  for (const prompt of ["p1", "p2", "p3"]) {
    await chat.write("bang", { chat: GROUP });
    await chat.heard("lab", started(prompt), exited("crashed", "boom"));
  }
  await chat.write("fourth", { chat: GROUP });
  assertMatch(chat.lastSaid, /^🧯 Claude Code keeps ending in lab\..*boom/s);
  const [button] = chat.buttons;
  assertEquals(button, "l:t4");
  assertMatch(await chat.press("l:t4", { chat: GROUP, user: BOB }), /^Only who wrote/);
  assertEquals(chat.asked.length, 3);
  assertEquals(await chat.press("l:t4", { chat: GROUP }), "Trying again…");
  assertEquals(chat.asked.at(-1), "fourth");
  assertEquals(await chat.press("l:t4", { chat: GROUP }), "It is on its way already.");
});

for (const data of ["l:", "l:f", "l:fx", "l:x1", "l:t99", "l:f99", "l:1"]) {
  Deno.test(`lifecycle: '${data}' is answered as a button that is not in use`, async () => {
    await using chat = await Chat.open("lab");
    assertEquals(await chat.press(data), "This button is no longer in use.");
  });
}

Deno.test("lifecycle: a button of a turn that nobody knows ends nothing", async () => {
  await using chat = await Chat.open("lab");
  assertEquals(await chat.press("l:enobody", { user: ADA }), "This turn is over already.");
});

/** Sessions that crash again and again; the third message waits, with buttons under what is said. */
async function heldBack(): Promise<Chat> {
  const chat = await inGroup();
  await chat.sessions.update("lab", { claude_session_id: "0a0a0a0a-0000-4000-8000-000000000001" });
  chat.acquire = () => Promise.reject(new Error("Cannot read this transcript."));
  chat.uuid = () => crypto.randomUUID();
  for (const words of ["one", "two", "three", "four"]) await chat.write(words, { chat: GROUP });
  return chat;
}

Deno.test("afresh: a conversation that crashes the CLI can be left behind, once", async () => {
  await using chat = await heldBack();
  const { now: before } = await idsOf(chat);
  const waiting = chat.journal.jobs.queue("lab").map(({ id }) => id);
  const first = waiting[0]!;
  assertEquals(chat.buttons, [`l:t${first}`, `l:f${first}`]);
  chat.acquire = () => Promise.resolve(chat.worker);
  assertEquals(await chat.press(`l:f${first}`, { chat: GROUP }), "Starting afresh");
  const { now } = await idsOf(chat);
  assert(now !== before);
  assertStringIncludes(chat.asked.join(), "four");
  assertEquals(await chat.press(`l:f${first}`, { chat: GROUP }), "That was done already.");
  assertEquals((await idsOf(chat)).now, now);
});

Deno.test("afresh: what was taken back does not run; what waits behind it goes on afresh, once", async () => {
  await using chat = await heldBack();
  const { now: before } = await idsOf(chat);
  const [first, second] = chat.journal.jobs.queue("lab").map(({ id }) => id);
  await chat.press(`q:c${first}`, { chat: GROUP });
  assertEquals(chat.journal.jobs.get(first!)?.outcome, "cancelled");
  chat.acquire = () => Promise.resolve(chat.worker);
  assertEquals(await chat.press(`l:f${first}`, { chat: GROUP }), "Starting afresh");
  const { now } = await idsOf(chat);
  assert(now !== before);
  assertEquals(chat.asked, [chat.journal.jobs.get(second!)!.text]);
  assertEquals(await chat.press(`l:f${first}`, { chat: GROUP }), "That was done already.");
  assertEquals([chat.asked.length, (await idsOf(chat)).now], [1, now]);
});

Deno.test("crashes: the button of what was taken back tries what waits behind it", async () => {
  await using chat = await heldBack();
  const [first, second] = chat.journal.jobs.queue("lab").map(({ id }) => id);
  await chat.press(`q:c${first}`, { chat: GROUP });
  chat.acquire = () => Promise.resolve(chat.worker);
  assertEquals(await chat.press(`l:t${first}`, { chat: GROUP }), "Trying again…");
  assertEquals(chat.asked, [chat.journal.jobs.get(second!)!.text]);
  assertEquals(await chat.press(`l:t${first}`, { chat: GROUP }), "Nothing waits any more.");
});

Deno.test("afresh: an old button of what was taken back ends no conversation that goes on", async () => {
  await using chat = await heldBack();
  const { now: before } = await idsOf(chat);
  const [first] = chat.journal.jobs.queue("lab").map(({ id }) => id);
  await chat.press(`q:c${first}`, { chat: GROUP });
  chat.acquire = () => Promise.resolve(chat.worker);
  await chat.press(`l:t${first}`, { chat: GROUP });
  const prompt = chat.worker.sent.at(-1)!.id;
  await chat.heard("lab", started(prompt), said("hi"), ended([prompt]));
  await chat.write("five", { chat: GROUP });
  assertEquals(await chat.press(`l:f${first}`, { chat: GROUP }), "That was done already.");
  assertEquals((await idsOf(chat)).now, before);
});

Deno.test("afresh: with everything taken back there is nothing to begin for", async () => {
  await using chat = await heldBack();
  const { now: before } = await idsOf(chat);
  const waiting = chat.journal.jobs.queue("lab").map(({ id }) => id);
  for (const id of waiting) await chat.press(`q:c${id}`, { chat: GROUP });
  assertEquals(await chat.press(`l:f${waiting[0]}`, { chat: GROUP }), "That was done already.");
  assertEquals((await idsOf(chat)).now, before);
});

Deno.test("crashes: what a stop holds back is not tried again", async () => {
  await using chat = await heldBack();
  const [first] = chat.journal.jobs.queue("lab").map(({ id }) => id);
  chat.journal.jobs.hold([first!], 1);
  assertMatch(await chat.press(`l:t${first}`, { chat: GROUP }), /^A stop holds it back/);
});
