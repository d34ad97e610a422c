/** Messages that meet a session, a chat or a turn that is no longer what it was. */
import { assertEquals } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { Urgent } from "../../lib/telegram/inbox/urgent.ts";
import { aDelivery, aJob } from "../journal/fixture.ts";
import { ADA, BOB, Chat } from "./stage.ts";
import { until } from "../fake_clock.ts";

const GROUP = -5;
const SUPERGROUP = -1005;

const started: TurnEvent = { type: "started", prompts: ["p1"] };

async function inSession(...others: string[]): Promise<Chat> {
  const chat = await Chat.open("one", ...others);
  await chat.sessions.switch("one", { chat: ADA });
  return chat;
}

/** The sessions' clock, a minute later at each look, passes that of the chat. */
function later(chat: Chat): void {
  while (chat.home.now().getTime() <= chat.clock.now());
}

const usage = { costUsd: 0, inputTokens: 0, outputTokens: 0, durationMs: 0, models: [] };
const ended = (prompt: string): TurnEvent => ({
  ...{ type: "ended", prompts: [prompt], outcome: "answered", text: "", usage },
});

Deno.test("supergroup: the current session, its topics' and all that waits come along", async () => {
  for (const announced of ["migrate_to_chat_id", "migrate_from_chat_id"]) {
    await using chat = await Chat.open("one", "two");
    await chat.sessions.switch("one", { chat: GROUP });
    await chat.sessions.switch("two", { chat: GROUP, thread: 7 });
    const [at, other] = announced === "migrate_to_chat_id"
      ? [GROUP, SUPERGROUP]
      : [SUPERGROUP, GROUP];
    const watch = { schedule: "daily", task: "look", place: { chat: GROUP }, user: ADA };
    chat.journal.watches.add({ ...watch, budgetUsd: 1 }, 1);
    // Whoever did that: it need not be somebody who may use the bot.
    for (let again = 0; again < 2; again++) {
      await chat.write("", { user: 66, chat: at, other: { [announced]: other } });
    }
    assertEquals(await chat.sessions.active({ chat: SUPERGROUP }), "one");
    assertEquals(await chat.sessions.active({ chat: SUPERGROUP, thread: 7 }), "two");
    assertEquals(await chat.sessions.active({ chat: GROUP }), null);
    assertEquals(chat.journal.watches.all().map(({ place }) => place.chat), [SUPERGROUP]);
    assertEquals(chat.journal.updates.unrouted(), []);
  }
});

Deno.test("supergroup: what the new chat chose by itself stays", async () => {
  await using chat = await Chat.open("one", "two");
  await chat.sessions.switch("one", { chat: GROUP });
  await chat.sessions.switch("two", { chat: SUPERGROUP });
  await chat.write("", { chat: GROUP, other: { migrate_to_chat_id: SUPERGROUP } });
  assertEquals(await chat.sessions.active({ chat: SUPERGROUP }), "two");
});

Deno.test("supergroup: deliveries and jobs go there, without numbers of the old group's messages", () => {
  using journal = openJournal(":memory:");
  journal.jobs.add(aJob({ place: { chat: GROUP }, user: ADA }), 1);
  const payload = { chat_id: GROUP, text: "a", message_thread_id: 3, reply_parameters: {} };
  journal.deliveries.add([aDelivery("a", { chat: GROUP, payload })], 1);
  for (let again = 0; again < 2; again++) journal.moveChat(GROUP, SUPERGROUP);
  const [job] = journal.jobs.waiting("s");
  assertEquals([job?.place, job?.messageId], [{ chat: SUPERGROUP }, null]);
  assertEquals(journal.deliveries.next(SUPERGROUP)?.payload, { chat_id: SUPERGROUP, text: "a" });
  assertEquals(journal.deliveries.next(GROUP), undefined);
});

Deno.test("stop: after a switch away it ends the turn that still works for this place, and says which", async () => {
  await using chat = await inSession("two");
  await chat.write("hello");
  await chat.heard("one", started);
  await chat.write("/session two");
  await chat.write("/stop");
  assertEquals(chat.worker.interrupts, 1);
  assertEquals(chat.lastSaid, "Stopping one: it was still working for this chat.");
});

Deno.test("stop: a turn of another place is not ended from here", async () => {
  await using chat = await inSession("two");
  await chat.write("hello");
  await chat.heard("one", started);
  await chat.sessions.switch("two", { chat: BOB });
  await chat.write("/stop", { user: BOB });
  assertEquals([chat.worker.interrupts, chat.lastSaid], [0, "Nothing is running in two."]);
});

Deno.test("stop: on a full disk as well, and only by our name", async () => {
  await using chat = await inSession("two");
  await chat.write("hello");
  await chat.heard("one", started);
  await chat.sessions.switch("two", { chat: ADA });
  const urgent = new Urgent(chat.context, new Set([ADA]));
  urgent.serve([chat.anUpdate("/stop@another_bot")], "board_bot");
  await chat.idle();
  assertEquals(chat.worker.interrupts, 0);
  urgent.serve([chat.anUpdate("/stop@Board_Bot")], "board_bot");
  await until(() => chat.worker.interrupts > 0);
  assertEquals(chat.worker.interrupts, 1);
});

