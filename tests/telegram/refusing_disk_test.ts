import { assertEquals } from "@std/assert";
import { REPEAT_MARK } from "../../lib/telegram/outbox/outbox.ts";
import { unknown } from "./fake_call.ts";
import { OutboxStage } from "./outbox_stage.ts";
import { Chat } from "./stage.ts";

const FULL = new Error("database or disk is full");

/** Has a method refuse once, as a disk does that is full for a moment. */
function refuseOnce<K extends string>(part: { [key in K]: unknown }, method: K): void {
  const real = part[method];
  part[method] = () => {
    part[method] = real;
    throw FULL;
  };
}

Deno.test("outbox: what cannot be noted as unknown is still repeated with a mark only", async () => {
  await using stage = new OutboxStage();
  stage.telegram.next.push(unknown);
  refuseOnce(stage.journal.deliveries as { unknown: unknown }, "unknown");
  stage.deliver("a");
  await stage.clock.advance(60_000);
  const sent = stage.telegram.of("sendMessage").map(({ payload }) => payload["text"]);
  assertEquals(sent, ["a", `a${REPEAT_MARK}`]);
});

Deno.test("steer: a disk that refuses has the message wait, and nobody told to send it again", async () => {
  await using chat = await Chat.open("one");
  await chat.sessions.switch("one", { chat: 1 });
  await chat.write("look at a.ts");
  await chat.heard("one", { type: "started", prompts: ["p1"] });
  refuseOnce(chat.journal.jobs as { submit: unknown }, "submit");
  await chat.write("/steer look at b.ts");
  assertEquals(chat.said.filter((text) => text.includes("went wrong")), []);
  assertEquals(chat.journal.jobs.queue("one").map(({ text }) => text), ["look at b.ts"]);
});

Deno.test("stop: a disk that refuses to hold back what waits does not keep the turn going", async () => {
  await using chat = await Chat.open("one");
  await chat.sessions.switch("one", { chat: 1 });
  await chat.write("look at a.ts");
  await chat.heard("one", { type: "started", prompts: ["p1"] });
  await chat.write("look at b.ts");
  refuseOnce(chat.journal.jobs as { hold: unknown }, "hold");
  await chat.write("/stop");
  assertEquals(chat.worker.interrupts, 1);
});

Deno.test("edit: what the disk keeps from becoming a job runs with its new words", async () => {
  await using chat = await Chat.open("one");
  await chat.sessions.switch("one", { chat: 1 });
  const { transaction } = chat.journal;
  chat.journal.transaction = () => {
    throw FULL;
  };
  const written = await chat.write("look at a.ts");
  chat.journal.transaction = transaction;
  const edited_message = { ...written.message!, text: "look at b.ts", edit_date: 1 };
  chat.receive({ update_id: written.update_id + 100, edited_message } as never);
  await chat.idle();
  chat.router.retry();
  await chat.idle();
  assertEquals(chat.asked, ["look at b.ts"]);
});
