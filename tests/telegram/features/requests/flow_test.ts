import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ClaudeRequest } from "../../../../lib/claude/events.ts";
import { PRIORITY } from "../../../../lib/journal/mod.ts";
import {
  aPermission,
  aPlan,
  aQuestion,
  asking,
  ended,
  started,
} from "../../../conversation/stage.ts";
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

/** The message that shows a request, or invites to write for it. */
const messageOf = (chat: Chat, request = 1) => chat.journal.requests.get(request)!.messageId!;
const noteOf = (chat: Chat, request = 1) => chat.journal.requests.get(request)!.noteId!;

const press = (chat: Chat, act: string, request = 1, user = ADA) =>
  chat.press(`p:${request}:${act}`, { chat: ADA, user, messageId: messageOf(chat, request) });

/** What the message of a request says now. */
function now(chat: Chat, request = 1): { text: string; buttons: string[] } {
  const id = messageOf(chat, request);
  const edit = chat.telegram.of("editMessageText").findLast(({ payload }) =>
    payload["message_id"] === id
  );
  const markup = edit?.payload["reply_markup"] as {
    inline_keyboard: { text: string }[][];
  } | undefined;
  return {
    text: String(edit?.payload["text"]),
    buttons: (markup?.inline_keyboard ?? []).flat().map(({ text }) => text),
  };
}

const deleted = (chat: Chat) =>
  chat.telegram.of("deleteMessage").map(({ payload }) => payload["message_id"]);

/** A reply of Ada's to a message. */
const reply = (chat: Chat, to: number, text: string, user = ADA) =>
  chat.write(text, { chat: ADA, user, other: { text, reply_to_message: { message_id: to } } });

