import { assertEquals } from "@std/assert";
import { openJournal, PRIORITY } from "../../../lib/journal/mod.ts";
import { Outbox } from "../../../lib/telegram/outbox/outbox.ts";
import { fakeClock } from "../../fake_clock.ts";
import { aDelivery } from "../../journal/fixture.ts";
import { FakeTelegram, flood, refused } from "../fake_call.ts";
import { OutboxStage } from "../outbox_stage.ts";

Deno.test("outbox: answers go in their order, one call at a time", async () => {
  await using stage = new OutboxStage();
  stage.telegram.hold();
  for (const text of ["a", "b", "c"]) stage.deliver(text);
  await stage.settle();
  assertEquals(stage.telegram.words, ["a"]);
  stage.telegram.release();
  await stage.settle();
  assertEquals(stage.telegram.words, ["a", "b", "c"]);
  assertEquals([stage.telegram.mostInFlight, stage.journal.deliveries.chats()], [1, []]);
});

Deno.test("outbox: chats do not wait for each other", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(flood(600));
  stage.deliver("banned", { chat: 1 });
  stage.deliver("free", { chat: 2 });
  await stage.settle();
  assertEquals(stage.telegram.words, ["banned", "free"]);
});

Deno.test("outbox: answers before requests before removals before edits before drafts", async () => {
  await using stage = new OutboxStage();
  stage.telegram.hold();
  stage.preview("first");
  stage.preview("draft", { priority: PRIORITY.draft });
  stage.preview("edit", { priority: PRIORITY.edit });
  stage.preview("remove", { priority: PRIORITY.remove });
  stage.deliver("request", { priority: PRIORITY.request });
  stage.deliver("answer");
  stage.telegram.release();
  await stage.settle();
  assertEquals(stage.telegram.words, ["first", "answer", "request", "remove", "edit", "draft"]);
});

Deno.test("outbox: an answer waits out a 429 and goes exactly when its time is over", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(flood(30));
  stage.deliver("a");
  await stage.clock.advance(29_999);
  assertEquals(stage.telegram.made.map(({ at }) => at), [0]);
  await stage.clock.advance(1);
  assertEquals(stage.telegram.made.map(({ at }) => at), [0, 30_000]);
  assertEquals(stage.telegram.words, ["a", "a"]);
});

Deno.test("outbox: nothing is called within a 429's time, whatever happens", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(flood(30));
  stage.deliver("a");
  await stage.clock.advance(1000);
  for (let second = 1; second < 29; second++) {
    stage.deliver(`b${second}`);
    stage.preview("edit", { keep: true });
    stage.outbox.wake(1);
    await stage.outbox.flush();
    await stage.clock.advance(1000);
  }
  assertEquals(stage.telegram.made.length, 1);
});

Deno.test("outbox: a 429 at the second try is waited out again", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(flood(5), flood(7));
  stage.deliver("a");
  await stage.clock.advance(60_000);
  assertEquals(stage.telegram.made.map(({ at }) => at), [0, 5_000, 12_000]);
});

Deno.test("outbox: a 429 drops the previews that wait, and keeps what has to happen", async () => {
  await using stage = new OutboxStage();
  stage.telegram.hold();
  stage.telegram.next.push(flood(10));
  stage.deliver("answer");
  await stage.settle();
  stage.preview("draft", { priority: PRIORITY.draft });
  stage.preview("buttons go", { keep: true });
  stage.telegram.release();
  await stage.clock.advance(10_000);
  assertEquals(stage.telegram.words, ["answer", "answer", "buttons go"]);
});

Deno.test("outbox: a preview that gets the 429 itself is dropped, one to keep comes again", async () => {
  await using stage = new OutboxStage();
  for (const keep of [false, true]) {
    stage.telegram.next.push(flood(10));
    stage.preview(`keep ${keep}`, { keep });
    await stage.clock.advance(10_000);
  }
  assertEquals(stage.telegram.words, ["keep false", "keep true", "keep true"]);
});

Deno.test("outbox: a ban of hours and one of weeks are waited out", async () => {
  for (const seconds of [13_000, 3_000_000]) {
    await using stage = new OutboxStage();
    stage.telegram.next.push(flood(seconds));
    stage.deliver("a");
    await stage.clock.advance(seconds * 1000 - 1);
    assertEquals(stage.telegram.made.length, 1);
    await stage.clock.advance(1);
    assertEquals(stage.telegram.words.length, 3); // Before it a line that tells of the silence.
  }
});

Deno.test("outbox: no timer is longer than what a timer can hold", async () => {
  const waits: number[] = [];
  const clock = fakeClock(0);
  const after = clock.after;
  clock.after = (ms, action) => {
    waits.push(ms);
    return after(ms, action);
  };
  const telegram = new FakeTelegram(() => clock.now());
  using journal = openJournal(":memory:");
  const outbox = new Outbox(journal, telegram.call, clock);
  telegram.next.push(flood(3_000_000));
  journal.deliveries.add([aDelivery("a")], 0);
  outbox.wake(1);
  await clock.advance(0);
  assertEquals(waits, [2 ** 31 - 1]);
  await outbox.close();
});

Deno.test("outbox: of previews with one key the last is shown", async () => {
  await using stage = new OutboxStage();
  stage.telegram.hold();
  for (const text of ["1", "2", "3", "4"]) stage.preview(text, { key: "status" });
  stage.telegram.release();
  await stage.settle();
  assertEquals(stage.telegram.words, ["1", "4"]);
});

Deno.test("outbox: a preview is not shown before its time", async () => {
  await using stage = new OutboxStage();
  stage.preview("later", { notBefore: 1_500 });
  stage.preview("now");
  await stage.clock.advance(1_499);
  assertEquals(stage.telegram.words, ["now"]);
  await stage.clock.advance(1);
  assertEquals(stage.telegram.words, ["now", "later"]);
});

Deno.test("outbox: an answer does not wait for a preview whose time has not come", async () => {
  await using stage = new OutboxStage();
  stage.preview("later", { notBefore: 60_000, priority: PRIORITY.remove });
  stage.deliver("answer");
  await stage.settle();
  assertEquals(stage.telegram.words, ["answer"]);
});

Deno.test("outbox: a preview that has nothing to say makes no call", async () => {
  await using stage = new OutboxStage();
  stage.preview("nothing", { call: () => null });
  await stage.settle();
  assertEquals(stage.telegram.made, []);
});

Deno.test("outbox: a preview is told which message it made", async () => {
  await using stage = new OutboxStage();
  const told: (number | null)[] = [];
  stage.preview("x", {
    call: () => ({ method: "sendMessage", payload: { chat_id: 1 } }),
    done: (messageId) => void told.push(messageId),
  });
  await stage.settle();
  assertEquals(told, [1001]);
});

Deno.test("outbox: what must happen and is refused has happened", async () => {
  await using stage = new OutboxStage();
  const told: (number | null)[] = [];
  stage.telegram.next.push(refused(400, "Bad Request: message to delete not found"));
  stage.preview("remove", { keep: true, done: (messageId) => void told.push(messageId) });
  await stage.clock.advance(60_000);
  assertEquals([told, stage.telegram.made.length], [[null], 1]);
});

Deno.test("outbox: a preview that throws stops nobody", async () => {
  await using stage = new OutboxStage();
  stage.preview("bad", {
    call: () => {
      throw new Error("cannot render");
    },
  });
  stage.deliver("answer");
  await stage.clock.advance(5_000);
  assertEquals(stage.telegram.words, ["answer"]);
});
