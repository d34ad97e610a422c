import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Closing } from "../../lib/conversation/mod.ts";
import { EMPTY_VIEW } from "../../lib/conversation/view.ts";
import { composer } from "../../lib/telegram/views/composer.ts";
import { documentDelivery } from "../../lib/telegram/api/uploads.ts";
import { Chat } from "./stage.ts";

Deno.test("press: work that fails at once is told, and ends nothing else", async () => {
  await using chat = await Chat.open("lab");
  await chat.press("z:gone:mwp9ltn7", { chat: 1, user: 1 });
  await chat.idle();
  assertMatch(chat.lastSaid, /There is no session 'gone'/);
});

Deno.test("document: a name that Claude chose cannot break the upload", () => {
  const { payload } = documentDelivery({ name: 'a\nb"c/d', text: "x" }, { chat: 1 });
  assertEquals(payload["document"], { name: "a_b_c_d", text: "x" });
});

Deno.test("answer: one that nobody can see is told in words", () => {
  for (const answer of ["\u200b", "\u2800", "\ufe0f"]) {
    const turn = {
      id: "t",
      session: "lab",
      place: { chat: 1 },
      user: 1,
      replyTo: 1,
      asked: true,
      away: false,
      also: [],
      startedAt: 0,
    };
    const closing: Closing = {
      turn,
      outcome: "answered",
      answer,
      sentence: "",
      choice: null,
      view: EMPTY_VIEW,
    };
    const said = composer.answer(closing);
    assertEquals(said.length, 1);
    assert(String(said[0]?.payload["text"]).trim().length > 3);
  }
});
