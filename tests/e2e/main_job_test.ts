import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, Bench, buttons } from "./harness.ts";

Deno.test("e2e: a first message is kept until a session is chosen, then it runs", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("hello there");
  await bench.hears(/Your message is kept/);
  assertEquals(await bench.presses("New session: default"), "Now in default");
  const answer = await bench.hears(/ok #1: hello there/);
  assertEquals(answer.reply_to, 1);
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: the second turn of a session starts no new process and keeps the context", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("second");
  await bench.hears(/ok #2: second/);
  const starts = (await bench.recorded()).filter(({ event }) => event === "start");
  assertEquals(starts.length, 1);
});

Deno.test("e2e: sessions keep their processes and contexts while one switches between them", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new test brainstorm");
  await bench.hears(/Made test\. Now in test · brainstorm/);
  bench.say("one");
  await bench.hears(/ok #1: one/);
  bench.say("/new second");
  await bench.hears(/Made second/);
  bench.say("two");
  await bench.hears(/ok #1: two/);
  bench.say("/session test");
  await bench.hears(/Now in test · brainstorm \(before: second\)/);
  bench.say("three");
  await bench.hears(/ok #2: three/);
  assertEquals(bench.claudes().length, 2);
});

Deno.test("e2e: a process that was closed for another answers with its old context", async () => {
  await using bench = await Bench.make({ settings: { claude: { max_processes: 1 } } });
  await bench.start();
  bench.say("/new a");
  await bench.hears(/Made a/);
  bench.say("first");
  await bench.hears(/ok #1: first/);
  bench.say("/new b");
  await bench.hears(/Made b/);
  bench.say("other");
  await bench.hears(/ok #1: other/);
  bench.say("/session a");
  bench.say("again");
  await bench.hears(/ok #2: again/);
});

Deno.test("e2e: a tool waits for the tap on Allow, and Deny is told to Claude", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("TOOL:bash:touch allowed.txt;; SAY:went well");
  await bench.hears(/work asks: Running touch allowed\.txt/);
  assertEquals(await bench.presses("Allow once"), "Allowed");
  await bench.hears(/went well/);
  await bench.hears(/Running touch allowed\.txt: ✓ allowed/);
  assert((await Deno.stat(`${bench.home}/sessions/work/allowed.txt`)).isFile);
  bench.say("TOOL:bash:touch denied.txt;; SAY:understood");
  await bench.hears(/work asks: Running touch denied\.txt/);
  assertEquals(await bench.presses("Deny"), "Denied");
  await bench.hears(/understood/);
  const files = [...Deno.readDirSync(`${bench.home}/sessions/work`)].map(({ name }) => name);
  assert(!files.includes("denied.txt"));
});

Deno.test("e2e: a long turn shows one silent status message, and Stop keeps process and context", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("CHUNK:10 SLOW:100 LONG:4000");
  const status = await bench.hears(/work · working/);
  assert(status.disable_notification, "a status message does not notify");
  assertEquals(await bench.presses("⏹ Stop"), "Stopping…");
  const stopped = await bench.hears(/⏹ Stopped\./);
  assertStringIncludes(stopped.text, "The quick brown fox");
  bench.say("and now");
  await bench.hears(/ok #2: and now/);
  await bench.api.waitFor(
    (api) => !api.messages(ADA).some((message) => buttons(message).includes("⏹ Stop")),
    { what: "no status message to be left" },
  );
  const starts = (await bench.recorded()).filter(({ event }) => event === "start");
  assertEquals(starts.length, 1);
});

Deno.test("e2e: a crash of claude is told with its last words, and the next message resumes", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("remember this");
  await bench.hears(/ok #1: remember this/);
  bench.say("CRASH:3");
  const told = await bench.hears(/ended in the middle of this turn/);
  assertStringIncludes(told.text, "Its last words");
  assertEquals(buttons(told), ["Continue", "Ask again"]);
  bench.say("still there?");
  await bench.hears(/ok #\d: still there\?/);
  const answers = bench.texts().filter((text) => /ok #\d: still there/.test(text));
  assert(!answers.some((text) => text.startsWith("ok #1")), "the context was resumed");
});

Deno.test("e2e: a long answer arrives whole, in pieces, without a mark of Markdown", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("LONG:20000");
  await bench.api.waitFor(() => bench.texts().join(" ").length > 19_900, { what: "the answer" });
  const pieces = bench.texts().filter((text) => text.includes("quick brown fox"));
  assert(pieces.length >= 5 && pieces.every((text) => text.length <= 4096));
  assertEquals(pieces.join(" ").match(/quick/g)?.length, 445);
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: what is no text gets a sentence, and mistakes in commands get one too", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.api.sendVoice({ from: ADA });
  await bench.hears(/cannot read voice notes yet/);
  bench.say("/new");
  await bench.hears(/Usage: \/new <name> \[persona\]/);
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.say("/new work");
  await bench.hears(/already exists/);
  bench.say("/new other nobody");
  await bench.hears(/planner/);
  bench.say("/session nowhere");
  await bench.hears(/nowhere/);
  bench.say("/stop");
  await bench.hears(/Nothing is running in work/);
});

Deno.test("e2e: strangers get no answer, and their first contact is logged once", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.api.addUser({ id: 666, first_name: "Eve" });
  bench.api.send({ from: 666, text: "/start" });
  bench.api.send({ from: 666, text: "let me in" });
  bench.say("/help");
  await bench.hears(/Commands/);
  assertEquals(bench.api.messages(666).filter(({ by_bot }) => by_bot), []);
  assertEquals((await bench.log()).match(/A stranger wrote/g)?.length, 1);
  const menus = bench.api.calls.filter(({ method }) => method === "setMyCommands");
  assertEquals(menus.map(({ payload }) => payload["scope"]), [{ type: "chat", chat_id: ADA }]);
});

Deno.test("e2e: a flood limit delays an answer and loses nothing", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  bench.api.fault({ method: "sendMessage", times: 1, do: { tooManyRequests: 2 } });
  bench.say("hello");
  await bench.hears(/ok #1: hello/);
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e: the token and the names of our secrets are not in claude's environment", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("hello");
  await bench.hears(/ok #1/);
  const [claude] = bench.marked();
  const environment = await Deno.readTextFile(`/proc/${claude!.pid}/environ`);
  assert(!environment.includes(bench.api.token));
  assert(!environment.includes("TELEGRAM_BOT_TOKEN"));
  assertMatch(environment, /SWITCHBOARD_MARK=/);
});
