/** Every row of the outbox's tables, over HTTP, against a server that enforces Telegram's limits. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { type Journal, type NewDelivery, openJournal } from "../../lib/journal/mod.ts";
import { createCall } from "../../lib/telegram/api/calls.ts";
import { HttpClient } from "../../lib/telegram/api/http_client.ts";
import { MOST_SENDINGS, Outbox, REPEAT_MARK } from "../../lib/telegram/outbox/outbox.ts";
import { fakeClock } from "../fake_clock.ts";
import { aDelivery } from "../journal/fixture.ts";
import { type BotApi, type FaultAction, startBotApi } from "../sim/bot_api/mod.ts";
import { aPreview } from "./outbox_stage.ts";

const ADA = 1;

/** An outbox whose calls are real and whose time is not. */
class Stage implements AsyncDisposable {
  readonly clock = fakeClock(1_000_000_000_000);
  readonly journal: Journal = openJournal(":memory:");
  readonly client: HttpClient;
  outbox!: Outbox;
  api!: BotApi;

  constructor(deadlineMs: number) {
    this.client = new HttpClient(systemClock, deadlineMs);
  }

  /** A call that hangs is cut in real time. */
  static async open(deadlineMs = 30_000): Promise<Stage> {
    const stage = new Stage(deadlineMs);
    stage.api = await startBotApi({ now: () => stage.clock.now() });
    stage.api.addUser({ id: ADA, first_name: "Ada" });
    stage.restart();
    return stage;
  }

  /** As the program does after a crash: only the journal is left. */
  restart(): void {
    const call = createCall(this.api.token, this.api.url, this.client);
    this.outbox = new Outbox(this.journal, call, this.clock);
    this.outbox.start();
  }

  deliver(text: string, change: Partial<NewDelivery> = {}): number {
    const [id] = this.journal.deliveries.add([aDelivery(text, change)], this.clock.now());
    this.outbox.wake(change.chat ?? ADA);
    return id!;
  }

  /** The next calls of a method meet this. */
  next(action: FaultAction, times = 1, method = "sendMessage"): void {
    this.api.fault({ method, times, do: action });
  }

  /** Lets time pass in so many steps, and every call that falls due come to its end. */
  async pass(seconds = 0, steps = 4): Promise<void> {
    await this.outbox.flush();
    for (let step = 0; seconds > 0 && step < steps; step++) {
      await this.clock.advance(seconds * 1000 / steps);
      await this.outbox.flush();
    }
  }

  /** The same for times in which nothing falls due but at their end. */
  async leap(seconds: number): Promise<void> {
    await this.outbox.flush();
    await this.clock.advance(seconds * 1000);
    await this.outbox.flush();
  }

  get chat(): string[] {
    return this.api.messages(ADA).map(({ text }) => text);
  }

