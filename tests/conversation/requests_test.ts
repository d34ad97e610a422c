import { assertEquals } from "@std/assert";
import type { RequestAnswer } from "../../lib/claude/events.ts";
import { PRIORITY } from "../../lib/journal/mod.ts";
import { aPermission, asking, asks, exited, said, Stage, started } from "./stage.ts";

const MINUTE = 60_000;
const ALLOW: RequestAnswer = { kind: "allow" };
const DENY: RequestAnswer = { kind: "deny", reason: "no" };

async function asked(): Promise<Stage> {
  const stage = new Stage({ requestMs: 30 * MINUTE });
  await stage.ask("do it", { user: 5 });
  await stage.heard(started("p1"), asks("r"));
  return stage;
}

Deno.test("requests: a request is a row and a message, bound to who asked", async () => {
  using stage = await asked();
  const [open] = stage.journal.requests.open();
  assertEquals([open?.requestId, open?.user, open?.place.chat], ["r", 5, 1]);
  const [delivery] = stage.deliveries();
  assertEquals([delivery?.payload["text"], delivery?.priority], [
    "Running ls? [1]",
    PRIORITY.request,
  ]);
  assertEquals(stage.journal.requests.get(1)?.messageId, 101);
  assertEquals(stage.presenter.views.at(-1)?.phase, "asking");
});

Deno.test("requests: the row and its message are one commit", async () => {
  using stage = new Stage();
  const { deliveries } = stage.journal;
  const add = deliveries.add;
  deliveries.add = () => {
    throw new Error("The disk is full");
  };
  await stage.ask("do it");
  await stage.heard(started("p1"), asks("r"));
  deliveries.add = add;
  assertEquals(stage.journal.requests.open(), []);
});

Deno.test("requests: what cannot be shown to anybody is denied, so that Claude goes on", async () => {
  using stage = new Stage();
  await stage.ask("do it");
  stage.journal.deliveries.add = () => {
    throw new Error("The disk is full");
  };
  await stage.heard(started("p1"), asks("r"));
  assertEquals(stage.worker.answers.map(([id, { kind }]) => [id, kind]), [["r", "deny"]]);
});

Deno.test("requests: a request is answered once, and the first answer counts", async () => {
  using stage = await asked();
  const open = stage.journal.requests.get(1)!;
  assertEquals(stage.s.answer(open, ALLOW, "✓ allowed"), true);
  assertEquals(stage.s.answer(open, DENY, "✗ denied"), false);
  assertEquals(stage.worker.answers, [["r", ALLOW]]);
  assertEquals(stage.journal.requests.get(1)?.outcome, "allowed");
  assertEquals(stage.presenter.log.at(-1), "closed r: ✓ allowed");
  assertEquals([stage.presenter.views.at(-1)?.phase, stage.clock.timers], ["working", 0]);
});

Deno.test("requests: an answer that Claude does not wait for is told as too late", async () => {
  using stage = await asked();
  stage.worker.waits = false;
  assertEquals(stage.s.answer(stage.journal.requests.get(1)!, ALLOW, "✓"), false);
  assertEquals(stage.presenter.log.at(-1), "closed r: expired");
});

Deno.test("requests: without an answer its turn is stopped when the time is up, and says so", async () => {
  using stage = await asked();
  await stage.clock.advance(30 * MINUTE - 1);
  assertEquals([stage.worker.answers, stage.worker.interrupts], [[], 0]);
  await stage.clock.advance(1);
  assertEquals([stage.worker.answers, stage.worker.interrupts], [[], 1]);
  assertEquals(stage.presenter.log.includes("closed r: nobody answered"), true);
  assertEquals(stage.journal.requests.open(), []);
});

Deno.test("requests: an answered request does not expire later", async () => {
  using stage = await asked();
  stage.s.answer(stage.journal.requests.get(1)!, ALLOW, "✓");
  await stage.clock.advance(60 * MINUTE);
  assertEquals(stage.worker.answers.length, 1);
});