for (const command of ["/compact", "/clear"]) {
  Deno.test(`queue: a waiting ${command} is never written into a turn: it goes next, and says so`, async () => {
    await using chat = await inSession();
    await chat.write("hello");
    await chat.heard("one", started);
    await chat.write("and then this");
    await chat.write(command);
    const job = chat.journal.jobs.queue("one").find(({ text }) => text === command)!;
    assertEquals(
      await chat.press(`q:n${job.id}`),
      "A command of Claude Code's runs by itself: it goes next, after this turn.",
    );
    assertEquals(chat.asked, ["hello"]);
    await chat.heard("one", ended("p1"));
    await chat.idle();
    assertEquals(chat.asked, ["hello", command]);
  });
}

Deno.test("archive: what a stop holds back is asked about first, and never runs in a later session", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  await chat.heard("one", started);
  await chat.write("delete it all");
  await chat.write("/stop");
  const release = chat.buttons[0]!;
  await chat.heard("one", ended("p1"));
  await chat.write("/archive one");
  assertEquals(chat.lastSaid.split("\n"), [
    "one cannot be put away yet.",
    "1 message is waiting. Run it or drop it?",
    "Then /archive it again.",
  ]);
  assertEquals(chat.buttons[0], release);
  // However the session went: its message goes with it.
  await chat.sessions.retire("one", () => Promise.resolve());
  later(chat);
  await chat.sessions.create("one");
  assertEquals(await chat.press(release), "That was for a session that was put away.");
  await chat.idle();
  assertEquals([chat.asked, chat.journal.jobs.queue("one")], [["hello"], []]);
});

for (const button of ["a", "c", "l:f", "l:t", "q:e", "q:n"]) {
  Deno.test(`archive: the old button ${button} runs nothing in a later session of that name`, async () => {
    await using chat = await inSession();
    await chat.write("hello");
    await chat.heard("one", started);
    if (button === "q:n") await chat.write("and this");
    else await chat.heard("one", { ...ended("p1"), outcome: "interrupted" } as TurnEvent);
    const job = chat.journal.jobs.latest("one")!;
    await chat.sessions.retire("one", () => Promise.resolve());
    later(chat);
    await chat.sessions.create("one");
    const data = button.length === 1 ? `${button}:${job.id}` : `${button}${job.id}`;
    assertEquals(await chat.press(data), "That was for a session that was put away.");
    await chat.idle();
    assertEquals(chat.asked, ["hello"]);
  });
}

/** The edit of a message that was written before. */
const edit = (chat: Chat, update: { update_id: number; message?: object }, text: string) => {
  const edited_message = { ...update.message, text, edit_date: 1 };
  chat.receive({ update_id: update.update_id + 500, edited_message } as never);
  return chat.idle();
};

Deno.test("edit: a waiting '/stp' that becomes '/stop' is obeyed", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  await chat.heard("one", started);
  const typo = await chat.write("/stp");
  await edit(chat, typo, "/stop");
  assertEquals([chat.worker.interrupts, chat.journal.jobs.queue("one")], [1, []]);
});

Deno.test("edit: one that becomes '/stop' does not wait for what was written behind it", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  await chat.heard("one", started);
  const typo = await chat.write("/stp");
  const edited = edit(chat, typo, "/stop");
  chat.receive(chat.anUpdate("and this"));
  await edited;
  await chat.idle();
  assertEquals([chat.worker.interrupts, chat.journal.updates.unrouted()], [1, []]);
});

Deno.test("edit: a waiting message that becomes another command of ours is that command", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  await chat.heard("one", started);
  const typo = await chat.write("/hlep");
  await edit(chat, typo, "/help");
  assertEquals(chat.said.map((text) => text.split("\n")[0]), ["Commands", "✗ Cancelled"]);
  assertEquals(chat.journal.jobs.queue("one"), []);
});

Deno.test("edit: of what has gone to Claude no edit makes a command", async () => {
  await using chat = await inSession();
  const sent = await chat.write("hello");
  await chat.heard("one", started);
  await edit(chat, sent, "/stop");
  assertEquals(chat.worker.interrupts, 0);
});

Deno.test("edit: of a message that served as a reason the person is told", async () => {
  await using chat = await inSession();
  await chat.write("hello");
  const request = {
    ...{ kind: "permission", id: "r1", tool: "Bash", input: { command: "ls" } } as const,
    ...{ summary: "Running ls", reason: null, subagent: false, grantable: null, before: null },
  };
  await chat.heard("one", started, { type: "request", request: request as never });
  await chat.idle();
  const shown = 1_000 + chat.telegram.of("sendMessage").length;
  const reply_to_message = { message_id: shown, from: { id: 9, is_bot: true }, text: "?" };
  const reason = await chat.write("", { other: { text: "not now", reply_to_message } });
  assertEquals(chat.worker.answers.length, 1);
  await edit(chat, reason, "never");
  assertEquals(
    chat.lastSaid,
    "Claude has the old words of this message: they answered something it asked. " +
      "Send the new ones as a new message.",
  );
});
