import { assertEquals } from "@std/assert";
import { openJournal } from "../../lib/journal/mod.ts";
import type { SessionRecord } from "../../lib/journal/mod.ts";

const aRecord = (name: string): SessionRecord => ({
  ...{ name, created: "2026-11-20T20:00:00.000Z", last_active: "2026-11-20T20:00:00.000Z" },
  ...{ persona: "default", granted: "{}", permission_mode: null, model: null, effort: null },
  ...{ output: "normal", idle_timeout: 600, claude_session_id: null, claude_session_ids: [] },
  ...{ settings_shown: null, persona_shown: null },
});

Deno.test("grants: the same is given once, belongs to its session, and is taken back once", () => {
  using journal = openJournal(":memory:");
  const { grants, sessions } = journal;
  for (const name of ["a", "b"]) sessions.begin(aRecord(name));
  grants.add({ session: "a", what: "x", user: 1 }, 5);
  grants.add({ session: "a", what: "x", user: 2 }, 6);
  grants.add({ session: "b", what: "y", user: 1 }, 7);
  assertEquals(grants.of("a"), [{ id: 1, session: "a", what: "x", user: 1, at: 5 }]);
  assertEquals([grants.has("a", "x"), grants.has("b", "x"), grants.has("a", "y")], [
    true,
    false,
    false,
  ]);
  assertEquals(grants.sessions(), [{ session: "a", count: 1 }, { session: "b", count: 1 }]);
  assertEquals([grants.end(1), grants.end(1), grants.has("a", "x")], [true, false, false]);
});

Deno.test("grants: a session that is gone, or begins anew under its name, has none", () => {
  using journal = openJournal(":memory:");
  const { grants, sessions } = journal;
  for (const name of ["a", "b"]) {
    sessions.begin(aRecord(name));
    grants.add({ session: name, what: "x", user: 1 }, 5);
  }
  sessions.remove("a");
  sessions.begin(aRecord("a"));
  sessions.begin(aRecord("b"));
  assertEquals(grants.sessions(), []);
});

Deno.test("grants: a session that is called otherwise keeps its own", () => {
  using journal = openJournal(":memory:");
  const { grants, sessions } = journal;
  sessions.begin(aRecord("a"));
  grants.add({ session: "a", what: "x", user: 1 }, 5);
  const rename = { from: "a", to: "b" };
  sessions.renames.begin(rename);
  sessions.renames.end(rename);
  assertEquals(grants.of("b").map(({ what }) => what), ["x"]);
});

Deno.test("grants: of a person who is not allowed any more nothing is left", () => {
  using journal = openJournal(":memory:");
  const { grants, sessions } = journal;
  sessions.begin(aRecord("a"));
  grants.add({ session: "a", what: "x", user: 1 }, 5);
  grants.add({ session: "a", what: "y", user: 2 }, 5);
  journal.dismissOthers([2], 9);
  assertEquals(grants.of("a").map(({ what }) => what), ["y"]);
});
