import { assertEquals } from "@std/assert";
import { openJournal, PRIORITY } from "../../lib/journal/mod.ts";
import { aDelivery, drain } from "./fixture.ts";

Deno.test("deliveries: the most urgent goes first, and of those the oldest", () => {
  using journal = openJournal(":memory:");
  journal.deliveries.add([
    aDelivery("request 1", { priority: PRIORITY.request }),
    aDelivery("answer 1"),
    aDelivery("edit", { priority: PRIORITY.edit }),
    aDelivery("request 2", { priority: PRIORITY.request }),
    aDelivery("answer 2"),
  ], 1);
  assertEquals(drain(journal), ["answer 1", "answer 2", "request 1", "request 2", "edit"]);
});

Deno.test("deliveries: each chat has a queue of its own", () => {
  using journal = openJournal(":memory:");
  journal.deliveries.add([aDelivery("a", { chat: 1 }), aDelivery("b", { chat: -2 })], 1);
  assertEquals(journal.deliveries.chats().sort(), [-2, 1]);
  assertEquals(drain(journal, -2), ["b"]);
  assertEquals(journal.deliveries.chats(), [1]);
  assertEquals(journal.deliveries.next(3), undefined);
});

Deno.test("deliveries: what is being sent is still the next", () => {
  using journal = openJournal(":memory:");
  const [id] = journal.deliveries.add([aDelivery("a"), aDelivery("b")], 1) as [number];
  journal.deliveries.sending(id);
  assertEquals(journal.deliveries.next(1)?.id, id);
});

Deno.test("deliveries: an unknown outcome counts as a repeat, a certain failure does not", () => {
  using journal = openJournal(":memory:");
  const [id] = journal.deliveries.add([aDelivery("a")], 1) as [number];
  journal.deliveries.sending(id);
  journal.deliveries.waiting(id);
  assertEquals(journal.deliveries.get(id)?.repeats, 0);
  journal.deliveries.unknown(id);
  journal.deliveries.unknown(id);
  assertEquals(journal.deliveries.get(id)?.repeats, 2);
});

Deno.test("deliveries: after a start, what was being sent is to be repeated, nothing else", () => {
  using journal = openJournal(":memory:");
  const [a, b] = journal.deliveries.add([aDelivery("a"), aDelivery("b")], 1) as [number, number];
  journal.deliveries.sending(a);
  assertEquals(journal.deliveries.settle(), 1);
  assertEquals(journal.deliveries.settle(), 0);
  assertEquals([a, b].map((id) => journal.deliveries.get(id)?.repeats), [1, 0]);
});

Deno.test("deliveries: what was sent or refused for good is not sent again", () => {
  using journal = openJournal(":memory:");
  const [a, b] = journal.deliveries.add([aDelivery("a"), aDelivery("b")], 1) as [number, number];
  journal.deliveries.sent(a, 55, 2);
  journal.deliveries.failed(b, "403 Forbidden", 2);
  assertEquals(journal.deliveries.next(1), undefined);
  assertEquals(journal.deliveries.get(a)?.messageId, 55);
  assertEquals(journal.deliveries.settle(), 0);
});

Deno.test("deliveries: another form takes the same place in the queue", () => {
  using journal = openJournal(":memory:");
  const [a] = journal.deliveries.add([aDelivery("a"), aDelivery("b")], 1) as [number];
  journal.deliveries.replace(a, { chat_id: 1, text: "plain" });
  assertEquals(drain(journal), ["plain", "b"]);
});

Deno.test("deliveries: old ones are forgotten, but not what waits nor what shows a request", () => {
  using journal = openJournal(":memory:");
  const texts = ["sent", "failed", "waits", "request", "new"];
  const [sent, failed, waits, request, fresh] = journal.deliveries.add(
    texts.map((text) => aDelivery(text)),
    1,
  ) as [number, number, number, number, number];
  const row = {
    requestId: "r",
    session: "s",
    place: { chat: 1 },
    user: 1,
    summary: "",
    request: {},
  };
  journal.requests.shownBy(journal.requests.add(row, 1), request);
  journal.deliveries.sent(sent, 1, 10);
  journal.deliveries.failed(failed, "no", 10);
  journal.deliveries.sent(request, 2, 10);
  journal.deliveries.sent(fresh, 3, 20);
  journal.deliveries.forget(20);
  const left = [sent, failed, waits, request, fresh].map((id) => journal.deliveries.get(id)?.id);
  assertEquals(left, [undefined, undefined, waits, request, fresh]);
});
