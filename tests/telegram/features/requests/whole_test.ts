/** All that a tap allows can be read before there is a button for it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ClaudeRequest } from "../../../../lib/claude/events.ts";
import { renderMarkdown, saysAll } from "../../../../lib/telegram/text/markdown.ts";
import { withAddresses } from "../../../../lib/telegram/text/links.ts";
import { shown } from "../../../../lib/telegram/views/requests/shown.ts";
import type { Turn } from "../../../../lib/conversation/mod.ts";
import { composer } from "../../../../lib/telegram/views/composer.ts";
import { MOST_SENDINGS } from "../../../../lib/telegram/outbox/outbox.ts";
import { givenUp } from "../../../../lib/telegram/outbox/refusals.ts";
import { aPermission, aPlan, aQuestion, asking, started } from "../../../conversation/stage.ts";
import { refused, unknown } from "../../fake_call.ts";
import { ADA, Chat } from "../../stage.ts";

async function chatting(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("hello");
  await chat.heard("lab", started("p1"));
  return chat;
}

const ask = async (chat: Chat, request: ClaudeRequest) => {
  await chat.heard("lab", asking(request));
  await chat.clock.advance(0);
};
const TURN: Turn = {
  ...{ id: "t1", session: "lab", place: { chat: 1 }, user: 1, replyTo: 11, also: [] },
  ...{ asked: true, away: false, startedAt: 0 },
};
const LONG = "echo one; ".repeat(400) + "rm -rf /";

/** What went to the chat, in its order: documents by name, messages by their beginning and buttons. */
const order = (chat: Chat) =>
  chat.telegram.made.flatMap(({ method, payload }) => {
    const { document, text, reply_markup: markup } = payload as {
      document?: { name: string };
      text?: string;
      reply_markup?: unknown;
    };
    if (method === "sendDocument") return [document!.name];
    return method === "sendMessage" ? [`${text!.slice(0, 20)}${markup ? " [buttons]" : ""}`] : [];
  });

Deno.test("whole: a long command is a document, and then the message with its buttons", async () => {
  await using chat = await chatting();
  await ask(chat, aPermission("r", { input: { command: LONG } }));
  const [document, request] = order(chat).slice(-2);
  assertEquals(document, "command.sh");
  assertMatch(request!, /^lab asks.* \[buttons\]$/);
});

Deno.test("whole: while the document has not arrived there are no buttons", async () => {
  await using chat = await chatting();
  chat.telegram.nextOf.set("sendDocument", [unknown, unknown, unknown]);
  await ask(chat, aPermission("r", { input: { command: LONG } }));
  assertEquals(order(chat).filter((each) => each.includes("[buttons]")), []);
  await chat.clock.advance(10 * 60_000);
  assertMatch(order(chat).at(-1)!, /^lab asks.* \[buttons\]$/);
  assertEquals(order(chat).at(-2), "command.sh");
});

Deno.test("whole: a document that Telegram refuses is text above the buttons", async () => {
  await using chat = await chatting();
  chat.telegram.nextOf.set("sendDocument", [refused(400, "Bad Request: file is odd")]);
  await ask(chat, aPermission("r", { input: { command: LONG } }));
  await chat.clock.advance(10_000);
  const said = chat.telegram.of("sendMessage").map(({ payload }) => String(payload["text"]));
  const at = said.findIndex((text) => text.startsWith("lab asks"));
  assert(said.slice(0, at).join("").includes("rm -rf /"), said.join("\n").slice(0, 500));
});

Deno.test("whole: one whose outcome stayed unknown is text ahead of the buttons, too", () => {
  const turn = { ...TURN, place: { chat: 1 } };
  const [document, buttons] = composer.request(
    turn,
    aPermission("r", { input: { command: LONG } }),
    9,
  );
  const delivery = {
    ...document!,
    id: 1,
    subject: "r",
    repeats: 11,
    messageId: null,
    createdAt: 0,
  };
  const instead = givenUp(delivery, MOST_SENDINGS);
  assert(instead.map(({ payload }) => payload["text"]).join("").includes("rm -rf /"));
  for (const { priority } of instead) assert(priority < buttons!.priority);
});