  sent(method = "sendMessage") {
    return this.api.calls.filter((call) => call.method === method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.outbox.close();
    assertEquals(this.api.violations, []);
    await this.api.close();
    this.journal.close();
    this.client[Symbol.dispose]();
  }
}

const says = (code: number, description: string, parameters?: object): FaultAction => ({
  status: code,
  body: { ok: false, error_code: code, description, ...(parameters && { parameters }) },
});
const LINE = "Telegram made me wait 3 h 36 min; here is what waited.";

Deno.test("outbox: 429 of 13,000 s: previews give way, answers keep their place across restarts, the chat is told", async () => {
  await using stage = await Stage.open();
  stage.next({ tooManyRequests: 13_000 });
  stage.deliver("a");
  stage.deliver("b");
  await stage.pass();
  stage.outbox.offer(ADA, aPreview("status"));
  await stage.leap(5_000);
  await stage.outbox.close();
  stage.restart();
  stage.deliver("c");
  await stage.leap(7_999);
  assertEquals([stage.chat, stage.sent().length], [[], 1]);
  await stage.leap(2);
  assertEquals(stage.chat, [LINE, "a", "b", "c"]);
  assertEquals(stage.sent("editMessageText").length, 0);
});

Deno.test("outbox: 429 again on the line that tells of it: one line, with the whole time", async () => {
  await using stage = await Stage.open();
  stage.next({ tooManyRequests: 12_000 });
  stage.deliver("a");
  await stage.pass();
  stage.next({ tooManyRequests: 1_000 });
  await stage.leap(12_000);
  await stage.leap(1_000);
  assertEquals(stage.chat, [LINE, "a"]);
});

Deno.test("outbox: 429 for less than a minute is not worth a word", async () => {
  await using stage = await Stage.open();
  stage.next({ tooManyRequests: 59 });
  stage.deliver("a");
  await stage.leap(59);
  assertEquals(stage.chat, ["a"]);
});

Deno.test("outbox: 429 for a preview alone is told too, and only once", async () => {
  await using stage = await Stage.open();
  stage.deliver("status");
  await stage.pass();
  stage.next({ tooManyRequests: 3_600 }, 1, "editMessageText");
  stage.outbox.offer(
    ADA,
    aPreview("x", {
      call: () => ({
        method: "editMessageText",
        payload: { chat_id: ADA, message_id: 1, text: "x" },
      }),
    }),
  );
  await stage.leap(3_600);
  stage.deliver("later");
  await stage.pass();
  assertEquals(stage.chat, ["status", "Telegram made me wait 1 h 00 min.", "later"]);
});

Deno.test("outbox: 429 closes one chat, not the others", async () => {
  await using stage = await Stage.open();
  stage.api.addUser({ id: 2, first_name: "Bob" });
  stage.next({ tooManyRequests: 600 });
  stage.deliver("a");
  await stage.pass();
  stage.deliver("b", { chat: 2 });
  await stage.pass();
  assertEquals([stage.chat, stage.api.messages(2).length], [[], 1]);
});

Deno.test("outbox: a server that enforces its limits gets everything, in order", async () => {
  const clock = fakeClock(1_000_000_000_000);
  await using api = await startBotApi({ floodLimits: true, now: () => clock.now() });
  api.addUser({ id: ADA, first_name: "Ada" });
  using journal = openJournal(":memory:");
  const outbox = new Outbox(journal, createCall(api.token, api.url), clock);
  const texts = Array.from({ length: 40 }, (_, n) => `piece ${n}`);
  journal.deliveries.add(texts.map((text) => aDelivery(text)), 0);
  outbox.wake(ADA);
  for (let second = 0; second < 200; second++) {
    await outbox.flush();
    await clock.advance(1_000);
  }
  await outbox.close();
  const chat = api.messages(ADA).map(({ text }) => text);
  assertEquals(chat.filter((text) => !text.startsWith("Telegram made me wait")), texts);
  assertEquals(api.violations, []);
});

for (
  const [what, action, chat] of [
    ["5xx", { status: 502 }, [`a${REPEAT_MARK}`]],
    ["reset before the request was read", "reset-before", [`a${REPEAT_MARK}`]],
    ["reset after it was executed", "reset-after", ["a", `a${REPEAT_MARK}`]],
    ["no answer at all", "hang", [`a${REPEAT_MARK}`]],
    ["half an answer", "stall", ["a", `a${REPEAT_MARK}`]],
    ["no JSON", { raw: "<html>" }, [`a${REPEAT_MARK}`]],
  ] as const
) {
  Deno.test(`outbox: unknown, ${what}: repeated once, marked, after a question that got an answer`, async () => {
    const hangs = action === "hang" || action === "stall";
    await using stage = await Stage.open(hangs ? 150 : 30_000);
    stage.next(action);
    stage.deliver("a");
    stage.deliver("b");
    await stage.pass(1);
    assertEquals(stage.chat, [...chat, "b"]);
    const methods = stage.api.calls.map(({ method }) => method);
    assertEquals(methods, ["sendMessage", "getMe", "sendMessage", "sendMessage"]);
  });
}

Deno.test("outbox: unknown, and a server that answers nothing: nothing is repeated into the void", async () => {
  await using stage = await Stage.open();
  const fault = stage.api.fault({ method: /./, do: { status: 502 } });
  stage.deliver("a");
  await stage.pass(300, 20);
  assertEquals(stage.sent().length, 1);
  fault.remove();
  await stage.pass(31);
  assertEquals(stage.chat, [`a${REPEAT_MARK}`]);
});

Deno.test("outbox: unknown again and again: so many sendings, then a line, and the next one goes", async () => {
  await using stage = await Stage.open();
  const stumbles = ({ text }: Record<string, unknown>) => String(text).startsWith("poison");
  stage.api.fault({ method: "sendMessage", when: stumbles, do: "reset-after" });
  const id = stage.deliver("poison for the server");
  stage.deliver("b");
  await stage.pass(10 * 3_600, 200);
  const poison = stage.chat.filter((text) => text.startsWith("poison"));
  assertEquals([poison.length, poison.filter((text) => text.endsWith(REPEAT_MARK)).length], [
    MOST_SENDINGS,
    MOST_SENDINGS - 1,
  ]);
  const rest = stage.chat.filter((text) => !text.startsWith("poison"));
  assertEquals(rest[0], "b");
  assertMatch(
    rest[1]!,
    /^⚠️ A message may be missing here, or stand here several times.*“poison for/,
  );
  assertEquals(stage.journal.deliveries.get(id)?.payload["text"], "poison for the server");
  assertEquals([rest.length, stage.journal.deliveries.chats()], [2, []]);
});

Deno.test("outbox: unknown for the line that gives up: it is not followed by another", async () => {
  await using stage = await Stage.open();
  stage.api.fault({ method: "sendMessage", do: { status: 500 } });
  stage.deliver("a");
  await stage.pass(20 * 3_600, 400);
  assertEquals([stage.chat, stage.sent().length], [[], 2 * MOST_SENDINGS]);
  assertEquals(stage.journal.deliveries.chats(), []);
});

const bold = [{ type: "bold", offset: 0, length: 1 }];
const SIMPLER = [
  ["Bad Request: can't parse entities: Entity URL 'x' is invalid", "entities"],
  ["Bad Request: ENTITIES_TOO_LONG", "entities"],
  ["Bad Request: message thread not found", "message_thread_id"],
  ["Bad Request: TOPIC_DELETED", "message_thread_id"],
  ["Bad Request: message to be replied not found", "reply_parameters"],
  ["Bad Request: reply message not found", "reply_parameters"],
] as const;

for (const [description, field] of SIMPLER) {
  Deno.test(`outbox: refused with '${description}': the same once more, without ${field}`, async () => {
    await using stage = await Stage.open();
    stage.api.fault({
      method: "sendMessage",
      when: (payload) => payload[field] !== undefined,
      do: says(400, description),
    });
    const extra = {
      entities: bold,
      message_thread_id: undefined as number | undefined,
      reply_parameters: { message_id: 1 },
    };
    if (field === "message_thread_id") extra.message_thread_id = 7;
    stage.api.send({ from: ADA, text: "question" });
    stage.deliver("a", { payload: { chat_id: ADA, text: "a", ...extra } });
    await stage.pass();
    const gone = field === "message_thread_id" ? ["↳ For a topic, which is gone:"] : [];
    assertEquals(stage.chat, ["question", ...gone, "a"]);
    const left = Object.keys(stage.sent().at(-1)!.payload);
    assertEquals(left.includes(field), false);
    assertEquals(left.includes("entities"), field !== "entities");
  });
}

Deno.test("outbox: refused without anything to leave out: it is kept, a line says so, and for that no other", async () => {
  await using stage = await Stage.open();
  stage.next(says(400, "Bad Request: can't parse entities"));
  stage.deliver("a");
  stage.deliver("b");
  await stage.pass();
  const kept = "⚠️ Telegram refuses a message of mine here (Bad Request: can't parse entities). " +
    "I keep it, and try again each hour.";
  assertEquals(stage.chat, ["b", kept]);
  await stage.pass(3);
  assertEquals(stage.chat, ["b", kept, "a"]);
  stage.next(says(400, "Bad Request: X"), 3); // It, and its line with its form and without.
  stage.deliver("c");
  await stage.pass();
  assertEquals(stage.chat.slice(3), []);
  await stage.pass(3);
  assertEquals([stage.chat.slice(3), stage.journal.deliveries.chats()], [["c"], []]);
});

const FAULTS = ["message is too long", "reply markup is too long", "BUTTON_DATA_INVALID"];

for (const description of FAULTS) {
  Deno.test(`outbox: refused with '${description}': it is never sent again, and a line says so`, async () => {
    await using stage = await Stage.open();
    stage.next(says(400, `Bad Request: ${description}`));
    stage.deliver("a");
    await stage.pass(3_600);
    assertEquals(stage.chat, [`⚠️ A part could not be sent: Bad Request: ${description}`]);
    assertEquals(stage.journal.deliveries.chats(), []);
  });
}

Deno.test("outbox: refused as a file: it arrives as text", async () => {
  await using stage = await Stage.open();
  stage.next(says(413, "Request Entity Too Large"), 1, "sendDocument");
  const payload = { chat_id: ADA, document: { name: "answer.md", text: "the whole" } };
  stage.deliver("a", { method: "sendDocument", payload });
  await stage.pass();
  assertMatch(stage.chat[0]!, /^answer\.md could not be sent as a file[\s\S]*the whole$/);
});

for (
  const [method, payload] of [
    ["editMessageText", { chat_id: ADA, message_id: 1, text: "a" }],
    ["deleteMessage", { chat_id: ADA, message_id: 77 }],
  ] as const
) {
  Deno.test(`outbox: refused ${method} that has nothing to do any more: it is done`, async () => {
    await using stage = await Stage.open();
    stage.deliver("a");
    stage.deliver("", { method, payload });
    await stage.pass();
    assertEquals(stage.sent(method)[0]?.status, 400);
    assertEquals([stage.chat, stage.journal.deliveries.chats()], [["a"], []]);
  });
}

Deno.test("outbox: refused with 403: it fails closed, and goes after all when the person is back", async () => {
  await using stage = await Stage.open();
  stage.api.block(ADA);
  stage.deliver("a");
  stage.deliver("b");
  stage.deliver("typing goes on", { priority: 1 });
  await stage.pass();
  await stage.leap(86_400);
  assertEquals([stage.sent().length, stage.journal.deliveries.chats()], [3, []]);
  stage.api.block(ADA, false);
  stage.outbox.heard(ADA);
  stage.deliver("c");
  await stage.pass();
  const line = "This chat was closed to me for a while; here is what came meanwhile.";
  assertEquals(stage.chat, [line, "a", "b", "c"]);
  stage.outbox.heard(ADA);
  await stage.pass();
  assertEquals(stage.chat.length, 4);
});

Deno.test("outbox: refused with 403 more than a week ago: it stays in the journal", async () => {
  await using stage = await Stage.open();
  stage.api.block(ADA);
  stage.deliver("a");
  await stage.leap(8 * 86_400);
  stage.api.block(ADA, false);
  stage.outbox.heard(ADA);
  await stage.pass();
  assertEquals(stage.chat, []);
});

Deno.test("outbox: refused for a chat that nobody ever opened: it fails, and is not brought up again", async () => {
  await using stage = await Stage.open();
  stage.deliver("a", { chat: 99 });
  await stage.pass();
  stage.outbox.heard(99);
  await stage.pass(60);
  assertEquals([stage.sent().length, stage.journal.deliveries.chats()], [1, []]);
});

Deno.test("outbox: moved: what waits for a group that became a supergroup goes there", async () => {
  await using stage = await Stage.open();
  const to = -1_001_234_567_890;
  stage.api.addGroup({ id: to, title: "Lab" });
  stage.next(
    says(400, "Bad Request: group chat was upgraded to a supergroup chat", {
      migrate_to_chat_id: to,
    }),
  );
  stage.deliver("a", { chat: -5 });
  stage.deliver("b", { chat: -5 });
  await stage.pass();
  await stage.pass();
  assertEquals(stage.api.messages(to).map(({ text }) => text), ["a", "b"]);
});

Deno.test("outbox: not reached: it waits as it was, with pauses that stop growing, and goes unmarked", async () => {
  const clock = fakeClock(0);
  using journal = openJournal(":memory:");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const outbox = new Outbox(journal, createCall("1:x", `http://127.0.0.1:${port}`), clock);
  journal.deliveries.add([aDelivery("a")], 0);
  outbox.wake(ADA);
  for (let second = 0; second < 120; second += 5) {
    await outbox.flush();
    await clock.advance(5_000);
  }
  await using api = await startBotApi({ port, token: "1:x" });
  api.addUser({ id: ADA, first_name: "Ada" });
  await clock.advance(31_000);
  await api.waitForMessage(ADA, "a");
  await outbox.close();
  assert(api.messages(ADA).length === 1);
});

Deno.test("outbox: a preview that nobody answers is not sent twice, an edit to keep is made again", async () => {
  await using stage = await Stage.open();
  stage.next("reset-after");
  stage.outbox.offer(
    ADA,
    aPreview("new", {
      keep: true,
      call: () => ({ method: "sendMessage", payload: { chat_id: ADA, text: "new" } }),
    }),
  );
  await stage.pass(2);
  stage.next("reset-before", 1, "editMessageText");
  const call = () => ({
    method: "editMessageText",
    payload: { chat_id: ADA, message_id: 1, text: "folded" },
  });
  stage.outbox.offer(ADA, aPreview("fold", { keep: true, call }));
  await stage.pass(5);
  assertEquals([stage.chat, stage.sent().length], [["folded"], 1]);
});
