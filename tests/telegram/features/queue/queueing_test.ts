import { assertEquals, assertStringIncludes } from "@std/assert";
import { Router } from "../../../../lib/telegram/inbox/router.ts";
import { asks, ended, started } from "../../../conversation/stage.ts";
import { settle } from "../../../fake_clock.ts";
import { ADA, BOB, Chat } from "../../stage.ts";

/** A running turn that answers 'one', with 'two' and 'three' behind it, shown as waiting. */
async function queued(where: { chat?: number } = {}): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: where.chat ?? ADA });
  for (const text of ["one", "two", "three"]) await chat.write(text, where);
  await chat.heard("lab", started("p1"));
  await chat.clock.advance(1_000);
  await chat.idle();
  return chat;
}

const waitingLines = (chat: Chat) => chat.said.filter((text) => text.startsWith("⏳"));
const edits = (chat: Chat) =>
  chat.telegram.of("editMessageText").map(({ payload }) => String(payload["text"]));
const removed = (chat: Chat) => chat.telegram.of("deleteMessage").length;
const stateOf = (chat: Chat, job: number) => chat.journal.jobs.get(job)?.state;

Deno.test("queueing: a waiting message has a small silent reply with its buttons", async () => {
  await using chat = await queued();
  assertEquals(waitingLines(chat), ["⏳ Waiting (1 before it)", "⏳ Waiting (2 before it)"]);
  const [sent] = chat.telegram.of("sendMessage").filter(({ payload }) =>
    String(payload["text"]).startsWith("⏳")
  );
  assertEquals(sent?.payload["disable_notification"], true);
  assertEquals((sent?.payload["reply_parameters"] as { message_id: number }).message_id, 12);
  assertStringIncludes(JSON.stringify(sent?.payload["reply_markup"]), "q:c2");
});

Deno.test("queueing: what goes on its way within half a second has no line", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("one");
  await chat.write("two");
  await chat.heard("lab", started("p1"), ended(["p1"]));
  await chat.clock.advance(2_000);
  assertEquals(waitingLines(chat), []);
});

Deno.test("queueing: the lines go when their messages are submitted", async () => {
  await using chat = await queued();
  await chat.heard("lab", ended(["p1"]));
  await chat.clock.advance(1_000);
  assertEquals([chat.asked, removed(chat) >= 2], [["one", "two\n\nthree"], true]);
});

Deno.test("queueing: Cancel takes a message out, and its line says so for good", async () => {
  await using chat = await queued();
  assertEquals(await chat.press("q:c2"), "Cancelled");
  assertEquals(await chat.press("q:c2"), "That was settled already.");
  await chat.clock.advance(1_000);
  assertEquals(edits(chat).filter((text) => text === "✗ Cancelled").length, 1);
  assertEquals(edits(chat).includes("⏳ Waiting (1 before it)"), true);
  await chat.heard("lab", ended(["p1"]));
  assertEquals(chat.asked, ["one", "three"]);
});

Deno.test("queueing: Send now hands a message to the running turn, once", async () => {
  await using chat = await queued();
  assertStringIncludes(await chat.press("q:n3"), "Handed over");
  assertEquals(await chat.press("q:n3"), "Too late: Claude has it already.");
  assertEquals(await chat.press("q:c3"), "Too late: Claude has it already.");
  assertEquals(chat.asked, ["one", "three"]);
});

Deno.test("queueing: nobody else touches a waiting message", async () => {
  await using chat = await queued({ chat: -5 });
  for (const data of ["q:c2", "q:n2", "q:e2"]) {
    assertEquals(
      await chat.press(data, { chat: -5, user: BOB }),
      "Only who wrote this message can do that.",
    );
    assertEquals(await chat.press(data, { chat: ADA }), "That was settled already.");
  }
  assertEquals([stateOf(chat, 2), chat.asked], ["waiting", ["one"]]);
});

Deno.test("queueing: a stop button says what becomes of those that wait", async () => {
  await using chat = await queued();
  await chat.clock.advance(10_000);
  const status = chat.telegram.made.findLast(({ payload }) =>
    String(payload["text"]).includes("lab · working")
  );
  const labels = JSON.stringify(status?.payload["reply_markup"]);
  assertStringIncludes(labels, "⏹ Stop and drop 2 waiting");
  assertStringIncludes(labels, "q:s3.p1");
});

