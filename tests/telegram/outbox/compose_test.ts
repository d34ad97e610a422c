import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Choice,
  type Closing,
  settleUncertain,
  type Turn,
  wordsOf,
} from "../../../lib/conversation/mod.ts";
import { EMPTY_VIEW } from "../../../lib/conversation/view.ts";
import { type NewDelivery, openJournal, PRIORITY } from "../../../lib/journal/mod.ts";
import { deliveries, message } from "../../../lib/telegram/outbox/compose.ts";
import { composer, continuation } from "../../../lib/telegram/views/composer.ts";
import { REPEAT_MARK } from "../../../lib/telegram/outbox/outbox.ts";
import { aPermission } from "../../conversation/stage.ts";
import { aJob } from "../../journal/fixture.ts";

const TURN: Turn = {
  id: "t1",
  session: "lab",
  place: { chat: 1, thread: 7 },
  user: 1,
  replyTo: 11,
  also: [],
  asked: true,
  away: false,
  startedAt: 0,
};

const aClosing = (change: Partial<Closing> = {}, turn: Partial<Turn> = {}): Closing => ({
  turn: { ...TURN, ...turn },
  outcome: "answered",
  answer: "Hello **you**.",
  sentence: "",
  choice: null,
  view: EMPTY_VIEW,
  ...change,
});

const text = (delivery: NewDelivery | undefined) => String(delivery?.payload["text"]);
const data = (delivery: NewDelivery | undefined) => {
  const markup = delivery?.payload["reply_markup"] as {
    inline_keyboard: { callback_data: string }[][];
  } | undefined;
  return markup?.inline_keyboard.flat().map((each) => each.callback_data);
};

Deno.test("compose: an answer is text with entities, a reply in its topic, without a parse_mode", () => {
  assertEquals(composer.answer(aClosing()), [{
    chat: 1,
    priority: PRIORITY.answer,
    subject: "t1",
    method: "sendMessage",
    payload: {
      chat_id: 1,
      message_thread_id: 7,
      text: "Hello you.",
      entities: [{ type: "bold", offset: 6, length: 3 }],
      reply_parameters: { message_id: 11, allow_sending_without_reply: true },
      link_preview_options: { is_disabled: true },
    },
  }]);
});

const LONG = Array.from({ length: 3_000 }, (_, n) => `word${n}`).join(" ");

Deno.test("compose: a long answer is cut so that each piece has room for the mark of a repeat", () => {
  const pieces = composer.answer(aClosing({ answer: LONG, choice: { kind: "again", job: 5 } }));
  assert(pieces.length > 4);
  for (const piece of pieces) assert(text(piece).length + REPEAT_MARK.length <= 4096);
  assertEquals(pieces.map(text).join(" ").split(/\s+/), LONG.split(" "));
});

Deno.test("compose: the first piece replies and notifies, the last has the buttons", () => {
  const pieces = composer.answer(aClosing({ answer: LONG, choice: { kind: "again", job: 5 } }));
  const replies = pieces.map(({ payload }) => payload["reply_parameters"] !== undefined);
  const silent = pieces.map(({ payload }) => payload["disable_notification"] === true);
  assertEquals(replies, pieces.map((_, index) => index === 0));
  assertEquals(silent, pieces.map((_, index) => index > 0));
  assertEquals(
    pieces.map(data),
    pieces.map((_, index) => index === pieces.length - 1 ? ["a:5"] : undefined),
  );
});

Deno.test("compose: an answer without a word is a message still", () => {
  for (const answer of ["", "  \n", "\u200b"]) {
    const [only, ...more] = composer.answer(aClosing({ answer }));
    assert(text(only).trim().length > 0);
    assertEquals(more, []);
  }
});

const SAID: readonly (readonly [string, Closing, RegExp])[] = [
  [
    "a stop",
    aClosing({ outcome: "interrupted", sentence: "Stopped." }),
    /^Hello you\.\n\n⏹ Stopped\.$/,
  ],
  [
    "a failure",
    aClosing({ outcome: "failed", answer: "", sentence: "Overloaded." }),
    /^⚠️ Overloaded\.$/,
  ],
  [
    "a report that nobody asked for",
    aClosing({}, { asked: false }),
    /^lab: a background task reports\n\nHello/,
  ],
  ["a late answer", aClosing({}, { away: true }), /^Received while I was away\.\n\nHello/],
];

for (const [what, closing, expected] of SAID) {
  Deno.test(`compose: ${what} says so`, () =>
    assertMatch(text(composer.answer(closing)[0]), expected));
}

const requested = (command: string) =>
  composer.request(TURN, aPermission("r", { input: { command } }), 9);

