import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  answersOf,
  BEGINNING,
  type Choice,
  choose,
  isAnswered,
  type Progress,
  questionShown,
} from "../../../../lib/telegram/views/requests/question.ts";
import { splitText } from "../../../../lib/telegram/text/split.ts";
import { aQuestion } from "../../../conversation/stage.ts";

const ASK = aQuestion("r", { text: "Which ones?", multiSelect: true }, { text: "And name?" });

const pick = (question: number, option: number): Choice => ({ act: "pick", question, option });
const done = (question: number): Choice => ({ act: "done", question });
const back = (question: number): Choice => ({ act: "back", question });
const say = (text: string): Choice => ({ act: "text", text });

/** The progress after these choices; a refused one changes nothing. */
const after = (...choices: Choice[]): Progress =>
  choices.reduce<Progress>(
    (progress, choice) => choose(ASK, progress, choice) ?? progress,
    BEGINNING,
  );

const RUNS: readonly (readonly [string, Choice[], Progress])[] = [
  ["ticks come and go", [pick(0, 0), pick(0, 2), pick(0, 0)], { given: [], picked: [2] }],
  ["Done takes the ticks in their order", [pick(0, 2), pick(0, 0), done(0)], {
    given: ["Red, Blue"],
    picked: [],
  }],
  ["Done without a tick is refused", [done(0)], BEGINNING],
  ["one tap answers a question of one choice", [pick(0, 1), done(0), pick(1, 1)], {
    given: ["Green", "Green"],
    picked: [],
  }],
  ["a tap for another question changes nothing", [pick(1, 0), done(1), back(0)], BEGINNING],
  ["a second tap on Done does not answer the next question", [pick(0, 1), done(0), done(0)], {
    given: ["Green"],
    picked: [],
  }],
  ["an option that is not there changes nothing", [pick(0, 3)], BEGINNING],
  ["Back takes the last answer back", [pick(0, 1), done(0), back(1)], BEGINNING],
  ["own words are an answer", [say("none of them")], { given: ["none of them"], picked: [] }],
  ["own words come behind the ticks", [pick(0, 0), say("and pink")], {
    given: ["Red, and pink"],
    picked: [],
  }],
  ["after the last answer nothing changes", [say("a"), say("b"), say("c"), pick(1, 0)], {
    given: ["a", "b"],
    picked: [],
  }],
];

for (const [what, choices, expected] of RUNS) {
  Deno.test(`question: ${what}`, () => assertEquals(after(...choices), expected));
}

Deno.test("question: the answers name their questions", () => {
  const progress = after(pick(0, 0), done(0), pick(1, 2));
  assertEquals(isAnswered(ASK, progress), true);
  assertEquals(answersOf(ASK, progress), { "Which ones?": "Red", "And name?": "Blue" });
});

Deno.test("question: options with their descriptions, and a button each", () => {
  const { text, rows } = questionShown("lab", ASK, after(pick(0, 1)), 9);
  assertStringIncludes(text.text, "lab asks · 1 of 2\n\nWhich ones?\n1. Red – pick Red");
  assertEquals(rows.map((row) => row.map(({ text }) => text)), [
    ["☐ Red"],
    ["☑ Green"],
    ["☐ Blue"],
    ["Done"],
    ["My own answer"],
  ]);
});

Deno.test("question: the next one stands below what is answered, with a way back", () => {
  const { text, rows } = questionShown("lab", ASK, after(say("A, C")), 9);
  assertStringIncludes(text.text, "2 of 2\nWhich ones? A, C\n\nAnd name?");
  assertEquals(rows.at(-1)?.map(({ text }) => text), ["‹ Back", "My own answer"]);
});

Deno.test("question: the longest fits into one message", () => {
  const option = {
    label: "l".repeat(500),
    description: "d".repeat(3_000),
    preview: "p".repeat(3_000),
  };
  const long = { text: "q".repeat(5_000), options: Array(4).fill(option) };
  const ask = aQuestion("r", long, long, long, long);
  const progress = { given: Array(3).fill("g".repeat(4_000)), picked: [] };
  const { text, rows } = questionShown("s".repeat(50), ask, progress, 999_999_999_999_999);
  assertEquals(splitText(text, 4_050).length, 1);
  for (const button of rows.flat()) {
    assert("callback_data" in button && button.callback_data.length <= 64);
  }
});
