import { assertEquals } from "@std/assert";
import { openJournal, PRIORITY } from "../../lib/journal/mod.ts";
import { MOST_SENDINGS, Outbox, REPEAT_MARK } from "../../lib/telegram/outbox/outbox.ts";
import { fakeClock } from "../fake_clock.ts";
import { aDelivery } from "../journal/fixture.ts";
import { FakeTelegram, flood, refused, unknown, unreachable } from "./fake_call.ts";
import { OutboxStage } from "./outbox_stage.ts";

Deno.test("outbox: an answer whose outcome is unknown is sent again, marked", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(unknown);
  const id = stage.deliver("a");
  await stage.clock.advance(5_000);
  assertEquals(stage.telegram.words, ["a", `a${REPEAT_MARK}`]);
  assertEquals(stage.journal.deliveries.get(id)?.messageId, 1001);
});

Deno.test("outbox: an answer that certainly did not arrive is sent again as it was", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(unreachable, unreachable, unreachable);
  stage.deliver("a");
  await stage.clock.advance(10_000);
  assertEquals(stage.telegram.words, ["a", "a", "a", "a"]);
  assertEquals(stage.telegram.made.map(({ at }) => at), [0, 500, 1_500, 3_500]);
});

Deno.test("outbox: an hour without a network costs an answer its patience, not its place", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(...Array.from({ length: 50 }, () => unreachable));
  stage.deliver("a");
  stage.deliver("b");
  await stage.clock.advance(3_600_000);
  assertEquals(stage.telegram.words.slice(-2), ["a", "b"]);
  assertEquals(new Set(stage.telegram.words.slice(0, -1)), new Set(["a"]));
});

Deno.test("outbox: the pauses start small again after a success", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(unreachable, unreachable, unreachable);
  stage.deliver("a");
  await stage.clock.advance(10_000);
  stage.telegram.next.push(unreachable);
  stage.deliver("b");
  await stage.clock.advance(500);
  assertEquals(stage.telegram.made.slice(-2).map(({ at }) => at), [10_000, 10_500]);
});

const bold = [{ type: "bold", offset: 0, length: 1 }];
const rich = { chat_id: 1, text: "a", entities: bold, message_thread_id: 7, reply_markup: {} };
Deno.test("outbox: one refused for both its topic and its entities still arrives", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(
    refused(400, "Bad Request: message thread not found"),
    { kind: "ok", result: { message_id: 1 } }, // The line that says which topic it was.
    refused(400, "Bad Request: can't parse entities"),
  );
  stage.deliver("a", { payload: rich });
  await stage.settle();
  assertEquals(stage.telegram.made.at(-1)?.payload, { chat_id: 1, text: "a", reply_markup: {} });
});

Deno.test("outbox: an answer that Telegram took is not sent again when the disk refuses to note it", async () => {
  await using stage = new OutboxStage();
  const { deliveries } = stage.journal;
  const sent = deliveries.sent;
  let refusals = 3;
  deliveries.sent = (...args) => {
    if (refusals-- > 0) throw new Error("The disk is full");
    sent(...args);
  };
  const id = stage.deliver("a");
  stage.deliver("b");
  await stage.clock.advance(60_000);
  assertEquals(stage.telegram.words, ["a", "b"]);
  assertEquals(deliveries.get(id)?.messageId, 1001);
});

Deno.test("outbox: nothing is sent while the disk refuses to note the attempt", async () => {
  await using stage = new OutboxStage();
  const { deliveries } = stage.journal;
  const sending = deliveries.sending;
  deliveries.sending = () => {
    throw new Error("The disk is full");
  };
  stage.deliver("a");
  await stage.clock.advance(60_000);
  assertEquals(stage.telegram.made, []);
  deliveries.sending = sending;
  await stage.clock.advance(60_000);
  assertEquals(stage.telegram.words, ["a"]);
});

Deno.test("outbox: a 429 is waited out even when the disk refuses to note it", async () => {
  await using stage = new OutboxStage();
  const { deliveries } = stage.journal;
  const waiting = deliveries.waiting;
  deliveries.waiting = () => {
    deliveries.waiting = waiting;
    throw new Error("The disk is full");
  };
  stage.telegram.next.push(flood(30));
  stage.deliver("a");
  await stage.clock.advance(60_000);
  assertEquals(stage.telegram.made.map(({ at }) => at), [0, 30_000]);
});