Deno.test("queueing: Stop and drop drops what it was shown for, and stops that very turn", async () => {
  await using chat = await queued();
  await chat.write("four");
  assertEquals(await chat.press("q:s3.p1"), "Stopping… 2 dropped");
  assertEquals(chat.worker.interrupts, 1);
  await chat.heard("lab", ended(["p1"], "interrupted"));
  assertEquals(chat.asked, ["one", "four"]);
  assertEquals(await chat.press("q:s3.p1"), "This turn is over already.");
});

Deno.test("queueing: Stop and drop is for who asked", async () => {
  await using chat = await queued({ chat: -5 });
  const toast = await chat.press("q:s3.p1", { chat: -5, user: BOB });
  assertStringIncludes(toast, "Only who asked can drop what waits");
  assertEquals([chat.worker.interrupts, stateOf(chat, 2)], [0, "waiting"]);
});

Deno.test("queueing: plain Stop lets those that wait run", async () => {
  await using chat = await queued();
  assertEquals(await chat.press("x:p1"), "Stopping…");
  await chat.heard("lab", ended(["p1"], "interrupted"));
  assertEquals(chat.asked, ["one", "two\n\nthree"]);
});

/** The number of the stop's update, out of the data of its buttons. */
const stopOf = (chat: Chat) => chat.buttons[0]?.slice(3) ?? "";

for (
  const [choice, letter, becomes, runs] of [
    ["Run them", "r", "2 messages go to Claude.", ["one", "two\n\nthree"]],
    ["Drop them", "d", "2 messages dropped.", ["one"]],
  ] as const
) {
  Deno.test(`queueing: /stop holds back what waits, until '${choice}'`, async () => {
    await using chat = await queued();
    await chat.write("/stop");
    assertEquals(chat.lastSaid, "2 messages are waiting. Run them or drop them?");
    const stop = stopOf(chat);
    await chat.heard("lab", ended(["p1"], "interrupted"));
    assertEquals(chat.asked, ["one"]);
    await chat.press(`q:${letter}${stop}`);
    assertEquals(await chat.press(`q:${letter}${stop}`), "That was settled already.");
    assertEquals([chat.asked, edits(chat).includes(becomes)], [runs, true]);
  });
}

Deno.test("queueing: what /stop holds back is its person's to settle", async () => {
  await using chat = await queued({ chat: -5 });
  await chat.write("/stop", { chat: -5 });
  const stop = stopOf(chat);
  assertEquals(
    await chat.press(`q:d${stop}`, { chat: -5, user: BOB }),
    "Only who stopped can say that.",
  );
  assertEquals(await chat.press(`q:d${stop}`, { chat: ADA }), "That was settled already.");
  assertEquals([stateOf(chat, 2), stateOf(chat, 3)], ["waiting", "waiting"]);
});

Deno.test("queueing: /stop by another person holds back nothing of hers", async () => {
  await using chat = await queued({ chat: -5 });
  await chat.write("/stop", { chat: -5, user: BOB });
  await chat.heard("lab", ended(["p1"], "interrupted"));
  assertEquals(chat.asked, ["one", "two\n\nthree"]);
});

Deno.test("queueing: /stop right behind a message stops that message", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  chat.receive(chat.anUpdate("hello"));
  chat.receive(chat.anUpdate("/stop"));
  await chat.idle();
  assertEquals([chat.asked, chat.worker.interrupts], [["hello"], 1]);
  assertEquals(chat.said.filter((text) => text.includes("Nothing is running")), []);
});

Deno.test("queueing: /stop right behind a message that will wait holds it back", async () => {
  await using chat = await queued();
  chat.receive(chat.anUpdate("four"));
  chat.receive(chat.anUpdate("/stop"));
  await chat.idle();
  await chat.heard("lab", ended(["p1"], "interrupted"));
  assertEquals([chat.asked, chat.journal.jobs.get(4)?.held !== null], [["one"], true]);
});

Deno.test("queueing: /stop holds back forwards that still wait for their siblings", async () => {
  await using chat = await queued();
  const forward_origin = { type: "hidden_user", sender_user_name: "Eve", date: 0 };
  await chat.write("", { other: { text: "news", forward_origin } });
  await chat.write("/stop");
  await chat.heard("lab", ended(["p1"], "interrupted"));
  await chat.clock.advance(2_000);
  await chat.idle();
  assertEquals(chat.asked, ["one"]);
});

