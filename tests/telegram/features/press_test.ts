import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CallbackQuery } from "grammy/types";
import { BUTTONS, decode, standingOn } from "../../../lib/telegram/buttons.ts";
import { asks, ended, exited, said, started } from "../../conversation/stage.ts";
import { settle } from "../../fake_clock.ts";
import { refused } from "../fake_call.ts";
import { ADA, BOB, Chat } from "../stage.ts";

const OLD = "This button is no longer in use.";

/** A turn of session `lab` that runs in Ada's chat. */
async function running(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("hello");
  await chat.heard("lab", started("p1"));
  return chat;
}

/** The same, and Claude asks for something; its message is on display. */
async function asking(): Promise<Chat> {
  const chat = await running();
  await chat.heard("lab", asks("r", "Running rm -r /"));
  await chat.clock.advance(0);
  return chat;
}

const UNKNOWN = [
  "",
  "?",
  "p:",
  "p:99:y",
  "p:99:n",
  "a:99",
  "c:99",
  "q:1",
  "p:1:y; rm",
  "p:999999999999999:y",
];

for (const data of UNKNOWN) {
  Deno.test(`press: '${data}' is answered as a button that is not in use`, async () => {
    await using chat = await running();
    assertEquals(await chat.press(data), OLD);
    assertEquals(chat.journal.updates.unrouted(), []);
  });
}

/** The data of every kind of button, about things by these numbers and names. */
const everyKind = (number: string): string[] => [
  ...new Set(
    Object.values(BUTTONS).flatMap((data) => ["o", "z"].map((each) => fill(data, number, each))),
  ),
];

function fill(data: string, number: string, letter: string): string {
  return data.replace(/\{(\w+)\}/g, (_, field: string) => {
    if (field === "session") return "nowhere";
    if (field === "made" || field === "turn") return "abc";
    if (field === "archive") return "0123456789ab".repeat(2);
    if (/^(sessionKey|value|task)$/.test(field)) return "0123456789ab";
    if (field === "setting" || field === "probe") return letter;
    return field === "only" ? "nothing" : field === "user" ? `${ADA}` : number;
  });
}

