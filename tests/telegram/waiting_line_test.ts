import { assertEquals } from "@std/assert";
import { REPEAT_MARK } from "../../lib/telegram/outbox/outbox.ts";
import { WaitingPresenter } from "../../lib/telegram/views/waiting.ts";
import { aJob } from "../journal/fixture.ts";
import { unknown } from "./fake_call.ts";
import { OutboxStage } from "./outbox_stage.ts";

Deno.test("waiting: a line on its way out goes, also when the message comes to wait again", async () => {
  await using stage = new OutboxStage();
  const { journal, telegram, clock } = stage;
  const presenter = new WaitingPresenter(stage.outbox, journal, clock);
  const job = journal.jobs.get(journal.jobs.add(aJob({ place: { chat: 1 } }), 0))!;
  const waiting = () =>
    presenter.waiting(job.session, [{ job, before: 1, steerable: false, requests: [] }]);
  waiting();
  await clock.advance(1_000);
  telegram.hold();
  stage.preview("something else");
  presenter.waiting(job.session, []);
  waiting();
  telegram.release();
  await clock.advance(5_000);
  const removed = telegram.of("deleteMessage").map(({ payload }) => payload["message_id"]);
  assertEquals([removed, telegram.of("sendMessage").length], [[1001], 2]);
  assertEquals(journal.statusMessages.all().map(({ messageId }) => messageId), [1002]);
});

Deno.test("waiting: a line that may stand already is not sent again; that it was cancelled is told", async () => {
  await using stage = new OutboxStage();
  const { journal, telegram, clock } = stage;
  const presenter = new WaitingPresenter(stage.outbox, journal, clock);
  const job = journal.jobs.get(journal.jobs.add(aJob({ place: { chat: 1 } }), 0))!;
  telegram.nextOf.set("sendMessage", [unknown]);
  for (const before of [3, 2, 1, 0]) {
    presenter.waiting(job.session, [{ job, before, steerable: false, requests: [] }]);
    await clock.advance(5_000);
  }
  assertEquals(telegram.of("sendMessage").length, 1);
  telegram.nextOf.set("sendMessage", [unknown]);
  presenter.cancelled(job);
  await clock.advance(5_000);
  assertEquals(telegram.of("sendMessage").map(({ payload }) => payload["text"]), [
    "⏳ Waiting (3 before it)",
    "✗ Cancelled",
    `✗ Cancelled${REPEAT_MARK}`,
  ]);
});