Deno.test("queueing: /steer goes to the running turn, past those that wait", async () => {
  await using chat = await queued();
  await chat.write("/steer look at b.ts");
  assertEquals(chat.asked, ["one", "look at b.ts"]);
});

Deno.test("queueing: /steer without a turn is simply a prompt, and without words says how", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  await chat.write("/steer look at b.ts");
  assertEquals(chat.asked, ["look at b.ts"]);
  await chat.write("/steer");
  assertStringIncludes(chat.lastSaid, "Usage: /steer <text>");
});

Deno.test("queueing: a stop with an open request takes the request's buttons away", async () => {
  await using chat = await queued();
  await chat.heard("lab", asks("r"));
  await chat.press("x:p1");
  await chat.heard("lab", { type: "request_withdrawn", id: "r" }, ended(["p1"], "interrupted"));
  assertEquals(chat.journal.requests.open(), []);
});

Deno.test("queueing: after a restart what waited runs, and its line is gone", async () => {
  await using chat = await queued();
  chat.status.clearLeftovers();
  await chat.clock.advance(1_000);
  assertEquals(removed(chat) >= 2, true);
});

const edit = (messageId: number, text: string) => ({ messageId, text });

async function edits_(chat: Chat, { messageId, text }: ReturnType<typeof edit>, user = ADA) {
  const { message, update_id } = chat.anUpdate(text, { user, chat: ADA });
  const edited_message = { ...message!, message_id: messageId, edit_date: 1 };
  chat.receive({ update_id, edited_message } as never);
  await chat.idle();
}

Deno.test("edits: a waiting message changes, and its line says so", async () => {
  await using chat = await queued();
  await edits_(chat, edit(12, "two, but better"));
  await chat.clock.advance(1_000);
  assertEquals(edits(chat).includes("⏳ Waiting (1 before it) · changed"), true);
  await chat.heard("lab", ended(["p1"]));
  assertEquals(chat.asked, ["one", "two, but better\n\nthree"]);
});

Deno.test("edits: one that has gone to Claude offers to run again, once, with its newest words", async () => {
  await using chat = await queued();
  await edits_(chat, edit(11, "one, but better"));
  assertStringIncludes(chat.lastSaid, "has gone to Claude with its old words");
  assertEquals(chat.buttons, ["q:e1"]);
  await edits_(chat, edit(11, "one, and best"));
  assertEquals(await chat.press("q:e1"), "Running again");
  assertEquals(await chat.press("q:e1"), "That was done already.");
  await chat.heard("lab", ended(["p1"]));
  assertEquals(chat.asked, ["one", "two\n\nthree\n\none, and best"]);
});

Deno.test("edits: one that changes no word is nothing", async () => {
  await using chat = await queued();
  const before = chat.said.length;
  await edits_(chat, edit(11, "one"));
  assertEquals([chat.said.length, chat.journal.updates.unrouted()], [before, []]);
});

Deno.test("edits: nobody changes what another wrote", async () => {
  await using chat = await queued();
  await edits_(chat, edit(12, "mine now"), BOB);
  assertEquals(chat.journal.jobs.get(2)?.text, "two");
});

Deno.test("edits: a message that waits for a session changes too", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("old");
  await edits_(chat, edit(11, "new"));
  await chat.press("s:lab");
  assertEquals(chat.asked, ["new"]);
});

Deno.test("edits: of several pieces one changes", async () => {
  await using chat = await queued();
  const origin = { type: "hidden_user", sender_user_name: "Eve", date: 0 };
  await chat.write("", { other: { text: "news", forward_origin: origin } });
  await chat.write("is it true?");
  await edits_(chat, edit(15, "is it?"));
  assertEquals(chat.journal.jobs.get(4)?.text, "Forwarded from Eve:\n\nnews\n\nis it?");
});

Deno.test("edits: one that a crash cut off is served after it", async () => {
  await using chat = await queued();
  const { route } = chat.router;
  chat.router.route = () => {};
  await edits_(chat, edit(12, "two, but better"));
  chat.router.route = route;
  chat.router = new Router(chat.context);
  chat.router.replay();
  await chat.idle();
  await settle();
  assertEquals(chat.journal.jobs.get(2)?.text, "two, but better");
});
