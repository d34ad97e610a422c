import { assertEquals, assertStringIncludes } from "@std/assert";
import { createPatrol } from "../../lib/schedule/mod.ts";
import { Stage } from "./stage.ts";

const MINUTE = 60_000;

const patrolOf = (stage: Stage, quietHours: string | null = null) =>
  createPatrol({ ...stage, everyMinutes: 5, quietHours });

Deno.test("patrol: looks every few minutes, and tells every allowed user once, in one commit", async () => {
  using stage = new Stage();
  const patrol = patrolOf(stage);
  patrol.look();
  stage.homelab.levels.set("nas_*1*", "bad");
  await stage.clock.advance(MINUTE);
  assertEquals([stage.homelab.checks, stage.texts], [1, []]);
  await stage.clock.advance(30 * MINUTE);
  assertEquals(stage.homelab.checks, 7);
  assertEquals(stage.texts, ["🔴 nas_*1* · Ping: is bad"]);
  assertEquals(stage.woken, [1, 2]);
  const sent = stage.journal.deliveries.next(2)?.payload;
  assertEquals(sent?.["text"], "🔴 nas_*1* · Ping: is bad");
  assertEquals(JSON.stringify(sent).match(/"t:[ahd]1"/g), ['"t:a1"', '"t:h1"', '"t:d1"']);
  await patrol.close();
  assertEquals(stage.clock.timers, 0);
});

Deno.test("patrol: a restart neither tells again nor forgets what it told", async () => {
  using stage = new Stage();
  stage.homelab.levels.set("nas", "bad");
  const first = patrolOf(stage);
  first.look();
  await stage.clock.advance(10 * MINUTE);
  assertEquals(stage.texts.length, 1);
  await first.close();
  await stage.clock.advance(60 * MINUTE);
  const second = patrolOf(stage);
  second.look();
  await stage.clock.advance(20 * MINUTE);
  assertEquals(stage.texts.length, 1);
  stage.homelab.levels.set("nas", "ok");
  await stage.clock.advance(20 * MINUTE);
  assertEquals(stage.texts[1], "🟢 nas · Ping: well again after 1 h 30 min");
  await second.close();
});

Deno.test("patrol: what was broken off by the end of the program says nothing", async () => {
  using stage = new Stage();
  const held = Promise.withResolvers<void>();
  const [probe] = stage.homelab.probes.values();
  const check = probe!.check.bind(probe);
  Object.assign(probe!, { check: () => held.promise.then(() => check(AbortSignal.abort())) });
  stage.homelab.levels.set("nas", "bad");
  const patrol = patrolOf(stage);
  patrol.look();
  await stage.clock.advance(MINUTE);
  const closed = patrol.close();
  held.resolve();
  await closed;
  assertEquals(stage.journal.alerts.things(), []);
});

Deno.test("patrol: a disk that refuses costs one round; its news are told in the next", async () => {
  using stage = new Stage();
  const patrol = patrolOf(stage);
  patrol.look();
  stage.homelab.levels.set("nas", "bad");
  await stage.clock.advance(MINUTE);
  const { replace } = stage.journal.alerts;
  Object.assign(stage.journal.alerts, {
    replace() {
      throw new Error("disk full");
    },
  });
  await stage.clock.advance(10 * MINUTE);
  assertEquals(stage.texts, []);
  Object.assign(stage.journal.alerts, { replace });
  await stage.clock.advance(10 * MINUTE);
  assertEquals(stage.texts.length, 1);
  await patrol.close();
});

Deno.test("patrol: the quiet hours end with one message of all that was held back", async () => {
  using stage = new Stage("2026-11-20T23:30:00");
  const patrol = patrolOf(stage, "23:00-07:00");
  patrol.look();
  stage.homelab.levels.set("nas", "bad");
  await stage.clock.advance(60 * MINUTE);
  stage.homelab.levels.set("nas", "ok").set("router", "bad");
  await stage.clock.advance(6 * 60 * MINUTE);
  assertEquals(stage.texts, []);
  await stage.clock.advance(60 * MINUTE);
  assertEquals(stage.texts.length, 1);
  assertStringIncludes(stage.texts[0]!, "🌙 While it was quiet:");
  assertStringIncludes(stage.texts[0]!, "🔴 router · Ping: is bad (since 00:30)");
  assertStringIncludes(
    stage.texts[0]!,
    "🟢 nas · Ping: was in trouble Fri 23:30-00:30: is bad",
  );
  await patrol.close();
});

for (
  const name of ["\\(3 d ago\\)", "$a_b$ [x](y)", "1. *a*", "# __init__", "<b>&amp;", "`x` ~~y~~"]
) {
  Deno.test(`patrol: a thing called '${name}' is shown as it is called`, async () => {
    using stage = new Stage();
    const patrol = patrolOf(stage);
    patrol.look();
    stage.homelab.levels.set(name, "bad");
    await stage.clock.advance(10 * MINUTE);
    assertEquals(stage.texts, [`🔴 ${name} · Ping: is bad`]);
    await patrol.close();
  });
}

Deno.test("patrol: a clock that is set back by hours does not end the checks", async () => {
  using stage = new Stage();
  const patrol = patrolOf(stage);
  patrol.look();
  await stage.clock.advance(6 * MINUTE);
  const before = stage.homelab.checks;
  stage.clock.set(stage.clock.now() - 5 * 60 * MINUTE);
  await stage.clock.advance(30 * MINUTE);
  assertEquals(stage.homelab.checks - before, 6);
  await patrol.close();
});
