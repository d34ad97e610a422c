import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, Bench, buttons } from "./harness.ts";

const starts = async (bench: Bench) =>
  (await bench.recorded()).filter(({ event }) => event === "start").length;

Deno.test("e2e: settings are buttons without a word, and hold in the process that runs", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("/model");
  await bench.hears(/work · model: default/);
  const toast = await bench.presses("Haiku 5.5");
  assertEquals(toast, "work: Haiku 5.5");
  await bench.hears(/work · model: haiku \(claude-haiku-5-5\)\nAt once\./);
  for (const command of ["/effort low", "/mode acceptEdits", "/timeout 20"]) {
    bench.say(command);
    const [what, value] = command.slice(1).split(" ");
    await bench.hears(new RegExp(`work · ${what}: ${value}.*\\nAt once`));
  }
  bench.say("/model nonsense");
  await bench.hears(/There is no model 'nonsense'\. There are: default, opus, sonnet, haiku\./);
  bench.say("second");
  await bench.hears(/ok #2: second/);
  assertEquals(await starts(bench), 1);
  const path = `${bench.home}/sessions/work/metadata.json`;
  const { model, effort, permission_mode: mode, idle_timeout: idle } = JSON.parse(
    await Deno.readTextFile(path),
  );
  assertEquals([model, effort, mode, idle], ["haiku", "low", "acceptEdits", 1200]);
});

Deno.test("e2e: a persona comes with a new process, which has the whole conversation", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("/persona");
  await bench.hears(/work · persona: default/);
  await bench.presses("Planner");
  await bench.hears(/work · persona: planner\nFrom the next message on/);
  bench.say("second");
  await bench.hears(/ok #2: second/);
  assertEquals(await starts(bench), 2);
});

Deno.test("e2e: verbose shows tool calls and thoughts, normal hides them again", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("/verbose");
  await bench.hears(/work · output: verbose/);
  bench.say("TOOL:bash:echo visible;; THINK:40 SAY:that was it");
  const tool = await bench.hears(/🔧 Bash ✓\necho visible\nvisible/);
  assert(tool.disable_notification);
  await bench.hears(/💭 Thinking/);
  await bench.hears(/^that was it/);
  bench.say("/normal");
  await bench.hears(/work · output: normal/);
  bench.say("TOOL:bash:echo hidden;; SAY:over");
  await bench.hears(/^over/);
  assertEquals(bench.texts().filter((text) => /🔧 Bash/.test(text)).length, 1);
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: smart sends a long answer's head and the whole as a file, after a restart too", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("/smart");
  await bench.hears(/work · output: smart/);
  await bench.end("SIGTERM");
  await bench.start();
  bench.say("LONG:6000");
  const head = await bench.hears(/more characters; the whole is in work-answer\.md/);
  assert(head.text.length < 2_700);
  await bench.api.waitFor(
    (api) => api.calls.some(({ method }) => method === "sendDocument"),
    { what: "the file" },
  );
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: /clear keeps the new conversation over a restart", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("/clear");
  await bench.hears(/^\/clear: done/);
  await bench.end("SIGTERM");
  await bench.start();
  bench.say("second");
  await bench.hears(/ok #1: second/);
});

Deno.test("e2e: /clear outlives a kill right behind its answer", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("/clear");
  await bench.hears(/^\/clear: done/);
  await bench.end("SIGKILL");
  await bench.start();
  bench.say("second");
  await bench.hears(/ok #1: second/);
});

Deno.test("e2e: a background task is listed, stopped by its button, and a second tap does nothing", async () => {
  await using bench = await Bench.make({
    settings: { claude: { permission_mode: "acceptEdits" } },
  });
  await bench.start();
  bench.say("/new work");
  bench.say("TOOL:bashbg:sleep 97;; SAY:started it");
  await bench.hears(/work asks|started it/);
  if (!bench.texts().some((text) => /^started it/.test(text))) {
    await bench.presses("Allow once");
    await bench.hears(/^started it/);
  }
  bench.say("/tasks");
  const listed = await bench.hears(/Background tasks\n1\. work: /);
  const [stop = ""] = buttons(listed);
  assertMatch(stop, /^⏹ Stop 1: /);
  const data = listed.reply_markup?.inline_keyboard?.[0]?.[0];
  assertEquals(await bench.presses(stop), "Stopped");
  await bench.hears(/⏹ work: stopped '/);
  assert(data !== undefined);
  bench.say("/tasks");
  await bench.hears(/No background task is running/);
});

Deno.test("e2e: a used up budget asks, runs on a tap, and drops on the other", async () => {
  await using bench = await Bench.make({ settings: { claude: { budget_usd_per_day: 0.000001 } } });
  await bench.start();
  bench.say("/new work");
  bench.say("first");
  await bench.hears(/ok #1: first/);
  await bench.hears(/💰 Today's budget of \$0\.000001 is used up/);
  bench.say("second");
  const asked = await bench.hears(/Run it anyway\?/);
  assertEquals(buttons(asked), ["Run it", "Not today"]);
  await bench.end("SIGTERM");
  await bench.start();
  assertEquals(await bench.presses("Run it"), "It runs");
  await bench.hears(/ok #2: second/);
  await bench.hears(/Over today's budget, and run anyway/);
  bench.say("third");
  await bench.api.waitFor(
    (api) => api.messages(ADA).some((message) => buttons(message).includes("Not today")),
    { what: "the second question" },
  );
  assertEquals(await bench.presses("Not today"), "Not today");
  await bench.hears(/Not run: today's budget is used up/);
  bench.say("/usage");
  const usage = await bench.hears(/Session work/);
  assertMatch(usage.text, /2 turns/);
  assertStringIncludes(usage.text, "Budget today");
  assert(!bench.texts().some((text) => /ok #3/.test(text)));
});

Deno.test("e2e: /context and /commands ask the CLI", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("/context");
  await bench.hears(/Context of work[\s\S]*tokens[\s\S]*• System tools: /);
  bench.say("/commands");
  await bench.hears(/Claude Code's own commands in work[\s\S]*\/compact/);
  bench.say("/compact");
  await bench.hears(/^\/compact: done/);
});

Deno.test("e2e: settings that are changed while the process starts hold for its first prompt", async () => {
  await using bench = await Bench.make({ claudeEnv: { SIM_CLAUDE_START_DELAY_MS: "1500" } });
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  for (
    const [command, words] of [
      ["/mode plan", /work · mode: plan\nAt once: its process is starting/],
      ["/model haiku", /work · model: haiku\nAt once: its process is starting/],
      ["/effort low", /work · effort: low\nAt once: its process is starting/],
      ["/persona planner", /work · persona: planner\nAt once: its process is starting/],
    ] as const
  ) {
    bench.say(command);
    await bench.hears(words);
  }
  bench.say("hello");
  await bench.hears(/ok #1: hello/);
  const records = (await bench.recorded()).filter(({ event }) => event === "start");
  const args = records.map((record) => JSON.stringify(record));
  for (const word of ['"plan"', '"haiku"', '"low"', "steps"]) {
    assertStringIncludes(args.at(-1)!, word);
  }
  assertEquals(args.length <= 3, true, `${args.length} starts`);
});
