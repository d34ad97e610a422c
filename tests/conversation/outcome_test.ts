import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { settle } from "../fake_clock.ts";
import { ended, exited, said, Stage, started, USAGE } from "./stage.ts";

const text = (delta: string): TurnEvent => ({ type: "text", delta });

Deno.test("outcome: the answer is every text of the turn in its order", async () => {
  using stage = new Stage();
  await stage.ask("do it");
  await stage.heard(
    started("p1"),
    text("I lo"),
    said("I look first."),
    { type: "tool", id: "t", name: "Bash", summary: "Running ls", state: "running" },
    said("Done."),
    ended(["p1"]),
  );
  assertEquals(stage.texts(), ["I look first.\n\nDone."]);
});

Deno.test("outcome: one commit holds the jobs' end, all pieces and the usage", async () => {
  using stage = new Stage();
  const { journal } = stage;
  await stage.ask("do it");
  const inside: string[] = [];
  const transaction = journal.transaction;
  Object.assign(journal, {
    transaction: <T>(change: () => T) =>
      transaction(() => {
        const result = change();
        const usage = usages > 0 ? "usage" : "";
        inside.push(`${stage.state(1)} ${journal.deliveries.chats().length > 0} ${usage}`);
        return result;
      }),
  });
  let usages = 0;
  Object.assign(journal, { spending: { ...journal.spending, add: () => usages++ } });
  await stage.heard(started("p1"), said("one¦two¦three"), ended(["p1"]));
  assertEquals(inside, ["done true usage"]);
  assertEquals(stage.texts(), ["one", "two", "three"]);
});

Deno.test("outcome: an answer that could not be committed is committed as soon as it can be", async () => {
  using stage = new Stage();
  const { deliveries } = stage.journal;
  const add = deliveries.add;
  deliveries.add = () => {
    throw new Error("The disk is full");
  };
  const id = await stage.ask("do it");
  await stage.answered("p1", "hello");
  await stage.clock.advance(60_000);
  assertEquals(stage.state(id), "submitted");
  deliveries.add = add;
  await stage.clock.advance(60_000);
  assertEquals([stage.state(id), stage.texts()], ["done", ["hello"]]);
  assertEquals([stage.s.busy, stage.clock.timers], [false, 0]);
});

Deno.test("outcome: the end of a turn is not lost to a journal that cannot be read just then", async () => {
  using stage = new Stage();
  const { jobs } = stage.journal;
  const { done, ofPrompt, get } = jobs;
  const refuse = () => {
    throw new Error("The disk cannot be read");
  };
  const id = await stage.ask("do it");
  Object.assign(jobs, { done: refuse, ofPrompt: refuse, get: refuse });
  await stage.answered("p1", "hello");
  Object.assign(jobs, { done, ofPrompt, get });
  await stage.clock.advance(5_000);
  assertEquals([stage.state(id), stage.texts(), stage.s.busy], ["done", ["hello"], false]);
});

Deno.test("outcome: a failed start that could not be committed is told once, when it can be", async () => {
  using stage = new Stage();
  const { deliveries } = stage.journal;
  const add = deliveries.add;
  deliveries.add = () => {
    throw new Error("The disk is full");
  };
  let starts = 0;
  stage.acquire = () => {
    starts++;
    return Promise.reject(new Error("It does not start."));
  };
  const id = await stage.ask("do it");
  stage.conversations.wakeAll();
  await stage.clock.advance(60_000);
  deliveries.add = add;
  await stage.clock.advance(60_000);
  assertEquals([starts, stage.state(id)], [1, "done"]);
  assertEquals(stage.texts(), ["It does not start. | [again 1]"]);
});

