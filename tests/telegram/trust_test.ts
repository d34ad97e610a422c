/** `/trust` in the chat: what is shown, whose tap counts, and for exactly what. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { tellTrustNews } from "../../lib/telegram/features/trust/news.ts";
import { BOB, Chat } from "./stage.ts";

const hook = (command: string) =>
  JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: "command", command }] }] } });

async function write(chat: Chat, path: string, text: string): Promise<void> {
  const full = join(await chat.sessions.dir("lab"), path);
  await Deno.mkdir(dirname(full), { recursive: true });
  await Deno.writeTextFile(full, text);
}

/** Ada is in session `lab`, whose directory brings these. */
async function bringing(files: Readonly<Record<string, string>>): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: 1 });
  for (const [path, text] of Object.entries(files)) await write(chat, path, text);
  return chat;
}

const given = async (chat: Chat) =>
  (await chat.context.trust.forProcess("lab"))?.configRoot ?? null;

/** A message of ours, not one that says that a document was refused. */
const isTrust = ({ text }: Readonly<Record<string, unknown>>) =>
  /run by themselves|directory/.test(String(text));

/** The buttons of the newest message about trust, by their labels. */
function labels(chat: Chat): Record<string, string> {
  const [last] = chat.telegram.of("sendMessage").filter(({ payload }) => isTrust(payload)).slice(
    -1,
  );
  const markup = last?.payload["reply_markup"] as {
    inline_keyboard: { text: string; callback_data: string }[][];
  } | undefined;
  return Object.fromEntries(
    (markup?.inline_keyboard ?? []).flat().map((each) => [each.text, each.callback_data]),
  );
}

const USE = "Use these, as shown";
const MORE = "Use, and what it calls may change";
const IGNORE = "Ignore them again";

const lastEdit = (chat: Chat) =>
  String(chat.telegram.of("editMessageText").at(-1)?.payload["text"]);

Deno.test("/trust: a directory that brings nothing is said to", async () => {
  await using chat = await bringing({ "CLAUDE.md": "x" });
  await chat.write("/trust");
  assertStringIncludes(chat.lastSaid, "Nothing in the directory of lab runs by itself");
  assertEquals(labels(chat), {});
});

Deno.test("/trust: what is shown is used with one tap, and taken back with one", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("echo hi") });
  await chat.write("/trust");
  assertMatch(chat.lastSaid, /^This directory brings things that run by themselves\nlab · none/);
  assertStringIncludes(chat.lastSaid, "Stop: echo hi");
  assertEquals(Object.keys(labels(chat)), [USE]);
  assertEquals(await chat.press(labels(chat)[USE]!), "Used");
  assertStringIncludes(lastEdit(chat), "is used as shown");
  assert(await given(chat) !== null);
  assertEquals(chat.claude.asked, ["outdate lab"]);
  await chat.write("/trust");
  assertMatch(chat.lastSaid, /used as shown; you said so at \d\d:\d\d/);
  assertEquals(Object.keys(labels(chat)), [IGNORE]);
  assertEquals(await chat.press(labels(chat)[IGNORE]!), "Ignored");
  assertEquals([await given(chat), chat.journal.trust.all()], [null, []]);
  assertEquals(await chat.press(labels(chat)[IGNORE] ?? "u:i2"), "They were ignored already.");
});

Deno.test("/trust: the contents of files come as a document first, and a tap needs it to have come", async () => {
  await using chat = await bringing({
    ".claude/settings.json": hook("scripts/a.sh"),
    "scripts/a.sh": "#!/bin/sh\necho \u202egnp.exe\n",
  });
  chat.telegram.nextOf.set("sendDocument", [{ kind: "refused", code: 400, description: "no" }]);
  await chat.write("/trust");
  assertEquals(await chat.press(labels(chat)[USE]!), NOT_SEEN);
  assertEquals(await given(chat), null);
  await chat.write("/trust");
  const order = chat.telegram.made.map(({ method }) => method).filter((each) => /^send/.test(each));
  assertEquals(order.slice(-2), ["sendDocument", "sendMessage"]);
  assertEquals(await chat.press(labels(chat)[USE]!), "Used");
});

