import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeRequest } from "../../../../lib/claude/requests.ts";
import type { ClaudeRequest } from "../../../../lib/claude/events.ts";
import { composer } from "../../../../lib/telegram/views/composer.ts";
import { asking, started } from "../../../conversation/stage.ts";
import { ADA, Chat } from "../../stage.ts";

const FORM = {
  ...{ subtype: "elicitation", mcp_server_name: "nas-tools", message: "Where shall it go?" },
  mode: "form",
  requested_schema: {
    properties: {
      host: { type: "string", title: "Host", minLength: 2 },
      port: { type: "integer", maximum: 65535, default: 443 },
      size: { type: "string", enum: ["s", "m"], enumNames: ["Small", "Medium"] },
    },
    required: ["host", "size"],
  },
  property_order: ["host", "port", "size"],
};
const askOf = (change: object = {}): ClaudeRequest => decodeRequest("r", { ...FORM, ...change })!;

async function asked(ask: ClaudeRequest): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("hello");
  await chat.heard("lab", started("p1"), asking(ask));
  await chat.clock.advance(0);
  return chat;
}

const press = (chat: Chat, act: string) => {
  const messageId = chat.journal.requests.get(1)!.messageId!;
  return chat.press(`p:1:${act}`, { chat: ADA, messageId });
};

Deno.test("form: its fields are questions, one after the other, and the server gets what was said", async () => {
  await using chat = await asked(askOf());
  assertStringIncludes(chat.lastSaid, "The MCP server 'nas-tools' asks this, not Claude.");
  assertStringIncludes(chat.lastSaid, "Where shall it go?");
  assertStringIncludes(chat.lastSaid, "lab: a form · 1 of 3");
  await chat.write("n");
  assertEquals(chat.lastSaid, "At least 2 characters.");
  assertEquals(chat.worker.answers, []);
  await chat.write("nas");
  assertEquals(await press(chat, "o1.0"), "Noted"); // The usual port.
  assertEquals(await press(chat, "o2.1"), "Answered");
  assertEquals(chat.worker.answers, [
    ["r", { kind: "answers", answers: { host: "nas", port: "443", size: "Medium" } }],
  ]);
  assertEquals(chat.asked, ["hello"]); // None of it was a prompt.
});

Deno.test("form: what was answered stands beside the field's name, without what explains it", async () => {
  const host = { type: "string", title: "Host", description: "As its owner calls it" };
  const requested_schema = { properties: { host, port: { type: "integer" } } };
  await using chat = await asked(askOf({ requested_schema, property_order: ["host", "port"] }));
  assertStringIncludes(chat.lastSaid, "As its owner calls it");
  await chat.write("nas");
  await chat.clock.advance(0);
  const shown = String(chat.telegram.of("editMessageText").at(-1)?.payload["text"]);
  assertMatch(shown, /^Host: nas$/m);
});

Deno.test("form: what need not be answered can be left out, what has to be cannot", async () => {
  await using chat = await asked(askOf());
  assertEquals(await press(chat, "p0"), "That question is answered already.");
  await chat.write("nas");
  assertEquals(await press(chat, "p1"), "Noted");
  await chat.write("Small");
  assertEquals(chat.worker.answers.map(([, answer]) => answer), [
    { kind: "answers", answers: { host: "nas", port: "", size: "Small" } },
  ]);
});

for (
  const [act, toast, kind] of [["x", "Declined", "deny"], ["c", "Cancelled", "dismiss"]] as const
) {
  Deno.test(`form: ${toast} by a tap`, async () => {
    await using chat = await asked(askOf());
    assertEquals(await press(chat, act), toast);
    assertEquals(chat.worker.answers.map(([, answer]) => answer.kind), [kind]);
    assert(!chat.journal.requests.get(1)!.isOpen);
  });
}

Deno.test("form: what was said to a form that is declined is told to have gone nowhere", async () => {
  await using chat = await asked(askOf());
  await chat.write("nas");
  await press(chat, "x");
  await chat.idle();
  assertEquals(
    chat.lastSaid,
    "Claude no longer waits for this. Your message was not passed on.",
  );
});

Deno.test("form: a question of Claude's has no button that declines", async () => {
  const question = {
    ...{ subtype: "can_use_tool", tool_name: "AskUserQuestion" },
    input: { questions: [{ question: "Which?", options: [{ label: "A" }] }] },
  };
  await using chat = await asked(decodeRequest("r", question)!);
  assertEquals(await press(chat, "x"), "This button is no longer in use.");
  assertEquals(chat.worker.answers, []);
});

Deno.test("form: an address is seen whole, where it leads, and in characters that cannot deceive", async () => {
  const url = "https://auth.ex\u0430mple/login?next=\u202e/moc";
  await using chat = await asked(askOf({ mode: "url", url }));
  assertStringIncludes(chat.lastSaid, "xn--"); // The letter is not the one that it looks like.
  assertStringIncludes(chat.lastSaid, "login?next=⟨U+202E⟩/moc");
  await chat.write("what is this?");
  assertEquals(chat.lastSaid, "It has to be tapped. Your message was not passed on.");
  assertEquals(await press(chat, "o0.0"), "Answered");
  assertEquals(chat.worker.answers.map(([, answer]) => answer.kind), ["answers"]);
});

Deno.test("form: whatever a server writes fits into a message, with the whole in a document", () => {
  const turn = {
    ...{ id: "t", session: "x".repeat(50), place: { chat: 1 }, user: 1, replyTo: null, also: [] },
    ...{ asked: true, away: false, startedAt: 0 },
  };
  const long = "\u202e".repeat(4_000);
  const options = Array.from(
    { length: 40 },
    (_, n) => ({ const: `${n}`, title: `${n} ${long}`.slice(0, 4_000) }),
  );
  const change = {
    message: long,
    requested_schema: {
      properties: { x: { type: "string", title: long, description: long, oneOf: options } },
    },
    property_order: ["x"],
  };
  const url = `https://a.b/${"x".repeat(5_000)}`;
  for (const ask of [askOf(change), askOf({ message: long, mode: "url", url })]) {
    const rows = composer.request(turn, ask, 1);
    const [message] = rows.filter(({ method }) => method === "sendMessage");
    assert(String(message?.payload["text"]).length <= 4096);
    assert(rows.some(({ method }) => method === "sendDocument"));
  }
});
