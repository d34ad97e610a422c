/** What Claude asks, with the real Claude Code CLI: permissions, questions and plans. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADA, type Bench, type BenchOptions, buttons } from "../e2e/harness.ts";
import { realBench } from "./bench.ts";

/** A bench with a session `work`. */
async function working(options: BenchOptions = {}) {
  const real = await realBench(options);
  await real.bench.start();
  real.bench.say("/new work");
  await real.bench.hears(/Made work/);
  return real;
}

/** What the tools of the conversation said to the model, in their order. */
function told({ messages }: Awaited<ReturnType<typeof working>>): string {
  interface Block {
    readonly type: string;
    readonly content?: string | readonly { readonly text?: string }[];
  }
  const bodies = messages.requests.flatMap(({ body }) => body?.messages ? [body] : []);
  const last = bodies.at(-1) as unknown as { messages: { content: string | Block[] }[] };
  return last.messages.flatMap(({ content }) => typeof content === "string" ? [] : content)
    .filter(({ type }) => type === "tool_result")
    .map(({ content }) =>
      typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join("")
    ).join("\n");
}

/** The names of all files below the session. */
async function files(bench: Bench, path = `${bench.home}/sessions/work`): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.isDirectory) found.push(...await files(bench, `${path}/${entry.name}`));
    else found.push(entry.name);
  }
  return found.sort();
}

/** Waits until no message has buttons but Stop. */
const untilFolded = (bench: Bench) =>
  bench.api.waitFor((api) => !api.messages(ADA).some((message) => buttons(message).length > 0), {
    what: "all buttons to be gone",
  });

/** Waits for a message and replies to it. */
async function replies(bench: Bench, to: RegExp, text: string): Promise<void> {
  const message = await bench.hears(to);
  bench.api.send({ from: ADA, text, replyTo: message.message_id });
}

Deno.test("real requests: allow once asks again the next time", async () => {
  await using real = await working();
  const { bench } = real;
  bench.say("TOOL:bash:touch a.txt;;TOOL:bash:touch a.txt;;SAY:both done");
  await bench.hears(/work asks: Running touch a\.txt/);
  assertEquals(await bench.presses("Allow once"), "Allowed");
  await bench.hears(/✓ allowed/);
  await bench.presses("Allow once");
  await bench.hears(/both done/);
  await untilFolded(bench);
  assert((await files(bench)).includes("a.txt"));
});

Deno.test("real requests: the reason of a denial reaches the model", async () => {
  await using real = await working();
  const { bench } = real;
  bench.say("TOOL:bash:touch denied.txt;;SAY:understood");
  await bench.hears(/work asks/);
  await bench.presses("Deny, with a reason");
  await bench.hears(/Why not\?/);
  bench.say("the pool is degraded");
  await bench.hears(/understood/);
  await bench.hears(/✗ denied: the pool is degraded/);
  assertStringIncludes(told(real), "The user denied this: the pool is degraded");
  assert(!(await files(bench)).includes("denied.txt"));
  assertEquals(bench.texts().filter((text) => text.startsWith("ok #")), []);
});

