/** What a person writes while Claude waits for an answer. */
import { assertEquals } from "@std/assert";
import type { ClaudeRequest, TurnEvent } from "../../lib/claude/events.ts";
import { exited, said } from "../conversation/stage.ts";
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

for (const isHeard of [false, true]) {
  const what = isHeard ? "is not doubted once Claude went on" : "is told of";
  Deno.test(`words: an answer as which Claude's process ends ${what}`, async () => {
    await using chat = await asking(question("r1", "Which disk?"));
    await chat.write("the nvme one, please");
    if (isHeard) await chat.heard("one", said("I see."));
    await chat.heard("one", exited("crashed"));
    await chat.clock.advance(1_000);
    await chat.idle();
    const doubts = chat.said.filter((text) =>
      text.startsWith("Claude Code ended as I passed this")
    );
    assertEquals(doubts.length, isHeard ? 0 : 1);
  });
}

Deno.test("words: with several questions open it is asked which they are for, and nothing is lost", async () => {
  await using chat = await asking(question("r1", "Which disk?"), question("r2", "Which host?"));
  await chat.write("the nvme one");
  assertEquals(chat.worker.answers, []);
  const { text, labels, data } = await line(chat);
  assertEquals(
    text,
    "⏳ Claude waits for your answer to 2 things. Your words: “the nvme one” What are they for? " +
      "If you tap nothing, Claude gets them after this turn.",
  );
  assertEquals(labels, [
    "Answer with these words: Which disk?",
    "Answer with these words: Which host?",
    "Keep for after this turn",
    "Drop",
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
    "⏳ Claude waits for your tap above. Your words: “no, pull first” " +
      "If you tap nothing, Claude gets them after this turn.",
  );
  assertEquals(shown.labels, ["Deny with these words", "Keep for after this turn", "Drop"]);
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
    assertEquals(shown.labels, ["Allow once", "Deny", "Drop"]);
    await chat.press(shown.data[data]!);
    assertEquals(chat.worker.answers, [["r1", answer]]);
    assertEquals([waiting(chat), chat.asked], [[], ["hello"]]);
  });
}

Deno.test("words: a bare no is denied plainly with a tap, or dropped", async () => {
  await using chat = await asking(permission("r1"));
  await chat.write("no");
  const shown = await line(chat);
  assertEquals(
    shown.text,
    "⏳ Claude waits for your tap above. “no” alone does nothing, and is dropped when that is over.",
  );
  assertEquals(shown.labels, ["Deny", "Drop"]);
  assertEquals(await chat.press(shown.data[1]!), "Cancelled");
  assertEquals([chat.worker.answers, waiting(chat)], [[], []]);
  await chat.write("nope!");
  await chat.press((await line(chat)).data[0]!);
  assertEquals(chat.worker.answers, [["r1", { kind: "deny", reason: "The user denied this." }]]);
});

Deno.test("words: a bare yes beside several requests says which one it is for", async () => {
  await using chat = await asking(permission("r1"), plan("r2"));
  await chat.write("yes");
  const { labels, data } = await line(chat);
  assertEquals(labels, [
    ...["Allow once: Running git push", "Deny: Running git push"],
    ...["Start: A plan", "Send it back: A plan", "Drop"],
  ]);
  await chat.press(data[2]!);
  assertEquals(chat.worker.answers, [["r2", { kind: "start", edits: "ask" }]]);
});

