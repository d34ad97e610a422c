import { assertEquals, assertStringIncludes } from "@std/assert";
import { settleUncertain } from "../../lib/conversation/mod.ts";
import { settle } from "../fake_clock.ts";
import { ended, exited, said, Stage, started } from "./stage.ts";

const joined = (prompt: string) => ({ type: "joined", prompt }) as const;

/** A turn that answers 'one', and 'two' that waits behind it. */
async function running(): Promise<Stage> {
  const stage = new Stage();
  await stage.ask("one");
  await stage.ask("two", { messageId: 11 });
  await stage.heard(started("p1"));
  return stage;
}

Deno.test("steer: a waiting message goes to the running turn, committed before its first byte", async () => {
  using stage = await running();
  const states: unknown[] = [];
  stage.worker.onSend = ({ id }) => states.push(stage.journal.jobs.ofPrompt(id)[0]?.state);
  assertEquals(stage.s.steer(2), "sent");
  assertEquals(states, ["submitted"]);
  assertEquals(stage.worker.sent.at(-1), { id: "p2", text: "two" });
  assertEquals(stage.queuePresenter.lines, []);
});

Deno.test("steer: a turn that takes a message in answers both, and ends both jobs", async () => {
  using stage = await running();
  stage.s.steer(2);
  await stage.heard(joined("p2"), said("both"), ended(["p1", "p2"]));
  assertEquals(stage.texts(), ["both"]);
  const { replyTo, also } = stage.compose.closings.at(-1)!.turn;
  assertEquals([replyTo, also], [11, ["one"]]);
  assertEquals([stage.state(1), stage.state(2)], ["done", "done"]);
  const siblings = stage.journal.jobs.siblings(stage.journal.jobs.get(2)!);
  assertEquals(siblings.map(({ text }) => text), ["one", "two"]);
  assertEquals([stage.s.busy, stage.presenter.shown.size], [false, 0]);
});

Deno.test("steer: whatever the order in a result, it is the last message that is asked again", async () => {
  using stage = await running();
  stage.s.steer(2);
  await stage.heard(joined("p2"), ended(["p2", "p1"], "failed", "Overloaded."));
  const { turn, choice } = stage.compose.closings.at(-1)!;
  assertEquals([turn.replyTo, choice], [11, { kind: "again", job: 2 }]);
});

Deno.test("steer: a message that only the result names belongs to the turn all the same", async () => {
  using stage = await running();
  stage.s.steer(2);
  await stage.heard(said("both"), ended(["p1", "p2"]));
  assertEquals(stage.compose.closings.at(-1)!.turn.also, ["one"]);
  assertEquals([stage.state(2), stage.s.busy], ["done", false]);
});

Deno.test("steer: what the turn did not take in has a turn of its own, and runs once", async () => {
  using stage = await running();
  stage.s.steer(2);
  await stage.heard(said("1"), ended(["p1"]));
  assertEquals([stage.state(2), stage.s.busy], ["submitted", true]);
  await stage.ask("three", { messageId: 12 });
  assertEquals(stage.worker.sent.length, 2);
  await stage.answered("p2", "2");
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two", "three"]);
  assertEquals(stage.texts(), ["1", "2"]);
  assertEquals(stage.compose.closings.map(({ turn }) => turn.replyTo), [10, 11]);
});

Deno.test("steer: several that the turn did not take in become one turn that answers all", async () => {
  using stage = await running();
  await stage.ask("three", { messageId: 12 });
  stage.s.steer(2);
  stage.s.steer(3);
  await stage.heard(ended(["p1"]), started("p2", "p3"), said("2 and 3"), ended(["p2", "p3"]));
  const { turn } = stage.compose.closings.at(-1)!;
  assertEquals([turn.replyTo, turn.also], [12, ["two"]]);
  assertEquals([stage.state(2), stage.state(3), stage.s.busy], ["done", "done", false]);
  assertEquals(stage.presenter.shown.size, 0);
});

Deno.test("steer: without a turn a message simply runs", async () => {
  using stage = new Stage();
  const id = stage.journal.jobs.add({ ...JOB, text: "now" }, 0);
  assertEquals(stage.s.steer(id), "next");
  await settle();
  assertEquals(stage.worker.sent.map(({ text }) => text), ["now"]);
});

