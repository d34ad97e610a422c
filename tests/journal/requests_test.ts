import { assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";
import { aDelivery } from "./fixture.ts";

const row = {
  requestId: "r",
  session: "s",
  place: { chat: 1 },
  user: 5,
  summary: "Run ls",
  request: { kind: "permission" },
};

Deno.test("requests: one is closed once", () => {
  using journal = openJournal(":memory:");
  const id = journal.requests.add(row, 1);
  assertEquals(journal.requests.close(id, "allowed", "✓ allowed"), true);
  assertEquals(journal.requests.close(id, "denied", "✗ denied"), false);
  assertEquals(journal.requests.get(id), {
    ...row,
    id,
    isOpen: false,
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

Deno.test("requests: how one ended is to be said until its message says it", () => {
  using journal = openJournal(":memory:");
  const { requests } = journal;
  const id = requests.add(row, 1);
  assertEquals(requests.unfolded(), []);
  requests.close(id, "denied", "✗ denied: no");
  requests.repliedBy(id, [76]);
  requests.repliedBy(id, [77, 78]);
  assertEquals(requests.unfolded().map((each) => each.closedWords), ["✗ denied: no"]);
  assertEquals(requests.replied("s").map((each) => each.replyIds), [[76, 77, 78]]);
  assertEquals(requests.replied("another"), []);
  requests.folded(id);
  assertEquals([requests.unfolded(), requests.replied("s")], [[], []]);
});

Deno.test("requests: one that is not there is not closed", () => {
  using journal = openJournal(":memory:");
  assertEquals(journal.requests.close(5, "allowed", "✓ allowed"), false);
  assertEquals([journal.requests.get(5), journal.requests.ofRequest("r")], [undefined, undefined]);
});

Deno.test("requests: its message is known when its delivery was confirmed", () => {
  using journal = openJournal(":memory:");
  const id = journal.requests.add(row, 1);
  const [delivery] = journal.deliveries.add([aDelivery("Allow?")], 1) as [number];
  journal.requests.shownBy(id, delivery);
  assertEquals(journal.requests.get(id)?.messageId, null);
  journal.deliveries.sent(delivery, 70, 2);
  assertEquals(journal.requests.get(id)?.messageId, 70);
});

Deno.test("requests: a request id that comes again means the newest", () => {
  using journal = openJournal(":memory:");
  journal.requests.close(journal.requests.add(row, 1), "denied", "✗ denied");
  const newest = journal.requests.add(row, 2);
  assertEquals(journal.requests.ofRequest("r")?.id, newest);
  assertEquals(journal.requests.open().map(({ id }) => id), [newest]);
});

/** A request whose message is 50, with an invitation to write that is message 51. */
function invited(journal: ReturnType<typeof openJournal>, change: Partial<typeof row> = {}) {
  const id = journal.requests.add({ ...row, ...change }, 1);
  const [shown, note] = journal.deliveries.add([aDelivery("Allow?"), aDelivery("Why?")], 1);
  journal.requests.shownBy(id, shown!);
  journal.requests.await(id, note!);
  journal.deliveries.sent(shown!, 50, 1);
  journal.deliveries.sent(note!, 51, 1);
  return id;
}

Deno.test("requests: an open one is found by its message and by its invitation", () => {
  using journal = openJournal(":memory:");
  const id = invited(journal);
  const found = [50, 51, 52].map((message) => journal.requests.shownAs(1, message)?.id);
  assertEquals(found, [id, id, undefined]);
  assertEquals(journal.requests.shownAs(2, 50), undefined);
  assertEquals(journal.requests.get(id)?.noteId, 51);
  journal.requests.close(id, "denied", "✗ denied");
  assertEquals(journal.requests.shownAs(1, 50), undefined);
});

Deno.test("requests: a message is waited for from one user in one place, until the end", () => {
  using journal = openJournal(":memory:");
  const id = invited(journal, { place: { chat: 1, thread: 3 } } as Partial<typeof row>);
  const { awaiting } = journal.requests;
  assertEquals(awaiting({ chat: 1, thread: 3 }, 5)?.id, id);
  assertEquals([awaiting({ chat: 1 }, 5), awaiting({ chat: 1, thread: 3 }, 6)], [
    undefined,
    undefined,
  ]);
  journal.requests.unawait(id);
  assertEquals(awaiting({ chat: 1, thread: 3 }, 5), undefined);
  journal.requests.close(invited(journal), "stopped", "stopped");
  assertEquals(awaiting({ chat: 1 }, 5), undefined);
});

Deno.test("requests: what was chosen so far is kept", () => {
  using journal = openJournal(":memory:");
  const id = journal.requests.add(row, 1);
  journal.requests.choose(id, { given: ["A, C"], picked: [] });
  assertEquals(journal.requests.get(id)?.progress, { given: ["A, C"], picked: [] });
  assertEquals(journal.requests.get(id)?.request, row.request);
});

Deno.test("requests: neither their messages nor their invitations are forgotten", () => {
  using journal = openJournal(":memory:");
  const id = invited(journal);
  journal.deliveries.forget(100);
  assertEquals([journal.requests.get(id)?.messageId, journal.requests.get(id)?.noteId], [50, 51]);
});

Deno.test("requests: that a message may stand twice is known", () => {
  using journal = openJournal(":memory:");
  const id = journal.requests.add(row, 1);
  const [shown] = journal.deliveries.add([aDelivery("Allow?")], 1);
  journal.requests.shownBy(id, shown!);
  assertEquals(journal.requests.get(id)?.repeated, false);
  journal.deliveries.unknown(shown!);
  assertEquals(journal.requests.get(id)?.repeated, true);
});
