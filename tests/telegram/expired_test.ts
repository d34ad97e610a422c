import { assertEquals, assertMatch } from "@std/assert";
import type { JournalUpdate } from "../../lib/journal/mod.ts";
import { encode } from "../../lib/telegram/buttons.ts";
import { COMMANDS } from "../../lib/telegram/features/commands.ts";
import { Urgent } from "../../lib/telegram/inbox/urgent.ts";
import { asks, started } from "../conversation/stage.ts";
import { until } from "../fake_clock.ts";
import { ADA, BOB, Chat, STRANGER } from "./stage.ts";

/** Puts an update into the journal as a program that died right after it left it. */
function left(chat: Chat, kind: JournalUpdate["kind"], payload: { update_id: number }): void {
  const { update_id: id } = payload;
  const place = { chat: ADA };
  chat.journal.updates.record({ id, kind, place, user: ADA, payload, receivedAt: id });
}

/** What a start makes of each command of ours that a crash cut off. */
const CUT_OFF: Readonly<Record<string, "again" | "told">> = {
  new: "told",
  session: "again",
  sessions: "again",
  model: "again",
  mode: "again",
  effort: "again",
  persona: "again",
  timeout: "again",
  verbose: "again",
  smart: "again",
  normal: "again",
  pbs: "again",
  backups: "again",
  pve: "again",
  beszel: "again",
  kuma: "again",
  ping: "again",
  status: "again",
  usage: "again",
  context: "again",
  tasks: "again",
  commands: "again",
  archive: "again", // It only asks; the button archives.
  archives: "again",
  restore: "told",
  rename: "told",
  allowed: "again",
  trust: "again",
  repair: "again",
  help: "again",
  start: "again",
  watch: "told",
  watches: "again",
};

Deno.test("expired: each command that was cut off runs again only where that changes nothing", () => {
  for (const { name, repeatable } of COMMANDS) {
    assertEquals(repeatable ? "again" : "told", CUT_OFF[name] ?? "undecided", `/${name}`);
  }
});

Deno.test("expired: a command that may be half done is told, once, and does not run", async () => {
  await using chat = await Chat.open();
  left(chat, "command", chat.anUpdate("/new den"));
  chat.router.replay();
  await chat.idle();
  assertMatch(chat.lastSaid, /interrupted in the middle of \/new. Please send it again/);
  assertEquals(await chat.sessions.exists("den"), false);
  chat.router.replay();
  await chat.idle();
  assertEquals(chat.said.length, 1);
});

Deno.test("expired: a stop is for the turn that died with it", async () => {
  await using chat = await Chat.open("den");
  await chat.sessions.switch("den", { chat: ADA });
  left(chat, "stop", chat.anUpdate("/stop"));
  await chat.write("hello");
  await chat.heard("den", started("p1"));
  chat.router.replay();
  await chat.idle();
  assertEquals(chat.worker.interrupts, 0);
  assertEquals(chat.journal.updates.unrouted(), []);
});

const PRESSES = [
  [encode({ do: "turn.stop", turn: "p1" }), 0],
  [encode({ do: "turn.again", job: 1 }), 0],
  [encode({ do: "session.switch", session: "den" }), 0],
  [
    encode({ do: "archive.make", session: "den", made: "1" }),
    /middle of putting den away.*\/sessions/,
  ],
  [
    encode({ do: "archive.restore", archive: "0123456789abcdef01234567" }),
    /middle of bringing a session back.*\/archives/,
  ],
] as const;

Deno.test("expired: a press does nothing; a long work that it began is told", async () => {
  for (const [data, told] of PRESSES) {
    await using chat = await Chat.open("den");
    left(chat, "press", chat.aPress(data));
    chat.router.replay();
    await chat.idle();
    assertEquals(chat.said.length, told === 0 ? 0 : 1, data);
    if (told !== 0) assertMatch(chat.lastSaid, told);
    assertEquals(await chat.sessions.active({ chat: ADA }), null);
    assertEquals(chat.journal.updates.unrouted(), []);
  }
});

Deno.test("expired: what a full disk kept from being served, and told, is served with room", async () => {
  await using chat = await Chat.open();
  const { transaction } = chat.journal;
  let full = true;
  const journal = Object.assign(chat.journal, {
    transaction: <T>(change: () => T): T => {
      if (full) throw new Error("database or disk is full");
      return transaction(change);
    },
  });
  await chat.write("/help");
  assertEquals(chat.said, []);
  chat.router.retry(); // Still full: it stays.
  await chat.idle();
  full = false;
  chat.router.retry();
  await chat.idle();
  assertEquals(chat.said.length, 1);
  assertEquals(journal.updates.unrouted(), []);
  chat.router.retry();
  await chat.idle();
  assertEquals(chat.said.length, 1);
});

/** A running turn of Ada's in `den`, and what serves stops without a journal. */
async function running(chat: Chat): Promise<Urgent> {
  await chat.sessions.switch("den", { chat: ADA });
  await chat.write("hello");
  await chat.heard("den", started("p1"), asks("r1"));
  return new Urgent(chat.context, new Set([ADA, BOB]));
}

Deno.test("urgent: a stop behind what cannot be journaled is served, once", async () => {
  await using chat = await Chat.open("den");
  const urgent = await running(chat);
  const batch = [chat.anUpdate("to be kept"), chat.anUpdate("/stop")];
  for (let poll = 0; poll < 3; poll++) {
    urgent.serve(batch, "board_bot");
    await chat.idle();
  }
  await until(() => chat.worker.interrupts > 0);
  assertEquals(chat.worker.interrupts, 1);
  assertEquals(batch.map(({ update_id: id }) => urgent.has(id)), [false, true]);
});

Deno.test("urgent: so is the button of the running turn; no other press, no old turn, no stranger", async () => {
  await using chat = await Chat.open("den");
  const urgent = await running(chat);
  const press = (data: string) => chat.aPress(data);
  urgent.serve([
    press(encode({ do: "turn.stop", turn: "another" })),
    press(encode({ do: "session.switch", session: "den" })),
    chat.anUpdate("/stop", { user: STRANGER, chat: ADA }),
    chat.anUpdate("/stop now please", { user: BOB }), // Bob has no session.
    chat.anUpdate("stop"),
    chat.anUpdate("/stop@another_bot"),
  ], "board_bot");
  await chat.idle();
  assertEquals(chat.worker.interrupts, 0);
  urgent.serve([press(encode({ do: "turn.stop", turn: "p1" }))], "board_bot");
  await until(() => chat.worker.interrupts > 0);
});
