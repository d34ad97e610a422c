import { assertEquals, assertThrows } from "@std/assert";
import { type JobOutcome, type Journal, openJournal } from "../../lib/journal/mod.ts";
import { aJob } from "./fixture.ts";

const states = (journal: Journal, ...ids: number[]) => ids.map((id) => journal.jobs.get(id)?.state);

Deno.test("jobs: a job goes from waiting over submitted to done", () => {
  using journal = openJournal(":memory:");
  const id = journal.jobs.add(aJob(), 1);
  assertEquals(states(journal, id), ["waiting"]);
  journal.jobs.submit([id], "p", 2);
  assertEquals(states(journal, id), ["submitted"]);
  assertEquals(journal.jobs.waiting("s"), []);
  journal.jobs.done([id], "answered", 3);
  assertEquals(states(journal, id), ["done"]);
  assertEquals(journal.jobs.submitted(), []);
});

Deno.test("jobs: what a job was made of comes back", () => {
  using journal = openJournal(":memory:");
  const job = aJob({ place: { chat: -1, thread: 4 }, messageId: null, text: "a\n😀", away: true });
  const id = journal.jobs.add(job, 7);
  const added = {
    ...{ id, state: "waiting" as const, promptId: null, createdAt: 7 },
    ...{ outcome: null, followUp: null, alone: false, rerun: null, changed: false, held: null },
  };
  assertEquals(journal.jobs.get(id), { ...job, ...added });
});

Deno.test("jobs: merged jobs share a prompt, in their order", () => {
  using journal = openJournal(":memory:");
  const ids = ["a", "b", "c"].map((text) => journal.jobs.add(aJob({ text }), 1));
  journal.jobs.submit(ids.slice(0, 2), "p", 2);
  assertEquals(journal.jobs.ofPrompt("p").map(({ text }) => text), ["a", "b"]);
  assertEquals(journal.jobs.ofPrompt("another"), []);
});

Deno.test("jobs: a job that is submitted or done is not submitted again", () => {
  using journal = openJournal(":memory:");
  const id = journal.jobs.add(aJob(), 1);
  journal.jobs.submit([id], "p", 2);
  journal.jobs.submit([id], "q", 3);
  assertEquals(journal.jobs.get(id)?.promptId, "p");
  journal.jobs.done([id], "answered", 4);
  journal.jobs.submit([id], "r", 5);
  assertEquals(states(journal, id), ["done"]);
});

Deno.test("jobs: the first end of a job counts", () => {
  using journal = openJournal(":memory:");
  const id = journal.jobs.add(aJob(), 1);
  journal.jobs.done([id], "answered", 2);
  journal.jobs.done([id], "uncertain", 3);
  assertEquals(journal.jobs.progress("s", 0), "kept");
});

Deno.test("jobs: waiting ones are those of the session, oldest first", () => {
  using journal = openJournal(":memory:");
  for (const [session, text] of [["s", "1"], ["t", "2"], ["s", "3"]] as const) {
    journal.jobs.add(aJob({ session, text }), 1);
  }
  assertEquals(journal.jobs.waiting("s").map(({ text }) => text), ["1", "3"]);
});

Deno.test("jobs: the sessions that wait are named in the order of their oldest job", () => {
  using journal = openJournal(":memory:");
  for (const session of ["b", "a", "b", "c"]) journal.jobs.add(aJob({ session }), 1);
  journal.jobs.done([4], "answered", 2);
  assertEquals(journal.jobs.sessionsWaiting(), ["b", "a"]);
});

Deno.test("jobs: after a start those that wait are marked as received while away, no others", () => {
  using journal = openJournal(":memory:");
  const [a, b] = [journal.jobs.add(aJob(), 1), journal.jobs.add(aJob(), 1)];
  journal.jobs.submit([a], "p", 2);
  journal.jobs.markAway();
  assertEquals([a, b].map((id) => journal.jobs.get(id)?.away), [false, true]);
});

Deno.test("jobs: a job has one follow-up", () => {
  using journal = openJournal(":memory:");
  const [a, b, c] = [1, 2, 3].map(() => journal.jobs.add(aJob(), 1)) as [number, number, number];
  assertEquals(journal.jobs.follow(a, b), true);
  assertEquals(journal.jobs.follow(a, c), false);
  assertEquals(journal.jobs.get(a)?.followUp, b);
});

Deno.test("jobs: a follow-up is a job that is there", () => {
  using journal = openJournal(":memory:");
  const id = journal.jobs.add(aJob(), 1);
  assertThrows(() => journal.jobs.follow(id, 99));
});

Deno.test("jobs: the latest of a session is where it was last spoken to", () => {
  using journal = openJournal(":memory:");
  assertEquals(journal.jobs.latest("s"), undefined);
  journal.jobs.add(aJob({ place: { chat: 1 } }), 1);
  journal.jobs.add(aJob({ place: { chat: 2, thread: 3 } }), 2);
  journal.jobs.add(aJob({ session: "t" }), 3);
  assertEquals(journal.jobs.latest("s")?.place, { chat: 2, thread: 3 });
});

const PROGRESS: Record<JobOutcome, string> = {
  answered: "kept",
  interrupted: "kept",
  limit: "kept",
  failed: "begun",
  dropped: "begun",
  uncertain: "begun",
  cancelled: "begun",
};

for (const [outcome, progress] of Object.entries(PROGRESS)) {
  Deno.test(`jobs: a conversation whose only prompt ended '${outcome}' is ${progress}`, () => {
    using journal = openJournal(":memory:");
    const id = journal.jobs.add(aJob(), 1);
    assertEquals(journal.jobs.progress("s", 0), "new");
    journal.jobs.submit([id], "p", 2);
    assertEquals(journal.jobs.progress("s", 0), "begun");
    journal.jobs.done([id], outcome as JobOutcome, 3);
    assertEquals(journal.jobs.progress("s", 0), progress);
    journal.jobs.add(aJob(), 4);
    assertEquals(journal.jobs.progress("s", 0), progress);
  });
}

Deno.test("jobs: a prompt that was never given begins no conversation", () => {
  using journal = openJournal(":memory:");
  journal.jobs.done([journal.jobs.add(aJob(), 1)], "failed", 2);
  assertEquals(journal.jobs.progress("s", 0), "new");
});
