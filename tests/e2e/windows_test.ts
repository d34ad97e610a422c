/**
 * Every window of a start after a crash: each script below is run once for each effect that the
 * program has on the world, and dies right before it. What is promised has to hold for all of them.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REPEAT_MARK } from "../../lib/telegram/repeat_mark.ts";
import { wordsGiven } from "../sim/claude/given.ts";
import { ADA, CLEARED, type Step, Windows } from "./windows.ts";

interface Script {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The prompts that are written: each is read once at most, and answered or accounted for. */
  readonly prompts: readonly string[];
  /** The commands that are written: each is answered. */
  readonly commands?: readonly string[];
  /** What else holds at the end of an uncut run and of each cut one. */
  readonly also?: (world: Windows, cut: boolean) => void;
}

const says = (text: string): Step => (world) => world.says(text);
const presses = (label: RegExp): Step => (world) => world.presses(label);
const letGo: Step = (world) => world.idle(true);
const goesOn = (text: string): Step => (world) => world.goesOn(text);
const later: Step = (world) => world.later(5_000);

/** The parts of a text: the first was cut at a gap, and does not wait for the second. */
const BEGINNING = `HOLD ${"a".repeat(1_900)}`;
const REST = "b".repeat(3_000);
const TEXT = `${BEGINNING}\n${REST}`;

