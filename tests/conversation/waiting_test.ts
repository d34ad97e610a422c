import { assertEquals } from "@std/assert";
import { isFree } from "../../lib/conversation/mod.ts";
import { settle } from "../fake_clock.ts";
import { aDelivery } from "../journal/fixture.ts";
import { ended, said, Stage, started } from "./stage.ts";

const ADA = { user: 1, place: { chat: 1 } };
const ask = (count: number) => [aDelivery(`${count} wait`)];

const cancel = (stage: Stage, job: number) => stage.s.queue.cancel(({ id }) => id === job);

/** A turn that answers 'one', with 'two' and 'three' behind it. */
async function running(): Promise<Stage> {
  const stage = new Stage();
  await stage.ask("one");
  await stage.heard(started("p1"));
  await stage.ask("two", { messageId: 11 });
  await stage.ask("three", { messageId: 12 });
  return stage;
}

Deno.test("waiting: what is sent while a turn runs is shown with its place in the queue", async () => {
  using stage = await running();
  assertEquals(stage.queuePresenter.lines, ["two: 1 before", "three: 2 before"]);
  assertEquals(stage.presenter.views.at(-1)?.waiting, { count: 2, last: 3 });
});

Deno.test("waiting: what starts at once is never shown as waiting", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<typeof stage.worker>();
  stage.acquire = () => promise;
  await stage.ask("one");
  assertEquals(stage.queuePresenter.lines, []);
  resolve(stage.worker);
  await settle();
  assertEquals(stage.queuePresenter.lines, []);
});

Deno.test("waiting: what is submitted waits no more", async () => {
  using stage = await running();
  await stage.heard(ended(["p1"]));
  assertEquals([stage.queuePresenter.lines, stage.queuePresenter.cancelledTexts], [[], []]);
});

Deno.test("waiting: the queue of three becomes one turn that names what it answers", async () => {
  using stage = await running();
  await stage.ask("> I wrote:\n> before\n\nfour", { messageId: 13 });
  await stage.heard(ended(["p1"]));
  await stage.answered("p2", "all");
  const { replyTo, also } = stage.compose.closings.at(-1)!.turn;
  assertEquals([replyTo, also], [13, ["two", "three"]]);
});

Deno.test("waiting: a cancelled message never runs, and says so; the others move up", async () => {
  using stage = await running();
  assertEquals(cancel(stage, 2), 1);
  assertEquals(stage.queuePresenter.cancelledTexts, ["two"]);
  assertEquals(stage.queuePresenter.lines, ["three: 1 before"]);
  assertEquals(stage.presenter.views.at(-1)?.waiting, { count: 1, last: 3 });
  await stage.heard(ended(["p1"]));
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "three"]);
});

Deno.test("waiting: what is on its way, or gone, is not cancelled any more", async () => {
  using stage = await running();
  stage.s.steer(2);
  assertEquals([1, 2, 3, 3].map((id) => cancel(stage, id)), [0, 0, 1, 0]);
});

Deno.test("waiting: an edit on the way to a starting process is what Claude gets", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<typeof stage.worker>();
  stage.acquire = () => promise;
  const id = await stage.ask("old");
  stage.journal.jobs.revise(id, "new");
  resolve(stage.worker);
  await settle();
  assertEquals(stage.worker.sent.map(({ text }) => text), ["new"]);
});

Deno.test("waiting: a command of Claude Code's is a prompt of its own", async () => {
  using stage = await running();
  await stage.ask("/compact");
  await stage.ask("four");
  for (const prompt of ["p1", "p2", "p3", "p4"]) await stage.answered(prompt, "ok");
  assertEquals(stage.worker.sent.map(({ text }) => text), [
    "one",
    "two\n\nthree",
    "/compact",
    "four",
  ]);
});

Deno.test("waiting: a stop that drops takes out what its button was shown for, no more", async () => {
  using stage = await running();
  const { last } = stage.presenter.views.at(-1)!.waiting;
  await stage.ask("four");
  assertEquals(stage.s.queue.cancel((job) => job.id <= last && isFree(ADA)(job)), 2);
  await stage.s.stop();
  await stage.heard(said("so far"), ended(["p1"], "interrupted"));
  assertEquals(stage.texts(), ["so far | Stopped."]);
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "four"]);
});

Deno.test("waiting: a stop that drops leaves what others wrote", async () => {
  using stage = await running();
  const theirs = await stage.ask("theirs", { user: 2 });
  const elsewhere = await stage.ask("elsewhere", { place: { chat: 2 } });
  stage.s.queue.cancel(isFree(ADA));
  assertEquals([theirs, elsewhere].map((id) => stage.state(id)), ["waiting", "waiting"]);
});

Deno.test("waiting: what a stop holds back starts only when its person says so", async () => {
  using stage = await running();
  assertEquals(stage.s.queue.hold(ADA, 7, ask), 2);
  assertEquals(stage.texts(), ["2 wait"]);
  await stage.s.stop();
  await stage.heard(ended(["p1"], "interrupted"));
  assertEquals([stage.worker.sent.length, stage.s.busy], [1, false]);
  assertEquals(stage.queuePresenter.lines, ["two: 0 before, held", "three: 1 before, held"]);
  assertEquals(stage.s.queue.release(7), 2);
  await settle();
  assertEquals(stage.worker.sent.at(-1)?.text, "two\n\nthree");
});

Deno.test("waiting: what a stop holds back can be dropped, once", async () => {
  using stage = await running();
  stage.s.queue.hold(ADA, 7, ask);
  await stage.heard(ended(["p1"], "interrupted"));
  assertEquals([1, 2].map(() => stage.s.queue.cancel(({ held }) => held === 7)), [2, 0]);
  assertEquals([stage.s.queue.release(7), stage.worker.sent.length], [0, 1]);
  assertEquals(stage.queuePresenter.lines, []);
});

Deno.test("waiting: a new message does not wait for those that are held back", async () => {
  using stage = await running();
  stage.s.queue.hold(ADA, 7, ask);
  await stage.heard(ended(["p1"], "interrupted"));
  await stage.ask("four");
  assertEquals(stage.worker.sent.at(-1)?.text, "four");
});

Deno.test("waiting: what is held back stays so over a restart", async () => {
  using stage = await running();
  stage.s.queue.hold(ADA, 7, ask);
  using after = new Stage({ journal: stage.journal });
  after.conversations.wakeAll();
  await settle();
  assertEquals(after.worker.sent, []);
  assertEquals(after.queuePresenter.lines.length, 2);
  after.s.queue.release(7);
  await settle();
  assertEquals(after.worker.sent.map(({ text }) => text), ["two\n\nthree"]);
});

Deno.test("waiting: with nothing to hold back nothing is asked", async () => {
  using stage = new Stage();
  await stage.ask("one");
  assertEquals(stage.s.queue.hold(ADA, 7, ask), 0);
  assertEquals(stage.texts(), []);
});

Deno.test("waiting: a disk that keeps a process from starting has the message wait, told once", async () => {
  using stage = new Stage();
  stage.acquire = () => Promise.reject(stage.diskFull);
  const id = await stage.ask("one");
  for (let n = 0; n < 5; n++) await stage.clock.advance(5_000);
  assertEquals(stage.state(id), "waiting");
  assertEquals(stage.texts(), [
    "⚠️ The disk is full. Your message waits, and runs when I can write.",
  ]);
  stage.acquire = () => Promise.resolve(stage.worker);
  await stage.clock.advance(5_000);
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one"]);
});