const JOB = { session: "s", place: { chat: 1 }, user: 1, messageId: 10, text: "", away: false };

Deno.test("steer: while the process is starting a message waits, and goes next", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<typeof stage.worker>();
  stage.acquire = () => promise;
  await stage.ask("one");
  const two = await stage.ask("two");
  assertEquals(stage.s.steer(two), "next");
  resolve(stage.worker);
  await settle();
  await stage.answered("p1", "1");
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("steer: into another person's turn, or in another place, nothing is steered", async () => {
  using stage = new Stage();
  await stage.ask("one");
  const theirs = await stage.ask("theirs", { user: 2 });
  const elsewhere = await stage.ask("elsewhere", { place: { chat: 1, thread: 5 } });
  await stage.heard(started("p1"));
  assertEquals([stage.s.steer(theirs), stage.s.steer(elsewhere)], ["elsewhere", "elsewhere"]);
  assertEquals(stage.worker.sent.length, 1);
  assertEquals(stage.queuePresenter.lines, [
    "theirs: 1 before, not steerable",
    "elsewhere: 2 before, not steerable",
  ]);
});

Deno.test("steer: a second time, or of what was cancelled, it does nothing", async () => {
  using stage = await running();
  assertEquals([stage.s.steer(2), stage.s.steer(2)], ["sent", "gone"]);
  const three = await stage.ask("three");
  assertEquals([stage.s.queue.cancel(({ id }) => id === three), stage.s.steer(three)], [1, "gone"]);
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("steer: a journal that refuses leaves the message waiting, and nothing is sent", async () => {
  using stage = await running();
  const { jobs } = stage.journal;
  const submit = jobs.submit;
  jobs.submit = () => {
    throw new Error("The disk is full");
  };
  try {
    stage.s.steer(2);
  } catch { /* The press tells it. */ }
  jobs.submit = submit;
  assertEquals([stage.state(2), stage.worker.sent.length], ["waiting", 1]);
  await stage.heard(ended(["p1"]));
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("steer: a stop takes back what the turn has not read, and says so", async () => {
  using stage = await running();
  stage.s.steer(2);
  await stage.s.stop();
  await stage.heard(
    said("so far"),
    ended(["p1"], "interrupted"),
    { type: "dropped", prompt: "p2", cancelled: true },
  );
  assertEquals(stage.texts(), ["so far | Stopped.", "Stopped before it began. | [again 2]"]);
  assertEquals([stage.state(2), stage.s.busy, stage.presenter.shown.size], ["done", false, 0]);
});

Deno.test("steer: after a stop a message waits for the turn's end", async () => {
  using stage = await running();
  await stage.s.stop();
  assertEquals(stage.s.steer(2), "next");
  await stage.heard(ended(["p1"], "interrupted"));
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("steer: a crash of the process tells each message what became of it", async () => {
  using stage = await running();
  stage.s.steer(2);
  await stage.heard(exited("crashed", "boom"));
  const [first, second] = stage.texts();
  assertStringIncludes(first ?? "", "[goOn 1]");
  assertEquals(second, "Claude Code ended before it came to this message. | [again 2]");
  assertEquals([stage.state(1), stage.state(2), stage.s.busy], ["done", "done", false]);
});

Deno.test("steer: a crash of the program reports both prompts, and repeats neither", async () => {
  using stage = await running();
  stage.s.steer(2);
  settleUncertain(stage.journal, stage.compose, 5);
  const told = stage.texts().map((text) => text.match(/\[.*\]$/)?.[0]);
  assertEquals(told, ["[goOn 1]", "[goOn 2]"]);
  assertEquals(stage.journal.jobs.submitted(), []);
});

Deno.test("steer: what a stop held back goes next, also behind another person's turn", async () => {
  using stage = new Stage();
  await stage.ask("one");
  const theirs = await stage.ask("theirs", { user: 2 });
  await stage.heard(started("p1"));
  stage.s.queue.hold({ user: 2, place: { chat: 1 } }, 7, () => []);
  assertEquals(stage.s.steer(theirs), "elsewhere");
  await stage.heard(ended(["p1"]));
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "theirs"]);
});