const SCRIPTS: readonly Script[] = [
  {
    name: "a message is routed, submitted, answered, delivered",
    steps: [says("hello")],
    prompts: ["hello"],
  },
  {
    name: "messages wait for a turn, and go together",
    steps: [says("HOLD one"), says("two"), says("three"), letGo],
    prompts: ["HOLD one", "two", "three"],
  },
  {
    name: "a stop with a choice about what waits",
    steps: [
      says("HOLD one"),
      says("two"),
      says("/stop"),
      presses(/^Run it/),
      presses(/^Run it/),
      letGo,
    ],
    prompts: ["HOLD one", "two"],
  },
  {
    name: "a stop by its button",
    steps: [says("HOLD one"), presses(/^⏹ Stop$/), says("two")],
    prompts: ["HOLD one", "two"],
  },
  {
    name: "a waiting message is cancelled by its button",
    steps: [says("HOLD one"), says("two"), presses(/^Cancel$/), letGo],
    prompts: ["HOLD one"],
    also: (world) => {
      const ran = world.read.filter(({ text }) => text.includes("two")).length;
      const cancelled =
        [...world.chat.values()].filter(({ text }) => /Cancelled/.test(text)).length;
      assert(ran + cancelled >= 1, "two vanished");
      assert(ran <= 1, "two ran twice");
    },
  },
  {
    name: "an edit of a waiting message",
    steps: [
      says("HOLD one"),
      says("two"),
      (world) => world.says("two, changed", "two"),
      letGo,
    ],
    prompts: ["HOLD one"],
    also: (world, cut) => {
      assert(world.read.filter(({ text }) => text.includes("two")).length <= 1, "two ran twice");
      assert(world.isAccounted("two") || world.isAccounted("two, changed"), "two vanished");
      const offered = [...world.chat.values()].some(({ text }) => /changed a message/.test(text));
      const changed = world.read.some(({ text }) => text.includes("two, changed"));
      const uncertain = world.answersTo("two").some((text) => /Ask again|ask the same/.test(text));
      assert(changed || offered || uncertain, "the new words vanished");
      assert(cut || changed);
    },
  },
  {
    name: "a text that its client cut early, while another turn runs",
    steps: [says("HOLD one"), later, says(BEGINNING), goesOn(REST), letGo],
    prompts: ["HOLD one"],
    also: (world, cut) => {
      const reads = [BEGINNING, REST].map((part) =>
        world.read.filter(({ text }) => text.includes(part))
      );
      for (const each of reads) assert(each.length <= 1, "a part ran twice");
      const [beginning, rest] = reads.map(([first]) => first?.text);
      assert(cut || beginning !== undefined && beginning === rest, "the parts ran apart");
      const answers = world.texts.filter((text) => /\bok: (HOLD aaa|bbb)/.test(text));
      assert(answers.length <= 1, "the parts were answered apart");
      if (beginning === rest) assertStringIncludes(rest ?? TEXT, TEXT);
      else assert(world.isAccounted(BEGINNING), "nothing is said of the beginning");
      assert(world.isAccounted(REST), "nothing is said of the rest");
    },
  },
  {
    name: "a message is steered into the turn",
    steps: [says("HOLD one"), says("/steer two"), letGo],
    prompts: ["HOLD one", "two"],
  },
  {
    name: "commands that run again after a crash",
    steps: [says("/session b"), says("/verbose"), says("/sessions"), says("hello")],
    prompts: ["hello"],
    commands: ["/session b", "/verbose", "/sessions"],
    also: async (world) => {
      assertEquals(await world.manager.active({ chat: ADA }), "b");
      assertEquals((await world.manager.get("b")).output, "verbose");
    },
  },
  {
    name: "/new, which does not run again",
    steps: [says("/new c"), says("hello")],
    prompts: ["hello"],
    commands: ["/new c"],
    also: async (world) => {
      const told = world.answersTo("/new c").join();
      const made = await world.manager.exists("c");
      assert(made ? /Made c|interrupted/.test(told) : /interrupted/.test(told), told);
    },
  },
  {
    name: "Claude's own /clear",
    steps: [says("hello"), says("/clear"), says("again")],
    prompts: ["hello", "/clear", "again"],
    also: async (world) => {
      // What was said to have begun anew did: the next process goes on there.
      const { claude_session_id: id } = await world.manager.get("a");
      const told = world.texts.some((text) => /begins anew/.test(text));
      assert(!told || id === CLEARED, `${id} after /clear`);
    },
  },
  {
    name: "a permission is asked for and given",
    steps: [says("ASK one"), presses(/^Allow once/)],
    prompts: ["ASK one"],
  },
  {
    name: "a permission is denied, with the reason",
    steps: [says("ASK one"), presses(/^Deny, with a reason/), says("not that")],
    prompts: ["ASK one"],
    also: (world) => {
      const told = world.texts.some((text) => text.includes("✗ denied: not that"));
      assert(told || world.isAccounted("not that"), "nothing is said of the reason");
      const shown = world.chat.get(world.journal.prompts.get(1)?.messageId ?? 0);
      assertEquals(shown?.buttons ?? [], []);
    },
  },
  {
    name: "words beside a permission request deny it with a tap",
    steps: [says("ASK one"), says("not that"), presses(/^Deny with these words/)],
    prompts: ["ASK one"],
    also: (world, cut) => wordsHaveAnEnd(world, "not that", cut),
  },
  {
    name: "words beside a permission request are kept for later",
    steps: [
      says("ASK one"),
      says("not that"),
      presses(/^Keep for after/),
      presses(/^Allow once/),
    ],
    prompts: ["ASK one", "not that"],
  },
  {
    name: "a yes beside a permission request allows it with a tap",
    steps: [says("ASK one"), says("yes"), presses(/^Allow once/)],
    prompts: ["ASK one"],
    also: (world, cut) => {
      const allowed = world.answers.filter((each) => Object(each).behavior === "allow").length;
      const told = world.answersTo("yes").length > 0;
      const ran = world.read.filter(({ text }) => text === "yes").length;
      assert(allowed + ran <= 1, "it counts twice");
      assert(allowed + ran === 1 || told, "the yes vanished");
      assert(cut || allowed === 1);
    },
  },
  {
    name: "a question is answered with words",
    steps: [says("ASK a QUESTION"), says("the first one")],
    prompts: ["ASK a QUESTION"],
    also: (world, cut) => wordsHaveAnEnd(world, "the first one", cut),
  },
  {
    name: "two questions are answered with words",
    steps: [says("ASK a QUESTION TWICE"), says("the first one"), says("the other one")],
    prompts: ["ASK a QUESTION TWICE"],
    also: (world, cut) => {
      for (const words of ["the first one", "the other one"]) wordsHaveAnEnd(world, words, cut);
    },
  },
  {
    name: "a turn is stopped when one of its two questions is answered",
    steps: [says("ASK a QUESTION TWICE"), says("the first one"), says("/stop")],
    prompts: ["ASK a QUESTION TWICE"],
    also: (world) => wordsHaveAnEnd(world, "the first one", true),
  },
];