Deno.test("press: every button there is, of what is not there, is answered in words and does nothing", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  for (const data of everyKind("99").filter((data) => !/^(d$|h:a)/.test(data))) {
    const toast = await chat.press(data);
    assert(toast !== "" && !/went wrong|undefined|\[object/.test(toast), `${data}: ${toast}`);
    // Where each letter has its meaning, it is read as the button that it is.
    if (decode(data) === null) assertEquals(toast, OLD, data);
  }
  assertEquals(chat.asked, []);
  assertEquals((await chat.sessions.list()).sessions.map(({ name }) => name), ["lab"]);
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("press: nobody decides with another's numbers about what is open", async () => {
  await using chat = await asking();
  await chat.write("and then this"); // Waits behind the request.
  const { requests, jobs } = chat.journal;
  const before = JSON.stringify([requests.get(1), jobs.get(1), jobs.get(2)]);
  for (const number of ["1", "2"]) {
    for (const data of everyKind(number).filter((each) => !/^[dskzr]/.test(each))) {
      for (const where of [{ user: BOB, chat: ADA }, { chat: -5 }]) {
        await chat.press(data, where);
      }
    }
  }
  assertEquals(JSON.stringify([requests.get(1), jobs.get(1), jobs.get(2)]), before);
  assertEquals([chat.worker.interrupts, chat.asked.length], [0, 1]);
});

const TOO_OLD = refused(
  400,
  "Bad Request: query is too old and response timeout expired or query ID is invalid",
);

Deno.test("press: one that Telegram takes no answer to any more does its job, and says so in the chat", async () => {
  await using chat = await running();
  chat.telegram.nextOf.set("answerCallbackQuery", [TOO_OLD, TOO_OLD]);
  await chat.press("x:p1");
  await chat.clock.advance(0);
  assertEquals(chat.telegram.words.includes("Stopping…"), true);
  await chat.press("a:99");
  await chat.clock.advance(0);
  assertEquals(chat.telegram.words.at(-1), OLD);
});

Deno.test("press: an old one whose message shows what it did says nothing more", async () => {
  await using chat = await running();
  chat.telegram.nextOf.set("answerCallbackQuery", [TOO_OLD]);
  await chat.press("s:lab");
  await chat.clock.advance(0);
  assertEquals(chat.telegram.of("sendMessage").length, 0);
});

Deno.test("press: a session that is gone is told in words", async () => {
  await using chat = await Chat.open();
  assertStringIncludes(await chat.press("s:gone"), "There is no session 'gone'");
});

Deno.test("press: no toast is longer than Telegram takes", async () => {
  await using chat = await Chat.open("a".repeat(50), "b".repeat(50));
  chat.journal.sessions.remove("a".repeat(50));
  await Deno.writeTextFile(
    chat.home.path(`sessions/${"a".repeat(50)}/metadata.json`),
    `{"name": ${"[".repeat(500)}`,
  );
  assert((await chat.press(`s:${"a".repeat(50)}`)).length <= 200);
});

Deno.test("press: a choice of session takes the place of its buttons", async () => {
  await using chat = await Chat.open("lab");
  await chat.press("s:lab", { messageId: 55 });
  const edit = chat.telegram.of("editMessageText").at(-1)?.payload;
  assertEquals([edit?.["chat_id"], edit?.["message_id"]], [ADA, 55]);
  assertStringIncludes(String(edit?.["text"]), "Now in lab");
  assertEquals(edit?.["reply_markup"], undefined);
});

Deno.test("press: the default session is made once, however often it is tapped", async () => {
  await using chat = await Chat.open();
  assertEquals(await chat.press("d"), "Now in default");
  assertEquals(await chat.press("d"), "Now in default");
  assertEquals((await chat.sessions.list()).sessions.length, 1);
});

Deno.test("press: two taps at the same time on the default session both work", async () => {
  await using chat = await Chat.open();
  await chat.write("hello");
  chat.receive(chat.aPress("d"));
  chat.receive(chat.aPress("d"));
  await chat.idle();
  const toasts = chat.telegram.of("answerCallbackQuery").map(({ payload }) => payload["text"]);
  assertEquals(toasts, ["Now in default", "Now in default"]);
  assertEquals(chat.asked, ["hello"]);
});

Deno.test("press: Stop interrupts the turn that it was shown for", async () => {
  await using chat = await running();
  assertEquals(await chat.press("x:p1"), "Stopping…");
  assertEquals(chat.worker.interrupts, 1);
});

Deno.test("press: Stop of a turn that is over never stops a later one", async () => {
  await using chat = await running();
  await chat.heard("lab", ended(["p1"]));
  await chat.write("again");
  await chat.heard("lab", started("p2"));
  assertEquals(await chat.press("x:p1"), "This turn is over already.");
  assertEquals(chat.worker.interrupts, 0);
});

Deno.test("press: Stop is answered at once, though Claude takes its time", async () => {
  await using chat = await running();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  chat.worker.interrupt = () => promise;
  chat.receive(chat.aPress("x:p1"));
  await settle();
  assertEquals(chat.telegram.of("answerCallbackQuery").length, 1);
  resolve(true);
  await chat.idle();
});

for (
  const [data, words, kind] of [["p:1:y", "Allowed", "allow"], ["p:1:n", "Denied", "deny"]] as const
) {
  Deno.test(`press: '${words}' reaches Claude once, and the buttons go`, async () => {
    await using chat = await asking();
    assertEquals(await chat.press(data), words);
    assertStringIncludes(await chat.press(data), "settled already");
    assertStringIncludes(await chat.press("p:1:n"), "settled already");
    assertEquals(chat.worker.answers.map(([id, answer]) => [id, answer.kind]), [["r", kind]]);
    const edit = chat.telegram.of("editMessageText").at(-1)?.payload;
    assertStringIncludes(String(edit?.["text"]), kind === "allow" ? "✓ allowed" : "✗ denied");
    assertEquals(edit?.["reply_markup"], undefined);
  });
}

Deno.test("press: two taps at the same time on one request are one answer", async () => {
  await using chat = await asking();
  chat.receive(chat.aPress("p:1:y"));
  chat.receive(chat.aPress("p:1:n"));
  await chat.idle();
  assertEquals(chat.worker.answers, [["r", { kind: "allow" }]]);
  assertEquals(chat.telegram.of("answerCallbackQuery").length, 2);
});

Deno.test("press: only who asked Claude may allow", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: -5 });
  await chat.write("hello", { chat: -5 });
  await chat.heard("lab", started("p1"), asks("r"));
  await chat.clock.advance(0);
  const toast = await chat.press("p:1:y", { chat: -5, user: BOB });
  assertEquals(toast, "Only who asked Claude can answer this.");
  assertEquals([chat.worker.answers, chat.journal.requests.get(1)?.isOpen], [[], true]);
});

Deno.test("press: a request of another chat is not answered from here", async () => {
  await using chat = await asking();
  assertEquals(await chat.press("p:1:y", { chat: -5 }), OLD);
  assertEquals(chat.worker.answers, []);
});

Deno.test("press: a button on a message that came after the request's is not its own", async () => {
  await using chat = await asking();
  const shown = chat.journal.requests.get(1)?.messageId ?? 0;
  assertEquals(await chat.press("p:1:y", { messageId: shown + 1 }), OLD);
  assertEquals(await chat.press("p:1:y", { messageId: shown }), "Allowed");
});