Deno.test("outcome: what waits behind an answer that could not be committed runs after it", async () => {
  using stage = new Stage();
  const { deliveries } = stage.journal;
  const add = deliveries.add;
  await stage.ask("one");
  await stage.ask("two");
  deliveries.add = () => {
    throw new Error("The disk is full");
  };
  await stage.answered("p1", "1");
  assertEquals(stage.worker.sent.length, 1);
  deliveries.add = add;
  await stage.clock.advance(5_000);
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("outcome: the chat is told of the answer before its status message goes", async () => {
  using stage = new Stage();
  await stage.ask("do it");
  await stage.answered("p1", "hello");
  assertEquals(stage.presenter.log, ["delivered 1", "ended p1"]);
});

/** How a turn ends, with a text and a draft said before; what is read then, and the job's outcome. */
const ENDS: readonly (readonly [string, TurnEvent, RegExp, string])[] = [
  ["answered", ended(["p1"]), /^half$/, "answered"],
  ["interrupted", ended(["p1"], "interrupted"), /^half\n\nof it \| Stopped\.$/, "interrupted"],
  ["failed", ended(["p1"], "failed", "Overloaded."), /Overloaded\. \| \[again 1\]$/, "failed"],
  ["limited", ended(["p1"], "limit", "Too many steps."), /\| Too many steps\.$/, "limit"],
  [
    "crashed",
    exited("crashed", "boom"),
    /half\n\nof it \| .*ended in the middle.*\n\n~~~\nboom\n~~~ \| \[goOn 1\]$/s,
    "failed",
  ],
  ["crashed without a word", exited("crashed"), /It said nothing\./, "failed"],
  ["refused", exited("refused", "Too old."), /\| Too old\. \| \[again 1\]$/, "failed"],
  ["killed", exited("killed"), /did not react.*\[again 1\]$/s, "interrupted"],
];

for (const [how, event, words, outcome] of ENDS) {
  Deno.test(`outcome: a turn that is ${how} ends its job and says so`, async () => {
    using stage = new Stage();
    const outcomes = recordOutcomes(stage);
    const id = await stage.ask("do it");
    await stage.heard(started("p1"), said("half"), text("of it"), event);
    const [answer, ...more] = stage.texts();
    assertEquals(more, []);
    assert(words.test(answer ?? ""), answer);
    assertEquals([stage.state(id), outcomes], ["done", [outcome]]);
    assertEquals([stage.s.busy, stage.presenter.shown.size], [false, 0]);
  });
}

function recordOutcomes(stage: Stage): string[] {
  const outcomes: string[] = [];
  const { jobs } = stage.journal;
  const done = jobs.done;
  jobs.done = (ids, outcome, at) => {
    outcomes.push(outcome);
    done(ids, outcome, at);
  };
  return outcomes;
}

for (const cancelled of [true, false]) {
  const what = cancelled ? "cancelled" : "dropped";
  Deno.test(`outcome: a prompt that the CLI ${what} is told, and can be asked again`, async () => {
    using stage = new Stage();
    const outcomes = recordOutcomes(stage);
    await stage.ask("do it");
    await stage.heard({ type: "dropped", prompt: "p1", cancelled });
    const sentence = cancelled ? "Stopped before it began." : "without answering it.";
    const [told] = stage.texts();
    assertStringIncludes(told ?? "", sentence);
    assertStringIncludes(told ?? "", "[again 1]");
    assertEquals([outcomes, stage.s.busy, stage.presenter.shown.size], [[what], false, 0]);
  });
}

Deno.test("outcome: a dropped prompt of somebody else changes nothing", async () => {
  using stage = new Stage();
  const id = await stage.ask("do it");
  await stage.heard({ type: "dropped", prompt: "another", cancelled: false });
  assertEquals([stage.state(id), stage.texts()], ["submitted", []]);
});

Deno.test("outcome: a process that ends between turns says nothing", async () => {
  using stage = new Stage();
  await stage.ask("do it");
  await stage.answered("p1", "ok");
  await stage.heard(exited("idle"));
  assertEquals(stage.texts(), ["ok"]);
});

Deno.test("outcome: after a crash the next message goes to a new process", async () => {
  using stage = new Stage();
  await stage.ask("one");
  await stage.ask("two");
  await stage.heard(started("p1"), exited("crashed"));
  assertEquals(stage.worker.sent.map(({ text }) => text), ["one", "two"]);
});

Deno.test("outcome: a prompt that crashed before its turn began is told in its own place", async () => {
  using stage = new Stage();
  const id = await stage.ask("one", { place: { chat: 4 } });
  await stage.heard(exited("crashed"));
  assertEquals(stage.state(id), "done");
  assertStringIncludes(stage.texts(4)[0] ?? "", "ended in the middle");
});

Deno.test("outcome: a process that ends while another is started takes no message with it", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<typeof stage.worker>();
  stage.acquire = () => promise;
  const id = await stage.ask("one");
  await stage.heard(exited("idle"));
  assertEquals(stage.state(id), "waiting");
  resolve(stage.worker);
  await settle();
  assertEquals(stage.worker.sent.length, 1);
});

Deno.test("outcome: usage that the journal refuses for ever costs the usage, not the answer", async () => {
  using stage = new Stage();
  const id = await stage.ask("do it");
  const usage = { ...USAGE, durationMs: 1.5 };
  const end = { type: "ended", prompts: ["p1"], outcome: "answered", text: "" } as const;
  await stage.heard(started("p1"), said("hello"), { ...end, usage });
  await stage.ask("next");
  await stage.clock.advance(5_000);
  assertEquals(stage.state(id), "submitted");
  await stage.clock.advance(5_000);
  assertEquals([stage.state(id), stage.texts()], ["done", ["hello"]]);
  assertEquals(stage.worker.sent.map(({ text }) => text), ["do it", "next"]);
});

Deno.test("outcome: an answer that cannot be put together is told as plain text", async () => {
  using stage = new Stage();
  stage.compose.fails = true;
  const id = await stage.ask("do it");
  await stage.answered("p1", "hello");
  assertEquals([stage.state(id), stage.texts()], ["done", ["hello"]]);
  assertEquals([stage.s.busy, stage.clock.timers], [false, 0]);
});

Deno.test("outcome: a presenter that fails after the commit does not repeat the answer", async () => {
  using stage = new Stage();
  stage.presenter.delivered = () => {
    throw new Error("The disk cannot be read");
  };
  await stage.ask("do it");
  await stage.answered("p1", "hello");
  await stage.clock.advance(60_000);
  assertEquals(stage.texts(), ["hello"]);
});
