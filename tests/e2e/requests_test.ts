/** What Claude asks, through the whole program, with the stand-in `claude`. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ADA, Bench, buttons } from "./harness.ts";

async function working(claude: Record<string, unknown> = {}): Promise<Bench> {
  const bench = await Bench.make({ settings: { claude } });
  await bench.start();
  bench.say("/new work");
  await bench.hears(/Made work/);
  return bench;
}

const names = (bench: Bench) =>
  [...Deno.readDirSync(`${bench.home}/sessions/work`)].map(({ name }) => name);

Deno.test("e2e requests: allowed from now on the same does not ask again, and no settings appear", async () => {
  await using bench = await working();
  const tool = "TOOL:bash:touch a.txt";
  bench.say(`${tool};;${tool};;SAY:went well`);
  await bench.hears(/work asks: Running touch a\.txt/);
  await bench.presses("Allow from now on…");
  await bench.hears(
    /From now on in work[\s\S]*touch a\.txt\nexactly this command\. Nothing else\./,
  );
  assertEquals(
    await bench.presses("Yes, from now on"),
    "Allowed from now on; /allowed takes it back",
  );
  await bench.hears(/went well/);
  await bench.hears(/Running touch a\.txt: ✓ allowed from now on/);
  assert(names(bench).includes("a.txt") && !names(bench).includes(".claude"));
  await bench.end("SIGTERM");
  await bench.start();
  bench.say(`${tool};;SAY:went well again`);
  await bench.hears(/went well again/);
  bench.say("/allowed");
  await bench.hears(/Allowed in work without asking[\s\S]*touch a\.txt[\s\S]*by you/);
  assertEquals(await bench.presses("Take back 1"), "Taken back: it is asked about again");
  await bench.hears(/Nothing of this list is allowed any more/);
  bench.say(`${tool};;SAY:asked`);
  await bench.hears(/work asks: Running touch a\.txt/);
  assertEquals(bench.api.violations, []);
});

Deno.test("e2e requests: the reason of a denial is written once and answers nothing else", async () => {
  await using bench = await working();
  bench.say("TOOL:bash:touch a.txt;; SAY:understood");
  await bench.hears(/work asks/);
  await bench.presses("Deny, with a reason");
  const note = await bench.hears(/Why not\?/);
  bench.say("not tonight");
  await bench.hears(/Running touch a\.txt: ✗ denied: not tonight/);
  await bench.hears(/understood/);
  await bench.api.waitFor(
    (api) => !api.messages(ADA).some(({ message_id }) => message_id === note.message_id),
    { what: "the invitation to be gone" },
  );
  bench.say("and now");
  await bench.hears(/ok #2: and now/);
});

Deno.test("e2e requests: a question is answered with a tap", async () => {
  await using bench = await working();
  bench.say("TOOL:ask:Which color?|Red|Green;; SAY:noted");
  await bench.hears(/work asks[\s\S]*Which color\?[\s\S]*2\. Green/);
  assertEquals(await bench.presses("Green"), "Answered");
  await bench.hears(/noted/);
  await bench.hears(/^Which color\? Green$/);
});

Deno.test("e2e requests: a long plan comes with a document, and starts with a tap", async () => {
  await using bench = await working({ permission_mode: "plan" });
  const plan = "Look before each step. ".repeat(165);
  bench.say(`TOOL:plan:${plan};; SAY:begun`);
  const shown = await bench.hears(/work has a plan[\s\S]*see the document above/);
  assertEquals(buttons(shown), ["Start", "Start and accept edits", "Keep planning"]);
  await bench.api.waitFor(
    (api) => api.messages(ADA).some(({ media }) => JSON.stringify(media ?? "").includes("plan.md")),
    { what: "the document" },
  );
  assertEquals(await bench.presses("Start"), "Started");
  await bench.hears(/begun/);
  assertStringIncludes((await bench.hears(/The plan: ✓ started/)).text, "The plan");
  assertEquals(bench.api.violations, []);
});
