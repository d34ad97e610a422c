import { assertEquals } from "@std/assert";
import { joined, type JournalUpdate } from "../../../lib/journal/mod.ts";
import { promptsOf } from "../../../lib/telegram/incoming/incoming.ts";
import { piecesOf } from "../../../lib/telegram/incoming/jobs.ts";
import { Router } from "../../../lib/telegram/inbox/router.ts";
import { settle } from "../../fake_clock.ts";
import { ADA, BOB, Chat } from "../stage.ts";

async function inSession(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  return chat;
}

const EVE = { type: "hidden_user", sender_user_name: "Eve", date: 0 } as const;
const NEWS = {
  type: "channel",
  chat: { id: -7, type: "channel", title: "News" },
  message_id: 1,
  date: 0,
} as const;
const forward = (text: string, forward_origin: object = EVE) => ({
  other: { text, forward_origin },
});
const long = (length: number, character = "a") => character.repeat(length);

Deno.test("message groups: a plain message is never held back", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  assertEquals(chat.asked, ["hello"]);
});

Deno.test("message groups: a burst of forwards is one prompt with its origins", async () => {
  await using chat = await inSession();
  await chat.write("", forward("first"));
  await chat.write("", forward("second", NEWS));
  assertEquals(chat.asked, []);
  await chat.clock.advance(1_000);
  await chat.idle();
  assertEquals(chat.asked, [
    "Forwarded from Eve:\n\nfirst\n\nForwarded from News:\n\nsecond",
  ]);
  assertEquals(chat.journal.updates.unrouted(), []);
});

Deno.test("message groups: a forward waits for its siblings a second at the most, however many come", async () => {
  await using chat = await inSession();
  for (let n = 0; n < 8; n++) {
    await chat.write("", forward(`${n}`));
    await chat.clock.advance(200);
    await chat.idle();
  }
  assertEquals(chat.asked.length, 1);
});

Deno.test("message groups: a comment that comes right before its forwards makes one prompt with them", async () => {
  await using chat = await inSession();
  chat.receive(chat.anUpdate("what is this?"));
  chat.receive(chat.anUpdate("", forward("first")));
  chat.receive(chat.anUpdate("", forward("second")));
  await chat.idle();
  await chat.clock.advance(1_000);
  await chat.idle();
  assertEquals(chat.asked, [
    "what is this?\n\nForwarded from Eve:\n\nfirst\n\nForwarded from Eve:\n\nsecond",
  ]);
});

Deno.test("message groups: a comment behind the forwards goes with them, at once", async () => {
  await using chat = await inSession();
  await chat.write("", forward("first"));
  await chat.write("is it true?");
  assertEquals(chat.asked, ["Forwarded from Eve:\n\nfirst\n\nis it true?"]);
});

Deno.test("message groups: a text that Telegram cut is joined as it was, and goes as soon as it is whole", async () => {
  await using chat = await inSession();
  await chat.write(long(4096));
  await chat.write(long(4096, "b"));
  assertEquals(chat.asked, []);
  await chat.write("the end");
  assertEquals(chat.asked, [long(4096) + long(4096, "b") + "the end"]);
});

Deno.test("message groups: a text cut at a line goes on in the next line", async () => {
  await using chat = await inSession();
  await chat.write(long(4050));
  await chat.write("the end");
  assertEquals(chat.asked, [`${long(4050)}\nthe end`]);
});

Deno.test("message groups: a long text without a rest runs after a second and a half", async () => {
  await using chat = await inSession();
  await chat.write(long(4000));
  await chat.clock.advance(1_499);
  await chat.idle();
  assertEquals(chat.asked, []);
  await chat.clock.advance(1);
  await chat.idle();
  assertEquals(chat.asked, [long(4000)]);
});

Deno.test("message groups: what another person writes in between is no piece, and does not wait", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: -5 });
  await chat.write(long(4096), { chat: -5 });
  await chat.write("by Bob", { chat: -5, user: BOB });
  assertEquals(chat.asked, ["by Bob"]);
});

Deno.test("message groups: a command behind them does not overtake them", async () => {
  await using chat = await inSession();
  await chat.write("", forward("first"));
  await chat.write("/new den");
  assertEquals(chat.journal.jobs.latest("lab")?.text, "Forwarded from Eve:\n\nfirst");
});

Deno.test("message groups: a crash in the second of waiting loses nothing", async () => {
  await using chat = await inSession();
  await chat.write("", forward("first"));
  await chat.write("", forward("second"));
  chat.router.close();
  chat.router = new Router(chat.context);
  chat.router.replay();
  await chat.idle();
  await chat.clock.advance(1_000);
  await chat.idle();
  assertEquals(chat.asked, ["Forwarded from Eve:\n\nfirst\n\nForwarded from Eve:\n\nsecond"]);
  assertEquals(chat.journal.updates.unrouted(), []);
});

/** As after a restart: nothing but the journal is left. */
function restart(chat: Chat): void {
  chat.router.close();
  chat.router = new Router(chat.context);
  chat.router.replay();
}