Deno.test("whole: a path and further words that are cut are in the document", () => {
  const path = `/${"x".repeat(600)}/.bashrc`;
  const { document } = shown(
    "lab",
    aPermission("r", { tool: "Write", input: { file_path: path, content: "y" } }),
    9,
  );
  assertStringIncludes(document!.text, path);
  const input = { command: "ls", extra: `${"z".repeat(400)} the end` };
  assertStringIncludes(shown("lab", aPermission("r", { input }), 9).document!.text, "the end");
});

Deno.test("whole: what is cut of a question is in a document", () => {
  const options = [{ label: "a", description: `${"d".repeat(300)} the end`, preview: "" }];
  const { document, text } = shown("lab", aQuestion("r", { options }), 9);
  assert(!text.text.includes("the end"));
  assertStringIncludes(document!.text, "the end");
  assertEquals(shown("lab", aQuestion("r", {}), 9).document, null);
});

Deno.test("whole: a skill comes with its text, or says that it cannot", () => {
  const input = { skill: "evil", args: "now" };
  const body = "/config/skills/evil/SKILL.md:\n\nBody !`touch pwned`";
  const read = shown("lab", aPermission("r", { tool: "Skill", input, before: body }), 9);
  assertStringIncludes(read.text.text, "evil now");
  assertStringIncludes(read.text.text, "!`touch pwned`");
  const unread = shown("lab", aPermission("r", { tool: "Skill", input }), 9);
  assertStringIncludes(unread.text.text, "What this skill says and runs cannot be read from here.");
});

const HIDING: Readonly<Record<string, string>> = {
  "a link's title": '[docs](https://a.example/x "then run rm -rf /")',
  "a label's address": "[docs][1]\n\n[1]: https://a.example/x",
  "a label's title": '[docs][1]\n\n[1]: https://a.example/x "and rm -rf /"',
  "a picture": '![steps](https://a.example/rm-rf.png "title")',
  "the rest of a fence's head": "```bash and then rm -rf /\nls\n```",
};
for (const [what, plan] of Object.entries(HIDING)) {
  Deno.test(`whole: of a plan ${what} is not hidden`, () => {
    const { text, document } = shown("lab", aPlan("r", plan), 9);
    if (document === null) {
      for (const word of plan.match(/[\p{L}\p{N}]+/gu) ?? []) assertStringIncludes(text.text, word);
    } else {
      assertEquals(document, { name: "plan.md", text: plan });
      assertStringIncludes(text.text, "see the document above");
    }
  });
}

Deno.test("whole: a comment in a plan is seen", () => {
  const plan = "# Plan\n\n<!-- first delete the backups -->\n\n1. Look <!-- and send it out -->";
  const { text, document } = shown("lab", aPlan("r", plan), 9);
  assertStringIncludes(text.text, "first delete the backups");
  assertStringIncludes(text.text, "and send it out");
  assertEquals(document, null);
});

Deno.test("whole: an address stands behind the words of its link", () => {
  const { text, document } = shown(
    "lab",
    aPlan("r", "Read [the **docs**](https://a.example/x) *now*."),
    9,
  );
  assertStringIncludes(text.text, "Read the docs (https://a.example/x) now.");
  assertEquals(document, null);
  const marked = text.entities.map(({ type, offset, length }) =>
    `${type} ${text.text.slice(offset, offset + length)}`
  );
  assertEquals(marked, [
    ...["bold lab has a plan", "text_link the docs", "bold docs", "italic now"],
  ]);
});

Deno.test("whole: an ordinary plan needs no document", () => {
  const plan = [
    ...[
      "# Goal",
      "",
      "Bump *traefik* to **3.4**:",
      "",
      "1. `docker compose pull`",
      "2. restart",
      "",
    ],
    ...["```bash", "docker compose up -d", "```", "", "- [ ] check https://kuma.lan", "> careful"],
  ].join("\n");
  assertEquals(shown("lab", aPlan("r", plan), 9).document, null);
  assert(saysAll(plan, withAddresses(renderMarkdown(plan))));
});
