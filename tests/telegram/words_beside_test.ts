/** What a person writes while Claude waits for an answer. */
import { assertEquals } from "@std/assert";
import type { ClaudeRequest, TurnEvent } from "../../lib/claude/events.ts";
import { ADA, BOB, Chat } from "./stage.ts";

const MINUTE = 60_000;
const usage = { costUsd: 0, inputTokens: 0, outputTokens: 0, durationMs: 0, models: [] };

const permission = (id: string): ClaudeRequest => ({
  ...{ kind: "permission", id, tool: "Bash", input: { command: "git push" } },
  ...{ summary: "Running git push", reason: null, subagent: false, grantable: null, before: null },
});
const question = (id: string, text: string): ClaudeRequest => ({
  ...{ kind: "question", id, summary: text },
  questions: [{
    ...{ text, header: "Disk", multiSelect: false },
    options: [{ label: "sda", description: "", preview: "" }],
  }],
});
const plan = (id: string): ClaudeRequest => ({
  kind: "plan",
  id,
  summary: "A plan",
  plan: "1. look",
});

/** A turn of Ada's in which Claude asks these. */
async function asking(...requests: ClaudeRequest[]): Promise<Chat> {
  const chat = await Chat.open("one", "two");
  await chat.sessions.switch("one", { chat: ADA });
  await chat.write("hello");
  const events = requests.map((request): TurnEvent => ({ type: "request", request }));
  await chat.heard("one", { type: "started", prompts: ["p1"] }, ...events);
  await chat.idle();
  return chat;
}

/** The line under the last message that was written, and its buttons. */
async function line(chat: Chat): Promise<{ text: string; labels: string[]; data: string[] }> {
  await chat.clock.advance(1_000);
  await chat.idle();
  const { payload } = chat.telegram.made.findLast(({ payload }) =>
    String(payload["text"]).startsWith("⏳")
  )!;
  const { inline_keyboard: rows } = payload["reply_markup"] as {
    inline_keyboard: { text: string; callback_data: string }[][];
  };
  const buttons = rows.flat();
  return {
    text: String(payload["text"]),
    labels: buttons.map(({ text }) => text),
    data: buttons.map(({ callback_data }) => callback_data),
  };
}

const waiting = (chat: Chat) => chat.journal.jobs.queue("one").map(({ text }) => text);

Deno.test("words: what is typed while a question is open answers it", async () => {
  await using chat = await asking(question("r1", "Which disk?"));
  await chat.write("the nvme one, please");
  assertEquals(chat.worker.answers, [["r1", { kind: "response", text: "the nvme one, please" }]]);
  assertEquals([waiting(chat), chat.asked], [[], ["hello"]]);
});

Deno.test("words: with several questions open it is asked which they are for, and nothing is lost", async () => {
  await using chat = await asking(question("r1", "Which disk?"), question("r2", "Which host?"));
  await chat.write("the nvme one");
  assertEquals(chat.worker.answers, []);
  const { text, labels, data } = await line(chat);
  assertEquals(
    text,
    "⏳ Claude waits for your answer to 2 things. Your words: “the nvme one” What are they for?",
  );
  assertEquals(labels, [
    "Answer with these words: Which disk?",
    "Answer with these words: Which host?",
    "Keep for after this turn",
  ]);
  assertEquals(await chat.press(data[1]!), "Passed on");
  assertEquals(chat.worker.answers, [["r2", { kind: "response", text: "the nvme one" }]]);
  assertEquals(waiting(chat), []);
});

const NO_ANSWERS: readonly (readonly [string, object])[] = [
  ["a command of Claude's", { text: "/compact" }],
  ["a reply to something else", {
    text: "and this?",
    reply_to_message: { message_id: 5, from: { id: 9, is_bot: true }, text: "an old answer" },
  }],
];