const NOT_SEEN =
  "The document with all of it has not arrived yet. Look at it first, then tap again.";

Deno.test("/trust: what changed between the look and the tap is not used but shown anew", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("echo one") });
  await chat.write("/trust");
  const [old] = Object.values(labels(chat));
  await write(chat, ".claude/settings.json", hook("echo two"));
  assertMatch(await chat.press(old!), /changed meanwhile/);
  assertEquals(await given(chat), null);
  assertStringIncludes(chat.lastSaid, "echo two");
  assertEquals(await chat.press(labels(chat)[USE]!), "Used");
  assertMatch(await chat.press(old!), /changed meanwhile/);
});

Deno.test("/trust: what calls more has a button of its own, which says so", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("npm run fmt") });
  await chat.write("/trust");
  assertStringIncludes(chat.lastSaid, "may change: starts npm");
  assertEquals(Object.keys(labels(chat)), [MORE]);
  assertEquals(await chat.press(labels(chat)[MORE]!), "Used");
  assertEquals(chat.journal.trust.get("lab")?.extent, "mayChange");
});

Deno.test("/trust: a button that its words name is there", async () => {
  const both = { "inventory": { command: "inventory-server" } };
  const loose = { ".claude/settings.json": hook("npm run fmt") };
  const named = (chat: Chat) =>
    [...chat.lastSaid.matchAll(/“([^”]+)”/g)].map(([, label]) => label!);
  const servers = { ...loose, ".mcp.json": JSON.stringify({ mcpServers: both }) };
  for (const files of [loose, servers]) {
    for (const tap of [null, USE, MORE]) {
      await using chat = await bringing(files);
      await chat.write("/trust");
      const data = tap === null ? undefined : labels(chat)[tap];
      if (data !== undefined) await chat.press(data);
      await chat.write("/trust");
      assertEquals(named(chat).filter((label) => labels(chat)[label] === undefined), []);
      assert(!/second button/.test(chat.lastSaid), chat.lastSaid);
      await using closed = await bringing(files);
      closed.lock.missing = "no lock";
      await closed.write("/trust");
      assertEquals(named(closed), []);
    }
  }
});

Deno.test("/trust: what is used as shown does not name as used what may change", async () => {
  const server = { mcpServers: { inventory: { command: "inventory-server" } } };
  await using chat = await bringing({
    ".claude/settings.json": hook("npm run fmt"),
    ".mcp.json": JSON.stringify(server),
  });
  await chat.write("/trust");
  assertEquals(await chat.press(labels(chat)[USE]!), "Used");
  const [used, left] = lastEdit(chat).split("Not used");
  assertStringIncludes(used!, "inventory-server");
  assert(!used!.includes("npm run fmt"), lastEdit(chat));
  assertMatch(left ?? "", /may change[^]*npm run fmt/);
  await chat.write("/trust");
  assertMatch(chat.lastSaid, /used as shown, without what may change; you said so at/);
  assertEquals(await chat.press(labels(chat)[MORE]!), "Used");
  assert(!lastEdit(chat).includes("Not used"), lastEdit(chat));
});

Deno.test("/trust: buttons are for who asked, for that very session, and for nobody who made them up", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("echo hi") });
  await chat.write("/trust");
  const use = labels(chat)[USE]!;
  assertMatch(await chat.press(use, { user: BOB }), /for who asked/);
  for (const data of ["u:u999", "u:u", "u:x1", "u:u1:2"]) {
    assertMatch(await chat.press(data), /no longer in use/);
  }
  await chat.sessions.retire("lab", () => Promise.resolve());
  assertMatch(await chat.press(use), /no longer in use/);
  await chat.sessions.create("lab");
  await write(chat, ".claude/settings.json", hook("echo hi"));
  assertMatch(await chat.press(use), /no longer in use/);
  assertEquals(chat.journal.trust.all(), []);
});

