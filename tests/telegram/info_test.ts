import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FleetFullError } from "../../lib/claude/fleet.ts";
import type { TurnCost } from "../../lib/journal/mod.ts";
import { commandList } from "../../lib/telegram/features/info/commands.ts";
import { contextText } from "../../lib/telegram/features/info/context.ts";
import { startOfWeek } from "../../lib/telegram/features/info/usage.ts";
import { bar, tokens, when } from "../../lib/telegram/features/words.ts";
import { splitText } from "../../lib/telegram/text/split.ts";
import { ADA, BOB, Chat } from "./stage.ts";

const DAY = 86_400_000;

async function inLab(): Promise<Chat> {
  const chat = await Chat.open("lab");
  await chat.sessions.switch("lab", { chat: ADA });
  return chat;
}

const cost = (session: string, costUsd: number, model = "claude-opus-5-5"): TurnCost => ({
  ...{ session, costUsd, inputTokens: 1500, outputTokens: 20, durationMs: 1 },
  models: [{ model, costUsd, inputTokens: 1500, outputTokens: 20 }],
});

Deno.test("info: /usage sums the session, today and this week, by model", async () => {
  await using chat = await inLab();
  const { spending } = chat.journal;
  const now = chat.clock.now(); // A Friday.
  spending.add(cost("lab", 1), now);
  spending.add(cost("lab", 0.5, "claude-haiku-5-5"), now - 1.5 * DAY);
  spending.add(cost("den", 2), now);
  spending.add(cost("lab", 8), now - 20 * DAY);
  await chat.write("/usage");
  const said = chat.lastSaid;
  assertStringIncludes(said, "Session lab: $9.50 · 4.5k in, 60 out · 3 turns");
  assertStringIncludes(said, "Today: $3.00 · 3.0k in, 40 out · 2 turns");
  assertStringIncludes(said, "This week: $3.50");
  assertStringIncludes(said, "   claude-haiku-5-5: $0.50 · 1.5k in");
  assert(!/Budget|Subscription/.test(said));
});

Deno.test("info: /usage without a session or a turn says so", async () => {
  await using chat = await Chat.open();
  await chat.write("/usage");
  assertEquals(chat.lastSaid, "Today: nothing\n\nThis week: nothing");
});

Deno.test("info: /usage shows the budget and the subscription's windows with their reset", async () => {
  await using chat = await inLab();
  Object.assign(chat.context.rules, { budgetUsdPerDay: 4 });
  chat.journal.spending.add(cost("lab", 1), chat.clock.now());
  await chat.heard("lab", {
    type: "limits",
    windows: [
      { name: "five_hour", used: 0.95, resetsAt: chat.clock.now() + 60_000, state: "nearly" },
      { name: "seven_day", used: 1, resetsAt: chat.clock.now() + 3 * DAY, state: "reached" },
      { name: "odd_one", used: null, resetsAt: chat.clock.now() - 1, state: "allowed" },
    ],
  });
  await chat.write("/usage");
  assertStringIncludes(chat.lastSaid, `Budget today: $1.00 of $4\n${bar(0.25)}`);
  assertMatch(chat.lastSaid, /5 hours: 95 %, resets at \d\d:\d\d\n▓{14}░/);
  assertMatch(chat.lastSaid, /7 days: 100 %, reached, resets on Mon,? 23 Nov/);
  assertStringIncludes(chat.lastSaid, "odd one: reset since the last report");
});

Deno.test("info: /tasks lists what runs in all sessions, each with a Stop of its own", async () => {
  await using chat = await inLab();
  await chat.write("/tasks");
  assertEquals(chat.lastSaid, "No background task is running.");
  chat.claude.background = [
    { session: "lab", task: { id: "b1", description: "npm test" } },
    { session: "lab", task: { id: "b2", description: "x".repeat(300) } },
  ];
  await chat.write("/tasks");
  assertMatch(chat.lastSaid, /1\. lab: npm test\n2\. lab: x{200}$/);
  const [first, second] = chat.buttons;
  assertEquals(
    await chat.press(first!, { user: BOB, chat: ADA }),
    "These buttons are for who asked for them.",
  );
  assertEquals(await chat.press(second!), "Stopped");
  assertEquals(chat.claude.asked, ["stop lab b2"]);
  chat.claude.background = [];
  assertEquals(await chat.press(first!), "This task is not running any more.");
  assertEquals(chat.claude.asked.length, 1);
});

