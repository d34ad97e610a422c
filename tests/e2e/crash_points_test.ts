/**
 * Every window of a start after a crash: each script below is run once for each effect that the
 * program has on the world, and dies right before it. What is promised has to hold for all of them.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Copies } from "../../lib/sessions/trust/copies.ts";
import { REPEAT_MARK } from "../../lib/telegram/outbox/compose.ts";
import { wordsGiven } from "../sim/claude/given.ts";
import { ADA, CLEARED, CrashPoints, type Step } from "./crash_points.ts";

interface Script {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The prompts that are written: each is read once at most, and answered or accounted for. */
  readonly prompts: readonly string[];
  /** The commands that are written: each is answered. */
  readonly commands?: readonly string[];
  /** What else holds at the end of an uncut run and of each cut one. */
  readonly also?: (world: CrashPoints, cut: boolean) => void;
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

/** Somebody changes a file of session `a`, and not from the chat. */
const changes = (name: string, change: Record<string, unknown>): Step => async (world) => {
  const path = join(world.home, "sessions/a", name);
  const before = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...before, ...change }));
};

/** The directory of session `a` brings a hook. */
const brings = (command: string): Step => async (world) => {
  const directory = join(world.home, "sessions/a/.claude");
  await Deno.mkdir(directory, { recursive: true });
  const hooks = { Stop: [{ hooks: [{ type: "command", command }] }] };
  await Deno.writeTextFile(join(directory, "settings.json"), JSON.stringify({ hooks }));
};