for (const [what, other] of NO_ANSWERS) {
  Deno.test(`words: ${what} is no answer to a question`, async () => {
    await using chat = await asking(question("r1", "Which disk?"));
    await chat.write("", { other });
    assertEquals([chat.worker.answers, waiting(chat).length], [[], 1]);
  });
}

Deno.test("words: what somebody else writes, or for another session, is no answer", async () => {
  await using chat = await asking(question("r1", "Which disk?"));
  await chat.sessions.switch("two", { chat: ADA });
  await chat.write("for two");
  await chat.write("by Bob", { user: BOB, chat: ADA });
  assertEquals(chat.worker.answers, []);
});

Deno.test("words: beside a permission request they can deny it with a tap, or wait", async () => {
  await using chat = await asking(permission("r1"));
  await chat.write("no, pull first");
  const shown = await line(chat);
  assertEquals(
    shown.text,
    "⏳ Claude waits for your tap above. Your words: “no, pull first”",
  );
  assertEquals(shown.labels, ["Deny with these words", "Keep for after this turn"]);
  assertEquals(
    await chat.press(shown.data[0]!, { user: BOB, chat: ADA }).catch(() => "?"),
    "Only who wrote this message can do that.",
  );
  assertEquals(await chat.press(shown.data[0]!), "Passed on");
  const reason = "The user denied this: no, pull first";
  assertEquals(chat.worker.answers, [["r1", { kind: "deny", reason }]]);
  assertEquals([waiting(chat), chat.asked], [[], ["hello"]]);
  assertEquals(await chat.press(shown.data[0]!), "That was settled already.");
});

Deno.test("words: tapped when Claude no longer waits for them, they wait for their turn as before", async () => {
  await using chat = await asking(permission("r1"));
  await chat.write("no, pull first");
  const { data } = await line(chat);
  chat.worker.waits = false;
  assertEquals(await chat.press(data[0]!), "Claude no longer waits for this.");
  assertEquals([chat.worker.answers, waiting(chat)], [[], ["no, pull first"]]);
});

Deno.test("words: beside a question that Claude waits for no more are a message like any other", async () => {
  await using chat = await asking(question("r1", "Which disk?"));
  chat.worker.waits = false;
  await chat.write("the nvme one");
  assertEquals([chat.worker.answers, waiting(chat)], [[], ["the nvme one"]]);
  assertEquals(chat.journal.requests.open(), []);
});

Deno.test("words: to one of two questions, of which the other one is never answered, they are told of", async () => {
  const two = [question("r1", "Which disk?"), question("", "Which host?")];
  const questions = two.flatMap((ask) => ask.kind === "question" ? ask.questions : []);
  await using chat = await asking({ kind: "question", id: "r1", summary: "Two", questions });
  const update = await chat.write("the nvme one");
  assertEquals(chat.worker.answers, []);
  await chat.heard("one", { type: "request_withdrawn", id: "r1", by: "ended" });
  await chat.idle();
  const [told] = chat.telegram.of("sendMessage").slice(-1);
  assertEquals(
    told?.payload["text"],
    "Claude no longer waits for this. Your message was not passed on.",
  );
  assertEquals(told?.payload["reply_parameters"], {
    allow_sending_without_reply: true,
    message_id: update.message!.message_id,
  });
});

Deno.test("words: kept for after the turn they are a message like any other", async () => {
  await using chat = await asking(permission("r1"));
  await chat.write("no, pull first");
  const { data } = await line(chat);
  assertEquals(await chat.press(data[1]!), "It waits for the end of this turn.");
  assertEquals((await line(chat)).labels, ["Cancel", "Send now"]);
  assertEquals([chat.worker.answers, waiting(chat)], [[], ["no, pull first"]]);
});

Deno.test("words: nothing tapped, they run after the turn", async () => {
  await using chat = await asking(permission("r1"));
  await chat.write("no, pull first");
  await chat.heard("one", {
    ...{ type: "ended", prompts: ["p1"], outcome: "answered", text: "", usage },
  });
  await chat.idle();
  assertEquals(chat.asked, ["hello", "no, pull first"]);
});