Deno.test("real requests: Stop while one is open takes it away, and the session goes on", async () => {
  await using real = await working();
  const { bench } = real;
  bench.say("TOOL:bash:touch never.txt;;SAY:never said");
  const request = await bench.hears(/work asks/);
  bench.say("/stop");
  await bench.hears(/⏹ Stopped/);
  await bench.hears(/Running touch never\.txt: stopped/);
  await untilFolded(bench);
  const late = bench.api.press({
    from: ADA,
    chat: ADA,
    messageId: request.message_id,
    data: "p:1:y",
  });
  assertStringIncludes((await late.answer).text ?? "", "settled already: stopped");
  bench.say("and now");
  await bench.hears(/ok #\d: and now/);
  assert(!(await files(bench)).includes("never.txt"));
});

Deno.test("real requests: two at once are answered each for itself, in any order", async () => {
  await using real = await working();
  const { bench } = real;
  bench.say("TOOL:read:/etc/hostname++TOOL:read:/etc/passwd;;SAY:read what I may");
  const first = await bench.hears(/work asks: Reading hostname/);
  const second = await bench.hears(/work asks: Reading passwd/);
  const press = (messageId: number, button: string) =>
    bench.api.press({ from: ADA, chat: ADA, messageId, button }).answer;
  assertEquals((await press(second.message_id, "Deny")).text, "Denied");
  assertEquals((await press(first.message_id, "Allow once")).text, "Allowed");
  await bench.hears(/read what I may/);
  await bench.hears(/Reading hostname: ✓ allowed/);
  await bench.hears(/Reading passwd: ✗ denied/);
  assert(!told(real).includes("root:x:0"));
});

Deno.test("real requests: an edit is shown as a diff, a long command's whole is a document", async () => {
  await using real = await working();
  const { bench } = real;
  await Deno.writeTextFile(`${bench.home}/sessions/work/a.txt`, "hello world\n");
  bench.say("TOOL:read:a.txt;;TOOL:edit:a.txt=world=there;;SAY:edited");
  const request = await bench.hears(/work asks: Editing a\.txt/);
  assertStringIncludes(request.text, "-world\n+there");
  await bench.presses("Allow once");
  await bench.hears(/edited/);
  bench.say("TOOL:write:a.txt=hello you;;SAY:replaced");
  const replacing = await bench.hears(/work asks: Writing a\.txt/);
  assertStringIncludes(replacing.text, "-hello there\n+hello you");
  await bench.presses("Allow once");
  await bench.hears(/^replaced/);
  const content = "x".repeat(4_000);
  bench.say(`TOOL:write:long.txt=${content};;SAY:written`);
  await bench.hears(/work asks: Writing long\.txt[\s\S]*see the document above/);
  await bench.api.waitFor(
    (api) =>
      api.messages(ADA).some(({ media }) => JSON.stringify(media ?? "").includes("long.txt")),
    { what: "the document" },
  );
  await bench.presses("Allow once");
  await bench.hears(/^written/);
});

const QUESTIONS = [
  {
    question: "Which ones?",
    header: "Pick",
    multiSelect: true,
    options: ["A", "B", "C"].map((label) => ({ label, description: `take ${label}` })),
  },
  {
    question: "And name?",
    header: "Name",
    multiSelect: false,
    options: ["x", "y"].map((label) => ({ label, description: `call it ${label}` })),
  },
];
const asks = (questions: unknown) => `TOOL:json:AskUserQuestion:${JSON.stringify({ questions })}`;

Deno.test("real requests: two questions, one with two answers", async () => {
  await using real = await working();
  const { bench } = real;
  bench.say(`${asks(QUESTIONS)};;SAY:noted`);
  await bench.hears(/1 of 2[\s\S]*Which ones\?[\s\S]*take C/);
  await bench.presses("☐ A");
  await bench.presses("☐ C");
  await bench.presses("Done");
  await bench.presses("y");
  await bench.hears(/noted/);
  await bench.hears(/^Which ones\? A, C\nAnd name\? y$/);
  assertMatch(told(real), /"Which ones\?"="A, C"[\s\S]*"And name\?"="y"/);
});

Deno.test("real requests: own words answer a question, and are no prompt", async () => {
  await using real = await working();
  const { bench } = real;
  bench.say(`${asks(QUESTIONS.slice(1))};;SAY:noted`);
  await replies(bench, /And name\?/, "call it zebra");
  await bench.hears(/noted/);
  assertStringIncludes(told(real), "The user responded: call it zebra");
  assertEquals(bench.texts().filter((text) => text.startsWith("ok #")), []);
});

Deno.test("real requests: a plan is sent back and then accepted, with its edits", async () => {
  await using real = await working({ settings: { claude: { permission_mode: "plan" } } });
  const { bench } = real;
  const plan = "TOOL:plan:# Goal";
  bench.say(`Here is what I would do.${plan};;${plan};;TOOL:write:made.txt=one;;SAY:made it`);
  await bench.hears(/work has a plan/);
  await bench.presses("Keep planning");
  await bench.hears(/What should change\?/);
  bench.say("please also add tests");
  await bench.hears(/The plan: ✎ sent back: please also add tests/);
  assertEquals(
    await bench.presses("Start and accept edits"),
    "Started; edits are accepted until its process ends",
  );
  await bench.hears(/made it/);
  await bench.hears(
    /The plan: ✓ started; edits are accepted until this process ends: after \d+ min idle, or \/mode/,
  );
  assert((await files(bench)).includes("made.txt"));
  assertStringIncludes(told(real), "The user wants changes to the plan: please also add tests");
  assertEquals((await files(bench)).filter((name) => name.startsWith("settings")), []);
});

Deno.test("real requests: a plan that just starts asks for its edits", async () => {
  await using real = await working({ settings: { claude: { permission_mode: "plan" } } });
  const { bench } = real;
  bench.say("Here is what I would do.TOOL:plan:# Goal;;TOOL:write:made.txt=one;;SAY:made it");
  await bench.hears(/work has a plan/);
  assertEquals(await bench.presses("Start"), "Started");
  await bench.hears(/work asks: Writing made\.txt/);
  assert(!(await files(bench)).includes("made.txt"));
  await bench.presses("Allow once");
  await bench.hears(/made it/);
});

Deno.test("real requests: after kill -9 an open one expires and says so", async () => {
  await using real = await working();
  const { bench } = real;
  bench.say("TOOL:bash:touch a.txt;;SAY:done");
  await bench.hears(/work asks/);
  await bench.end("SIGKILL");
  await bench.start();
  await bench.hears(/Running touch a\.txt: expired with a restart/);
});