Deno.test("outbox: after a restart, what was in flight is sent again marked, the rest as it was", async () => {
  using journal = openJournal(":memory:");
  const [a] = journal.deliveries.add([aDelivery("a"), aDelivery("b")], 0);
  journal.deliveries.sending(a!);
  const clock = fakeClock();
  const telegram = new FakeTelegram(() => clock.now());
  const outbox = new Outbox(journal, telegram.call, clock);
  outbox.start();
  await clock.advance(0);
  assertEquals(telegram.words, [`a${REPEAT_MARK}`, "b"]);
  await outbox.close();
});

Deno.test("outbox: after a restart, a 429 from before it is still waited out", async () => {
  using journal = openJournal(":memory:");
  const clock = fakeClock(0);
  const telegram = new FakeTelegram(() => clock.now());
  telegram.next.push(flood(13_000));
  const before = new Outbox(journal, telegram.call, clock);
  journal.deliveries.add([aDelivery("a")], 0);
  before.wake(1);
  await clock.advance(1_000);
  await before.close();
  const outbox = new Outbox(journal, telegram.call, clock);
  outbox.start();
  await clock.advance(20_000_000);
  assertEquals(telegram.made.map(({ at }) => at), [0, 13_000_000, 13_000_000]);
  assertEquals(telegram.words, [
    "a",
    "Telegram made me wait 3 h 36 min; here is what waited.",
    "a",
  ]);
  await outbox.close();
});

Deno.test("outbox: closing waits for the call in flight and makes no other", async () => {
  await using stage = new OutboxStage();
  stage.telegram.hold();
  const a = stage.deliver("a");
  const b = stage.deliver("b");
  await stage.settle();
  let closed = false;
  const closing = stage.outbox.close().then(() => closed = true);
  await stage.settle();
  assertEquals(closed, false);
  stage.telegram.release();
  await closing;
  assertEquals(stage.telegram.words, ["a"]);
  assertEquals(stage.journal.deliveries.get(a)?.messageId, 1001);
  assertEquals(stage.journal.deliveries.next(1)?.id, b);
});

Deno.test("outbox: after its end nothing wakes it, and no timer is left", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(flood(60));
  stage.deliver("a");
  await stage.settle();
  await stage.outbox.close();
  stage.deliver("b", { chat: 1 });
  stage.deliver("c", { chat: 2 });
  stage.preview("d", {}, 3);
  await stage.clock.advance(120_000);
  assertEquals([stage.telegram.words, stage.clock.timers], [["a"], 0]);
});

Deno.test("outbox: a flush ends when everything is sent", async () => {
  await using stage = new OutboxStage();
  for (const text of ["a", "b", "c"]) stage.deliver(text);
  stage.deliver("d", { chat: 2 });
  await stage.outbox.flush();
  assertEquals(stage.journal.deliveries.chats(), []);
});

Deno.test("outbox: a flush does not wait for what is banned or cannot be reached", async () => {
  for (const outcome of [flood(600), unreachable]) {
    await using stage = new OutboxStage();
    stage.telegram.next.push(outcome);
    stage.deliver("a", { chat: 1 });
    stage.deliver("b", { chat: 2 });
    await stage.outbox.flush();
    assertEquals(stage.telegram.words, ["a", "b"]);
    assertEquals(stage.journal.deliveries.chats(), [1]);
  }
});

Deno.test("outbox: a flush that waits ends with the outbox", async () => {
  await using stage = new OutboxStage();
  stage.telegram.hold();
  stage.deliver("a");
  await stage.settle();
  const flushed = stage.outbox.flush();
  const closed = stage.outbox.close();
  stage.telegram.release();
  await Promise.all([flushed, closed]);
});

Deno.test("outbox: one that Telegram stumbles over soon holds up nothing but itself", async () => {
  await using stage = new OutboxStage();
  stage.telegram.nextOf.set("sendMessage", Array.from({ length: MOST_SENDINGS }, () => unknown));
  stage.deliver("poison");
  await stage.clock.advance(6_000);
  stage.telegram.nextOf.delete("sendMessage");
  stage.deliver("Allow?", { priority: PRIORITY.request });
  stage.deliver("another answer");
  await stage.clock.advance(6_000);
  assertEquals(stage.telegram.words.slice(-2), ["another answer", "Allow?"]);
  assertEquals(stage.telegram.words.filter((words) => words.startsWith("poison")).length, 3);
  await stage.clock.advance(30_000);
  assertEquals(stage.telegram.words.at(-1), `poison${REPEAT_MARK}`);
});