const USE = "Use these, as shown";
const PIRATE = "Speak like a pirate.";

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
      const shown = world.chat.get(world.journal.requests.get(1)?.messageId ?? 0);
      assertEquals(shown?.buttons ?? [], []);
    },
  },
  {
    name: "an edited persona is offered, and used",
    steps: [
      changes("persona.json", { description: PIRATE, system_prompt: PIRATE }),
      says("hello"),
      presses(/^Use the new one$/),
      says("again"),
    ],
    prompts: ["hello", "again"],
    also: async (world, cut) => {
      const used = await takenByTap(world);
      assert(cut || (used && world.commands.at(-1)!.includes(PIRATE)), "it is not used");
    },
  },
  {
    name: "an edited persona and mode are offered, and left alone",
    steps: [
      changes("persona.json", { description: PIRATE, system_prompt: PIRATE }),
      changes("metadata.json", { permission_mode: "acceptEdits" }),
      says("hello"),
      says("again"),
    ],
    prompts: ["hello", "again"],
    also: async (world) => assertEquals(await takenByTap(world), false),
  },
  {
    name: "what a directory brings is used as shown",
    steps: [brings("echo one"), says("/trust"), presses(/^Use these, as shown$/), says("hello")],
    prompts: ["hello"],
    commands: ["/trust"],
    also: async (world, cut) => {
      await trustedAsShown(world);
      const root = join(world.home, "trust", world.journal.trust.get("a")?.copy ?? "?", "root");
      assert(cut || world.commands.at(-1)!.includes(root), "it is not used");
    },
  },
  {
    name: "what a directory brings changes between the look and the tap",
    steps: [
      brings("echo one"),
      says("/trust"),
      brings("echo two"),
      presses(/^Use these, as shown$/),
      says("hello"),
    ],
    prompts: ["hello"],
    commands: ["/trust"],
    also: async (world, cut) => {
      await trustedAsShown(world);
      assert(cut || world.journal.trust.get("a") === undefined, "it is used");
    },
  },
  {
    name: "a command is allowed from now on, in two steps",
    steps: [
      says("ASK one"),
      presses(/^Allow from now on…$/),
      presses(/^Yes, from now on$/),
      says("ASK two"),
      presses(/^Allow once$/),
    ],
    prompts: ["ASK one", "ASK two"],
    also: (world, cut) => {
      allowedByTap(world);
      const asked = world.taps.some(({ label }) => label === "Allow once");
      assert(cut || (!asked && world.journal.grants.of("a").length === 1), "it was not allowed");
    },
  },
  {
    name: "the first of these steps, and back",
    steps: [
      says("ASK one"),
      presses(/^Allow from now on…$/),
      presses(/^Back$/),
      presses(/^Allow once$/),
      says("ASK two"),
      presses(/^Allow once$/),
    ],
    prompts: ["ASK one", "ASK two"],
    also: (world) => {
      allowedByTap(world);
      assertEquals(world.journal.grants.of("a"), []);
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

/** What was taken of a directory, is what stood above the button, and no process had it before. */
async function trustedAsShown(world: CrashPoints): Promise<void> {
  const row = world.journal.trust.get("a");
  const trust = join(world.home, "trust");
  const tap = world.taps.findLast(({ label }) => label === USE);
  for (const [index, command] of world.commands.entries()) {
    const usesCopy = command.includes(`--project-config-root ${trust}/`);
    assert(!usesCopy || index >= (tap?.starts ?? Infinity), "a process had it before the tap");
  }
  const copies = await Array.fromAsync(Deno.readDir(trust)).catch(() => []);
  assertEquals(copies.map(({ name }) => name), row === undefined ? [] : [row.copy]);
  const said = world.texts.some((text) => /is used as shown/.test(text));
  assertEquals(said && row === undefined, false, "said to be used, and is not");
  if (row === undefined) return;
  assert(tap !== undefined, "used without a tap");
  assert(await new Copies(trust, () => "").isSound(row.copy), "the copy is not sound");
  const copied = await Deno.readTextFile(join(trust, row.copy, "root/.claude/settings.json"));
  const commands = ["echo one", "echo two"].filter((each) => copied.includes(each));
  assertEquals(commands.filter((each) => !tap.text.includes(each)), [], "it was not shown");
}

/** What somebody wrote into a session's files counts from the tap on. */
async function takenByTap(world: CrashPoints): Promise<boolean> {
  const used = (await world.manager.persona("a")).system_prompt === PIRATE;
  const tap = world.taps.find(({ label }) => label === "Use the new one");
  assert(!used || tap !== undefined, "used without a tap");
  assert(tap === undefined || tap.text.includes(PIRATE), "it was not shown");
  for (const [index, command] of world.commands.entries()) {
    const has = command.includes(PIRATE) || command.includes("acceptEdits");
    assert(!has || index >= (tap?.starts ?? Infinity), "a process had it before the tap");
  }
  const offered = [...world.chat.values()].some(({ text, buttons }) =>
    /uses what was shown/.test(text) || buttons.some((each) => each.text === "Use the new one")
  );
  assert(offered, "the change vanished");
  return used;
}

/** No more was allowed than was tapped; with a grant each later one is. */
function allowedByTap(world: CrashPoints): void {
  const allowed = world.answers.filter((each) => Object(each).behavior === "allow").length;
  const grants = world.journal.grants.of("a");
  const yes = world.taps.filter(({ label }) => label === "Yes, from now on");
  assert(grants.length <= yes.length, "a grant without its tap");
  assert(yes.every(({ text }) => /without asking:\s+.*ls/s.test(text)), "it was not shown");
  const once = world.taps.filter(({ label }) => label === "Allow once").length;
  assert(allowed <= once + yes.length + grants.length, `${allowed} were allowed`);
}

/** Words to a request: Claude has them once, as those or as a prompt, or it is said that it may not. */
function wordsHaveAnEnd(world: CrashPoints, words: string, cut: boolean): void {
  const given = world.answers.filter((each) => wordsGiven(each).includes(words)).length;
  const ran = world.read.filter(({ text }) => text.includes(words)).length;
  assert(given + ran <= 1, `'${words}' went to Claude ${given + ran} times`);
  assert(given + ran === 1 || world.answersTo(words).length > 0, `'${words}' vanished`);
  assert(ran === 0 || world.isAccounted(words), `nothing is said of '${words}'`);
  assert(cut || given === 1, `'${words}' was not passed on`);
}

/** What is promised of every script, wherever it was cut. */
async function verdict(script: Script, world: CrashPoints, cut: boolean): Promise<void> {
  const { journal } = world;
  assertEquals(journal.updates.unrouted().map(({ payload }) => payload), [], "unserved");
  assertEquals(journal.jobs.submitted(), [], "jobs without an end");
  assertEquals(journal.jobs.sessionsWaiting(), [], "jobs that wait");
  assertEquals(journal.deliveries.chats(), [], "undelivered");
  assertEquals(journal.requests.open(), [], "open requests");
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
  await using world = await CrashPoints.make();
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
  Deno.test(`crash points: ${script.name}`, async (t) => {
    assertEquals(await run(script, Infinity), false);
    let cuts = 0;
    for (let n = 1; await run(script, n); n++) cuts++;
    assert(cuts > 5, `only ${cuts} crash points`);
    await t.step(`${cuts} crash points`, () => {});
  });
}
