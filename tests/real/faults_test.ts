/**
 * `kill -9` of the real CLI, and of the program, at the moments of a turn that matter: each ends as
 * the design promises. Told once, run once, and the next message goes on with the whole context.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { type Bench, buttons, until } from "../e2e/harness.ts";
import type { MessagesApi } from "../sim/messages_api/server.ts";
import { isClaude, realBench } from "./bench.ts";

interface Scene {
  readonly bench: Bench;
  readonly messages: MessagesApi;
  /** Marks this round's prompt. */
  readonly round: string;
}

/** Brings a turn of session `work` to a moment. */
type Moment = (scene: Scene) => Promise<void>;

const claudeOf = (bench: Bench) => bench.marked().find(isClaude)?.pid;
const shells = (bench: Bench) =>
  bench.marked().filter(({ command }) => command.includes("sleep 97"));
const callsOf = ({ messages, round }: Scene) =>
  messages.requests.filter(({ body }) =>
    JSON.stringify(body?.messages?.at(-1) ?? "").includes(round)
  ).length;

/** Whether the journal has a prompt that was handed to the CLI and has no end. */
function submitted(bench: Bench): boolean {
  using db = new DatabaseSync(`${bench.home}/state/journal.db`, { readOnly: true });
  return db.prepare("SELECT 1 FROM jobs WHERE state = 'submitted'").get() !== undefined;
}

const MOMENTS: Readonly<Record<string, Moment>> = {
  async "before the line was read"({ bench, round }) {
    Deno.kill(claudeOf(bench)!, "SIGSTOP");
    bench.say(`SAY:${round}`);
    await until(() => submitted(bench));
  },
  async "while waiting for the API"(scene) {
    scene.bench.say(`TTFT:5000 SAY:${scene.round}`);
    await until(() => callsOf(scene) > 0, 10_000);
  },
  async "while text streams"({ bench, round }) {
    bench.say(`CHUNK:10 SLOW:100 LONG:1500 ${round}`);
    await bench.hears(/work · working[\s\S]*quick brown fox/);
  },
  async "in a tool"({ bench, round }) {
    bench.say(`TOOL:bash:echo ${round} >> ran; sleep 97;; SAY:never said`);
    await bench.hears(new RegExp(`work asks: Running echo ${round}`));
    await bench.presses("Allow once");
    await until(() => shells(bench).length > 0, 10_000);
  },
  async "in a prompt"({ bench, round }) {
    bench.say(`TOOL:bash:echo ${round} >> ran;; SAY:never said`);
    await bench.hears(new RegExp(`work asks: Running echo ${round}`));
  },
};

const TOLD = /ended in the middle of this turn|Interrupted by a restart/;
const toldIn = (bench: Bench) => bench.texts().filter((text) => TOLD.test(text)).length;

/** What was done by tools, line by line. */
const ran = (bench: Bench) => Deno.readTextFile(`${bench.home}/sessions/work/ran`).catch(() => "");

/** The next message is answered with the context of the first; the cut one was asked once and told once. */
async function goesOn(scene: Scene, words: RegExp): Promise<void> {
  const { bench, messages, round } = scene;
  assertEquals(buttons(await bench.hears(words)), ["Continue", "Ask again"]);
  const calls = callsOf(scene);
  bench.say(`after ${round}`);
  await bench.hears(new RegExp(`ok #\\d+: after ${round}`));
  assertStringIncludes(JSON.stringify(messages.requests.at(-1)?.body), "remember the mango");
  assertEquals([toldIn(bench), callsOf({ ...scene, round: `after ${round}` })], [1, 1]);
  assert(calls <= 1, `the model was asked ${calls} times`);
  const times = (await ran(bench)).split("\n").filter((line) => line === round).length;
  assert(times <= 1, `the tool ran ${times} times`);
}

async function begun() {
  const real = await realBench();
  await real.bench.start();
  real.bench.say("/new work");
  real.bench.say("remember the mango");
  await real.bench.hears(/ok #1: remember the mango/);
  return real;
}

Deno.test("real: a conversation that is lost is told, and begun afresh by a tap alone", async () => {
  await using real = await begun();
  const { bench, messages } = real;
  await bench.end("SIGTERM");
  await Deno.remove(`${bench.home}/claude-config/projects`, { recursive: true });
  await bench.start();
  bench.say("what was it?");
  const told = await bench.hears(/no longer has the conversation/);
  assertEquals([buttons(told), messages.requests.length], [["Start afresh"], 1]);
  await bench.presses("Start afresh");
  await bench.hears(/ok #1: what was it\?/);
});

for (const [when, reached] of Object.entries(MOMENTS)) {
  Deno.test(`real: kill -9 of claude ${when}`, async () => {
    await using real = await begun();
    const scene = { ...real, round: "roundone" };
    await reached(scene);
    Deno.kill(claudeOf(real.bench)!, "SIGKILL");
    await until(() => shells(real.bench).length === 0);
    await goesOn(scene, /ended in the middle of this turn/);
  });

  Deno.test(`real: kill -9 of the program ${when}`, async () => {
    await using real = await begun();
    const { bench } = real;
    const scene = { ...real, round: "roundtwo" };
    await reached(scene);
    await bench.end("SIGKILL");
    await until(() => claudeOf(bench) === undefined);
    await bench.start();
    assertEquals(shells(bench), []);
    await goesOn(scene, /Interrupted by a restart/);
  });
}
