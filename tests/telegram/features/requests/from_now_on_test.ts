import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ClaudeRequest, Grantable } from "../../../../lib/claude/events.ts";
import { aPermission, asking, ended, started } from "../../../conversation/stage.ts";
import { ADA, BOB, Chat } from "../../stage.ts";

/** A turn of session `lab` in Ada's chat that asks for these; their messages are on display. */
async function asked(...asks: ClaudeRequest[]): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("hello");
  await chat.heard("lab", started("p1"), ...asks.map(asking));
  await chat.clock.advance(0);
  return chat;
}

const messageOf = (chat: Chat, request = 1) => chat.journal.requests.get(request)!.messageId!;
const press = (chat: Chat, act: string, request = 1, user = ADA) =>
  chat.press(`p:${request}:${act}`, { chat: ADA, user, messageId: messageOf(chat, request) });

interface Markup {
  readonly inline_keyboard: { readonly text: string; readonly callback_data: string }[][];
}

/** What a message says now. */
function now(chat: Chat, id: number): { text: string; buttons: string[] } {
  const edit = chat.telegram.of("editMessageText").findLast(({ payload }) =>
    payload["message_id"] === id
  );
  const markup = edit?.payload["reply_markup"] as Markup | undefined;
  return {
    text: String(edit?.payload["text"]),
    buttons: (markup?.inline_keyboard ?? []).flat().map(({ text }) => text),
  };
}

const LS = "ls -la && cat notes";
const aCommand = (id: string, command = LS) =>
  aPermission(id, { input: { command }, grantable: { kind: "command", command } });

Deno.test("from now on: the first tap shows word for word what it would allow, and allows nothing", async () => {
  await using chat = await asked(aCommand("r"));
  assertEquals(await press(chat, "s"), "This is what it would allow");
  assertEquals(now(chat, messageOf(chat)), {
    text: "From now on in lab, until you take it back (/allowed), without asking:\n\n" +
      `${LS}\nexactly this command. Nothing else.`,
    buttons: ["Yes, from now on", "Back"],
  });
  assertEquals([chat.worker.answers, chat.journal.grants.of("lab")], [[], []]);
});

Deno.test("from now on: the second allows it, and the same is not asked again", async () => {
  await using chat = await asked(aCommand("r"));
  await press(chat, "s");
  assertEquals(await press(chat, "f"), "Allowed from now on; /allowed takes it back");
  assertEquals(now(chat, messageOf(chat)), {
    text: "Running ls: ✓ allowed from now on",
    buttons: [],
  });
  await chat.heard("lab", asking(aCommand("again")));
  assertEquals(chat.worker.answers, [["r", { kind: "allow" }], ["again", { kind: "allow" }]]);
  assertEquals(chat.journal.requests.ofRequest("again"), undefined);
  const [grant] = chat.journal.grants.of("lab");
  assertEquals([grant?.user, grant?.what], [ADA, JSON.stringify({ kind: "command", command: LS })]);
});

Deno.test("from now on: anything else is asked", async () => {
  await using chat = await asked(aCommand("r", "git push origin main"));
  await press(chat, "s");
  await press(chat, "f");
  const others = [
    ...["git push --force evil HEAD", "git push origin main --force", "git push origin main "],
    ...["cd x; git push origin main", "echo y | git push origin main"],
  ];
  for (const [index, command] of others.entries()) {
    await chat.heard("lab", asking(aCommand(`other${index}`, command)));
    assertEquals(chat.journal.requests.ofRequest(`other${index}`)?.isOpen, true, command);
  }
  assertEquals(chat.worker.answers.length, 1);
});

Deno.test("from now on: Back shows the request as it was", async () => {
  await using chat = await asked(aCommand("r"));
  const [sent] = chat.telegram.of("sendMessage").filter(({ payload }) =>
    String(payload["text"]).includes("asks")
  );
  await press(chat, "s");
  assertEquals(await press(chat, "u"), "Back");
  const { text, buttons } = now(chat, messageOf(chat));
  assertEquals(text, sent?.payload["text"]);
  assertEquals(buttons, ["Allow once", "Deny", "Deny, with a reason", "Allow from now on…"]);
  // The second step is not on display any more.
  assertEquals(await press(chat, "f"), "This button is no longer in use.");
  assertEquals([chat.worker.answers, chat.journal.grants.of("lab")], [[], []]);
});

Deno.test("from now on: what was not shown is not allowed, whatever the button says", async () => {
  await using chat = await asked(aCommand("r"), aPermission("n", { grantable: null }));
  assertEquals(await press(chat, "f"), "This button is no longer in use.");
  assertEquals(await press(chat, "s", 2), "This button is no longer in use.");
  assertEquals(await press(chat, "s", 1, BOB), "Only who asked Claude can answer this.");
  assertEquals([chat.worker.answers, chat.journal.grants.of("lab")], [[], []]);
});

Deno.test("from now on: of what was settled nothing is allowed any more", async () => {
  await using chat = await asked(aCommand("r"));
  await press(chat, "s");
  await press(chat, "n");
  assertStringIncludes(await press(chat, "f"), "settled already: denied");
  assertEquals(chat.journal.grants.of("lab"), []);
});

