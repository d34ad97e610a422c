import { assertEquals } from "@std/assert";
import { ADA, BOB, Chat } from "./stage.ts";
import { aJob } from "../journal/fixture.ts";

/** A chat in which a prompt of Ada's was asked about. */
async function held(): Promise<{ chat: Chat; job: number } & AsyncDisposable> {
  const chat = await Chat.open("lab");
  const job = chat.journal.jobs.add(
    aJob({ session: "lab", place: { chat: ADA }, user: ADA, text: "dear" }),
    chat.clock.now(),
  );
  chat.journal.budgetHolds.ask(job);
  return { chat, job, [Symbol.asyncDispose]: () => chat[Symbol.asyncDispose]() };
}

Deno.test("over budget: a tap on Run it runs the prompt, once", async () => {
  await using held1 = await held();
  const { chat, job } = held1;
  assertEquals(await chat.press(`v:r:${job}`), "It runs");
  assertEquals(chat.asked, ["dear"]);
  assertEquals(await chat.press(`v:r:${job}`), "This was decided already.");
  assertEquals(await chat.press(`v:n:${job}`), "This was decided already.");
  assertEquals(chat.asked, ["dear"]);
});

Deno.test("over budget: Not today ends the prompt and says so", async () => {
  await using held1 = await held();
  const { chat, job } = held1;
  assertEquals(await chat.press(`v:n:${job}`), "Not today");
  assertEquals([chat.journal.jobs.get(job)?.state, chat.asked], ["done", []]);
  const edit = String(chat.telegram.of("editMessageText").at(-1)?.payload["text"]);
  assertEquals(edit, "💰 Not run: today's budget is used up. Send it again when you want it.");
  assertEquals(await chat.press(`v:r:${job}`), "This was decided already.");
});

Deno.test("over budget: another user, another chat and an unknown prompt change nothing", async () => {
  await using held1 = await held();
  const { chat, job } = held1;
  assertEquals(
    await chat.press(`v:r:${job}`, { user: BOB, chat: ADA }),
    "Only who wrote it can say that.",
  );
  for (
    const [data, where] of [[`v:r:${job}`, { chat: -5 }], ["v:r:999", {}], ["v:r:x", {}]] as const
  ) {
    assertEquals(await chat.press(data, where), "This button is no longer in use.");
  }
  assertEquals([chat.journal.budgetHolds.state(job), chat.asked], ["asked", []]);
});