Deno.test("compose: a request is a message that notifies, with its buttons, in its topic", () => {
  const [request, ...more] = requested("ls -la");
  assertEquals([request?.priority, request?.subject, more], [PRIORITY.request, "r", []]);
  assertStringIncludes(text(request), "lab asks: Running ls");
  assertEquals(data(request), ["p:9:y", "p:9:n", "p:9:w", "p:9:s"]);
  assertEquals(request?.payload["message_thread_id"], 7);
  assertEquals(request?.payload["disable_notification"], undefined);
});

for (
  const [what, command] of [["long", "x".repeat(100_000)], ["full of emoji", "😀".repeat(9_000)]]
) {
  Deno.test(`compose: of a request that is ${what} the head is shown, the whole is a document`, () => {
    const [document, request] = requested(command!);
    assert(text(request).length + REPEAT_MARK.length <= 4096);
    assert(text(request).isWellFormed());
    assertStringIncludes(text(request), "see the document above");
    assertEquals(document?.method, "sendDocument");
    assertEquals(document?.payload["document"], { name: "command.sh", text: command });
    assertEquals(document?.payload["disable_notification"], true);
  });
}

Deno.test("compose: half an emoji never reaches Telegram", () => {
  for (const broken of ["a\ud83d", "\ude00b"]) {
    const sent = message({ text: broken, entities: [] }, { place: { chat: 1 }, replyTo: null });
    assertEquals(sent.text.isWellFormed(), true);
    assertEquals(sent.text.length, 2);
    assert(text(requested(broken)[0]).isWellFormed());
  }
});

Deno.test("compose: what may have run before a crash offers to continue and to ask again", () => {
  using journal = openJournal(":memory:");
  const jobs = ["ask *1*", "ask 2"].map((text, index) =>
    journal.jobs.add(aJob({ place: { chat: 1 }, text, messageId: 21 + index }), 1)
  );
  journal.jobs.submit(jobs, "p", 2);
  settleUncertain(journal, composer, 3);
  const { subject: _, ...told } = journal.deliveries.next(1)!;
  assertEquals(data(told), ["c:2", "a:2"]);
  assertStringIncludes(text(told), "did not run it again");
  assertStringIncludes(text(told), "This concerns also: “ask *1*”");
  assertEquals(told.payload["reply_parameters"], {
    message_id: 22,
    allow_sending_without_reply: true,
  });
});

Deno.test("compose: a notice is Markdown in its place", () => {
  const notice = composer.notice({
    ...{ place: { chat: 1 }, replyTo: null, text: "All **2** are busy." },
  });
  assertEquals(text(notice), "All 2 are busy.");
  assertEquals(notice.payload["reply_parameters"], undefined);
});

/** Each choice with the data of its buttons, and how urgent its notice is. */
const CHOICES: readonly (readonly [Choice, string[], number])[] = [
  [{ kind: "again", job: 5 }, ["a:5"], PRIORITY.answer],
  [{ kind: "goOn", job: 5 }, ["c:5", "a:5"], PRIORITY.answer],
  [{ kind: "parked", job: 5 }, ["c:5", "m:5"], PRIORITY.answer],
  [{ kind: "lost", job: 5 }, ["l:f5"], PRIORITY.answer],
  [{ kind: "heldBack", job: 5, own: false }, ["l:t5"], PRIORITY.request],
  [{ kind: "heldBack", job: 5, own: true }, ["l:t5", "l:f5"], PRIORITY.request],
  [{ kind: "overBudget", job: 5 }, ["v:r:5", "v:n:5"], PRIORITY.answer],
  [{ kind: "silent", turn: "t1" }, ["l:et1"], PRIORITY.request],
];

for (const [choice, buttons, priority] of CHOICES) {
  Deno.test(`compose: the buttons of ${JSON.stringify(choice)} are ${buttons}`, () => {
    const notice = composer.notice({ place: { chat: 1 }, replyTo: null, text: "so", choice });
    assertEquals([data(notice), notice.priority], [buttons, priority]);
  });
}

Deno.test("compose: deliveries of a text keep its words and the order", () => {
  const rows = deliveries({ text: LONG, entities: [] }, { place: { chat: 1 }, replyTo: null });
  assertEquals(rows.map(text).join(" ").split(/\s+/), LONG.split(" "));
});

Deno.test("compose: a continuation quotes no more than needed of what was asked", () => {
  assertStringIncludes(continuation("mend the fence"), "mend the fence");
  assertEquals(wordsOf(continuation(continuation("mend the fence"))), "mend the fence");
  const long = continuation("😀".repeat(1_000));
  assert(long.length < 800 && long.isWellFormed());
});

Deno.test("wordsOf: forwards are named by their words, not by where they are from", () => {
  assertEquals(wordsOf("Forwarded from Eve:\n\nthe news\n\nis it true?"), "the news");
  assertEquals(wordsOf("> quoted\n\nForwarded from Eve:\n\nthe news"), "the news");
});
