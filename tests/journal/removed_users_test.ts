import { assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";
import { aDelivery, aJob, anUpdate, drain } from "./fixture.ts";

const [ADA, BOB, GROUP] = [1, 2, -5];

/** A journal with as much of each of them, in their private chats and in a group. */
function left() {
  const journal = openJournal(":memory:");
  for (const user of [ADA, BOB]) {
    for (const chat of [user, GROUP]) {
      const place = { chat };
      const id = 100 * user + Math.abs(chat);
      journal.updates.record(anUpdate(id, { user, place }));
      journal.updates.record(anUpdate(id + 50, { user, place }));
      journal.updates.hold(id + 50);
      journal.jobs.add(aJob({ user, place }), 1);
      journal.deliveries.add([aDelivery(`for ${user}`, { chat })], 1);
      const rest = { session: "s", summary: "", request: {} };
      journal.requests.add({ requestId: `${id}`, place, user, ...rest }, 1);
    }
    journal.statusMessages.add(user, 70);
    journal.deliveries.silence(user, 90_000, 0);
    const place = { chat: user };
    journal.watches.add({ schedule: "daily", task: "look", place, user, budgetUsd: 1 }, 1);
  }
  return journal;
}

Deno.test("removed users: what waits of them ends, and nothing goes to their private chats", () => {
  using journal = left();
  assertEquals(journal.dismissOthers([ADA], 9), {
    ...{ updates: 4, jobs: 2, requests: 1, deliveries: 1, watches: 1 },
  });
  assertEquals(journal.updates.unrouted().map(({ user }) => user), [ADA, ADA]);
  assertEquals(journal.updates.heldIn({ chat: GROUP }).map(({ user }) => user), [ADA]);
  assertEquals(journal.jobs.waiting("s").map(({ user }) => user), [ADA, ADA]);
  assertEquals(journal.requests.open().map(({ place }) => place.chat), [ADA, GROUP, GROUP]);
  assertEquals(journal.statusMessages.all().map(({ chat }) => chat), [ADA]);
  assertEquals(journal.deliveries.chats(), [GROUP, ADA]);
  assertEquals(drain(journal, GROUP), ["for 1", "for 2"]);
  assertEquals(journal.watches.all().map(({ user, paused }) => [user, paused]), [
    [ADA, false],
    [BOB, true],
  ]);
});

Deno.test("removed users: with everybody allowed nothing ends, and a second time neither", () => {
  using journal = left();
  const nothing = { updates: 0, jobs: 0, requests: 0, deliveries: 0, watches: 0 };
  assertEquals(journal.dismissOthers([ADA, BOB], 9), nothing);
  journal.dismissOthers([ADA], 9);
  assertEquals(journal.dismissOthers([ADA], 10), nothing);
});
