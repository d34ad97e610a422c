import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { PollHealth } from "../../../../lib/telegram/api/poll.ts";
import { pollNews } from "../../../../lib/telegram/features/info/poll_news.ts";
import { OutboxStage } from "../../outbox_stage.ts";
import { Polling, until } from "../../polling.ts";
import { poll } from "../../../../lib/telegram/api/poll.ts";
import { refused } from "../../fake_call.ts";

for (
  const [incident, says, over] of [
    ["conflict", /^⚠️ Another program polls Telegram/, /^✅ Nobody else polls/],
    ["webhook", /^⚠️ A webhook is set[\s\S]*deleteWebhook/, /^✅ The webhook is gone/],
  ] as const
) {
  Deno.test(`poll news: a ${incident} is told to every allowed user, and so is its end`, async () => {
    await using stage = new OutboxStage();
    const tell = pollNews(stage.journal, stage.outbox, stage.clock, [1, 2]);
    tell(incident, null);
    await stage.settle();
    assertEquals(stage.telegram.made.map(({ payload }) => payload["chat_id"]), [1, 2]);
    assertMatch(stage.telegram.words[0]!, says);
    tell(null, incident);
    await stage.settle();
    assertMatch(stage.telegram.words[2]!, over);
  });
}

Deno.test("poll news: one who never wrote to the bot keeps the others from nothing", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(refused(400, "Bad Request: chat not found"));
  pollNews(stage.journal, stage.outbox, stage.clock, [1, 2])("conflict", null);
  await stage.settle();
  assertEquals([stage.telegram.made.length, stage.journal.deliveries.chats()], [2, []]);
});

Deno.test("poll news: what cannot be written for all is written for nobody, and then once for each", async () => {
  await using stage = new OutboxStage();
  const tell = pollNews(stage.journal, stage.outbox, stage.clock, [1, Number.NaN]);
  assertThrows(() => tell("conflict", null)); // NaN is null to SQLite: the second row is refused.
  assertEquals(stage.journal.deliveries.chats(), []);
});

Deno.test("poll news: two programs with one token: one message for the incident, not one for each conflict", async () => {
  await using stage = new OutboxStage();
  await using polling = await Polling.start();
  const { clock } = polling;
  const health = new PollHealth(clock, pollNews(stage.journal, stage.outbox, stage.clock, [1]));
  const stop = new AbortController();
  const done = poll({ ...polling.options, health, signal: stop.signal }, () => {});
  await until(() => clock.pauses.filter((ms) => ms >= 5_000).length > 0);
  stop.abort();
  await done;
  await stage.settle();
  assertEquals(stage.telegram.words.length, 1);
});