/** The taps and events that end a request, and what is said then of a bare yes and no beside it. */
const ENDS: readonly (readonly [string, (chat: Chat) => Promise<unknown>, string, string])[] = [
  ["allowed", (chat) => tap(chat, "Allow once"), "", "allowed"],
  ["denied", (chat) => tap(chat, "Deny"), "denied", ""],
  [
    "allowed from now on",
    async (chat) => {
      await tap(chat, "Allow from now on…");
      await tap(chat, "Yes, from now on");
    },
    "",
    "allowed",
  ],
  [
    "denied with a reason",
    async (chat) => {
      await tap(chat, "Deny, with a reason");
      await chat.write("not today");
    },
    "denied",
    "",
  ],
  ["taken back", (chat) => withdrawn(chat), "no longer needed", "no longer needed"],
  [
    "over with its process",
    (chat) => withdrawn(chat, "exited"),
    "Claude Code ended",
    "Claude Code ended",
  ],
  ["parked", (chat) => chat.clock.advance(30 * MINUTE), "parked", "parked"],
  [
    "stopped",
    async (chat) => {
      await chat.write("/stop");
      await withdrawn(chat);
    },
    "stopped",
    "stopped",
  ],
];

const withdrawn = (chat: Chat, by?: "exited") =>
  chat.heard("one", { type: "request_withdrawn", id: "r1", ...(by === undefined ? {} : { by }) });

/** Taps a button of the request. */
async function tap(chat: Chat, label: string): Promise<void> {
  await chat.idle();
  const { messageId } = chat.journal.requests.ofRequest("r1")!;
  const { payload } = chat.telegram.made.find(({ payload }) =>
    JSON.stringify(payload["reply_markup"] ?? "").includes(`"${label}"`)
  )!;
  const { inline_keyboard: rows } = payload["reply_markup"] as {
    inline_keyboard: { text: string; callback_data: string }[][];
  };
  const button = rows.flat().find((each) => each.text === label)!;
  await chat.press(button.callback_data, { messageId: messageId! });
}

for (const [how, end, ofYes, ofNo] of ENDS) {
  for (const [word, outcome] of [["yes", ofYes], ["No.", ofNo]] as const) {
    Deno.test(`words: '${word}' never runs when the request beside it is ${how}`, async () => {
      const request = {
        ...permission("r1"),
        grantable: { kind: "command", command: "git push" },
      } as ClaudeRequest;
      await using chat = await asking(request);
      const { message } = await chat.write(word);
      await chat.clock.advance(1_000);
      await end(chat);
      await chat.heard("one", {
        ...{ type: "ended", prompts: ["p1"], outcome: "answered", text: "", usage },
      });
      await chat.idle();
      assertEquals([chat.asked, waiting(chat)], [["hello"], []]);
      const told = chat.telegram.of("sendMessage").map(({ payload }) => payload).filter((
        { text },
      ) => String(text).endsWith("Your message was not passed on."));
      const said = word === "yes" ? "yes" : "no";
      assertEquals(
        told.map(({ text }) => text),
        outcome === "" ? [] : [
          `“${said}” was for what Claude asked, and that has ended: ${outcome}. Your message was not passed on.`,
        ],
      );
      for (const { reply_parameters: to } of told) {
        assertEquals((to as { message_id: number }).message_id, message!.message_id);
      }
    });
  }
}

Deno.test("words: a yes beside two requests waits for the other one, and then ends with it", async () => {
  await using chat = await asking(permission("r1"), permission("r2"));
  await chat.write("yes");
  await withdrawn(chat);
  assertEquals(waiting(chat), ["yes"]);
  assertEquals((await line(chat)).labels, ["Allow once", "Deny", "Drop"]);
  await chat.heard("one", { type: "request_withdrawn", id: "r2", by: "ended" });
  assertEquals(waiting(chat), []);
});

Deno.test("words: more than a yes, and what is forwarded, is none", async () => {
  for (const text of ["restart it and tell me\nok", "yes, but pull first", "is it a go?"]) {
    await using chat = await asking(permission("r1"));
    await chat.write(text);
    await withdrawn(chat);
    assertEquals(waiting(chat), [text]);
  }
});

Deno.test("words: beside a plan they send it back with a tap", async () => {
  await using chat = await asking(plan("r1"));
  await chat.write("use zfs instead");
  const { labels, data } = await line(chat);
  assertEquals(labels, [
    "Send the plan back with these words",
    "Keep for after this turn",
    "Drop",
  ]);
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
