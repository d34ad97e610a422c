import { assertEquals, assertMatch } from "@std/assert";
import { settle } from "../fake_clock.ts";
import { ended, said, Stage, started } from "./stage.ts";

Deno.test("conversation: a prompt is committed as submitted before its first byte is written", async () => {
  using stage = new Stage();
  const states: unknown[] = [];
  stage.worker.onSend = ({ id }) => states.push(stage.journal.jobs.ofPrompt(id)[0]?.state);
  await stage.ask("hello");
  assertEquals(states, ["submitted"]);
  assertEquals(stage.worker.sent, [{ id: "p1", text: "hello" }]);
  assertEquals(stage.active, ["s"]);
});

Deno.test("conversation: a second message waits for the end of the first", async () => {
  using stage = new Stage();
  await stage.ask("one");
  const two = await stage.ask("two");
  await stage.heard(started("p1"), said("1"));
  assertEquals(stage.state(two), "waiting");
  await stage.heard(ended(["p1"]));
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
  assertEquals(stage.state(two), "submitted");
});

Deno.test("conversation: what waits of one place and user becomes one prompt", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.ask("two", { messageId: 11 });
  await stage.ask("three", { messageId: 12 });
  await stage.answered("p1", "1");
  assertEquals(stage.worker.sent[1]?.text, "two\n\nthree");
  await stage.answered("p2", "2 and 3");
  assertEquals(stage.compose.closings.map(({ turn }) => turn.replyTo), [10, 12]);
  assertEquals([2, 3].map((id) => stage.state(id)), ["done", "done"]);
  assertEquals(stage.texts(), ["1", "2 and 3"]);
});

const APART = [
  ["another user", { user: 2 }],
  ["another chat", { place: { chat: 2 } }],
  ["another topic", { place: { chat: 1, thread: 5 } }],
] as const;

for (const [whose, change] of APART) {
  Deno.test(`conversation: a waiting message of ${whose} is a prompt of its own`, async () => {
    using stage = new Stage();
    await stage.ask("one");
    for (const [text, of] of [["a", {}], ["b", change], ["c", {}]] as const) {
      await stage.ask(text, of);
    }
    for (const prompt of ["p1", "p2", "p3", "p4"]) await stage.answered(prompt, "ok");
    assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "a", "b", "c"]);
  });
}

Deno.test("conversation: many wakes at once submit a message once", async () => {
  using stage = new Stage();
  await stage.ask("one");
  for (let n = 0; n < 20; n++) stage.conversations.wakeAll();
  await settle();
  await stage.answered("p1", "1");
  for (let n = 0; n < 20; n++) stage.conversations.wakeAll();
  await settle();
  assertEquals(stage.worker.sent.length, 1);
});

Deno.test("conversation: sessions do not wait for each other", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.ask("other", { session: "t" });
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "other"]);
});

Deno.test("conversation: a full fleet is told once, and the message runs when there is room", async () => {
  using stage = new Stage();
  const worker = stage.acquire;
  stage.acquire = () => Promise.reject(stage.full);
  const id = await stage.ask("one");
  stage.conversations.wakeAll();
  await settle();
  stage.conversations.wakeAll();
  await settle();
  assertEquals(stage.state(id), "waiting");
  assertEquals(stage.texts(), [
    "All 2 Claude processes are busy. Your message runs as soon as one is free.",
  ]);
  assertEquals(stage.presenter.shown.size, 0);
  stage.acquire = worker;
  stage.conversations.wakeAll();
  await settle();
  assertEquals(stage.state(id), "submitted");
});

Deno.test("conversation: a fleet that is full again later is told again", async () => {
  using stage = new Stage();
  const worker = stage.acquire;
  for (const prompt of ["p2", "p4"]) {
    stage.acquire = () => Promise.reject(stage.full);
    await stage.ask("one");
    stage.acquire = worker;
    stage.conversations.wakeAll();
    await settle();
    await stage.answered(prompt, "done");
  }
  assertEquals(stage.texts().filter((text) => text.startsWith("All 2")).length, 2);
});