Deno.test("requests: a withdrawn request closes and cannot be answered", async () => {
  using stage = await asked();
  await stage.heard({ type: "request_withdrawn", id: "r" });
  assertEquals(stage.presenter.log.at(-1), "closed r: no longer needed");
  assertEquals(stage.s.answer(stage.journal.requests.get(1)!, ALLOW, "✓"), false);
  assertEquals([stage.worker.answers, stage.clock.timers], [[], 0]);
});

Deno.test("requests: the withdrawal after an answer says nothing more", async () => {
  using stage = await asked();
  stage.s.answer(stage.journal.requests.get(1)!, ALLOW, "✓");
  const before = stage.presenter.log.length;
  await stage.heard({ type: "request_withdrawn", id: "r" });
  assertEquals(stage.presenter.log.length, before);
});

Deno.test("requests: several open requests are answered each for itself", async () => {
  using stage = await asked();
  await stage.heard(asks("q", "Writing b.txt"));
  stage.s.answer(stage.journal.requests.get(2)!, ALLOW, "✓");
  assertEquals(stage.presenter.views.at(-1)?.requests, ["r"]);
  stage.s.answer(stage.journal.requests.get(1)!, DENY, "✗");
  assertEquals(stage.worker.answers.map(([id]) => id), ["q", "r"]);
});

Deno.test("requests: a request of a turn that nobody knows is denied", async () => {
  using stage = new Stage();
  await stage.ask("do it");
  await stage.answered("p1", "done");
  await stage.heard(asks("r"));
  assertEquals(stage.worker.answers.map(([id, { kind }]) => [id, kind]), [["r", "deny"]]);
  assertEquals(stage.journal.requests.open(), []);
});

Deno.test("requests: a request before its turn began belongs to the prompt that was sent", async () => {
  using stage = new Stage();
  await stage.ask("do it", { user: 7 });
  await stage.heard(asks("r"));
  assertEquals(stage.journal.requests.open()[0]?.user, 7);
});

Deno.test("requests: a process that ends withdraws what it asked", async () => {
  using stage = await asked();
  await stage.heard(said("x"), { type: "request_withdrawn", id: "r" }, exited("crashed"));
  assertEquals([stage.journal.requests.open(), stage.clock.timers], [[], 0]);
});

/** A turn in which Claude would write a file; it is read when the test says so. */
async function writing() {
  const stage = new Stage();
  const read = Promise.withResolvers<string | null>();
  stage.fileOf = () => read.promise;
  await stage.ask("do it");
  const input = { file_path: "/w/a.txt", content: "new" };
  await stage.heard(started("p1"), asking(aPermission("r", { tool: "Write", input })));
  return { stage, read };
}

Deno.test("requests: what replaces a file is shown when that was read, or could not be", async () => {
  for (const fails of [false, true]) {
    const { stage, read } = await writing();
    using _ = stage;
    assertEquals(stage.journal.requests.open(), []);
    if (fails) read.reject(new Error("It cannot be read"));
    else read.resolve("old");
    await stage.clock.advance(0);
    assertEquals(stage.journal.requests.open().map(({ requestId }) => requestId), ["r"]);
  }
});

Deno.test("requests: what is withdrawn while its file is read is not shown any more", async () => {
  const { stage, read } = await writing();
  using _ = stage;
  await stage.heard({ type: "request_withdrawn", id: "r" });
  read.resolve("old");
  await stage.clock.advance(0);
  assertEquals([stage.journal.requests.open(), stage.worker.answers], [[], []]);
});

Deno.test("requests: one that is committed stays open, also when the presenter fails then", async () => {
  using stage = new Stage();
  stage.presenter.delivered = () => {
    throw new Error("The disk cannot be read");
  };
  await stage.ask("do it");
  await stage.heard(started("p1"), asks("r"));
  assertEquals([stage.journal.requests.open().length, stage.worker.answers], [1, []]);
});