Deno.test("press: a request that Claude took back is no longer answered", async () => {
  await using chat = await asking();
  await chat.heard("lab", { type: "request_withdrawn", id: "r" });
  assertEquals(await chat.press("p:1:y"), "This was settled already: no longer needed.");
  assertEquals(chat.worker.answers, []);
});

Deno.test("press: an answer that comes too late for Claude is told so", async () => {
  await using chat = await asking();
  chat.worker.waits = false;
  assertStringIncludes(await chat.press("p:1:y"), "Too late");
});

/** A turn that crashed; its answer has a button to ask again. */
async function crashed(): Promise<Chat> {
  const chat = await running();
  await chat.heard("lab", said("half"), exited("crashed"));
  await chat.clock.advance(0);
  assertEquals(chat.buttons, ["c:1", "a:1"]);
  return chat;
}

Deno.test("press: Ask again makes a new job of the same words, once", async () => {
  await using chat = await crashed();
  assertEquals(await chat.press("a:1"), "Asking again");
  assertEquals(await chat.press("a:1"), "That was done already.");
  assertEquals(await chat.press("c:1"), "That was done already.");
  assertEquals(chat.asked, ["hello", "hello"]);
  const ids = chat.worker.sent.map(({ id }) => id);
  assertEquals(new Set(ids).size, 2);
  assertEquals(chat.journal.jobs.get(2)?.messageId, 11);
});

Deno.test("press: Continue tells Claude what was asked and that it was interrupted", async () => {
  await using chat = await crashed();
  assertEquals(await chat.press("c:1"), "Continuing");
  assertStringIncludes(chat.asked[1] ?? "", "You were interrupted");
  assertStringIncludes(chat.asked[1] ?? "", "hello");
});

Deno.test("press: Ask again of merged messages asks all of them", async () => {
  await using chat = await running();
  await chat.write("two");
  await chat.write("three");
  await chat.heard("lab", ended(["p1"]), started("p2"), exited("crashed"));
  await chat.press("a:3");
  assertEquals(chat.asked.at(-1), "two\n\nthree");
});

Deno.test("press: Ask again of a job that still runs is not needed", async () => {
  await using chat = await running();
  assertEquals(await chat.press("a:1"), "It is on its way already.");
});

Deno.test("press: only who asked can ask again", async () => {
  await using chat = await crashed();
  assertEquals(await chat.press("a:1", { user: BOB }), "Only who asked can ask again.");
  assertEquals(chat.asked, ["hello"]);
});

Deno.test("press: one whose work throws is answered, without the error's words", async () => {
  await using chat = await Chat.open("lab");
  chat.sessions.switch = () => Promise.reject(new TypeError("/secret/path is undefined"));
  assertEquals(
    await chat.press("s:lab"),
    "Something went wrong; the log of Switchboard says what.",
  );
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("press: one that the disk refuses to note is answered still", async () => {
  await using chat = await Chat.open("lab");
  const { updates } = chat.journal;
  const done = updates.done;
  updates.done = () => {
    throw new Error("The disk is full");
  };
  assertEquals(await chat.press("s:lab"), "Now in lab");
  updates.done = done;
});

Deno.test("press: an answer that Telegram refuses harms nothing", async () => {
  await using chat = await Chat.open("lab");
  chat.telegram.nextOf.set("answerCallbackQuery", [
    { kind: "refused", code: 400, description: "Bad Request: query is too old" },
  ]);
  await chat.press("s:lab");
  assertEquals(await chat.sessions.active({ chat: ADA }), "lab");
  assertEquals(chat.journal.updates.unrouted(), []);
});

/** Data that a client made up: none of these stands on the message that it is sent for. */
const MADE_UP = ["k:work", "g:e1", "v:l:2", "s:work"];

for (const data of MADE_UP) {
  Deno.test(`press: '${data}' on a message that has other buttons changes nothing`, async () => {
    await using chat = await asking();
    const row = chat.buttons.map((each) => ({ text: "?", callback_data: each }));
    const markup = { inline_keyboard: [row] };
    const before = chat.telegram.of("editMessageText").length;
    assertEquals(await chat.press(data, { user: BOB, chat: ADA, markup }), OLD);
    await chat.clock.advance(1_000);
    assertEquals(chat.telegram.of("editMessageText").length, before);
  });
}

Deno.test("press: what stands on a message is served, and on one that Telegram shows no more", async () => {
  await using chat = await running();
  assertEquals(await chat.press("g:e1"), "That was taken back already.");
  assertEquals(standingOn({ message: { date: 0 } } as CallbackQuery), null);
  assertEquals(standingOn({ message: { date: 1 } } as CallbackQuery), []);
});