Deno.test("requests: the next message is the reason, and no prompt of its own", async () => {
  await using chat = await asked(aPermission("r"));
  assertEquals(await press(chat, "w"), "Just write");
  assertStringIncludes(chat.lastSaid, "Why not?");
  const note = noteOf(chat);
  await chat.write("the pool is degraded");
  assertEquals(chat.worker.answers, [
    ["r", { kind: "deny", reason: "The user denied this: the pool is degraded" }],
  ]);
  assertEquals(now(chat).text, "Running ls: ✗ denied: the pool is degraded");
  assertEquals([chat.asked, deleted(chat)], [["hello"], [note]]);
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("requests: a reply to the request is the reason too, without a tap", async () => {
  await using chat = await asked(aPermission("r"));
  await reply(chat, messageOf(chat), "not on a Friday");
  assertEquals(chat.worker.answers.map(([, answer]) => answer), [
    { kind: "deny", reason: "The user denied this: not on a Friday" },
  ]);
  assertEquals(chat.asked, ["hello"]);
});

Deno.test("requests: a reply to a long one's document is the reason too", async () => {
  await using chat = await asked(aPermission("r", { input: { command: "x".repeat(5_000) } }));
  assertEquals(chat.telegram.of("sendDocument").length, 1);
  await reply(chat, messageOf(chat) - 1, "too long");
  assertEquals(chat.worker.answers.map(([id]) => id), ["r"]);
});

Deno.test("requests: a reply of yes is not the reason for a denial", async () => {
  await using chat = await asked(aPermission("r"));
  await reply(chat, messageOf(chat), "Yes!");
  assertEquals(chat.worker.answers, []);
  assertEquals([chat.journal.requests.get(1)?.isOpen, chat.asked], [true, ["hello"]]);
  assertEquals(chat.journal.jobs.queue("lab").length, 1);
});

Deno.test("requests: somebody else's reply changes nothing, is told so and runs nowhere", async () => {
  await using chat = await asked(aPermission("r"));
  await reply(chat, messageOf(chat), "let me", BOB);
  assertEquals([chat.worker.answers, chat.asked], [[], ["hello"]]);
  assertStringIncludes(chat.lastSaid, "Only who asked Claude");
});

Deno.test("requests: a message that is not the awaited one's user's goes its way", async () => {
  await using chat = await asked(aPermission("r"));
  await press(chat, "w");
  await chat.write("something else", { chat: ADA, user: BOB });
  assertEquals([chat.worker.answers, chat.journal.requests.get(1)?.isOpen], [[], true]);
});

Deno.test("requests: another answer ends the waiting for a reason", async () => {
  await using chat = await asked(aPermission("r"));
  await press(chat, "w");
  const note = noteOf(chat);
  await press(chat, "y");
  assertEquals(deleted(chat), [note]);
  await chat.heard("lab", ended(["p1"]));
  await chat.write("a new question");
  await chat.clock.advance(2_000);
  assertEquals(chat.worker.answers.length, 1);
  assertEquals(chat.asked, ["hello", "a new question"]);
});

Deno.test("requests: a stop takes the request and the waiting for a reason away", async () => {
  await using chat = await asked(aPermission("r"));
  await press(chat, "w");
  await chat.write("/stop");
  await chat.heard("lab", { type: "request_withdrawn", id: "r" });
  await chat.idle();
  assertEquals(now(chat), { text: "Running ls: stopped", buttons: [] });
  assertEquals(deleted(chat), [noteOf(chat)]);
  assertEquals(chat.journal.requests.awaiting({ chat: ADA }, ADA), undefined);
  assertEquals([chat.worker.answers, chat.worker.interrupts], [[], 1]);
});

Deno.test("requests: the end of the process is named where its request stood", async () => {
  await using chat = await asked(aPermission("r"));
  await chat.heard("lab", { type: "request_withdrawn", id: "r", by: "exited" });
  await chat.idle();
  assertEquals(now(chat).text, "Running ls: Claude Code ended");
});

Deno.test("requests: a command is no reason", async () => {
  await using chat = await asked(aPermission("r"));
  await press(chat, "w");
  await chat.write("/sessions");
  await chat.write("/compact");
  assertEquals(chat.worker.answers, []);
  await chat.write("because");
  assertEquals(chat.worker.answers.length, 1);
});

Deno.test("requests: of two that ask for a reason the last one gets it", async () => {
  await using chat = await asked(aPermission("r"), aPermission("q", { summary: "Reading b" }));
  await press(chat, "w", 1);
  const first = noteOf(chat, 1);
  await press(chat, "w", 2);
  assertEquals(deleted(chat), [first]);
  await chat.write("no");
  assertEquals(chat.worker.answers.map(([id]) => id), ["q"]);
  assertEquals(await press(chat, "w", 1), "Just write");
  assert(noteOf(chat, 1) !== first);
});

Deno.test("requests: a second tap on saying why repeats no invitation", async () => {
  await using chat = await asked(aPermission("r"));
  await press(chat, "w");
  const before = chat.said.length;
  assertStringIncludes(await press(chat, "w"), "Just write");
  assertEquals(chat.said.length, before);
});

Deno.test("requests: the reason and the request's end are one commit", async () => {
  await using chat = await asked(aPermission("r"));
  await press(chat, "w");
  const { done } = chat.journal.updates;
  let refused = 0;
  chat.journal.updates.done = (id, at) => {
    if (refused++ === 0) throw new Error("The disk is full");
    done(id, at);
  };
  await chat.write("because");
  assertEquals(chat.worker.answers, []);
  assertEquals(chat.journal.requests.get(1)?.isOpen, true);
  assertStringIncludes(chat.lastSaid, "Please send it again");
});

Deno.test("requests: a question is answered with a tap, and folds to it", async () => {
  await using chat = await asked(aQuestion("r", {}));
  assertEquals(await press(chat, "o0.1"), "Answered");
  assertEquals(chat.worker.answers, [
    ["r", { kind: "answers", answers: { "Which color?": "Green" } }],
  ]);
  assertEquals(now(chat), { text: "Which color? Green", buttons: [] });
  assertEquals(await press(chat, "o0.0"), "This was settled already: answered.");
});

Deno.test("requests: several questions come one after the other in the same message", async () => {
  await using chat = await asked(
    aQuestion("r", { text: "Which ones?", multiSelect: true }, { text: "And name?" }),
  );
  assertStringIncludes(await press(chat, "d0"), "Tap at least one");
  assertEquals(await press(chat, "o0.0"), "Noted");
  await press(chat, "o0.2");
  assertEquals(now(chat).buttons.slice(0, 3), ["☑ Red", "☐ Green", "☑ Blue"]);
  await press(chat, "d0");
  assertStringIncludes(now(chat).text, "Which ones? Red, Blue\n\nAnd name?");
  assertStringIncludes(await press(chat, "d0"), "Tap at least one");
  assertEquals(await press(chat, "o0.1"), "That question is answered already.");
  assertEquals(chat.worker.answers, []);
  await press(chat, "o1.1");
  assertEquals(chat.worker.answers, [
    ["r", { kind: "answers", answers: { "Which ones?": "Red, Blue", "And name?": "Green" } }],
  ]);
  assertEquals(now(chat), { text: "Which ones? Red, Blue\nAnd name? Green", buttons: [] });
});

Deno.test("requests: one can go back to the question before", async () => {
  await using chat = await asked(aQuestion("r", { text: "One?" }, { text: "Two?" }));
  await press(chat, "o0.0");
  assertEquals(await press(chat, "b1"), "Back");
  await press(chat, "o0.2");
  await press(chat, "o1.0");
  assertEquals(chat.worker.answers.map(([, answer]) => answer), [
    { kind: "answers", answers: { "One?": "Blue", "Two?": "Red" } },
  ]);
});

Deno.test("requests: own words to the only question are a response, and no prompt", async () => {
  await using chat = await asked(aQuestion("r", {}));
  await reply(chat, messageOf(chat), "something like teal");
  assertEquals(chat.worker.answers, [["r", { kind: "response", text: "something like teal" }]]);
  assertEquals([now(chat).text, chat.asked], ["Which color? something like teal", ["hello"]]);
});

Deno.test("requests: own words to one of several questions are its answer", async () => {
  await using chat = await asked(aQuestion("r", { text: "One?" }, { text: "Two?" }));
  await press(chat, "t");
  assertStringIncludes(chat.lastSaid, "Your next message");
  await chat.write("yes");
  assertStringIncludes(now(chat).text, "One? yes");
  assertEquals(deleted(chat), [noteOf(chat)]);
  await chat.write("none of these");
  assertEquals(chat.worker.answers.map(([, answer]) => answer), [
    { kind: "answers", answers: { "One?": "yes", "Two?": "none of these" } },
  ]);
});

Deno.test("requests: a plan is started, with its edits accepted or asked for", async () => {
  for (
    const [act, edits, words] of [["g", "ask", "✓ started"], ["e", "accept", "edits"]] as const
  ) {
    await using chat = await asked(aPlan("r", "# Goal\n\nAdd **tests**"));
    await press(chat, act);
    assertEquals(chat.worker.answers, [["r", { kind: "start", edits }]]);
    assertStringIncludes(now(chat).text, words);
    assertStringIncludes(now(chat).text, "Add tests");
    assertEquals(now(chat).buttons, []);
  }
});

Deno.test("requests: a plan is sent back with what should change", async () => {
  await using chat = await asked(aPlan("r"));
  await press(chat, "k");
  await chat.write("please also add tests");
  assertEquals(chat.worker.answers, [
    ["r", { kind: "deny", reason: "The user wants changes to the plan: please also add tests" }],
  ]);
  assertStringIncludes(now(chat).text, "✎ sent back: please also add tests");
  assertEquals(chat.asked, ["hello"]);
});

Deno.test("requests: a plan without text is what Claude said in this turn", async () => {
  await using chat = await asked({ type: "unused" } as never);
  await chat.heard(
    "lab",
    { type: "message", text: "First **this**, then that." },
    asking(aPlan("q", "")),
  );
  await chat.clock.advance(0);
  assertStringIncludes(chat.lastSaid, "First this, then that.");
});

const FOREIGN: readonly (readonly [string, ClaudeRequest, string[]])[] = [
  ["a permission", aPermission("r"), ["g", "e", "k", "t", "o0.0", "d0", "b0"]],
  ["a question", aQuestion("r", {}), ["y", "s", "n", "w", "g", "e", "k"]],
  ["a plan", aPlan("r"), ["y", "s", "n", "w", "t", "o0.0", "d0", "b0"]],
];

for (const [what, ask, acts] of FOREIGN) {
  Deno.test(`requests: ${what} takes no button of another kind`, async () => {
    await using chat = await asked(ask);
    for (const act of acts) {
      assertEquals(await press(chat, act), "This button is no longer in use.", act);
    }
    assertEquals([chat.worker.answers, chat.journal.requests.get(1)?.isOpen], [[], true]);
  });
}

Deno.test("requests: after a restart they say so, and their invitations go", async () => {
  await using chat = await asked(aPermission("r"));
  await press(chat, "w");
  chat.status.clearLeftovers();
  await chat.idle();
  assertEquals(now(chat), { text: "Running ls: expired with a restart", buttons: [] });
  assertEquals(deleted(chat), [noteOf(chat)]);
});

Deno.test("requests: a tap on the older twin of a repeated message counts", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("hello");
  await chat.heard("lab", started("p1"));
  chat.telegram.nextOf.set("sendMessage", [{ kind: "unknown", error: "reset" }]);
  await chat.heard("lab", asking(aPermission("r")));
  await chat.clock.advance(1_000);
  const shown = messageOf(chat);
  assertEquals(await chat.press("p:1:y", { messageId: shown - 1 }), "Allowed");
});

Deno.test("requests: a message that is an answer is known until the request's message says so", async () => {
  await using chat = await asked(aPermission("r"));
  chat.telegram.hold();
  chat.outbox.offer(ADA, {
    ...{ key: "x", priority: PRIORITY.remove, notBefore: 0, keep: false },
    call: () => ({ method: "deleteMessage", payload: { chat_id: ADA, message_id: 5 } }),
  });
  const update = await reply(chat, messageOf(chat), "not on a Friday");
  const known = () => chat.journal.requests.replied("lab").flatMap(({ replyIds }) => replyIds);
  assertEquals(known(), [update.message!.message_id]);
  chat.telegram.release();
  await chat.idle();
  assertEquals([known(), chat.journal.requests.unfolded()], [[], []]);
});

Deno.test("requests: one that was settled before it is repeated asks nothing any more", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("hello");
  const unknown = { kind: "unknown", error: "reset" } as const;
  chat.telegram.nextOf.set("sendMessage", [unknown, unknown, unknown]);
  await chat.heard("lab", started("p1"), asking(aPermission("r")));
  await chat.clock.advance(20_000); // What is repeated from now on waits for long.
  await chat.write("/stop");
  const withdrawn = { type: "request_withdrawn", id: "r", by: "ended" } as const;
  await chat.heard("lab", withdrawn, ended(["p1"], "interrupted"));
  await chat.clock.advance(3_600_000);
  const shown = chat.telegram.of("sendMessage").map(({ payload }) => payload)
    .filter(({ text }) => String(text).includes("ls"));
  assertEquals(shown.length, 4);
  const { text, reply_markup: markup, disable_notification: silent } = shown.at(-1)!;
  assertEquals(text, "Running ls: stopped");
  assertEquals([markup, silent], [undefined, true]);
});
