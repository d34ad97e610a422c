/** Stop, queue and steering with the real Claude Code CLI. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, type Bench, buttons, until } from "../e2e/harness.ts";
import type { MessagesApi } from "../sim/messages_api/server.ts";
import { isClaude, realBench } from "./bench.ts";

async function inSession(bench: Bench): Promise<void> {
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
}

/** After whatever a test did: the same process answers, with the whole context. */
async function goesOn(bench: Bench, messages: MessagesApi, context: string): Promise<void> {
  const before = bench.marked().filter(isClaude).map(({ pid }) => pid);
  bench.say("and now");
  await bench.hears(/ok #\d+: and now/);
  assertEquals(bench.marked().filter(isClaude).map(({ pid }) => pid), before);
  const body = JSON.stringify(messages.requests.at(-1)?.["body"]);
  assert(body.includes(context), `the context has '${context}'`);
  assertEquals(bench.api.violations, []);
}

Deno.test("real: a stop while text streams keeps what was said, the process and the context", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("CHUNK:20 SLOW:100 LONG:3000");
  await bench.hears(/work · working[\s\S]*quick brown fox/);
  await bench.presses("⏹ Stop");
  assertMatch((await bench.hears(/⏹ Stopped\./)).text, /^The quick brown fox/);
  await goesOn(bench, real.messages, "quick brown fox");
});

Deno.test("real: a stop while a tool runs ends the tool, not the process", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("TOOL:bash:touch began; sleep 83;; SAY:never said");
  await bench.hears(/work asks/);
  await bench.presses("Allow once");
  const sleeps = () => bench.marked().some(({ command }) => command.includes("sleep 83"));
  await until(sleeps, 10_000);
  await bench.hears(/work · working/);
  await bench.presses("⏹ Stop");
  await bench.hears(/⏹ Stopped\./);
  await until(() => !sleeps());
  await goesOn(bench, real.messages, "touch began");
});

Deno.test("real: a stop while a request is open takes its buttons away", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("TOOL:bash:touch never;; SAY:never said");
  await bench.hears(/work asks/);
  bench.say("/stop");
  await bench.hears(/⏹ Stopped\./);
  await bench.api.waitFor(
    (api) => !api.messages(ADA).some((each) => buttons(each).includes("Allow once")),
    { what: "no request with buttons" },
  );
  await goesOn(bench, real.messages, "touch never");
});

Deno.test("real: a stop in a retry's pause ends it at once", async () => {
  await using real = await realBench({ claudeEnv: { CLAUDE_CODE_MAX_RETRIES: "6" } });
  const { bench } = real;
  await inSession(bench);
  bench.say("ERR:500");
  await bench.hears(/^work · [^]*trying again in/);
  const before = performance.now();
  bench.say("/stop");
  await bench.hears(/⏹ Stopped\./);
  assert(performance.now() - before < 3_000);
  await goesOn(bench, real.messages, "ERR:500");
});

Deno.test("real: a stop right behind a message stops that message", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("before");
  await bench.hears(/ok #1: before/);
  bench.say("SLOW:100 LONG:3000");
  bench.say("/stop");
  await bench.hears(/⏹ Stopped/);
  await goesOn(bench, real.messages, "before");
});

Deno.test("real: three waiting messages become one turn that answers all of them", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("CHUNK:20 SLOW:50 LONG:800");
  await bench.hears(/work · working/);
  for (const text of ["alpha", "beta", "gamma"]) bench.say(text);
  await bench.hears("⏳ Waiting (3 before it)");
  const answer = await bench.hears(/ok #2/);
  assertStringIncludes(answer.text, "Answers also: “alpha”, “beta”");
  await until(() => bench.texts().filter((text) => text.includes("ok #")).length === 1);
  await goesOn(bench, real.messages, "beta");
});

Deno.test("real: a steered message joins the running turn between two of its tools", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("TOOL:bash:touch one;; TOOL:bash:touch two");
  await bench.hears(/work asks[\s\S]*touch one/);
  bench.say("/steer look at b.ts");
  await bench.presses("Allow once");
  await bench.hears(/work asks[\s\S]*touch two/);
  await bench.presses("Allow once");
  const answer = await bench.hears(/done after 2 step/);
  assertStringIncludes(answer.text, "Answers also:");
  const bodies = real.messages.requests.map(({ body }) => JSON.stringify(body));
  const marked = String.raw`while you were working:\nlook at b.ts`;
  assert(bodies.some((body) => body.includes(marked)), "Claude knows that it came meanwhile");
  await goesOn(bench, real.messages, "look at b.ts");
});

Deno.test("real: a steered message that the turn does not take in is the next turn, once", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("CHUNK:20 SLOW:50 LONG:800");
  await bench.hears(/work · working/);
  bench.say("alpha");
  await bench.hears("⏳ Waiting (1 before it)");
  assertStringIncludes(await bench.presses("Send now"), "Handed over");
  await bench.hears(/ok #2: alpha/);
  // The status message may show the text for a moment longer.
  await until(() => bench.texts().filter((text) => text.includes("alpha")).length === 1);
  await goesOn(bench, real.messages, "alpha");
});

Deno.test("real: a stop takes back what was steered and not read", async () => {
  await using real = await realBench();
  const { bench } = real;
  await inSession(bench);
  bench.say("CHUNK:20 SLOW:100 LONG:3000");
  await bench.hears(/work · working/);
  bench.say("alpha");
  await bench.hears("⏳ Waiting (1 before it)");
  assertStringIncludes(await bench.presses("Send now"), "Handed over");
  bench.say("/stop");
  await bench.hears(/⏹ Stopped\./);
  await bench.hears(/Stopped before it began/);
  await goesOn(bench, real.messages, "quick brown fox");
});
