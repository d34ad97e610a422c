import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findCommand, menuFor } from "../../../lib/telegram/features/commands.ts";
import { ago } from "../../../lib/telegram/features/sessions/switching.ts";
import { ADA, Chat } from "../stage.ts";

Deno.test("commands: /new makes a session with the default persona and switches to it", async () => {
  await using chat = await Chat.open();
  await chat.write("/new lab");
  assertStringIncludes(chat.lastSaid, "Made lab.");
  assertStringIncludes(chat.lastSaid, "Now in lab");
  assertEquals(await chat.sessions.active({ chat: ADA }), "lab");
  assertEquals((await chat.sessions.get("lab")).persona, "default");
  assertEquals(chat.warmed, ["lab"]);
});

Deno.test("commands: /new takes a persona", async () => {
  await using chat = await Chat.open();
  await chat.write("/new  lab\thomelab");
  assertEquals((await chat.sessions.get("lab")).persona, "homelab");
});

Deno.test("commands: /new gives the new session what waited for one", async () => {
  await using chat = await Chat.open();
  await chat.write("hello");
  await chat.write("/new lab");
  assertEquals(chat.asked, ["hello"]);
  assertStringIncludes(chat.lastSaid, "The message that waited is on its way.");
});

Deno.test("commands: /new with a name that is taken says how to get there", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("/new lab");
  assertStringIncludes(chat.lastSaid, "already exists. Use /session lab");
  assertEquals(await chat.sessions.active({ chat: ADA }), null);
});

const BAD_NAMES = ["../etc", ".", "a.b", "ä", "x".repeat(51), "a/b", "con😀"];

for (const name of BAD_NAMES) {
  Deno.test(`commands: /new ${name.slice(0, 10)} is refused in words`, async () => {
    await using chat = await Chat.open();
    await chat.write(`/new ${name}`);
    assertStringIncludes(chat.lastSaid, "cannot be the name of a session");
    assertEquals((await chat.sessions.list()).sessions, []);
  });
}

Deno.test("commands: /new with an unknown persona names those there are, and makes nothing", async () => {
  await using chat = await Chat.open();
  await chat.write("/new lab butler");
  assertMatch(chat.lastSaid, /no persona 'butler'.*homelab/s);
  assertEquals(await chat.sessions.exists("lab"), false);
});

for (const text of ["/new", "/new a b c"]) {
  Deno.test(`commands: ${text} explains itself and lists the personas`, async () => {
    await using chat = await Chat.open();
    await chat.write(text);
    assertStringIncludes(chat.lastSaid, "Usage: /new <name> [persona]");
    for (const persona of ["default", "homelab", "brainstorm", "planner", "research"]) {
      assertStringIncludes(chat.lastSaid, persona);
    }
  });
}

Deno.test("commands: /session switches and names the one before", async () => {
  await using chat = await Chat.open("lab", "den");
  await chat.write("/session lab");
  await chat.write("/session den");
  assertStringIncludes(chat.lastSaid, "Now in den");
  assertStringIncludes(chat.lastSaid, "(before: lab)");
  assertEquals(await chat.sessions.active({ chat: ADA }), "den");
});

Deno.test("commands: /session with a name that is nearly right suggests the right one", async () => {
  await using chat = await Chat.open("proxmox");
  await chat.write("/session proxmx");
  assertStringIncludes(chat.lastSaid, "Did you mean 'proxmox'?");
});

Deno.test("commands: /session with two words explains itself", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("/session lab den");
  assertStringIncludes(chat.lastSaid, "Usage: /session <name>");
});

for (const text of ["/session", "/sessions"]) {
  Deno.test(`commands: ${text} lists the sessions, with buttons to the others`, async () => {
    await using chat = await Chat.open("lab", "den");
    await chat.sessions.switch("lab", { chat: ADA });
    await chat.write(text);
    assertMatch(chat.lastSaid, /den · default/);
    assertMatch(chat.lastSaid, /lab · default.*← here/);
    assertEquals(chat.buttons, ["s:den"]);
  });
}

Deno.test("commands: /sessions where there are none offers the default one", async () => {
  await using chat = await Chat.open();
  await chat.write("/sessions");
  assertEquals(chat.buttons, ["d"]);
});

Deno.test("commands: /sessions names a damaged session beside the others", async () => {
  await using chat = await Chat.open("lab", "den");
  chat.journal.sessions.remove("den");
  await Deno.writeTextFile(chat.home.path("sessions/den/metadata.json"), "{");
  await chat.write("/sessions");
  assertMatch(chat.lastSaid, /⚠️ Session 'den' cannot be read/);
  assertMatch(chat.lastSaid, /lab · default/);
});

Deno.test("commands: a hundred sessions fit into what Telegram takes", async () => {
  const names = Array.from({ length: 100 }, (_, n) => `${"session-".repeat(5)}${n}`);
  await using chat = await Chat.open(...names);
  await chat.write("/sessions");
  for (const { payload } of chat.telegram.of("sendMessage")) {
    assertEquals(String(payload["text"]).length <= 4096, true);
  }
  assertEquals(chat.buttons.length, 8);
  for (const name of names) assertStringIncludes(chat.said.join("\n"), name);
});

Deno.test("commands: /start says where one is", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("/start");
  assertStringIncludes(chat.lastSaid, "There is no session here yet");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("/start");
  assertStringIncludes(chat.lastSaid, "You are in lab.");
});

Deno.test("commands: /help names every command of the menu", async () => {
  await using chat = await Chat.open();
  await chat.write("/help");
  for (const { command } of menuFor(chat.homelab)) {
    assertStringIncludes(chat.lastSaid, `/${command}`);
  }
});

Deno.test("commands: the menu is one that Telegram takes", async () => {
  await using chat = await Chat.open();
  const menu = menuFor(chat.homelab);
  for (const { command, description } of menu) {
    assertMatch(command, /^[a-z0-9_]{1,32}$/);
    assertEquals(description.length >= 1 && description.length <= 256, true);
  }
  assertEquals(new Set(menu.map(({ command }) => command)).size, menu.length);
});

Deno.test("commands: an unknown one is for Claude", async () => {
  assertEquals(findCommand("compact"), undefined);
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("/compact");
  assertEquals(chat.asked, ["/compact"]);
});

const AGES = [
  [-5, "just now"],
  [59_000, "just now"],
  [60_000, "1 min ago"],
  [59 * 60_000, "59 min ago"],
  [60 * 60_000, "1 h ago"],
  [23 * 3_600_000, "23 h ago"],
  [24 * 3_600_000, "yesterday"],
  [48 * 3_600_000, "2 days ago"],
] as const;

for (const [ms, words] of AGES) {
  Deno.test(`commands: ${ms} ms are '${words}'`, () => assertEquals(ago(ms), words));
}