/** Words to a request: Claude has them once, as those or as a prompt, or it is said that it may not. */
function wordsHaveAnEnd(world: Windows, words: string, cut: boolean): void {
  const given = world.answers.filter((each) => wordsGiven(each).includes(words)).length;
  const ran = world.read.filter(({ text }) => text.includes(words)).length;
  assert(given + ran <= 1, `'${words}' went to Claude ${given + ran} times`);
  assert(given + ran === 1 || world.answersTo(words).length > 0, `'${words}' vanished`);
  assert(ran === 0 || world.isAccounted(words), `nothing is said of '${words}'`);
  assert(cut || given === 1, `'${words}' was not passed on`);
}

/** What is promised of every script, wherever it was cut. */
async function verdict(script: Script, world: Windows, cut: boolean): Promise<void> {
  const { journal } = world;
  assertEquals(journal.updates.unrouted().map(({ payload }) => payload), [], "unserved");
  assertEquals(journal.jobs.submitted(), [], "jobs without an end");
  assertEquals(journal.jobs.sessionsWaiting(), [], "jobs that wait");
  assertEquals(journal.deliveries.chats(), [], "undelivered");
  assertEquals(journal.prompts.open(), [], "open prompts");
  for (const text of script.prompts) {
    const read = world.read.filter((line) => line.text.split("\n\n").some((each) => each === text));
    assert(read.length <= 1, `'${text}' ran ${read.length} times`);
    assert(world.isAccounted(text), `nothing is said of '${text}'`);
    const whole = world.texts.filter((each) => each.includes(`ok: ${text}`));
    const unmarked = whole.filter((each) => !each.includes(REPEAT_MARK.trim()));
    assert(unmarked.length <= 1, `'${text}' was answered ${unmarked.length} times, unmarked`);
    assert(cut || read.length === 1, `'${text}' did not run`);
  }
  for (const text of script.commands ?? []) {
    assert(world.answersTo(text).length > 0, `${text} got no answer`);
  }
  const left = world.texts.filter((text) => /· working|^⏳/.test(text));
  // Between Telegram's taking a preview and the note of its id nobody can know that id.
  assert(left.length <= (cut ? 1 : 0), `left on display: ${left.join()}`);
  await script.also?.(world, cut);
}

/** Runs a script; the program dies before its n-th effect. @returns whether it came to that. */
async function run(script: Script, diesBefore: number): Promise<boolean> {
  await using world = await Windows.make();
  await world.boot(diesBefore);
  let died = false;
  for (const step of script.steps) {
    await step(world);
    await world.idle();
    if (died || world.life.alive) continue;
    died = true;
    await world.reborn();
  }
  for (let turn = 0; turn < 4; turn++) await world.idle(true);
  if (!world.life.alive) await world.reborn();
  await world.idle();
  try {
    await verdict(script, world, !world.life.alive || died);
  } catch (error) {
    throw new Error(`Cut before effect ${diesBefore}:\n${world.story()}`, { cause: error });
  }
  return died;
}

for (const script of SCRIPTS) {
  Deno.test(`windows: ${script.name}`, async (t) => {
    assertEquals(await run(script, Infinity), false);
    let cuts = 0;
    for (let n = 1; await run(script, n); n++) cuts++;
    assert(cuts > 5, `only ${cuts} windows`);
    await t.step(`${cuts} windows`, () => {});
  });
}