Deno.test("from now on: a command that cannot be shown whole a second time is not offered", async () => {
  const command = `echo ${"\u202e\u200b".repeat(300)}`;
  await using chat = await asked(aCommand("r", command));
  const { payload } = chat.telegram.of("sendMessage").at(-1)!;
  const labels = (payload["reply_markup"] as Markup).inline_keyboard.flat().map(({ text }) => text);
  assertEquals(labels, ["Allow once", "Deny", "Deny, with a reason"]);
  assertEquals(await press(chat, "s"), "This button is no longer in use.");
});

const KINDS: readonly (readonly [Grantable, string])[] = [
  [
    { kind: "edits", directories: [] },
    "every edit of a file in its own directory, below it, and in directories that its persona or /trust adds\n" +
    "(not in .git or .claude there).",
  ],
  [{ kind: "edits", directories: ["/tmp"] }, "every edit of a file in /tmp (not below it)."],
  [
    { kind: "edits", directories: ["/etc", "/s/link"] },
    "every edit of a file in /etc, which is also /s/link (not below it).",
  ],
  [{ kind: "reads", directories: ["/etc"] }, "reading every file in /etc (not below it)."],
  [{ kind: "host", host: "example.com" }, "fetching any page of example.com."],
  [{ kind: "tool", tool: "mcp__x__y" }, "every use of mcp__x__y, whatever it is told to do."],
];
for (const [grantable, words] of KINDS) {
  Deno.test(`from now on: ${grantable.kind} in words: ${words.slice(0, 40)}`, async () => {
    await using chat = await asked(aPermission("r", { grantable }));
    await press(chat, "s");
    assert(now(chat, messageOf(chat)).text.endsWith(`without asking:\n\n${words}`));
  });
}

/** A session where these commands are allowed from now on. */
async function allowing(...commands: string[]): Promise<Chat> {
  const chat = await asked(...commands.map((command, index) => aCommand(`r${index}`, command)));
  for (const [index] of commands.entries()) {
    await press(chat, "s", index + 1);
    await press(chat, "f", index + 1);
  }
  await chat.heard("lab", ended(["p1"]));
  return chat;
}

Deno.test("allowed: each with who and when, and a button that takes it back at once", async () => {
  await using chat = await allowing("touch a", "touch b");
  await chat.write("/allowed");
  const { payload } = chat.telegram.of("sendMessage").at(-1)!;
  const text = String(payload["text"]);
  assertStringIncludes(text, "Allowed in lab without asking, until you take it back:");
  assertStringIncludes(text, "1. touch a\nexactly this command. Nothing else.\nby you, at ");
  const list = (payload["reply_markup"] as Markup).inline_keyboard.flat();
  assertEquals(list.map((each) => each.text), ["Take back 1", "Take back 2"]);
  const messageId = 1500;
  const toast = await chat.press(list[0]!.callback_data, {
    ...{ chat: ADA, user: ADA, messageId },
    markup: payload["reply_markup"],
  });
  assertEquals(toast, "Taken back: it is asked about again");
  assertEquals(chat.journal.grants.of("lab").map(({ id }) => id), [2]);
  assert(!now(chat, messageId).text.includes("touch a"));
  assertEquals(now(chat, messageId).buttons, ["Take back 2"]);
  await chat.write("go on");
  await chat.heard(
    "lab",
    started("p2"),
    asking(aCommand("x", "touch a")),
    asking(aCommand("y", "touch b")),
  );
  assertEquals(chat.journal.requests.ofRequest("x")?.isOpen, true);
  assertEquals(chat.journal.requests.ofRequest("y"), undefined);
});

Deno.test("allowed: a second tap on the same says so", async () => {
  await using chat = await allowing("touch a");
  const at = { chat: ADA, user: ADA, messageId: 5 };
  await chat.press("g:e1", at);
  assertEquals(await chat.press("g:e1", at), "That was taken back already.");
});

Deno.test("allowed: where nothing is, it says where something is", async () => {
  await using chat = await allowing("touch a");
  await chat.write("/new other");
  await chat.write("/allowed");
  assertEquals(
    chat.telegram.of("sendMessage").at(-1)?.payload["text"],
    "Nothing is allowed in other from now on.\nElsewhere: lab (1).",
  );
});

Deno.test("allowed: a list that is too long for a message is in several, each with its buttons", async () => {
  await using chat = await allowing(...["a", "b", "c"].map((each) => each.repeat(1_500)));
  await chat.write("/allowed");
  await chat.clock.advance(1_000);
  const labels = chat.telegram.of("sendMessage").slice(-3).map(({ payload }) =>
    (payload["reply_markup"] as Markup | undefined)?.inline_keyboard.flat().map(({ text }) => text)
  );
  assertEquals(labels, [["Take back 1"], ["Take back 2"], ["Take back 3"]]);
});

Deno.test("allowed: what is put away takes it along, and a later session of the name has none", async () => {
  await using chat = await allowing("touch a");
  const made = Date.parse((await chat.sessions.get("lab")).created).toString(36);
  await chat.press(`z:lab:${made}`, { chat: ADA, user: ADA, messageId: 5 });
  assertEquals(chat.journal.grants.of("lab"), []);
  await chat.write("/new lab");
  await chat.write("hello again");
  await chat.heard("lab", started("p2"), asking(aCommand("x", "touch a")));
  assertEquals(chat.journal.requests.ofRequest("x")?.isOpen, true);
});