for (
  const [word, data, answer] of [
    ["yes", 0, { kind: "allow" }],
    ["OK!", 1, { kind: "deny", reason: "The user denied this." }],
  ] as const
) {
  Deno.test(`words: '${word}' beside a permission request can be tapped into ${answer.kind}`, async () => {
    await using chat = await asking(permission("r1"));
    await chat.write(word);
    const shown = await line(chat);
    assertEquals(shown.labels, ["Allow once", "Deny"]);
    await chat.press(shown.data[data]!);
    assertEquals(chat.worker.answers, [["r1", answer]]);
    assertEquals([waiting(chat), chat.asked], [[], ["hello"]]);
  });
}

Deno.test("words: a yes does not run when the request above it is allowed with its own button", async () => {
  await using chat = await asking(permission("r1"));
  const allow = chat.buttons[0]!;
  await chat.write("yes");
  await chat.press(allow, { messageId: 1_000 + chat.telegram.of("sendMessage").length - 0 }).catch(
    () => "",
  );
  await chat.press(allow, { messageId: 1_001 }).catch(() => "");
  assertEquals(chat.worker.answers, [["r1", { kind: "allow" }]]);
  assertEquals(waiting(chat), []);
});

Deno.test("words: beside a plan they send it back with a tap", async () => {
  await using chat = await asking(plan("r1"));
  await chat.write("use zfs instead");
  const { labels, data } = await line(chat);
  assertEquals(labels, ["Send the plan back with these words", "Keep for after this turn"]);
  await chat.press(data[0]!);
  const reason = "The user wants changes to the plan: use zfs instead";
  assertEquals(chat.worker.answers, [["r1", { kind: "deny", reason }]]);
});

Deno.test("parked: nobody answers: reminded once, then the turn is stopped and can go on", async () => {
  await using chat = await asking(permission("r1"));
  await chat.clock.advance(15 * MINUTE);
  await chat.idle();
  const reminder = "⏳ Claude is waiting for you. In 15 min I stop this turn and keep it.";
  assertEquals(chat.said.filter((text) => text === reminder).length, 1);
  await chat.clock.advance(15 * MINUTE - 1);
  assertEquals(chat.worker.interrupts, 0);
  await chat.clock.advance(1);
  await chat.idle();
  assertEquals([chat.worker.interrupts, chat.worker.answers], [1, []]);
  await chat.heard("one", {
    ...{ type: "ended", prompts: ["p1"], outcome: "interrupted", text: "", usage },
  });
  await chat.idle();
  assertEquals(
    chat.lastSaid,
    "⏸ Parked: nobody answered. What Claude asked for was not run.",
  );
  const [goOn] = chat.buttons;
  assertEquals(await chat.press(goOn!), "Continuing");
  assertEquals(chat.asked.length, 2);
  assertEquals(chat.said.filter((text) => text === reminder).length, 1);
});

Deno.test("parked: 'Drop it' takes the buttons away, for who asked", async () => {
  await using chat = await asking(question("r1", "Which disk?"));
  await chat.clock.advance(30 * MINUTE);
  await chat.heard("one", {
    ...{ type: "ended", prompts: ["p1"], outcome: "interrupted", text: "", usage },
  });
  await chat.idle();
  const drop = chat.buttons[1]!;
  assertEquals(await chat.press(drop, { user: BOB, chat: ADA }), "Only who asked can drop it.");
  assertEquals(await chat.press(drop), "Dropped");
  assertEquals(chat.telegram.of("editMessageReplyMarkup").length, 1);
});

Deno.test("parked: an answer in time needs no reminder, and parks nothing", async () => {
  await using chat = await asking(question("r1", "Which disk?"));
  await chat.write("sda");
  await chat.clock.advance(60 * MINUTE);
  await chat.idle();
  assertEquals([chat.worker.interrupts, chat.said.filter((text) => text.startsWith("⏳"))], [
    0,
    [],
  ]);
});
