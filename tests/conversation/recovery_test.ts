import { assertEquals, assertMatch } from "@std/assert";
import { settleUncertain } from "../../lib/conversation/mod.ts";
import { type Journal, openJournal } from "../../lib/journal/mod.ts";
import { settle } from "../fake_clock.ts";
import { aJob, drain } from "../journal/fixture.ts";
import { FakeComposer, Stage } from "./stage.ts";

/** A journal as a crash leaves it: two turns with a process, one of two jobs, and one that waits. */
function afterCrash(): Journal {
  const journal = openJournal(":memory:");
  for (const [text, chat] of [["a", 1], ["b", 1], ["c", 2], ["d", 1]] as const) {
    journal.jobs.add(aJob({ text, place: { chat } }), 1);
  }
  journal.jobs.submit([1, 2], "p", 2);
  journal.jobs.submit([3], "q", 2);
  return journal;
}

/** What is told of the two turns. */
const [AB, C] = [2, 3].map((job) =>
  "**Interrupted** by a restart while Claude was at it. Some of it may be done already, so I did " +
  `not run it again. Shall Claude continue, or shall I ask the same again? [goOn ${job}]`
);

Deno.test("recovery: each turn that was cut off is told once, in its place", () => {
  using journal = afterCrash();
  settleUncertain(journal, new FakeComposer(), 5);
  assertEquals(journal.deliveries.chats().toSorted(), [1, 2]);
  assertEquals([drain(journal, 1), drain(journal, 2)], [[AB], [C]]);
  assertEquals(journal.jobs.submitted(), []);
});

Deno.test("recovery: a second start has nothing to tell", () => {
  using journal = afterCrash();
  settleUncertain(journal, new FakeComposer(), 5);
  drain(journal, 1);
  settleUncertain(journal, new FakeComposer(), 6);
  assertEquals(drain(journal, 1), []);
});

Deno.test("recovery: nothing that was with a process is sent again, what waited is", async () => {
  using stage = new Stage({ journal: afterCrash() });
  settleUncertain(stage.journal, stage.compose, 5);
  stage.conversations.wakeAll();
  await settle();
  assertEquals(stage.worker.sent.map(({ text }) => text), ["d"]);
});

Deno.test("recovery: a crash in the middle of it leaves each turn told or still to tell", () => {
  using journal = afterCrash();
  const compose = new FakeComposer();
  const notice = compose.notice.bind(compose);
  let calls = 0;
  compose.notice = (each) => {
    if (++calls === 2) throw new Error("killed");
    return notice(each);
  };
  try {
    settleUncertain(journal, compose, 5);
  } catch { /* Here the program dies. */ }
  assertEquals(journal.jobs.submitted().map(({ text }) => text), ["c"]);
  settleUncertain(journal, new FakeComposer(), 6);
  assertEquals([drain(journal, 1), drain(journal, 2)], [[AB], [C]]);
});

Deno.test("recovery: words to a question that was open when the program ended in peace are told of, once", () => {
  using journal = openJournal(":memory:");
  const request = { requestId: "r", session: "s", place: { chat: 1 }, user: 1 };
  const id = journal.requests.add({ ...request, summary: "", request: {} }, 3);
  journal.requests.repliedBy(id, [77, 78]);
  for (let start = 0; start < 2; start++) settleUncertain(journal, new FakeComposer(), 5);
  const told = drain(journal, 1);
  assertEquals(told.length, 2);
  for (const text of told) {
    assertMatch(String(text), /^Interrupted by a restart .* may not have got it/);
  }
});

Deno.test("recovery: a message that answered what Claude asked in such a turn is told of, once", () => {
  using journal = afterCrash();
  const replied = (session: string, messageId: number) => {
    const rest = { place: { chat: 1 }, user: 1, summary: "", request: {} };
    const id = journal.requests.add({ requestId: `r${messageId}`, session, ...rest }, 3);
    journal.requests.repliedBy(id, [messageId]);
    journal.requests.close(id, "denied", "✗ denied: no");
  };
  replied("s", 77);
  replied("another", 78);
  const compose = new FakeComposer();
  const to: (number | null)[] = [];
  const notice = compose.notice.bind(compose);
  compose.notice = (each) => {
    if (each.choice === undefined) to.push(each.replyTo);
    return notice(each);
  };
  for (let start = 0; start < 2; start++) settleUncertain(journal, compose, 5);
  const [told, ...more] = drain(journal, 1);
  assertEquals([to, more], [[77], [AB]]);
  assertMatch(String(told), /^Interrupted by a restart .* may not have got it/);
});

Deno.test("recovery: a bare yes beside what the last run left open ends with it, and is told once", () => {
  using journal = openJournal(":memory:");
  for (const [text, user] of [["> Bash?\n\nyes", 1], ["yes", 2], ["yes, and pull", 1]] as const) {
    journal.jobs.add(aJob({ text, user, place: { chat: 1 } }), 1);
  }
  const request = { requestId: "r", session: "s", place: { chat: 1 }, user: 1 };
  journal.requests.add({ ...request, summary: "", request: {} }, 3);
  for (let start = 0; start < 2; start++) settleUncertain(journal, new FakeComposer(), 5);
  assertEquals(drain(journal, 1), [
    "“yes” was for what Claude asked, and that has ended: expired with a restart. Your message was not passed on.",
  ]);
  assertEquals(journal.jobs.queue("s").map(({ text }) => text), ["yes", "yes, and pull"]);
});
