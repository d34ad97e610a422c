import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import type { Turn, TurnView } from "../../lib/conversation/mod.ts";
import { EMPTY_VIEW } from "../../lib/conversation/view.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { Outbox } from "../../lib/telegram/outbox/outbox.ts";
import { StatusPresenter, type Stream } from "../../lib/telegram/views/status.ts";
import { fakeClock } from "../fake_clock.ts";
import { FakeTelegram, refused } from "./fake_call.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const WORKING: TurnView = { ...EMPTY_VIEW, phase: "working", model: "claude-opus-5-5" };

function stage(stream: Stream) {
  const clock = fakeClock(START);
  const telegram = new FakeTelegram(() => clock.now());
  const journal = openJournal(":memory:");
  const outbox = new Outbox(journal, telegram.call, clock);
  const personaOf = (session: string) => Promise.resolve(session === "lab" ? "homelab" : "planner");
  const presenter = new StatusPresenter(outbox, journal, clock, { stream, personaOf });
  return {
    clock,
    telegram,
    presenter,
    async [Symbol.asyncDispose]() {
      presenter.close();
      await outbox.close();
      journal.close();
    },
  };
}

const aTurn = (change: Partial<Turn> = {}): Turn => ({
  id: "t1",
  session: "lab",
  place: { chat: 1 },
  user: 1,
  replyTo: 11,
  also: [],
  asked: true,
  away: false,
  startedAt: START,
  ...change,
});

Deno.test("draft: in a private chat the turn is Telegram's own draft, with its stop button", async () => {
  await using it = stage("draft");
  it.presenter.show(aTurn(), { ...WORKING, draft: "so far" });
  await it.clock.advance(1_000);
  const [draft] = it.telegram.of("sendMessageDraft");
  assertEquals([draft?.payload["chat_id"], draft?.payload["can_stop"]], [1, true]);
  assertMatch(String(draft?.payload["text"]), /so far$/);
  assertEquals(it.telegram.of("sendMessage"), []);
  assertEquals(it.presenter.turnOfDraft(1, Number(draft?.payload["draft_id"]))?.id, "t1");
  assertEquals(it.presenter.turnOfDraft(2, Number(draft?.payload["draft_id"])), undefined);
});

Deno.test("draft: it is renewed before Telegram forgets it, and changes at most every second", async () => {
  await using it = stage("draft");
  it.presenter.show(aTurn(), WORKING);
  await it.clock.advance(120_000);
  const times = it.telegram.of("sendMessageDraft").map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  assertEquals(gaps.filter((gap) => gap < 1_000 || gap > 25_000), []);
});

Deno.test("draft: its steps follow the answer in silence, since a draft leaves nothing", async () => {
  await using it = stage("draft");
  const view = { ...WORKING, steps: [{ id: "1", summary: "Running ls", state: "done" as const }] };
  it.presenter.show(aTurn(), view);
  await it.clock.advance(2_000);
  it.presenter.ended(aTurn(), { ...view, phase: "done" });
  await it.clock.advance(1);
  const [left] = it.telegram.of("sendMessage");
  assertEquals(left?.payload["disable_notification"], true);
  assertMatch(String(left?.payload["text"]), /1 step[\s\S]*✓ Running ls/);
});

Deno.test("draft: where Telegram refuses it, an edited message takes over", async () => {
  await using it = stage("draft");
  it.telegram.nextOf.set("sendMessageDraft", [refused(400, "DRAFT_BAD")]);
  it.presenter.show(aTurn(), WORKING);
  await it.clock.advance(20_000);
  assertEquals(it.telegram.of("sendMessageDraft").length, 1);
  assertEquals(it.telegram.of("sendMessage").length, 1);
});

Deno.test("draft: a group has no drafts, and 'off' shows nothing but typing", async () => {
  await using group = stage("draft");
  group.presenter.show(aTurn({ place: { chat: -5 } }), WORKING);
  await group.clock.advance(2_000);
  assertEquals(group.telegram.of("sendMessageDraft").length, 0);
  assertEquals(group.telegram.of("sendMessage").length, 1);
  await using off = stage("off");
  off.presenter.show(aTurn(), WORKING);
  await off.clock.advance(20_000);
  assertEquals([...new Set(off.telegram.made.map(({ method }) => method))], ["sendChatAction"]);
});

Deno.test("status: session, persona and model are named once per change, not every time", async () => {
  await using it = stage("edit");
  const heads: string[] = [];
  const show = async (id: string, session: string, model: string) => {
    const turn = aTurn({ id, session, startedAt: it.clock.now() });
    it.presenter.show(turn, { ...WORKING, model });
    await it.clock.advance(1_500);
    it.presenter.ended(turn, { ...WORKING, phase: "done" });
    await it.clock.advance(10);
    heads.push(String(it.telegram.of("sendMessage").at(-1)?.payload["text"]));
  };
  await show("1", "lab", "claude-opus-5-5");
  await show("2", "lab", "claude-opus-5-5");
  await show("3", "lab", "claude-haiku-4-5");
  await show("4", "plan", "claude-haiku-4-5");
  assertMatch(heads[0]!, /^lab · working · 1 s\nhomelab · opus-5-5$/);
  assertNotMatch(heads[1]!, /homelab|opus/);
  assertMatch(heads[2]!, /homelab · haiku-4-5/);
  assertMatch(heads[3]!, /^plan · working · 1 s\nplanner · haiku-4-5$/);
});
