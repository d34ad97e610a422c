import { assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";
import { anUpdate } from "./fixture.ts";

const DAY = 24 * 60 * 60 * 1000;
const ids = (updates: readonly { id: number }[]) => updates.map(({ id }) => id);

Deno.test("updates: one that comes again is not recorded again", () => {
  using journal = openJournal(":memory:");
  assertEquals(journal.updates.record(anUpdate(1)), true);
  assertEquals(journal.updates.record(anUpdate(1, { kind: "command" })), false);
  assertEquals(journal.updates.unrouted().map(({ kind }) => kind), ["prompt"]);
});

Deno.test("updates: one that is done is still known", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(1));
  journal.updates.done(1, 5);
  assertEquals(journal.updates.record(anUpdate(1)), false);
  assertEquals(journal.updates.unrouted(), []);
});

Deno.test("updates: after days an id may come again for another update, never for the same one", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(1, { receivedAt: 0, payload: { text: "old" } }));
  const later = (days: number, text: string) =>
    journal.updates.record(anUpdate(1, { receivedAt: days * DAY, payload: { text } }));
  assertEquals(later(3, "new"), false, "the old one still waits");
  journal.updates.done(1, 5);
  assertEquals([later(1, "new"), later(3, "old"), later(3, "new")], [false, false, true]);
  assertEquals(journal.updates.unrouted().map(({ payload }) => payload), [{ text: "new" }]);
});

Deno.test("updates: unrouted ones come in the order of their arrival, whatever their ids", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(900, { receivedAt: 1 }));
  journal.updates.record(anUpdate(5, { receivedAt: 2 }));
  journal.updates.record(anUpdate(4, { receivedAt: 2 }));
  assertEquals(ids(journal.updates.unrouted()), [900, 5, 4]);
});

Deno.test("updates: what Telegram said is kept as it was", () => {
  using journal = openJournal(":memory:");
  const update = anUpdate(1, {
    kind: "press",
    place: { chat: -100, thread: 4 },
    payload: { update_id: 1, text: "ä 😀 \u2028", deep: [null, { a: 1.5 }] },
  });
  journal.updates.record(update);
  assertEquals(journal.updates.unrouted(), [{ ...update, state: "new" }]);
});

Deno.test("updates: a held prompt waits in its place for its user", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(1));
  journal.updates.record(anUpdate(2, { place: { chat: 1, thread: 7 } }));
  journal.updates.record(anUpdate(3, { user: 2 }));
  journal.updates.record(anUpdate(4));
  for (const id of [1, 2, 3, 4]) journal.updates.hold(id);
  assertEquals(ids(journal.updates.held({ chat: 1 }, 1)), [1, 4]);
  assertEquals(ids(journal.updates.held({ chat: 1, thread: 7 }, 1)), [2]);
  assertEquals(ids(journal.updates.held({ chat: 1 }, 2)), [3]);
  assertEquals(journal.updates.unrouted(), []);
});

Deno.test("updates: a held prompt that is done is held no longer", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(1));
  journal.updates.hold(1);
  journal.updates.done(1, 5);
  assertEquals(journal.updates.held({ chat: 1 }, 1), []);
});

Deno.test("updates: one that ended more than 8 days ago is forgotten, no sooner", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(1));
  journal.updates.done(1, 1000);
  // Telegram may still deliver the newest again, whatever the clock says.
  for (let id = 2; id <= 1_001; id++) journal.updates.record(anUpdate(id));
  journal.updates.forget(1000 + 8 * DAY);
  assertEquals(journal.updates.record(anUpdate(1)), false);
  journal.updates.forget(1001 + 8 * DAY);
  assertEquals(journal.updates.record(anUpdate(1)), true);
});

Deno.test("updates: the newest are remembered by a clock that is a year ahead, too", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(1));
  journal.updates.done(1, 1000);
  journal.updates.forget(1000 + 365 * DAY);
  assertEquals(journal.updates.record(anUpdate(1)), false);
});

Deno.test("updates: what has no end is never forgotten", () => {
  using journal = openJournal(":memory:");
  journal.updates.record(anUpdate(1));
  journal.updates.record(anUpdate(2));
  journal.updates.hold(2);
  journal.updates.forget(1000 * DAY);
  assertEquals(ids(journal.updates.unrouted()), [1]);
  assertEquals(ids(journal.updates.held({ chat: 1 }, 1)), [2]);
});
