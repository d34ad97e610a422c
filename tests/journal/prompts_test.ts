import { assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";
import { aDelivery } from "./fixture.ts";

const row = {
  requestId: "r",
  session: "s",
  place: { chat: 1 },
  user: 5,
  summary: "Run ls",
  ask: { kind: "permission" },
};

Deno.test("prompts: one is closed once", () => {
  using journal = openJournal(":memory:");
  const id = journal.prompts.add(row, 1);
  assertEquals(journal.prompts.close(id, "allowed", "✓ allowed"), true);
  assertEquals(journal.prompts.close(id, "denied", "✗ denied"), false);
  assertEquals(journal.prompts.get(id), {
    ...row,
    id,
    open: false,
    outcome: "allowed",
    delivery: null,
    messageId: null,
    progress: null,
    awaits: false,
    repeated: false,
    noteId: null,
    closedWords: "✓ allowed",
    replyIds: [],
  });
});

Deno.test("prompts: how one ended is to be said until its message says it", () => {
  using journal = openJournal(":memory:");
  const { prompts } = journal;
  const id = prompts.add(row, 1);
  assertEquals(prompts.unfolded(), []);
  prompts.close(id, "denied", "✗ denied: no");
  prompts.repliedBy(id, [76]);
  prompts.repliedBy(id, [77, 78]);
  assertEquals(prompts.unfolded().map((each) => each.closedWords), ["✗ denied: no"]);
  assertEquals(prompts.replied("s").map((each) => each.replyIds), [[76, 77, 78]]);
  assertEquals(prompts.replied("another"), []);
  prompts.folded(id);
  assertEquals([prompts.unfolded(), prompts.replied("s")], [[], []]);
});

Deno.test("prompts: one that is not there is not closed", () => {
  using journal = openJournal(":memory:");
  assertEquals(journal.prompts.close(5, "allowed", "✓ allowed"), false);
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
  journal.prompts.close(journal.prompts.add(row, 1), "denied", "✗ denied");
  const newest = journal.prompts.add(row, 2);
  assertEquals(journal.prompts.ofRequest("r")?.id, newest);
  assertEquals(journal.prompts.open().map(({ id }) => id), [newest]);
});

/** A prompt whose message is 50, with an invitation to write that is message 51. */
function invited(journal: ReturnType<typeof openJournal>, change: Partial<typeof row> = {}) {
  const id = journal.prompts.add({ ...row, ...change }, 1);
  const [shown, note] = journal.deliveries.add([aDelivery("Allow?"), aDelivery("Why?")], 1);
  journal.prompts.shownBy(id, shown!);
  journal.prompts.await(id, note!);
  journal.deliveries.sent(shown!, 50, 1);
  journal.deliveries.sent(note!, 51, 1);
  return id;
}

Deno.test("prompts: an open one is found by its message and by its invitation", () => {
  using journal = openJournal(":memory:");
  const id = invited(journal);
  const found = [50, 51, 52].map((message) => journal.prompts.shownAs(1, message)?.id);
  assertEquals(found, [id, id, undefined]);
  assertEquals(journal.prompts.shownAs(2, 50), undefined);
  assertEquals(journal.prompts.get(id)?.noteId, 51);
  journal.prompts.close(id, "denied", "✗ denied");
  assertEquals(journal.prompts.shownAs(1, 50), undefined);
});

Deno.test("prompts: a message is waited for from one user in one place, until the end", () => {
  using journal = openJournal(":memory:");
  const id = invited(journal, { place: { chat: 1, thread: 3 } } as Partial<typeof row>);
  const { awaiting } = journal.prompts;
  assertEquals(awaiting({ chat: 1, thread: 3 }, 5)?.id, id);
  assertEquals([awaiting({ chat: 1 }, 5), awaiting({ chat: 1, thread: 3 }, 6)], [
    undefined,
    undefined,
  ]);
  journal.prompts.unawait(id);
  assertEquals(awaiting({ chat: 1, thread: 3 }, 5), undefined);
  journal.prompts.close(invited(journal), "stopped", "stopped");
  assertEquals(awaiting({ chat: 1 }, 5), undefined);
});

Deno.test("prompts: what was chosen so far is kept", () => {
  using journal = openJournal(":memory:");
  const id = journal.prompts.add(row, 1);
  journal.prompts.choose(id, { given: ["A, C"], picked: [] });
  assertEquals(journal.prompts.get(id)?.progress, { given: ["A, C"], picked: [] });
  assertEquals(journal.prompts.get(id)?.ask, row.ask);
});

Deno.test("prompts: neither their messages nor their invitations are forgotten", () => {
  using journal = openJournal(":memory:");
  const id = invited(journal);
  journal.deliveries.forget(100);
  assertEquals([journal.prompts.get(id)?.messageId, journal.prompts.get(id)?.noteId], [50, 51]);
});

Deno.test("prompts: that a message may stand twice is known", () => {
  using journal = openJournal(":memory:");
  const id = journal.prompts.add(row, 1);
  const [shown] = journal.deliveries.add([aDelivery("Allow?")], 1);
  journal.prompts.shownBy(id, shown!);
  assertEquals(journal.prompts.get(id)?.repeated, false);
  journal.deliveries.unknown(shown!);
  assertEquals(journal.prompts.get(id)?.repeated, true);
});
