import { assertEquals, assertStringIncludes } from "@std/assert";
import { settle } from "../fake_clock.ts";
import { asks, ended, exited, FakeWorker, said, Stage, started } from "./stage.ts";

Deno.test("stop: where nothing runs there is nothing to stop", async () => {
  using stage = new Stage();
  assertEquals(await stage.s.stop(), "nothing");
  await stage.ask("one");
  await stage.answered("p1", "1");
  assertEquals(await stage.s.stop(), "nothing");
  assertEquals(stage.worker.interrupts, 0);
});

Deno.test("stop: a running turn is interrupted, its process and what it said stay", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard(started("p1"), said("so far"));
  assertEquals(await stage.s.stop(), "stopping");
  await stage.heard(ended(["p1"], "interrupted"));
  assertEquals(stage.texts(), ["so far | Stopped."]);
  assertEquals([stage.worker.interrupts, stage.worker.closed, stage.worker.alive], [1, [], true]);
});

Deno.test("stop: a message whose process is still starting is never sent", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  const id = await stage.ask("one");
  assertEquals(await stage.s.stop(), "stopping");
  resolve(stage.worker);
  await settle();
  assertEquals([stage.worker.sent.length, stage.state(id)], [0, "done"]);
  assertEquals(stage.texts(), ["Stopped before it began. | [again 1]"]);
});

Deno.test("stop: a start that fails after the stop is told as stopped", async () => {
  using stage = new Stage();
  const { promise, reject } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  await stage.ask("one");
  await stage.s.stop();
  reject(new Error("no"));
  await settle();
  assertEquals(stage.texts(), ["Stopped before it began. | [again 1]"]);
});

Deno.test("stop: what was stopped before it began does not stop the next message", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  await stage.ask("one");
  await stage.ask("two", { user: 2 });
  await stage.s.stop();
  resolve(stage.worker);
  await settle();
  assertEquals(stage.worker.sent.map(({ text }) => text), ["two"]);
});

Deno.test("stop: a process that does not react is ended, and the person is told", async () => {
  using stage = new Stage();
  stage.worker.reacts = false;
  stage.worker.onClose = () => stage.conversations.heard("s", exited("killed"));
  await stage.ask("one");
  await stage.heard(started("p1"));
  assertEquals(await stage.s.stop(), "killed");
  assertEquals(stage.worker.closed, ["killed"]);
  const [first, last] = stage.texts();
  assertStringIncludes(first ?? "", "has not reacted for 5 s");
  assertStringIncludes(last ?? "", "did not react");
  assertEquals(stage.state(1), "done");
});

Deno.test("stop: a turn that ends by itself while the interrupt is unanswered costs no process", async () => {
  using stage = new Stage();
  stage.worker.interrupt = async () => {
    await stage.answered("p1", "done anyway");
    return false;
  };
  await stage.ask("one");
  await stage.heard(started("p1"));
  assertEquals(await stage.s.stop(), "stopping");
  assertEquals([stage.worker.closed, stage.texts()], [[], ["done anyway"]]);
});

Deno.test("stop: an interrupt that nobody answers never costs the next turn its process", async () => {
  using stage = new Stage();
  stage.worker.interrupt = async () => {
    await stage.answered("p1", "done anyway");
    await stage.heard(started("p2"));
    return false;
  };
  await stage.ask("one");
  await stage.ask("two");
  await stage.heard(started("p1"));
  assertEquals(await stage.s.stop(), "stopping");
  assertEquals([stage.worker.closed, stage.state(2)], [[], "submitted"]);
});

Deno.test("stop: two stops are one stop", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard(started("p1"));
  assertEquals(await Promise.all([stage.s.stop(), stage.s.stop()]), ["stopping", "stopping"]);
  await stage.heard(ended(["p1"], "interrupted"));
  assertEquals(stage.texts(), ["Stopped."]);
});

Deno.test("stop: the message after a stopped turn runs", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.ask("two");
  await stage.heard(started("p1"));
  await stage.s.stop();
  await stage.heard(ended(["p1"], "interrupted"));
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("shutdown: the running turn is told why it ended, and can be asked again", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard(started("p1"), said("so far"));
  stage.conversations.shutDown();
  await stage.heard(ended(["p1"], "interrupted"));
  assertEquals(stage.texts(), [
    "so far | Interrupted: Switchboard is shutting down. | [again 1]",
  ]);
});

Deno.test("shutdown: so is one whose process simply ends", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard(started("p1"));
  stage.conversations.shutDown();
  await stage.heard(exited("closed"));
  assertEquals(stage.texts(), ["Interrupted: Switchboard is shutting down. | [again 1]"]);
});

Deno.test("shutdown: what waits stays waiting", async () => {
  using stage = new Stage();
  await stage.ask("one");
  const two = await stage.ask("two");
  stage.conversations.shutDown();
  await stage.heard(started("p1"), ended(["p1"], "interrupted"));
  stage.conversations.wakeAll();
  await settle();
  assertEquals([stage.state(two), stage.worker.sent.length], ["waiting", 1]);
});

Deno.test("shutdown: a message whose process is starting stays waiting, without a word", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  const id = await stage.ask("one");
  stage.conversations.shutDown();
  resolve(stage.worker);
  await settle();
  assertEquals([stage.state(id), stage.texts(), stage.worker.sent], ["waiting", [], []]);
  assertEquals(stage.presenter.shown.size, 0);
});

Deno.test("shutdown: a start that it breaks off leaves its message waiting", async () => {
  using stage = new Stage();
  const { promise, reject } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  const id = await stage.ask("one");
  stage.conversations.shutDown();
  reject(new Error("Switchboard is stopping."));
  await settle();
  assertEquals([stage.state(id), stage.texts()], ["waiting", []]);
});

Deno.test("shutdown: no timer stays", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard(started("p1"), asks("r"));
  stage.conversations.shutDown();
  assertEquals(stage.clock.timers, 0);
});

Deno.test("stop: it does not wait for a process that does not come up", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<FakeWorker>();
  stage.acquire = () => promise;
  const id = await stage.ask("one");
  await stage.s.stop();
  await settle();
  assertEquals([stage.state(id), stage.s.busy], ["done", false]);
  assertEquals(stage.texts(), ["Stopped before it began. | [again 1]"]);
  await stage.ask("two");
  resolve(stage.worker);
  await settle();
  assertEquals(stage.worker.sent.map(({ text }) => text), ["two"]);
});

Deno.test("stop: who waits for room is woken when the process of a stopped message is there", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<FakeWorker>();
  let up = false;
  stage.acquire = (session) =>
    session === "s" ? promise : up ? Promise.resolve(stage.worker) : Promise.reject(stage.full);
  await stage.ask("one");
  const other = await stage.ask("two", { session: "b" });
  await stage.s.stop();
  await settle();
  assertEquals(stage.state(other), "waiting");
  up = true;
  resolve(stage.worker);
  await settle();
  assertEquals(stage.worker.sent.map(({ text }) => text), ["two"]);
});

Deno.test("shutdown: a message for a session that was not at work waits for the next start", async () => {
  using stage = new Stage();
  stage.conversations.shutDown();
  stage.acquire = () => Promise.reject(new Error("Switchboard is stopping."));
  const id = await stage.ask("one");
  assertEquals([stage.state(id), stage.texts()], ["waiting", []]);
});
