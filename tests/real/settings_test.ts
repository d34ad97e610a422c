/** Settings, cost, context and background tasks with the real Claude Code CLI. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { DatabaseSync } from "node:sqlite";
import { ADA, type Bench, buttons, until } from "../e2e/harness.ts";
import type { MessagesApi } from "../sim/messages_api/server.ts";
import { isClaude, realBench } from "./bench.ts";

/** What the newest model call carried. */
function lastCall({ requests }: MessagesApi): Record<string, unknown> {
  const calls = requests.filter(({ path }) => path === "/v1/messages");
  return calls.at(-1)?.["body"] as Record<string, unknown>;
}

const effortOf = (call: Record<string, unknown>) =>
  (call["output_config"] as { effort?: string } | undefined)?.effort;

const pids = (bench: Bench) => bench.marked().filter(isClaude).map(({ pid }) => pid);

const metadata = (bench: Bench, session: string) =>
  JSON.parse(Deno.readTextFileSync(`${bench.home}/sessions/${session}/metadata.json`));

/** A question of the journal, read while the program runs. */
function ask(bench: Bench, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(`${bench.home}/state/journal.db`, { readOnly: true });
  try {
    return db.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    db.close();
  }
}

Deno.test("real: model, effort and mode change in the running process", async () => {
  await using real = await realBench();
  const { bench, messages } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  const before = pids(bench);
  bench.say("/model");
  const asked = await bench.hears(/work · model: default/);
  const haiku = buttons(asked).find((label) => /haiku/i.test(label)) ?? "";
  await bench.presses(haiku);
  await bench.hears(/work · model: haiku \(claude-haiku[^)]*\)\nAt once\./);
  bench.say("/effort low");
  await bench.hears(/work · effort: low\nAt once\./);
  bench.say("second");
  await bench.hears(/ok #2: second/);
  assertMatch(String(lastCall(messages)["model"]), /haiku/);
  assertEquals(effortOf(lastCall(messages)), "low");
  bench.say("/mode acceptEdits");
  await bench.hears(/work · mode: acceptEdits\nAt once\./);
  bench.say("TOOL:write:made.txt=hello;; SAY:written unasked");
  await bench.hears(/written unasked/);
  assertEquals(await Deno.readTextFile(`${bench.home}/sessions/work/made.txt`), "hello");
  assertEquals(pids(bench), before);
  bench.say("/model nonsense-9");
  await bench.hears(/There is no model 'nonsense-9'\. There are: default,/);
  bench.say("still there?");
  await bench.hears(/ok #4: still there/);
});

Deno.test("real: what was chosen holds for the next process too, and default takes it back", async () => {
  await using real = await realBench();
  const { bench, messages } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  const usual = lastCall(messages)["model"];
  for (
    const [command, told] of [["/model haiku", /model: haiku/], ["/effort low", /effort: low/]]
  ) {
    bench.say(String(command));
    await bench.hears(told!);
  }
  bench.say("/persona planner");
  await bench.hears(/persona: planner\nFrom the next message on: its process was closed/);
  bench.say("second");
  await bench.hears(/ok #2: second/);
  assertMatch(String(lastCall(messages)["model"]), /haiku/);
  assertEquals(effortOf(lastCall(messages)), "low");
  assertMatch(JSON.stringify(lastCall(messages)["system"]), /[Pp]lan/);
  bench.say("/model default");
  await bench.hears(/work · model: default \(.*\)\nAt once/);
  bench.say("third");
  await bench.hears(/ok #3: third/);
  assertEquals(lastCall(messages)["model"], usual);
});

Deno.test("real: /clear begins a new conversation, which a restart takes up", async () => {
  await using real = await realBench();
  const { bench, messages } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("remember the mango");
  await bench.hears(/ok #1: remember the mango/);
  const before = metadata(bench, "work").claude_session_id;
  bench.say("/clear");
  await bench.hears(/^\/clear: done\. The conversation begins anew/);
  await until(() => metadata(bench, "work").claude_session_id !== before);
  const { claude_session_id: after, claude_session_ids: all } = metadata(bench, "work");
  assertEquals(all, [before, after]);
  assertEquals((await bench.end("SIGTERM")).code, 0);
  await bench.start();
  bench.say("who are you?");
  await bench.hears(/ok #1: who are you\?/);
  assert(!JSON.stringify(lastCall(messages)).includes("mango"));
  bench.say("and now");
  await bench.hears(/ok #2: and now/);
  assertEquals(metadata(bench, "work").claude_session_id, after);
});

Deno.test("real: /compact goes through, and the session goes on with its summary", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("/compact");
  await bench.hears(/^\/compact: done\./);
  bench.say("SAY:still here");
  await bench.hears(/^still here/);
});

const BACKGROUND =
  "TOOL:bashbg:python3 -c 'import time; time.sleep(2); print(42)';; SAY:started it";

Deno.test("real: a background task is listed with Stop, and stopped it reports nothing", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say(BACKGROUND.replace("sleep(2)", "sleep(95)"));
  await bench.hears(/work asks/);
  await bench.presses("Allow once");
  await bench.hears(/started it/);
  bench.say("/tasks");
  const listed = await bench.hears(/Background tasks\n1\. work: /);
  const [stop] = buttons(listed);
  const sleeps = () => bench.marked().some(({ command }) => command.includes("sleep(95)"));
  assert(sleeps());
  assertEquals(await bench.presses(stop!), "Stopped");
  await bench.hears(/⏹ work: stopped '/);
  await until(() => !sleeps());
  assertEquals(bench.texts().filter((text) => / reports/.test(text)), []);
  bench.say("/tasks");
  await bench.hears(/No background task is running/);
  bench.say("and now");
  await bench.hears(/ok #2: and now/);
});

Deno.test("real: a task that reports is named, and its turn counts in /usage", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say(BACKGROUND);
  await bench.hears(/work asks/);
  await bench.presses("Allow once");
  await bench.hears(/work: background task '.+' reports\n\n/);
  bench.say("/usage");
  const usage = await bench.hears(/Session work: \$/);
  assertMatch(usage.text, /Session work: \$[\d.]+ · .* · 2 turns/);
});

Deno.test("real: what /usage says is what the API billed, over turns, models and a restart", async () => {
  await using real = await realBench();
  const { bench, messages } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("USAGE:1000,200 SAY:one");
  await bench.hears(/^one/);
  bench.say("/model haiku");
  await bench.hears(/model: haiku/);
  bench.say("USAGE:3000,400 SAY:two");
  await bench.hears(/^two/);
  await bench.end("SIGTERM");
  await bench.start();
  bench.say("USAGE:5000,600 SAY:three");
  await bench.hears(/^three/);
  const [row] = ask(bench, "SELECT sum(input_tokens) AS i, sum(output_tokens) AS o FROM usage");
  assertEquals({ ...row }, { i: 9000, o: 1200 });
  const [total] = ask(bench, "SELECT sum(cost_usd) AS cost FROM usage");
  const billed = ask(
    bench,
    "SELECT model, sum(input_tokens) AS i, sum(cost_usd) AS cost FROM usage_models GROUP BY model",
  );
  assertEquals(billed.length, 2);
  // $4 / $20 and $0.10 / $0.50 for a million tokens: what this version of the CLI reckons with.
  const expected = (1000 * 4 + 200 * 20 + 8000 * 0.1 + 1000 * 0.5) / 1e6;
  assertEquals(Number(total?.["cost"]).toFixed(6), expected.toFixed(6));
  bench.say("/usage");
  const said = await bench.hears(/Session work/);
  assertStringIncludes(
    said.text,
    `Session work: $${expected.toFixed(4)} · 9.0k in, 1.2k out · 3 turns`,
  );
  assert(messages.requests.length >= 3);
});

Deno.test("real: /context shows the bar and what takes how much, without a model call", async () => {
  await using real = await realBench();
  const { bench, messages } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  const calls = messages.requests.length;
  bench.say("/context");
  const shown = await bench.hears(/Context of work/);
  assertMatch(shown.text, /[▓░]{15}\n[\d.]+k of [\d.]+[kM] tokens/);
  assertStringIncludes(shown.text, "System prompt: ");
  const paid = messages.requests.slice(calls).filter(({ path }) => path === "/v1/messages");
  assertEquals(paid, []);
});

Deno.test("real: /commands lists those of the CLI", async () => {
  await using real = await realBench();
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("/commands");
  const listed = await bench.hears(/Claude Code's own commands in work/);
  assertMatch(listed.text, /\/compact/);
  assert(bench.api.messages(ADA).every(({ text }) => text.length <= 4096));
});

Deno.test("real: bypass is warned of, then asks nothing, and can be left in the running process", async () => {
  await using real = await realBench({
    settings: { claude: { allow_bypass: true } },
    claudeEnv: { IS_SANDBOX: "1" },
  });
  const { bench } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("/mode bypassPermissions");
  await bench.hears(/⚠️ Bypass in work/);
  assertEquals(metadata(bench, "work").permission_mode, null);
  await bench.presses("Yes, do everything without asking");
  await bench.hears(/work · mode: bypassPermissions\nFrom the next message on/);
  bench.say("TOOL:bash:touch unasked.txt;; SAY:done unasked");
  await bench.hears(/done unasked/);
  assert((await Deno.stat(`${bench.home}/sessions/work/unasked.txt`)).isFile);
  bench.say("/mode default");
  await bench.hears(/work · mode: default\nAt once/);
  bench.say("TOOL:bash:touch asked.txt;; SAY:understood");
  await bench.hears(/work asks/);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("real: a mode and a model chosen while the process starts hold for its first prompt", async () => {
  await using real = await realBench({ settings: { claude: { permission_mode: "acceptEdits" } } });
  const { bench, messages } = real;
  await bench.start();
  bench.say("/new work");
  bench.say("/mode default");
  bench.say("/model haiku");
  bench.say("TOOL:write:unasked.txt=hello;; SAY:written");
  await bench.hears(/work · mode: default\nAt once: its process is starting/);
  await bench.hears(/work asks/);
  assertMatch(String(lastCall(messages)["model"]), /haiku/);
  assertEquals(
    [...Deno.readDirSync(`${bench.home}/sessions/work`)].map(({ name }) => name).sort(),
    [
      ...["files", "metadata.json", "persona.json"],
    ],
  );
});

for (
  const [from, ms] of [["acceptEdits", 60], ["bypassPermissions", 100], ["plan", 150]] as const
) {
  Deno.test(`real: ${from} that is left ${ms} ms behind a message is left for its first tool`, async () => {
    await using real = await realBench({
      settings: { claude: { allow_bypass: true, permission_mode: from } },
      claudeEnv: { IS_SANDBOX: "1" },
    });
    const { bench } = real;
    await bench.start();
    bench.say("/new work");
    await bench.hears(/Made work/);
    await until(() => pids(bench).length === 1, 20_000);
    await bench.end("SIGTERM"); // The next message starts a process.
    await bench.start();
    bench.say("TOOL:bash:touch unasked.txt;; SAY:done");
    await pause(ms);
    bench.say("/mode default");
    await bench.hears(/work · mode: default/);
    await bench.hears(/work asks/);
    assert(!await exists(`${bench.home}/sessions/work/unasked.txt`));
    await bench.presses("Deny");
  });
}
