import { assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";
import { aDelivery } from "./fixture.ts";

const row = { requestId: "r", session: "s", chat: 1, user: 5, summary: "Run ls" };

Deno.test("prompts: one is closed once", () => {
  using journal = openJournal(":memory:");
  const id = journal.prompts.add(row, 1);
  assertEquals(journal.prompts.close(id, "allowed"), true);
  assertEquals(journal.prompts.close(id, "denied"), false);
  assertEquals(journal.prompts.get(id), {
    ...row,
    id,
    open: false,
    outcome: "allowed",
    messageId: null,
  });
});

Deno.test("prompts: one that is not there is not closed", () => {
  using journal = openJournal(":memory:");
  assertEquals(journal.prompts.close(5, "allowed"), false);
  assertEquals([journal.prompts.get(5), journal.prompts.ofRequest("r")], [undefined, undefined]);
});

Deno.test("prompts: its message is known when its delivery was confirmed", () => {
  using journal = openJournal(":memory:");
  const id = journal.prompts.add(row, 1);
  const [delivery] = journal.deliveries.add([aDelivery("Allow?")], 1) as [number];
  journal.prompts.shownBy(id, delivery);
  assertEquals(journal.prompts.get(id)?.messageId, null);
  journal.deliveries.sent(delivery, 70, 2);
  assertEquals(journal.prompts.get(id)?.messageId, 70);
});

Deno.test("prompts: a request id that comes again means the newest", () => {
  using journal = openJournal(":memory:");
  journal.prompts.close(journal.prompts.add(row, 1), "denied");
  const newest = journal.prompts.add(row, 2);
  assertEquals(journal.prompts.ofRequest("r")?.id, newest);
  assertEquals(journal.prompts.open().map(({ id }) => id), [newest]);
});