Deno.test("info: a task that cannot be stopped is told so, and may be tried again", async () => {
  await using chat = await inLab();
  chat.claude.background = [{ session: "lab", task: { id: "b1", description: "npm test" } }];
  chat.claude.obeys = false;
  await chat.write("/tasks");
  assertStringIncludes(await chat.press(chat.buttons[0]!), "Please try again.");
});

const USAGE = {
  model: "claude-opus-5-5",
  tokens: 250_000,
  maxTokens: 1_000_000,
  parts: [
    { name: "Messages", tokens: 240_000, kind: "used" as const },
    { name: "System prompt", tokens: 10_000, kind: "used" as const },
    { name: "Deferred", tokens: 5, kind: "deferred" as const },
    { name: "Free space", tokens: 750_000, kind: "free" as const },
    { name: "Skills", tokens: 0, kind: "used" as const },
  ],
};

Deno.test("info: /context shows a bar, then what takes most first", () => {
  const { text } = contextText("lab", USAGE);
  assertStringIncludes(
    text,
    `Context of lab · claude-opus-5-5\n${bar(0.25)}\n250k of 1.0M tokens, 25 %`,
  );
  assertStringIncludes(text, "• Messages: 240k\n• System prompt: 10.0k\n\n• Free space: 750k");
  assert(!/Skills|Deferred/.test(text));
});

Deno.test("info: /context starts a process where there is none, and says so", async () => {
  await using chat = await inLab();
  chat.claude.usage = USAGE;
  await chat.write("/context");
  assertEquals(chat.claude.asked, ["start lab"]);
  assertStringIncludes(chat.lastSaid, "Its process was started to say this.");
  await chat.write("/context");
  assert(!chat.lastSaid.includes("was started"));
  chat.claude.usage = null;
  await chat.write("/context");
  assertStringIncludes(chat.lastSaid, "did not say how full it is");
});

Deno.test("info: /context tells why no process could be started", async () => {
  await using chat = await inLab();
  chat.claude.startError = new FleetFullError(4);
  await chat.write("/context");
  assertEquals(chat.lastSaid, "All 4 Claude processes are busy.");
});

const command = (
  name: string,
  description = "Does it. And more that nobody reads.",
  hint = "",
) => ({
  name,
  description,
  hint,
});

Deno.test("info: /commands is one line for each, by name, with its first sentence", () => {
  const { text } = commandList("lab", {
    commands: [command("review", "Reviews a diff. Long words follow.", "[pr]"), command("compact")],
    models: [],
  });
  assertStringIncludes(text, "/compact – Does it.\n/review [pr] – Reviews a diff.\n");
});

Deno.test("info: a long list of commands folds, and fits in messages", () => {
  const commands = Array.from({ length: 200 }, (_, n) => command(`skill-${n}`, "😀".repeat(400)));
  const list = commandList("lab", { commands, models: [] });
  assert(list.entities.some(({ type }) => type === "expandable_blockquote"));
  assert(list.text.isWellFormed());
  const pieces = splitText(list);
  assert(pieces.every(({ text }) => text.length <= 4096));
  assertStringIncludes(pieces.at(-1)?.text ?? "", "/skill-99");
});

Deno.test("info: /commands asks the CLI of the session", async () => {
  await using chat = await inLab();
  await chat.write("/commands");
  assertEquals([chat.lastSaid, chat.claude.asked], ["Claude Code named no commands.", [
    "start lab",
  ]]);
  chat.claude.info = { commands: [command("compact")], models: [] };
  await chat.write("/commands");
  assertMatch(chat.lastSaid, /^Claude Code's own commands in lab:\n\/compact/);
});

Deno.test("info: words for numbers and times", () => {
  const counts = [0, 999, 1_000, 12_345, 99_960, 999_499, 999_500, 1_234_567];
  const words = ["0", "999", "1.0k", "12.3k", "100k", "999k", "1.0M", "1.2M"];
  assertEquals(counts.map(tokens), words);
  assertEquals([bar(0), bar(0.001), bar(7)].map((each) => each.indexOf("░")), [0, 1, -1]);
  const now = new Date(2026, 10, 20, 21, 5).getTime();
  assertEquals(when(now + 60_000, now), "at 21:06");
  assertMatch(when(now + DAY, now), /^on Sat,? 21 Nov at 21:05$/);
  assertEquals(new Date(startOfWeek(now)).toDateString(), "Mon Nov 16 2026");
  const monday = new Date(2026, 10, 16).getTime();
  assertEquals([startOfWeek(monday), startOfWeek(monday - 1)], [
    monday,
    new Date(2026, 10, 9).getTime(),
  ]);
});
