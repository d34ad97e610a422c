import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { offers } from "../../lib/telegram/features/offers/offer.ts";
import { readJson } from "../sessions/fixture.ts";
import { unknown } from "./fake_call.ts";
import { ADA, BOB, Chat } from "./stage.ts";

const look = (chat: Chat) => offers({ ...chat.context }, [ADA])("lab").then(() => chat.idle());

const file = (chat: Chat, name: string) => chat.home.path(`sessions/lab/${name}.json`);

async function edit(chat: Chat, name: string, change: Record<string, unknown>): Promise<void> {
  const text = JSON.stringify({ ...await readJson(file(chat, name)), ...change });
  await Deno.writeTextFile(file(chat, name), text);
}

/** A session whose persona somebody has edited; the offer is in the chat. */
async function edited(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await edit(chat, "persona", { system_prompt: "Speak like a pirate." });
  await look(chat);
  return chat;
}

Deno.test("offers: an edited persona is shown as its change, once, with two buttons", async () => {
  await using chat = await Chat.open("lab");
  await edit(chat, "persona", { description: "Speaks like a pirate." });
  await look(chat);
  assertEquals(chat.said.length, 1);
  assertMatch(chat.lastSaid, /files of lab were changed, and not from this chat/);
  assertStringIncludes(chat.lastSaid, "+description: Speaks like a pirate.");
  assertEquals(chat.buttons, ["e:u1", "e:k1"]);
  await look(chat);
  assertEquals(chat.said.length, 1);
});

Deno.test("offers: the whole of a long change comes before the buttons", async () => {
  await using chat = await edited();
  const prompt = Array.from({ length: 100 }, (_, n) => `Line ${n}.`).join("\n");
  await edit(chat, "persona", { system_prompt: prompt });
  await look(chat);
  const calls = chat.telegram.made.map(({ method }) => method);
  assertEquals(calls.slice(-2), ["sendDocument", "sendMessage"]);
  const [{ payload } = { payload: {} }] = chat.telegram.of("sendDocument").slice(-1);
  assertStringIncludes(JSON.stringify(payload), "lab-persona.diff");
  assertMatch(chat.lastSaid, /the whole change is in the document above/);
});

Deno.test("offers: the new one is not used while the document with it is on its way", async () => {
  await using chat = await Chat.open("lab");
  const prompt = Array.from({ length: 100 }, (_, n) => `Line ${n}.`).join("\n");
  await edit(chat, "persona", { system_prompt: prompt });
  chat.telegram.nextOf.set("sendDocument", [unknown]);
  await look(chat);
  assertMatch(await chat.press("e:u1"), /document with all of it has not arrived yet/);
  assert((await chat.sessions.persona("lab")).system_prompt !== prompt);
  await chat.clock.advance(10 * 60_000);
  assertEquals(await chat.press("e:u1"), "In use");
});

Deno.test("offers: the new one is used with a tap, from the next process on, once", async () => {
  await using chat = await edited();
  assertEquals(await chat.press("e:u1"), "In use");
  assertEquals((await chat.sessions.persona("lab")).system_prompt, "Speak like a pirate.");
  assertEquals(chat.claude.asked.filter((each) => each.startsWith("outdate")), ["outdate lab"]);
  assertEquals(await chat.press("e:k1", { user: BOB }), "That was decided already.");
  assertEquals((await chat.sessions.persona("lab")).system_prompt, "Speak like a pirate.");
});

Deno.test("offers: the old one is kept with a tap, and the file shows it again", async () => {
  await using chat = await edited();
  assertEquals(await chat.press("e:k1"), "Kept");
  const { system_prompt: kept } = await chat.sessions.persona("lab");
  assert(kept !== "Speak like a pirate.");
  assertEquals((await readJson(file(chat, "persona")))["system_prompt"], kept);
  assertEquals(chat.claude.asked, []);
  await look(chat);
  assertEquals(chat.said.length, 1);
});

Deno.test("offers: what a tap takes is what was shown, not what the file has become", async () => {
  await using chat = await edited();
  await edit(chat, "persona", { system_prompt: "Something else." });
  assertEquals(await chat.press("e:u1"), "In use");
  assertEquals((await chat.sessions.persona("lab")).system_prompt, "Speak like a pirate.");
  await look(chat);
  assertStringIncludes(chat.lastSaid, "+  Something else.");
});

Deno.test("offers: a further change takes the place of the one before it", async () => {
  await using chat = await edited();
  await edit(chat, "persona", { system_prompt: "Something else." });
  await look(chat);
  assertEquals(chat.buttons, ["e:u2", "e:k2"]);
  assertMatch(await chat.press("e:u1"), /^The files have changed since/);
  assert((await chat.sessions.persona("lab")).system_prompt !== "Speak like a pirate.");
});

Deno.test("offers: a setting is named with what it was, and what it means", async () => {
  await using chat = await Chat.open("lab");
  await edit(chat, "metadata", { permission_mode: "acceptEdits", model: "opus", pid: 7 });
  await look(chat);
  assertMatch(
    chat.lastSaid,
    /mode: as persona and settings say → acceptEdits \(edits files without asking/,
  );
  assertMatch(chat.lastSaid, /model: .* → opus/);
  assertEquals((await chat.sessions.get("lab")).permission_mode, null);
  await chat.press("e:u1");
  assertEquals((await chat.sessions.get("lab")).permission_mode, "acceptEdits");
});

Deno.test("offers: what only the library can allow is named, and cannot be taken", async () => {
  await using chat = await Chat.open("lab");
  const settings = { allowed_tools: ["Bash\u202e"] };
  await edit(chat, "persona", { settings: { ...settings } });
  await look(chat);
  assertStringIncludes(chat.lastSaid, "allowed_tools Bash⟨U+202E⟩");
  assertEquals(chat.buttons, ["e:k1"]);
});

Deno.test("offers: a directory without a record is said to be one", async () => {
  await using chat = await edited();
  await chat.sessions.create("den");
  chat.journal.sessions.remove("lab");
  await look(chat);
  assertMatch(chat.lastSaid, /I have no record of how lab was set up/);
  assertEquals(await chat.press("e:u1"), "This button is no longer in use.");
});

Deno.test("offers: it goes where the session was last spoken to, and to nobody else's chat", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: -5, thread: 3 });
  await chat.write("hello", { chat: -5, thread: 3 });
  await edit(chat, "metadata", { model: "opus" });
  await look(chat);
  assertEquals(chat.telegram.of("sendMessage").at(-1)?.payload["message_thread_id"], 3);
  await offers({ ...chat.context }, [BOB])("lab");
  await edit(chat, "metadata", { model: "haiku" });
  await offers({ ...chat.context }, [BOB])("lab");
  await chat.idle();
  assertEquals(chat.telegram.of("sendMessage").at(-1)?.payload["chat_id"], BOB);
});