Deno.test("/trust: what is more than can be shown cannot be used", async () => {
  await using chat = await bringing({ ".claude/commands/a.md": "x".repeat(1_100_000) });
  await chat.write("/trust");
  assertStringIncludes(chat.lastSaid, "more than can be shown");
  assertEquals(labels(chat), {});
});

Deno.test("/trust: a long list is cut in the message, and whole in the document", async () => {
  const commands = Object.fromEntries(
    Array.from({ length: 150 }, (_, n) => [`.claude/commands/command-number-${n}.md`, "x"]),
  );
  await using chat = await bringing(commands);
  await chat.write("/trust");
  assert(chat.lastSaid.length < 4096);
  assertStringIncludes(chat.lastSaid, "The document above has all of it");
  const { document } = chat.telegram.of("sendDocument")[0]!.payload as { document: unknown };
  assert(document !== undefined);
});

Deno.test("trust news: what a turn brought is told once, without effect", async () => {
  await using chat = await bringing({});
  const turn = { session: "lab", place: { chat: 1 }, user: 1 };
  await tellTrustNews(chat.context, turn);
  assertEquals(chat.said, []);
  await write(chat, ".claude/settings.json", hook("evil"));
  await tellTrustNews(chat.context, turn);
  await tellTrustNews(chat.context, turn);
  await chat.idle();
  assertEquals(chat.said, [
    "lab: This directory brings things that run by themselves. They have no effect. /trust shows them.",
  ]);
  assertEquals(await chat.press(labels(chat)["Show them"]!), "Here they are");
  assertStringIncludes(chat.lastSaid, "Stop: evil");
});

Deno.test("trust news: a later change comes with its diff, and one tap uses it", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("echo one") });
  const turn = { session: "lab", place: { chat: 1 }, user: 1 };
  await chat.write("/trust");
  await chat.press(labels(chat)[USE]!);
  const before = await given(chat);
  await write(chat, ".claude/settings.json", hook("echo two"));
  await tellTrustNews(chat.context, turn);
  await chat.idle();
  assertStringIncludes(chat.lastSaid, "-• Stop: echo one\n+• Stop: echo two");
  assertEquals(await given(chat), before);
  assertEquals(await chat.press(labels(chat)[USE]!), "Used");
  assert(await given(chat) !== before);
});

Deno.test("/trust: an archived session leaves no trust to one of its name", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("echo hi") });
  await chat.write("/trust");
  await chat.press(labels(chat)[USE]!);
  await chat.write("/archive lab");
  await chat.press(chat.buttons[0]!);
  await chat.idle();
  assertEquals(chat.journal.trust.all(), []);
  const copies = await Array.fromAsync(Deno.readDir(join(chat.home.home, "trust")));
  assertEquals(copies.filter(({ name }) => name !== "empty"), []);
});

Deno.test("/trust: what the settings trust always needs no tap, and /status says so", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("npm run x") });
  chat.projects["lab"] = { directory: "sessions/lab", trust: "always" };
  assert(await given(chat) !== null);
  await chat.write("/trust");
  assertStringIncludes(chat.lastSaid, "all of it is used, as the settings say");
  assertEquals(labels(chat), {});
  await chat.write("/status");
  assertStringIncludes(chat.lastSaid, "lab: what its directory brings is always used");
});

Deno.test("/trust: where the lock is missing nothing can be used, and why is said", async () => {
  await using chat = await bringing({ ".claude/settings.json": hook("echo hi") });
  await chat.write("/trust");
  const [use] = Object.values(labels(chat));
  chat.lock.missing = "this version has no such flag";
  assertMatch(await chat.press(use!), /^That cannot be used: this version/);
  await chat.write("/trust");
  assertStringIncludes(chat.lastSaid, "none can be used: this version has no such flag.");
  assertEquals([labels(chat), chat.journal.trust.all()], [{}, []]);
});
