import { assertEquals } from "@std/assert";
import { joined, openJournal } from "../../lib/journal/mod.ts";
import { aJob } from "./fixture.ts";

const PIECES = [
  { messageId: 11, glue: "", text: "first" },
  { messageId: 12, glue: "\n\n", text: "second" },
];

Deno.test("journal: the pieces of a job keep their order and make its text", () => {
  using journal = openJournal(":memory:");
  const job = journal.jobs.add(aJob(), 1);
  journal.pieces.add(job, 1, PIECES);
  assertEquals(journal.pieces.of(job), PIECES);
  assertEquals(joined(journal.pieces.of(job)), "first\n\nsecond");
});

Deno.test("journal: a message leads to the newest job that was made of it, in its own chat", () => {
  using journal = openJournal(":memory:");
  const jobs = [1, 2].map((at) => journal.jobs.add(aJob(), at));
  for (const job of jobs) journal.pieces.add(job, 1, PIECES);
  assertEquals(journal.pieces.jobOf(1, 12), jobs[1]);
  assertEquals([journal.pieces.jobOf(2, 12), journal.pieces.jobOf(1, 13)], [undefined, undefined]);
});

Deno.test("journal: an edit changes one piece of one job, and only when it changes a word", () => {
  using journal = openJournal(":memory:");
  const job = journal.jobs.add(aJob(), 1);
  journal.pieces.add(job, 1, PIECES);
  assertEquals(journal.pieces.revise(job, 12, "second"), false);
  assertEquals(journal.pieces.revise(job, 12, "2nd"), true);
  assertEquals(journal.pieces.revise(job, 13, "third"), false);
  assertEquals(joined(journal.pieces.of(job)), "first\n\n2nd");
});

Deno.test("journal: what is held back is in the queue and does not wait for its turn", () => {
  using journal = openJournal(":memory:");
  const [one, two] = [1, 2].map((at) => journal.jobs.add(aJob(), at)) as [number, number];
  journal.jobs.hold([one], 7);
  assertEquals(journal.jobs.waiting("s").map(({ id }) => id), [two]);
  assertEquals(journal.jobs.queue("s").map(({ id }) => id), [one, two]);
  assertEquals(journal.jobs.heldBy(7).map(({ id }) => id), [one]);
  journal.jobs.release([one]);
  assertEquals(journal.jobs.waiting("s").map(({ id }) => id), [one, two]);
});

Deno.test("journal: only what waits is cancelled, changed or held back", () => {
  using journal = openJournal(":memory:");
  const id = journal.jobs.add(aJob(), 1);
  journal.jobs.submit([id], "p", 2);
  journal.jobs.hold([id], 7);
  assertEquals([journal.jobs.cancel(id, 3), journal.jobs.revise(id, "new")], [false, false]);
  const { state, held, text, changed } = journal.jobs.get(id)!;
  assertEquals([state, held, text, changed], ["submitted", null, "hello", false]);
});

Deno.test("journal: the siblings of a job are those of its turn, or else of its prompt", () => {
  using journal = openJournal(":memory:");
  const [one, two, three] = [1, 2, 3].map((at) => journal.jobs.add(aJob(), at)) as number[];
  journal.jobs.submit([one!, two!], "p", 4);
  journal.jobs.submit([three!], "q", 4);
  const siblings = (id: number) =>
    journal.jobs.siblings(journal.jobs.get(id)!).map((job) => job.id);
  assertEquals([siblings(one!), siblings(three!)], [[one, two], [three]]);
  journal.jobs.done([one!, two!, three!], "answered", 5, "p");
  assertEquals(siblings(three!), [one, two, three]);
});