Deno.test("message groups: after a restart the rest of a text goes where its beginning waits", async () => {
  await using chat = await inSession();
  await chat.write("hello", { date: 1 }); // The turn that the others wait for.
  await chat.write(long(1_900));
  restart(chat);
  await chat.write(long(3_000, "b"));
  await chat.clock.advance(1_500);
  await chat.idle();
  const waiting = chat.journal.jobs.queue("lab").map(({ text }) => text);
  assertEquals(waiting, [`${long(1_900)}\n${long(3_000, "b")}`]);
});

Deno.test("message groups: the rest of a text that is delivered late is its rest all the same", async () => {
  await using chat = await inSession();
  await chat.write("hello", { date: 1 });
  const date = Math.floor(chat.clock.now() / 1000);
  await chat.write(long(1_900), { date });
  await chat.clock.advance(60_000);
  await chat.write(long(3_000, "b"), { date: date + 1 });
  await chat.clock.advance(1_500);
  await chat.idle();
  const waiting = chat.journal.jobs.queue("lab").map(({ text }) => text);
  assertEquals(waiting, [`${long(1_900)}\n${long(3_000, "b")}`]);
});

Deno.test("message groups: what still comes while the program ends does not overtake what was kept", async () => {
  await using chat = await inSession();
  await chat.write("", forward("first"));
  chat.router.close();
  await chat.write("is it true?");
  await chat.clock.advance(1_000);
  await chat.idle();
  assertEquals([chat.asked, chat.journal.updates.unrouted().length], [[], 2]);
  chat.router = new Router(chat.context);
  chat.router.replay();
  await chat.idle();
  assertEquals(chat.asked, ["Forwarded from Eve:\n\nfirst\n\nis it true?"]);
});

Deno.test("message groups: what was sent minutes apart and arrives together is not one prompt", async () => {
  await using chat = await inSession();
  const ago = (seconds: number) => ({ date: Math.floor(chat.clock.now() / 1000) - seconds });
  chat.receive(chat.anUpdate("", { other: { text: "start the backup", ...ago(600) } }));
  chat.receive(chat.anUpdate("", { other: { text: "first", forward_origin: EVE, ...ago(60) } }));
  chat.receive(chat.anUpdate("", { other: { text: "second", forward_origin: EVE, ...ago(59) } }));
  chat.receive(chat.anUpdate("", { other: { text: "and now this", ...ago(5) } }));
  await chat.idle();
  assertEquals([...chat.asked, ...chat.journal.jobs.queue("lab").map(({ text }) => text)], [
    "start the backup",
    "Forwarded from Eve:\n\nfirst\n\nForwarded from Eve:\n\nsecond",
    "and now this",
  ]);
});

Deno.test("message groups: those that wait for a session are one prompt after the tap", async () => {
  await using chat = await Chat.open("lab");
  await chat.write("", forward("first"));
  await chat.write("is it true?");
  await chat.press("s:lab");
  assertEquals(chat.asked, ["Forwarded from Eve:\n\nfirst\n\nis it true?"]);
});

Deno.test("message groups: a disk that refuses is told once, for all of them", async () => {
  await using chat = await inSession();
  await chat.write("", forward("first"));
  const { jobs } = chat.journal;
  const add = jobs.add;
  jobs.add = () => {
    jobs.add = add;
    throw new Error("The disk is full");
  };
  await chat.write("is it true?");
  assertEquals([chat.said.length, chat.journal.updates.unrouted()], [1, []]);
});

Deno.test("message groups: after the router is closed no timer stays", async () => {
  await using chat = await inSession();
  await chat.write("", forward("first"));
  await settle();
  const before = chat.clock.timers;
  chat.router.close();
  assertEquals(chat.clock.timers, before - 1);
});

/** Messages that belong together, and the prompt that they make. */
const JOINED: readonly (readonly [string, readonly object[], string])[] = [
  ["a forward that was cut has its origin once", [
    { date: 1, text: long(4096), forward_origin: EVE },
    { date: 1, text: "end", forward_origin: EVE },
  ], `Forwarded from Eve:\n\n${long(4096)}end`],
  ["a command of Claude Code's stands without what it replies to", [
    {
      text: "/compact",
      reply_to_message: { message_id: 1, text: "x", from: { id: 9, is_bot: true } },
    },
  ], "/compact"],
  ["the word /steer is not for Claude", [{ text: "/steer look at b.ts" }], "look at b.ts"],
];

for (const [what, messages, text] of JOINED) {
  Deno.test(`message groups: ${what}`, () => {
    const updates = messages.map((message, id): JournalUpdate => ({
      ...{ id, kind: "prompt", place: { chat: ADA }, user: ADA, receivedAt: id, state: "new" },
      payload: {
        update_id: id,
        message: { message_id: id, date: 1, chat: { id: ADA }, ...message },
      },
    }));
    const [first, ...rest] = promptsOf(updates);
    assertEquals(joined(piecesOf([first!, ...rest])), text);
  });
}
