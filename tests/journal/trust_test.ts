import { assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";

const ROW = {
  session: "work",
  made: "2026-01-01T00:00:00.000Z",
  copy: "a".repeat(64),
  digest: "b".repeat(64),
  extent: "shown" as const,
  permissions: { allow: ["Bash(ls)"], ask: [], deny: ["Read(x)"], additionalDirectories: ["/x"] },
  git: ["fsmonitor = x"],
  user: 1,
  at: 5,
};

Deno.test("journal: what is trusted of a session is kept word for word, once", () => {
  using journal = openJournal(":memory:");
  const { trust } = journal;
  trust.put({ ...ROW, digest: "c" });
  trust.put(ROW);
  trust.put({ ...ROW, session: "other", extent: "always", user: null });
  assertEquals(trust.get("work"), ROW);
  assertEquals(trust.all().map(({ session }) => session), ["other", "work"]);
  trust.remove("work");
  assertEquals(trust.get("work"), undefined);
});

Deno.test("journal: what a person who is not allowed any more trusted ends, what the settings trust stays", () => {
  using journal = openJournal(":memory:");
  journal.trust.put(ROW);
  journal.trust.put({ ...ROW, session: "mine", user: 2 });
  journal.trust.put({ ...ROW, session: "always", extent: "always", user: null });
  journal.dismissOthers([2], 9);
  assertEquals(journal.trust.all().map(({ session }) => session), ["always", "mine"]);
});

Deno.test("journal: what was told of belongs to the session that was made then", () => {
  using journal = openJournal(":memory:");
  const { trust } = journal;
  trust.tell("work", "made", "digest");
  assertEquals([trust.told("work", "made"), trust.told("work", "later")], ["digest", null]);
  trust.tell("work", "made", null);
  assertEquals(trust.told("work", "made"), null);
});

Deno.test("journal: an offer of trust is found by its number until it is forgotten", () => {
  using journal = openJournal(":memory:");
  const offer = { session: "work", made: "m", user: 1, digest: "d", delivery: null };
  const id = journal.trust.offer(offer, 10);
  assertEquals(journal.trust.offered(id), offer);
  journal.trust.forget(11);
  assertEquals(journal.trust.offered(id), undefined);
});
