import { assertEquals } from "@std/assert";
import { openJournal, type TurnCost } from "../../lib/journal/mod.ts";
import { aJob } from "./fixture.ts";

const cost = (session: string, costUsd: number, model = "opus"): TurnCost => ({
  session,
  costUsd,
  inputTokens: 100,
  outputTokens: 10,
  durationMs: 5,
  models: [{ model, costUsd, inputTokens: 100, outputTokens: 10 }],
});

Deno.test("usage: sums are of a session, of a time, or of all", () => {
  using journal = openJournal(":memory:");
  const { spending } = journal;
  spending.add(cost("a", 1), 100);
  spending.add(cost("a", 2), 200);
  spending.add(cost("b", 4), 300);
  assertEquals(spending.total({}).costUsd, 7);
  assertEquals(spending.total({ session: "a" }).costUsd, 3);
  assertEquals(spending.total({ since: 200 }).costUsd, 6);
  assertEquals(spending.total({ session: "a", since: 200 }).costUsd, 2);
  const none = { costUsd: 0, inputTokens: 0, outputTokens: 0, turns: 0 };
  assertEquals({ ...spending.total({ session: "c" }) }, none);
  assertEquals({ ...spending.total({ since: 300 }) }, {
    ...{ costUsd: 4, inputTokens: 100, outputTokens: 10, turns: 1 },
  });
});

Deno.test("usage: the dearest model stands first, and a turn may take several", () => {
  using journal = openJournal(":memory:");
  const two = [
    { model: "haiku", costUsd: 0.1, inputTokens: 7, outputTokens: 1 },
    { model: "opus", costUsd: 0.9, inputTokens: 3, outputTokens: 2 },
  ];
  journal.spending.add({ ...cost("a", 1), models: two }, 100);
  journal.spending.add(cost("a", 1, "haiku"), 100);
  const rows = journal.spending.byModel({ session: "a" });
  assertEquals(rows.map(({ model, inputTokens }) => [model, inputTokens]), [["haiku", 107], [
    "opus",
    3,
  ]]);
  assertEquals(rows[0]?.costUsd.toFixed(6), "1.100000");
});

Deno.test("usage: the latest word on a window counts", () => {
  using journal = openJournal(":memory:");
  const window = { name: "five_hour", used: 0.5, resetsAt: 900, state: "allowed" as const };
  journal.spending.noteWindow(window, 1);
  journal.spending.noteWindow({ ...window, used: 0.9, state: "nearly" }, 2);
  journal.spending.noteWindow({ ...window, name: "seven_day", used: null, resetsAt: null }, 3);
  assertEquals(journal.spending.windows().map(({ name, used, at }) => [name, used, at]), [
    ["seven_day", null, 3],
    ["five_hour", 0.9, 2],
  ]);
});

Deno.test("usage: a held prompt is decided once", () => {
  using journal = openJournal(":memory:");
  const { budgetHolds } = journal;
  const id = journal.jobs.add(aJob({}), 1);
  assertEquals(budgetHolds.state(id), undefined);
  assertEquals(budgetHolds.decide(id, "run"), false);
  budgetHolds.ask(id);
  assertEquals(budgetHolds.state(id), "asked");
  assertEquals([budgetHolds.decide(id, "run"), budgetHolds.decide(id, "dropped")], [true, false]);
  budgetHolds.ask(id);
  assertEquals(budgetHolds.state(id), "run");
});
