import { assertEquals } from "@std/assert";
import type { Message } from "grammy/types";
import { quoteOf } from "../../../lib/telegram/incoming/quotes.ts";
import { ADA, Chat } from "../stage.ts";

const ADA_USER = { id: 1, is_bot: false, first_name: "Ada" };
const BOT = { id: 9, is_bot: true, first_name: "Switchboard" };
const to = (reply: object, more: object = {}) =>
  ({ message_id: 50, from: ADA_USER, text: "why?", reply_to_message: reply, ...more }) as Message;

const CASES: readonly (readonly [string, Message, string])[] = [
  ["no reply", { message_id: 50, text: "why?" } as Message, ""],
  ["a reply to an answer", to({ from: BOT, text: "42" }), "> You wrote:\n> 42\n\n"],
  ["a reply to oneself", to({ from: ADA_USER, text: "a\n\nb" }), "> I wrote:\n> a\n>\n> b\n\n"],
  [
    "a reply to somebody",
    to({ from: { ...ADA_USER, id: 2, first_name: "Bob" }, text: "hi" }),
    "> Bob wrote:\n> hi\n\n",
  ],
  [
    "a marked passage",
    to({ from: BOT, text: "a long answer" }, { quote: { text: "long", position: 2 } }),
    "> You wrote:\n> long\n\n",
  ],
  ["a reply to a picture", to({ from: BOT, caption: "a cat" }), "> You wrote:\n> a cat\n\n"],
  ["a reply to a sticker", to({ from: BOT }), ""],
  [
    "a message in a topic",
    to({ message_id: 7, from: BOT, text: "x" }, { message_thread_id: 7, is_topic_message: true }),
    "",
  ],
  [
    "a topic's first message",
    to({ message_id: 7, from: BOT, text: "x", forum_topic_created: {} }),
    "",
  ],
  [
    "a reply in a topic",
    to({ message_id: 8, from: BOT, text: "x" }, { message_thread_id: 7, is_topic_message: true }),
    "> You wrote:\n> x\n\n",
  ],
  [
    "a quote from another chat",
    {
      message_id: 50,
      from: ADA_USER,
      text: "why?",
      quote: { text: "far", position: 0 },
    } as Message,
    "> Somebody wrote:\n> far\n\n",
  ],
];

for (const [what, message, quote] of CASES) {
  Deno.test(`quotes: ${what} gives ${quote === "" ? "nothing" : JSON.stringify(quote)}`, () => {
    assertEquals(quoteOf(message), quote);
  });
}

Deno.test("quotes: a long one is cut between two characters", () => {
  const quote = quoteOf(to({ from: BOT, text: "😀".repeat(1_200) }));
  assertEquals(quote, `> You wrote:\n> ${"😀".repeat(499)}…\n\n`);
});

Deno.test("quotes: a reply goes to Claude with what it replies to", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  const reply_to_message = { message_id: 3, from: BOT, text: "I moved the file." };
  await chat.write("", { other: { text: "where to?", reply_to_message } });
  assertEquals(chat.asked, ["> You wrote:\n> I moved the file.\n\nwhere to?"]);
});
