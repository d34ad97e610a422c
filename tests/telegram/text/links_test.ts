import { assertEquals } from "@std/assert";
import type { MessageEntity } from "grammy/types";
import { asClaudeReads } from "../../../lib/telegram/text/links.ts";
import { ADA, Chat } from "../stage.ts";

const link = (offset: number, length: number, url: string): MessageEntity => ({
  type: "text_link",
  offset,
  length,
  url,
});

const CASES: readonly (readonly [string, string, MessageEntity[] | undefined, string])[] = [
  ["no entities", "a page", undefined, "a page"],
  [
    "a link",
    "sum up this page, please",
    [link(7, 9, "https://a.example/x?y=1")],
    "sum up this page <https://a.example/x?y=1>, please",
  ],
  ["two links in any order", "a b", [
    link(2, 1, "https://b.example"),
    link(0, 1, "https://a.example"),
  ], "a <https://a.example> b <https://b.example>"],
  [
    "an address that is its own link",
    "see https://a.example/",
    [link(4, 18, "https://a.example")],
    "see https://a.example/",
  ],
  [
    "offsets in UTF-16",
    "😀 this",
    [link(3, 4, "https://a.example")],
    "😀 this <https://a.example>",
  ],
  ["an offset behind the end", "short", [link(3, 40, "https://a.example")], "short"],
  ["other entities", "bold", [{ type: "bold", offset: 0, length: 4 }], "bold"],
];

for (const [what, text, entities, expected] of CASES) {
  Deno.test(`links: ${what}`, () => assertEquals(asClaudeReads(text, entities), expected));
}

const PAGE = { text: "summarise this page", entities: [link(10, 9, "https://a.example/doc")] };
const ADA_USER = { id: ADA, is_bot: false, first_name: "Ada" };
const EVE = { type: "hidden_user", sender_user_name: "Eve", date: 0 };

/** Where a link may stand, and what reaches Claude. */
const WAYS: readonly (readonly [string, object, string])[] = [
  ["written", PAGE, "summarise this page <https://a.example/doc>"],
  [
    "forwarded",
    { ...PAGE, forward_origin: EVE },
    "Forwarded from Eve:\n\nsummarise this page <https://a.example/doc>",
  ],
  ["replied to", {
    text: "do it",
    reply_to_message: { message_id: 3, date: 1, chat: { id: ADA }, from: ADA_USER, ...PAGE },
  }, "> I wrote:\n> summarise this page <https://a.example/doc>\n\ndo it"],
  ["marked in what is replied to", {
    text: "do it",
    reply_to_message: { message_id: 3, date: 1, chat: { id: ADA }, from: ADA_USER, ...PAGE },
    quote: { text: "this page", position: 10, entities: [link(0, 9, "https://a.example/doc")] },
  }, "> I wrote:\n> this page <https://a.example/doc>\n\ndo it"],
  ["in the caption of what is replied to", {
    text: "do it",
    reply_to_message: {
      ...{ message_id: 3, date: 1, chat: { id: ADA }, from: ADA_USER },
      ...{ caption: PAGE.text, caption_entities: PAGE.entities, photo: [] },
    },
  }, "> I wrote:\n> summarise this page <https://a.example/doc>\n\ndo it"],
  ["in what is steered", {
    ...PAGE,
    text: "/steer " + PAGE.text,
    entities: [link(17, 9, "https://a.example/doc")],
  }, "summarise this page <https://a.example/doc>"],
];

for (const [what, other, expected] of WAYS) {
  Deno.test(`links: the address of a link that is ${what} reaches Claude`, async () => {
    await using chat = await Chat.open("lab");
    await chat.sessions.switch("lab", { chat: ADA });
    await chat.write("", { other });
    await chat.clock.advance(2_000);
    await chat.idle();
    assertEquals(chat.asked, [expected]);
  });
}

Deno.test("quotes: a text that begins with a path keeps what it replies to", async () => {
  await using chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  const reply_to_message = {
    message_id: 3,
    date: 1,
    chat: { id: ADA },
    from: ADA_USER,
    text: "which file?",
  };
  await chat.write("", { other: { text: "/etc/hosts, the third line", reply_to_message } });
  assertEquals(chat.asked, ["> I wrote:\n> which file?\n\n/etc/hosts, the third line"]);
});

for (
  const [written, expected] of [
    ["/clear@board_bot", "/clear"],
    ["/compact@Board_Bot keep names", "/compact keep names"],
    ["/clear@another_bot", undefined],
  ] as const
) {
  Deno.test(`commands: '${written}' reaches Claude as ${expected ?? "nothing"}`, async () => {
    await using chat = await Chat.open("lab");
    await chat.sessions.switch("lab", { chat: ADA });
    await chat.write(written);
    assertEquals(chat.asked, expected === undefined ? [] : [expected]);
  });
}
