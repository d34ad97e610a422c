import { assertEquals, assertMatch } from "@std/assert";
import { startOfDay } from "../../lib/conversation/mod.ts";
import { ended, said, Stage, started } from "./stage.ts";

/** Every turn of the stage costs $0.50. */
async function spend(stage: Stage, turns: number): Promise<string[]> {
  for (let turn = 0; turn < turns; turn++) {
    await stage.ask(`turn ${turn}`);
    await stage.answered(stage.worker.sent.at(-1)!.id, "ok");
  }
  return stage.texts();
}

const asked = (stage: Stage) => stage.worker.sent.map(({ text }) => text);

Deno.test("budget: at 80 % it is said once, and nothing is held", async () => {
  using stage = new Stage({ budgetUsdPerDay: 2.5 });
  const told = await spend(stage, 4);
  assertEquals(told, ["ok", "ok", "ok", "ok", "💰 80 % of today's budget is used: $2.00 of $2.5."]);
  assertEquals(await spend(stage, 0), []);
});

const usedUp = (spent: string, job: number) =>
  `💰 Today's budget of $1 is used up ($${spent}). Run it anyway? [overBudget ${job}]`;

Deno.test("budget: when it is used up the next prompt waits for a word, and then runs", async () => {
  using stage = new Stage({ budgetUsdPerDay: 1 });
  const told = await spend(stage, 2);
  assertMatch(told.at(-1) ?? "", /budget of \$1 is used up \(\$1\.00\)/);
  const id = await stage.ask("more");
  assertEquals(stage.texts(), [usedUp("1.00", id)]);
  assertEquals([asked(stage).includes("more"), stage.state(id)], [false, "waiting"]);
  stage.journal.budgetHolds.decide(id, "run");
  stage.conversations.wake("s");
  await stage.ask("and more");
  assertEquals(asked(stage).at(-1), "more");
  assertEquals(stage.texts(), []);
  await stage.answered(stage.worker.sent.at(-1)!.id, "fine");
  assertEquals(stage.texts(), ["fine", usedUp("1.50", id + 1)]);
});

Deno.test("budget: a held prompt is asked about once, and not in the way of one that may run", async () => {
  using stage = new Stage({ budgetUsdPerDay: 1 });
  await spend(stage, 2);
  await stage.ask("first");
  const second = await stage.ask("second", { user: 2, place: { chat: 2 } });
  stage.conversations.wakeAll();
  assertEquals([stage.texts().length, stage.texts(2).length], [1, 1]);
  stage.journal.budgetHolds.decide(second, "run");
  stage.conversations.wake("s");
  assertEquals(asked(stage).at(-1) === "second", false);
  await stage.clock.advance(0);
  assertEquals(asked(stage).at(-1), "second");
});

Deno.test("budget: tomorrow is another day", async () => {
  using stage = new Stage({ budgetUsdPerDay: 1 });
  await spend(stage, 2);
  await stage.clock.advance(startOfDay(stage.clock.now()) + 86_400_000 * 1.1 - stage.clock.now());
  await stage.ask("good morning");
  assertEquals(asked(stage).at(-1), "good morning");
});

Deno.test("budget: what was spent before a restart counts", async () => {
  using before = new Stage({ budgetUsdPerDay: 1 });
  await spend(before, 2);
  const after = new Stage({ budgetUsdPerDay: 1, journal: before.journal });
  const id = await after.ask("more");
  assertEquals(after.texts(), [usedUp("1.00", id)]);
  assertEquals(after.worker.sent, []);
});

Deno.test("budget: a report that nobody asked for is not held", async () => {
  using stage = new Stage({ budgetUsdPerDay: 1 });
  await spend(stage, 2);
  await stage.heard(started(), said("It is done."), ended([]));
  assertEquals(stage.texts(), ["It is done."]);
});

Deno.test("budget: without one nothing is said, whatever it costs", async () => {
  using stage = new Stage();
  assertEquals(await spend(stage, 3), ["ok", "ok", "ok"]);
});
