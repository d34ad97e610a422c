import { assertEquals, assertMatch } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { settle } from "../fake_clock.ts";
import { exited, said, Stage, started } from "./stage.ts";

const silent = (minutes: number): TurnEvent => ({ type: "silent", ms: minutes * 60_000 });

Deno.test("hung: a silence is told once with a button, and a later one again", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard(started("p1"), silent(5), silent(10), silent(15));
  const [told, ...more] = stage.texts();
  assertMatch(told ?? "", /said nothing in \*\*s\*\* for 5 min.*\[silent .+\]$/);
  assertEquals(more, []);
  await stage.heard(said("here I am"), silent(5));
  assertEquals(stage.texts().length, 1);
});

Deno.test("hung: a turn that never showed itself is told too", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard(silent(5));
  assertEquals(stage.texts().length, 1);
});

Deno.test("hung: on a person's word the process ends, that is told, and the next message goes on", async () => {
  using stage = new Stage();
  const { worker } = stage;
  worker.reacts = false;
  worker.onClose = () => stage.s.heard(exited("killed"));
  await stage.ask("one");
  await stage.heard(started("p1"), said("so far"), silent(5));
  stage.texts();
  assertEquals(await stage.s.stop("end"), "killed");
  assertEquals([worker.interrupts, worker.closed], [0, ["killed"]]);
  assertMatch(
    stage.texts().join(),
    /^so far \| Stopped\..*next message resumes the conversation\./,
  );
  worker.alive = true;
  await stage.ask("two");
  await settle();
  assertEquals(worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("hung: one that never read its first prompt leaves open whether the CLI has the conversation", async () => {
  using stage = new Stage();
  const { worker } = stage;
  worker.reacts = false;
  worker.onClose = () => stage.s.heard(exited("killed"));
  await stage.ask("one");
  await stage.heard(silent(5));
  assertEquals(await stage.s.stop("end"), "killed");
  assertEquals(stage.journal.jobs.progress("s", 0), "begun");
});
