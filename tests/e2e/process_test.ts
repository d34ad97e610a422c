/** What becomes of a session's process: resumed slowly, lost, crashing; and what `/status` says of it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ADA, Bench, buttons } from "./harness.ts";

interface Ids {
  readonly claude_session_id: string;
  readonly claude_session_ids: readonly string[];
}

const idsOf = async (bench: Bench): Promise<Ids> =>
  JSON.parse(await Deno.readTextFile(`${bench.home}/sessions/work/metadata.json`));

Deno.test("e2e: a lost conversation is told; only a tap begins another, with the same message", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  assertEquals((await bench.end("SIGTERM")).code, 0);
  const before = await idsOf(bench);
  await Deno.remove(`${bench.home}/claude-config`, { recursive: true });
  await bench.start();
  bench.say("two");
  const told = await bench.hears(/no longer has the conversation/);
  assertEquals(buttons(told), ["Start afresh"]);
  assertEquals((await idsOf(bench)).claude_session_ids, before.claude_session_ids);
  assertEquals(await bench.presses("Start afresh"), "Starting afresh");
  await bench.hears(/ok #1: two/);
  assertEquals(await bench.presses("Start afresh"), "That was done already.");
  const after = await idsOf(bench);
  assertEquals(after.claude_session_ids, [before.claude_session_id, after.claude_session_id]);
  await bench.end("SIGTERM");
  await bench.start();
  bench.say("three");
  await bench.hears(/ok #2: three/);
});

Deno.test("e2e: a slow resume says so in the status message, a slow first start does not", async () => {
  await using bench = await Bench.make({ claudeEnv: { SIM_CLAUDE_START_DELAY_MS: "3500" } });
  await bench.start();
  bench.say("/new work");
  bench.say("one");
  await bench.hears(/ok #1: one/);
  const shown = () => bench.api.calls.map(({ payload }) => String(payload["text"])).join("\n");
  assert(!shown().includes("Resuming…"));
  await bench.end("SIGTERM");
  await bench.start();
  bench.say("two");
  await bench.hears(/work · starting[\s\S]*Resuming…/);
  await bench.hears(/ok #2: two/);
  await bench.api.waitFor((api) => !api.messages(ADA).some(({ text }) => /Resuming/.test(text)), {
    what: "the status message to go",
  });
});

Deno.test("e2e: a CLI that keeps crashing holds messages back, and a tap tries again", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  for (const n of [1, 2, 3]) {
    bench.say(`CRASH SAY:${n}`);
    await bench.api.waitFor(
      () => bench.texts().filter((text) => /ended in the middle/.test(text)).length === n,
      { what: `crash ${n}`, timeoutMs: 20_000 },
    );
  }
  bench.say("kept");
  const held = await bench.hears(/keeps ending in work/);
  assertEquals(buttons(held), ["Try again", "Start afresh"]);
  const sent = (await bench.recorded()).filter(({ event }) => event === "user").length;
  assertEquals(sent, 3);
  assertEquals(await bench.presses("Try again"), "Trying again…");
  await bench.hears(/ok #\d: kept/);
});

Deno.test("e2e: /status tells of the processes, under the real permissions", async () => {
  await using bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("CHUNK:10 SLOW:100 LONG:4000");
  await bench.hears(/work · working/);
  bench.say("/status");
  const { text } = await bench.hears(/^Switchboard \d/);
  assertMatch(text, /✅ Telegram answered \d+ s ago/);
  assertMatch(text, /Sessions: 1 active, 0 suspended, 0 idle/);
  assertMatch(text, /▶️ work · \d+ s · \d+ MB · pid \d+/);
  assertMatch(text, /Memory: Switchboard \d+ MB, Claude \d+ MB/);
  assertMatch(text, /Disk: [\d.]+ [MG]B free · journal [\d.]+ [kM]B/);
});
