import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ADA, Bench } from "./harness.ts";

/** A program with a session, and a turn that streams for a while. */
async function streaming(bench: Bench): Promise<void> {
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("CHUNK:10 SLOW:100 LONG:3000");
  await bench.hears(/work · working/);
}

const lines = (bench: Bench) => bench.texts().filter((text) => text.startsWith("⏳"));

Deno.test("e2e: what is sent while a turn runs is shown as waiting, and goes as one prompt", async () => {
  await using bench = await Bench.make();
  await streaming(bench);
  for (const text of ["alpha", "beta", "gamma"]) bench.say(text);
  await bench.hears("⏳ Waiting (3 before it)");
  await bench.presses("⏹ Stop");
  const answer = await bench.hears(/ok #2/);
  assertStringIncludes(answer.text, "Answers also: “alpha”, “beta”");
  for (const word of ["alpha", "beta", "gamma"]) assertStringIncludes(answer.text, word);
  await bench.api.waitFor(() => lines(bench).length === 0, { what: "no waiting line" });
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: a waiting message can be changed, cancelled, and handed to the running turn", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("TOOL:bash:touch a;; TOOL:bash:touch b;; SAY:well");
  await bench.hears(/work asks/);
  bench.say("never mind");
  await bench.hears(
    "⏳ Claude waits for your tap above. Your words: “never mind” " +
      "If you tap nothing, Claude gets them after this turn.",
  );
  await bench.presses("Keep for after this turn");
  await bench.hears("⏳ Waiting (1 before it)");
  assertEquals(await bench.presses("Cancel"), "Cancelled");
  await bench.hears("✗ Cancelled");
  const note = bench.say("a note");
  await bench.hears(/Your words: “a note”/);
  await bench.presses("Keep for after this turn");
  await bench.hears("⏳ Waiting (1 before it)");
  bench.api.edit({ chat: ADA, messageId: note.message_id, text: "a better note" });
  await bench.hears("⏳ Waiting (1 before it) · changed");
  assertStringIncludes(await bench.presses("Send now"), "Handed over");
  await bench.presses("Allow once");
  await bench.hears(/work asks.*touch b/);
  await bench.presses("Allow once");
  const answer = await bench.hears(/well/);
  assertStringIncludes(answer.text, "Answers also:");
  assertEquals(answer.reply_to, note.message_id);
  const users = (await bench.recorded()).filter(({ event }) => event === "user");
  assert(!JSON.stringify(users).includes("never mind"));
  assert(JSON.stringify(users).includes("a better note"));
});

Deno.test("e2e: /stop holds back what waits and asks; Drop drops it", async () => {
  await using bench = await Bench.make();
  await streaming(bench);
  bench.say("alpha");
  bench.say("beta");
  await bench.hears("⏳ Waiting (2 before it)");
  bench.say("/stop");
  await bench.hears(/2 messages are waiting\. Run them or drop them\?/);
  await bench.hears(/⏹ Stopped\./);
  assertEquals(await bench.presses("Drop them"), "Dropped");
  await bench.hears("2 messages dropped.");
  bench.say("gamma");
  const answer = await bench.hears(/ok #2: gamma/);
  assert(!answer.text.includes("alpha"));
});

Deno.test("e2e: a stop may drop what waits in the same tap", async () => {
  await using bench = await Bench.make();
  await streaming(bench);
  bench.say("alpha");
  await bench.hears("⏳ Waiting (1 before it)");
  assertEquals(await bench.presses("⏹ Stop and drop 1 waiting"), "Stopping… 1 dropped");
  await bench.hears(/⏹ Stopped\./);
  await bench.hears("✗ Cancelled");
});

Deno.test("e2e: an edit of what has run is offered to run again", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  const asked = bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.api.edit({ chat: ADA, messageId: asked.message_id, text: "second" });
  await bench.hears(/has gone to Claude with its old words/);
  assertEquals(await bench.presses("Run again"), "Running again");
  await bench.hears(/ok #2: second/);
});

Deno.test("e2e: forwards with their comment, a pasted text and a quote arrive as one prompt each", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  const origin = { type: "hidden_user", sender_user_name: "Eve", date: 0 } as const;
  for (const text of ["one", "two"]) bench.api.send({ from: ADA, text, origin });
  bench.say("what is this?");
  const first = await bench.hears(/ok #1/);
  assertStringIncludes(first.text, "what is this?");
  assertStringIncludes(first.text, "Forwarded from Eve:");
  bench.api.paste({ from: ADA, text: "x".repeat(5_000) });
  await bench.hears(/ok #2/);
  bench.api.send({ from: ADA, text: "why?", replyTo: first.message_id });
  const third = await bench.hears(/ok #3/);
  assertStringIncludes(third.text, "You wrote:");
});

Deno.test("e2e: a process that does not react to a stop is told of at once, then ended", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("SILENT:1 LONG:400");
  await bench.hears(/work · /);
  await bench.presses("⏹ Stop");
  await bench.hears(/has not reacted for 5 s/);
  await bench.hears(/its process was ended/);
  bench.say("still there?");
  await bench.hears(/ok #\d: still there\?/);
});

Deno.test("e2e: after kill -9 with a steered message both are told, and neither runs again", async () => {
  await using bench = await Bench.make();
  await streaming(bench);
  bench.say("alpha");
  await bench.hears("⏳ Waiting (1 before it)");
  assertStringIncludes(await bench.presses("Send now"), "Handed over");
  await bench.end("SIGKILL");
  await bench.start();
  const told = () => bench.texts().filter((text) => text.startsWith("Interrupted by a restart"));
  await bench.api.waitFor(() => told().length === 2, { what: "both to be told" });
  bench.say("and now");
  await bench.hears(/ok #\d: and now/);
  assertEquals(told().length, 2);
  assert(!bench.texts().some((text) => /ok #\d: alpha/.test(text)));
});
