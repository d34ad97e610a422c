import { assertEquals } from "@std/assert";
import { nextBatch } from "../../lib/conversation/queue.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { aJob } from "../journal/fixture.ts";
import { Chat } from "./stage.ts";

Deno.test("router: a message that comes with the tap does not overtake those that wait for it", async () => {
  await using chat = await Chat.open("one");
  await chat.write("first");
  await chat.sessions.switch("one", { chat: 1 }); // The tap has come so far.
  await chat.write("second");
  assertEquals(chat.asked, ["first"]);
  assertEquals(chat.journal.jobs.queue("one").map(({ text }) => text), ["second"]);
});

Deno.test("batch: what asks again shares its prompt with nothing", () => {
  using journal = openJournal(":memory:");
  const [old, again] = ["old", "again"].map((text) => journal.jobs.add(aJob({ text }), 0));
  journal.jobs.done([old!], "uncertain", 0);
  journal.jobs.follow(old!, again!);
  journal.jobs.add(aJob({ text: "new" }), 0);
  const { session } = journal.jobs.get(again!)!;
  const texts = () => nextBatch(journal.jobs.waiting(session)).map(({ text }) => text);
  assertEquals(texts(), ["again"]);
  journal.jobs.done([again!], "answered", 0);
  assertEquals(texts(), ["new"]);
});
