import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answerOf, type Turn, type TurnView } from "../../../lib/conversation/mod.ts";
import { EMPTY_VIEW } from "../../../lib/conversation/view.ts";
import { type Journal, openJournal } from "../../../lib/journal/mod.ts";
import { Outbox } from "../../../lib/telegram/outbox/outbox.ts";
import { StatusPresenter } from "../../../lib/telegram/views/status.ts";
import { statusText } from "../../../lib/telegram/views/status_text.ts";
import { elapsed } from "../../../lib/units.ts";
import { type FakeClock, fakeClock } from "../../fake_clock.ts";
import { aPermission } from "../../conversation/stage.ts";
import { aDelivery } from "../../journal/fixture.ts";
import { FakeTelegram, flood, unknown } from "../fake_call.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

class Stage implements AsyncDisposable {
  readonly clock: FakeClock = fakeClock(START);
  readonly telegram = new FakeTelegram(() => this.clock.now());
  readonly outbox: Outbox;
  readonly presenter: StatusPresenter;

  constructor(readonly journal: Journal = openJournal(":memory:")) {
    this.outbox = new Outbox(journal, this.telegram.call, this.clock);
    this.presenter = new StatusPresenter(this.outbox, journal, this.clock);
  }

  get sends() {
    return this.telegram.of("sendMessage");
  }

  get edits() {
    return this.telegram.of("editMessageText");
  }