Deno.test("conversation: a process that does not start fails messages visibly, until crashes hold them back", async () => {
  using stage = new Stage();
  let starts = 0;
  stage.acquire = () => {
    starts++;
    return Promise.reject(new Error("Claude Code could not be started: no disk."));
  };
  for (const user of [1, 2, 3]) stage.journal.jobs.add({ ...job, user }, 1);
  stage.conversations.wakeAll();
  await settle();
  assertEquals(starts, 3);
  assertEquals([1, 2, 3].map((id) => stage.state(id)), ["done", "done", "waiting"]);
  const [first, second, held, ...more] = stage.texts();
  assertEquals([first, second], [
    "Claude Code could not be started: no disk. | [again 1]",
    "Claude Code could not be started: no disk. | [again 2]",
  ]);
  assertMatch(held ?? "", /keeps ending in \*\*s\*\*.*\[heldBack 3\]/);
  assertEquals(more, []);
  assertEquals([stage.presenter.shown.size, stage.s.busy], [0, false]);
});

const job = {
  session: "s",
  place: { chat: 1 },
  user: 1,
  messageId: 10,
  text: "hello",
  away: false,
};

Deno.test("conversation: after a full fleet, a failed start does not leave the others waiting", async () => {
  using stage = new Stage();
  stage.acquire = () => Promise.reject(stage.full);
  await stage.ask("one", { user: 1 });
  await stage.ask("two", { user: 2 });
  stage.acquire = () => Promise.reject(new Error("No such program."));
  stage.conversations.wakeAll();
  await settle();
  assertEquals([1, 2].map((id) => stage.state(id)), ["done", "done"]);
});

Deno.test("conversation: a process that died as it was handed over is asked for again", async () => {
  using stage = new Stage();
  const dead = { ...stage.worker, alive: false } as unknown as typeof stage.worker;
  const workers = [dead, dead, stage.worker];
  stage.acquire = () => Promise.resolve(workers.shift()!);
  await stage.ask("one");
  assertEquals(stage.worker.sent.length, 1);
});

Deno.test("conversation: a journal that refuses the submission sends nothing, and it runs with the next wake", async () => {
  using stage = new Stage();
  const { jobs } = stage.journal;
  const submit = jobs.submit;
  jobs.submit = () => {
    throw new Error("The disk is full");
  };
  const id = await stage.ask("one");
  assertEquals([stage.worker.sent.length, stage.state(id)], [0, "waiting"]);
  assertEquals(stage.presenter.shown.size, 0);
  jobs.submit = submit;
  stage.conversations.wakeAll();
  await settle();
  assertEquals(stage.worker.sent.length, 1);
});

Deno.test("conversation: merged messages are submitted in one commit", async () => {
  using stage = new Stage();
  const { jobs } = stage.journal;
  await stage.ask("one");
  const ids = [await stage.ask("two"), await stage.ask("three")];
  const submit = jobs.submit;
  jobs.submit = (each, promptId, at) => {
    submit(each.slice(0, 1), promptId, at);
    throw new Error("killed in the middle");
  };
  await stage.answered("p1", "1");
  assertEquals(ids.map((id) => stage.state(id)), ["waiting", "waiting"]);
  jobs.submit = submit;
});

Deno.test("conversation: the conversation's id is passed on", async () => {
  using stage = new Stage();
  await stage.heard({ type: "session", id: "abc" });
  assertEquals(stage.sessionIds, ["s abc"]);
});

Deno.test("conversation: what came while the program was away says so in its turn", async () => {
  using stage = new Stage();
  await stage.ask("late", { away: true });
  await stage.answered("p1", "ok");
  assertEquals(stage.compose.closings[0]?.turn.away, true);
});

Deno.test("conversation: a submission that the disk refused is tried again by itself", async () => {
  using stage = new Stage();
  const { jobs } = stage.journal;
  const submit = jobs.submit;
  jobs.submit = () => {
    throw new Error("The disk is full");
  };
  await stage.ask("one");
  await stage.clock.advance(5_000);
  assertEquals([stage.worker.sent.length, stage.clock.timers], [0, 1]);
  jobs.submit = submit;
  await stage.clock.advance(5_000);
  assertEquals([stage.worker.sent.length, stage.clock.timers], [1, 0]);
});

Deno.test("conversation: the silence of a turn that did not show itself is shown", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.heard({ type: "silent", ms: 300_000 });
  assertEquals(stage.presenter.views.at(-1)?.notice, "Nothing heard for 5 min");
  assertEquals(stage.presenter.turns.at(-1)?.id, "p1");
});
