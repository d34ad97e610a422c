import { assertEquals, assertStringIncludes } from "@std/assert";
import { settle } from "../fake_clock.ts";
import { asks, ended, exited, FakeWorker, said, Stage, started } from "./stage.ts";

const joined = (prompt: string) => ({ type: "joined", prompt }) as const;

/** A stage whose session was spoken to in chat 1, and whose background task now reports. */
async function reporting(): Promise<Stage> {
  const stage = new Stage();
  await stage.ask("watch it");
  await stage.answered("p1", "watching");
  stage.texts();
  await stage.heard(started());
  return stage;
}

Deno.test("unasked: the report goes to where the session was last spoken to", async () => {
  using stage = new Stage();
  await stage.ask("one", { place: { chat: 1 } });
  await stage.answered("p1", "1");
  await stage.ask("two", { place: { chat: 2, thread: 7 }, user: 5 });
  await stage.answered("p2", "2");
  stage.texts(2);
  await stage.heard(started(), said("It is done."), ended([]));
  assertEquals(stage.texts(2), ["It is done."]);
  const { asked, replyTo, place, user } = stage.compose.closings.at(-1)!.turn;
  assertEquals([asked, replyTo, place, user], [false, null, { chat: 2, thread: 7 }, 5]);
});

Deno.test("unasked: a turn of a session that nobody spoke to is left alone", async () => {
  using stage = new Stage();
  await stage.heard(started(), said("Hello?"), ended([]));
  assertEquals([stage.texts(), stage.s.busy], [[], false]);
});

Deno.test("unasked: a message that comes in the meantime waits for its end", async () => {
  using stage = await reporting();
  await stage.ask("two");
  assertEquals(stage.worker.sent.length, 1);
  await stage.heard(said("report"), ended([]));
  assertEquals(stage.texts(), ["report"]);
  assertEquals(stage.worker.sent.at(-1)?.text, "two");
});

Deno.test("unasked: it can be stopped", async () => {
  using stage = await reporting();
  assertEquals(await stage.s.stop(), "stopping");
  await stage.heard(ended([], "interrupted"));
  assertEquals(stage.texts(), ["Stopped."]);
});

/** A prompt on its way to the process when the report begins, sent after that. */
async function overtaken(): Promise<Stage> {
  const stage = new Stage();
  await stage.ask("watch it", { user: 1 });
  await stage.answered("p1", "watching");
  stage.texts();
  const { promise, resolve } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  await stage.ask("two", { user: 2, place: { chat: 2 }, messageId: 20 });
  await stage.heard(started());
  resolve(stage.worker);
  await settle();
  assertEquals(stage.worker.sent.at(-1)?.text, "two");
  return stage;
}

Deno.test("unasked: a prompt that joins the report has its answer there, as its reply", async () => {
  using stage = await overtaken();
  await stage.heard(joined("p2"), said("both"), ended(["p2"]));
  assertEquals([stage.texts(2), stage.state(2)], [["both"], "done"]);
  const { asked, replyTo, user } = stage.compose.closings.at(-1)!.turn;
  assertEquals([asked, replyTo, user], [true, 20, 2]);
  assertEquals([stage.s.busy, stage.presenter.shown.size], [false, 0]);
});

Deno.test("unasked: what Claude asks after a prompt joined is asked of who wrote that", async () => {
  using stage = await overtaken();
  await stage.heard(joined("p2"), asks("r"));
  const [open] = stage.journal.requests.open();
  assertEquals([open?.user, open?.place.chat], [2, 2]);
});

Deno.test("unasked: a prompt that does not join has a turn of its own afterwards", async () => {
  using stage = await overtaken();
  await stage.heard(said("report"), ended([]));
  await stage.answered("p2", "answer");
  assertEquals(stage.texts(2), ["report", "answer"]);
  assertEquals([stage.state(2), stage.presenter.shown.size], ["done", 0]);
});

Deno.test("unasked: a crash in the report closes the prompt behind it and takes all from display", async () => {
  using stage = await overtaken();
  await stage.heard(exited("crashed"));
  assertEquals([stage.state(2), stage.s.busy, stage.presenter.shown.size], ["done", false, 0]);
});

Deno.test("unasked: a stop that takes the prompt behind it back still tells the report's end", async () => {
  using stage = await overtaken();
  await stage.heard(said("half a report"));
  await stage.s.stop();
  await stage.heard({ type: "dropped", prompt: "p2", cancelled: true });
  await stage.heard(ended([], "interrupted"));
  const [cancelled, report] = stage.texts(2);
  assertStringIncludes(cancelled ?? "", "Stopped before it began.");
  assertStringIncludes(report ?? "", "half a report");
  assertEquals([stage.s.busy, stage.presenter.shown.size], [false, 0]);
});

Deno.test("unasked: a crash of the reporting process leaves a message alone that was not sent yet", async () => {
  using stage = await reporting();
  await stage.heard(said("report"), ended([]));
  const { promise, resolve } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  const id = await stage.ask("two");
  await stage.heard(started(), exited("crashed"));
  assertEquals(stage.state(id), "waiting");
  resolve(stage.worker);
  await settle();
  assertEquals(stage.state(id), "submitted");
  await stage.answered(stage.worker.sent.at(-1)!.id, "ok");
  assertEquals(stage.state(id), "done");
});

Deno.test("unasked: who steers into it has it alone: another's message waits for its own turn", async () => {
  using stage = await reporting();
  const mine = await stage.ask("mine");
  const theirs = await stage.ask("theirs", { user: 2 });
  assertEquals([stage.s.steer(mine), stage.s.steer(theirs)], ["sent", "elsewhere"]);
  assertEquals(stage.queuePresenter.lines, ["theirs: 1 before, not steerable"]);
  await stage.heard(joined("p3"), said("both"), ended(["p3"]));
  await stage.answered("p4", "for them");
  assertEquals(stage.compose.closings.slice(-2).map(({ turn }) => turn.user), [1, 2]);
});