  /** Shows a new draft every so many milliseconds, for so long. */
  async chatter(turn: Turn, everyMs: number, forMs: number): Promise<void> {
    for (let passed = 0; passed < forMs; passed += everyMs) {
      this.presenter.show(turn, { ...WORKING, draft: `word ${this.clock.now()}` });
      await this.clock.advance(everyMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.telegram.release();
    this.presenter.close();
    await this.outbox.close();
    this.journal.close();
  }
}

const aTurn = (change: Partial<Turn> = {}): Turn => ({
  id: "t1",
  session: "lab",
  place: { chat: 1 },
  user: 1,
  replyTo: 11,
  also: [],
  asked: true,
  away: false,
  startedAt: START,
  ...change,
});
const WORKING: TurnView = { ...EMPTY_VIEW, phase: "working" };
const steps = (count: number, state: "running" | "done" = "done") =>
  Array.from({ length: count }, (_, n) => ({ id: `${n}`, summary: `Step ${n + 1}`, state }));
const STEPPED: TurnView = { ...WORKING, steps: steps(2) };

/** A turn whose status message is on display. */
async function shown(view: TurnView = WORKING): Promise<Stage> {
  const stage = new Stage();
  stage.presenter.show(aTurn(), view);
  await stage.clock.advance(1_000);
  return stage;
}

Deno.test("status: an answer within a second has no status message", async () => {
  await using stage = new Stage();
  stage.presenter.show(aTurn(), STEPPED);
  await stage.clock.advance(999);
  stage.presenter.ended(aTurn(), { ...STEPPED, phase: "done" });
  await stage.clock.advance(60_000);
  assertEquals([stage.sends, stage.edits], [[], []]);
});

Deno.test("status: after a second one message is shown, silently, as a reply, with Stop", async () => {
  await using stage = await shown();
  assertEquals(stage.sends.map(({ at }) => at - START), [1_000]);
  const payload = stage.sends[0]!.payload;
  assertEquals(payload["disable_notification"], true);
  assertEquals(payload["reply_parameters"], { message_id: 11, allow_sending_without_reply: true });
  assertEquals(payload["reply_markup"], {
    inline_keyboard: [[{ text: "⏹ Stop", callback_data: "x:t1" }]],
  });
});

Deno.test("status: it is shown in the topic", async () => {
  await using stage = new Stage();
  stage.presenter.show(aTurn({ place: { chat: -5, thread: 3 } }), WORKING);
  await stage.clock.advance(1_000);
  assertEquals(stage.sends[0]?.payload["message_thread_id"], 3);
  assertEquals(stage.telegram.of("sendChatAction")[0]?.payload["message_thread_id"], 3);
});

const gaps = (times: readonly { at: number }[]) =>
  times.slice(1).map(({ at }, index) => at - times[index]!.at);

for (
  const [where, chat, least] of [["a private chat", 1, 1_500], ["a group", -5, 5_000]] as const
) {
  Deno.test(`status: in ${where} edits come at least ${least} ms apart, however much is said`, async () => {
    await using stage = new Stage();
    await stage.chatter(aTurn({ place: { chat } }), 500, 30_000);
    const calls = [...stage.sends, ...stage.edits];
    assert(calls.length >= 30_000 / least - 3, `${calls.length} calls`);
    assert(Math.min(...gaps(calls)) >= least, String(gaps(calls)));
    assertEquals(stage.sends.length, 1);
  });
}

for (const [age, apart] of [[50_000, 1_500], [90_000, 3_000], [400_000, 9_000]] as const) {
  Deno.test(`status: after ${age} ms a turn is edited every ${apart} ms`, async () => {
    await using stage = new Stage();
    await stage.chatter(aTurn({ startedAt: START - age }), 500, 4 * apart);
    assertEquals([...new Set(gaps(stage.edits))], [apart]);
  });
}

Deno.test("status: what does not change what is seen makes no call", async () => {
  await using stage = await shown();
  const before = stage.telegram.made.length;
  for (let n = 0; n < 20; n++) stage.presenter.show(aTurn(), WORKING);
  await stage.clock.advance(0);
  assertEquals(stage.telegram.made.length, before);
});

Deno.test("status: the time goes on while nothing is said", async () => {
  await using stage = await shown();
  await stage.clock.advance(30_000);
  assert(stage.edits.length >= 2);
  assertMatch(String(stage.edits.at(-1)?.payload["text"]), /lab · working · \d\d s/);
});

Deno.test("status: a turn with steps leaves them behind, folded, without Stop", async () => {
  await using stage = await shown(STEPPED);
  stage.presenter.ended(aTurn(), { ...STEPPED, phase: "done" });
  await stage.clock.advance(0);
  const { payload } = stage.edits.at(-1)!;
  assertStringIncludes(String(payload["text"]), "lab · 2 steps · 1 s\n✓ Step 1\n✓ Step 2");
  assertEquals(payload["reply_markup"], undefined);
  const entities = payload["entities"] as { type: string }[];
  assertEquals(entities.map(({ type }) => type), ["bold", "expandable_blockquote"]);
  assertEquals(stage.journal.statusMessages.all(), []);
});

Deno.test("status: a turn without steps leaves nothing behind", async () => {
  await using stage = await shown();
  stage.presenter.ended(aTurn(), { ...WORKING, phase: "done" });
  await stage.clock.advance(0);
  assertEquals(stage.telegram.of("deleteMessage").map(({ payload }) => payload), [
    { chat_id: 1, message_id: 1001 },
  ]);
  assertEquals(stage.journal.statusMessages.all(), []);
});

Deno.test("status: after its end nothing of a turn is shown any more, and no timer stays", async () => {
  await using stage = await shown();
  stage.presenter.show(aTurn(), { ...WORKING, draft: "late" });
  stage.presenter.ended(aTurn(), { ...WORKING, phase: "done" });
  await stage.clock.advance(0);
  const before = stage.telegram.made.length;
  await stage.clock.advance(600_000);
  assertEquals([stage.telegram.made.length, stage.clock.timers], [before, 0]);
  assertEquals(stage.presenter.turn("t1"), undefined);
});

for (const view of [WORKING, STEPPED]) {
  const what = view.steps.length === 0 ? "removed" : "folded";
  Deno.test(`status: a message that was still being sent at the end is ${what} too`, async () => {
    await using stage = new Stage();
    stage.presenter.show(aTurn(), view);
    await stage.clock.advance(500);
    stage.telegram.hold();
    await stage.clock.advance(500);
    stage.presenter.ended(aTurn(), { ...view, phase: "done" });
    stage.telegram.release();
    await stage.clock.advance(10);
    const method = what === "removed" ? "deleteMessage" : "editMessageText";
    assertEquals(stage.telegram.of(method).map(({ payload }) => payload["message_id"]), [1001]);
    assertEquals(stage.journal.statusMessages.all(), []);
  });
}

Deno.test("status: a 429 at the end does not leave a message with Stop behind", async () => {
  await using stage = await shown(STEPPED);
  stage.telegram.nextOf.set("editMessageText", [flood(60)]);
  stage.presenter.ended(aTurn(), { ...STEPPED, phase: "done" });
  await stage.clock.advance(60_000);
  assertStringIncludes(String(stage.edits.at(-1)?.payload["text"]), "2 steps");
  assertEquals(stage.journal.statusMessages.all(), []);
});

Deno.test("status: it goes after the answer is there", async () => {
  await using stage = await shown();
  stage.journal.deliveries.add([aDelivery("answer")], 0);
  stage.presenter.delivered(1);
  stage.presenter.ended(aTurn(), { ...WORKING, phase: "done" });
  await stage.clock.advance(0);
  assertEquals(stage.telegram.words.slice(-2), ["answer", "deleteMessage"]);
});

Deno.test("status: 'typing' is kept up while it works, not while it waits for a person", async () => {
  await using stage = await shown();
  await stage.clock.advance(20_000);
  const typing = stage.telegram.of("sendChatAction");
  assert(typing.length >= 4);
  stage.presenter.show(aTurn(), { ...WORKING, phase: "asking", requests: ["r"] });
  await stage.clock.advance(20_000);
  assertEquals(stage.telegram.of("sendChatAction").length, typing.length);
});

Deno.test("status: two turns have two messages, and Stop finds each", async () => {
  await using stage = new Stage();
  const other = aTurn({ id: "t2", session: "den" });
  stage.presenter.show(aTurn(), WORKING);
  stage.presenter.show(other, WORKING);
  await stage.clock.advance(2_000);
  assertEquals(stage.sends.length, 2);
  assertEquals(stage.presenter.turn("t2")?.session, "den");
});

Deno.test("status: after a start, what a crash left on display goes", async () => {
  const journal = openJournal(":memory:");
  journal.statusMessages.add(1, 70);
  journal.statusMessages.add(-5, 71);
  await using stage = new Stage(journal);
  stage.presenter.clearLeftovers();
  await stage.clock.advance(0);
  const gone = stage.telegram.of("deleteMessage").map(({ payload }) => payload["message_id"]);
  assertEquals(gone, [70, 71]);
  assertEquals(journal.statusMessages.all(), []);
});

Deno.test("status: what cannot be removed now is tried again, also by the next start", async () => {
  const journal = openJournal(":memory:");
  journal.statusMessages.add(1, 70);
  await using stage = new Stage(journal);
  stage.telegram.next.push(unknown);
  stage.presenter.clearLeftovers();
  await stage.clock.advance(0);
  assertEquals(journal.statusMessages.all().length, 1);
  await stage.clock.advance(1_000);
  assertEquals(journal.statusMessages.all(), []);
});

/** A permission request whose message is on display as 80. */
function requested(journal: Journal, sent = true): number {
  const request = aPermission("r");
  const { id: requestId, summary } = request;
  const row = { requestId, session: "lab", place: { chat: 1 }, user: 1, summary, request };
  const id = journal.requests.add(row, 0);
  const [delivery] = journal.deliveries.add([aDelivery("Allow?")], 0);
  journal.requests.shownBy(id, delivery!);
  if (sent) journal.deliveries.sent(delivery!, 80, 0);
  return id;
}

Deno.test("status: after a start, requests that a crash left open expire and lose their buttons", async () => {
  const journal = openJournal(":memory:");
  const id = requested(journal);
  await using stage = new Stage(journal);
  stage.presenter.clearLeftovers();
  await stage.clock.advance(0);
  assertEquals(journal.requests.get(id)?.isOpen, false);
  assertEquals(stage.edits.map(({ payload }) => [payload["message_id"], payload["text"]]), [
    [80, "Running ls: expired with a restart"],
  ]);
});

Deno.test("status: a closed request loses its buttons, also when it was answered before it was shown", async () => {
  const journal = openJournal(":memory:");
  const id = requested(journal, false);
  await using stage = new Stage(journal);
  stage.telegram.hold();
  stage.presenter.delivered(1);
  await stage.clock.advance(0);
  stage.presenter.requestClosed(journal.requests.get(id)!, "no longer needed");
  stage.telegram.release();
  await stage.clock.advance(0);
  assertEquals(stage.edits.map(({ payload }) => [payload["message_id"], payload["text"]]), [
    [1001, "Running ls: no longer needed"],
  ]);
  assertEquals(stage.edits[0]?.payload["reply_markup"], undefined);
});

const TEXTS: readonly (readonly [string, TurnView, RegExp])[] = [
  ["a turn that waits is starting", EMPTY_VIEW, /^lab · starting · 5 s$/],
  ["one that asks waits for a person", { ...WORKING, phase: "asking" }, /waiting for you/],
  ["steps have marks", { ...WORKING, steps: [...steps(1), ...steps(1, "running")] }, /✓ .*\n▸ /],
  [
    "of many steps the last are shown",
    { ...WORKING, steps: steps(20) },
    /12 earlier steps\n✓ Step 13\n/,
  ],
  ["a notice is shown", { ...WORKING, notice: "Retrying" }, /\nRetrying$/],
  ["text is shown", { ...WORKING, draft: "So far" }, /\n\nSo far$/],
];

for (const [sentence, view, expected] of TEXTS) {
  Deno.test(`status: ${sentence}`, () =>
    assertMatch(statusText(aTurn(), view, START + 5_000).text, expected));
}

Deno.test("status: however much there is, it fits into a message", () => {
  const long = "😀 word ".repeat(5_000);
  const view: TurnView = {
    ...WORKING,
    steps: Array.from({ length: 300 }, (_, n) => ({
      id: `${n}`,
      summary: "x".repeat(200),
      state: "done",
    })),
    messages: [long],
    draft: long,
    notice: "n".repeat(300),
  };
  const { text } = statusText(aTurn({ session: "s".repeat(50) }), view, START + 5_000);
  assert(text.length <= 4096, String(text.length));
  assert(text.isWellFormed());
  assert(answerOf(view).length > 4096);
});

const TIMES = [
  [-5, "0 s"],
  [45_400, "45 s"],
  [60_000, "1 min 00 s"],
  [192_000, "3 min 12 s"],
  [3_900_000, "1 h 05 min"],
] as const;

for (const [ms, words] of TIMES) {
  Deno.test(`status: ${ms} ms are '${words}'`, () => assertEquals(elapsed(ms), words));
}

Deno.test("status: a message that may stand already is not sent again, 'typing' goes on", async () => {
  await using stage = new Stage();
  stage.telegram.nextOf.set("sendMessage", [unknown, unknown]);
  await stage.chatter(aTurn(), 500, 20_000);
  assertEquals([stage.sends.length, stage.edits.length], [1, 0]);
  assert(stage.telegram.of("sendChatAction").length >= 3);
  stage.presenter.ended(aTurn(), STEPPED);
  await stage.clock.advance(5_000);
  assertEquals([stage.sends.length, stage.clock.timers], [1, 0]);
});

Deno.test("status: a message that may stand already is not sent again by a look that waits behind it", async () => {
  await using stage = new Stage();
  stage.telegram.nextOf.set("sendMessage", [unknown]);
  stage.presenter.show(aTurn(), WORKING);
  await stage.clock.advance(990);
  stage.telegram.hold();
  await stage.clock.advance(10);
  stage.presenter.show(aTurn(), { ...WORKING, draft: "more" });
  stage.telegram.release();
  await stage.clock.advance(20_000);
  assertEquals([stage.sends.length, stage.edits.length], [1, 0]);
});

Deno.test("status: after a start, a request whose end was not shown any more says it", async () => {
  const journal = openJournal(":memory:");
  const id = requested(journal);
  journal.requests.close(id, "denied", "✗ denied: not on a Friday");
  await using stage = new Stage(journal);
  stage.presenter.clearLeftovers();
  await stage.clock.advance(0);
  assertEquals(stage.edits.map(({ payload }) => [payload["message_id"], payload["text"]]), [
    [80, "Running ls: ✗ denied: not on a Friday"],
  ]);
  stage.presenter.clearLeftovers();
  await stage.clock.advance(0);
  assertEquals([stage.edits.length, journal.requests.unfolded()], [1, []]);
});
