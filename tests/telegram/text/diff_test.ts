import { assert, assertEquals } from "@std/assert";
import { lineDiff } from "../../../lib/telegram/text/diff.ts";

const CASES: readonly (readonly [string, string, string, string])[] = [
  ["one line", "world", "there", "-world\n+there"],
  ["a line among others", "a\nb\nc", "a\nx\nc", " a\n-b\n+x\n c"],
  ["what is added", "", "a\nb", "+a\n+b"],
  ["what goes", "a\nb\n", "", "-a\n-b"],
  ["nothing", "a", "a", ""],
  ["only the end", "a", "a\n", "(Only the end of the last line changes.)"],
];

for (const [what, before, after, expected] of CASES) {
  Deno.test(`diff: ${what}`, () => assertEquals(lineDiff(before, after), expected));
}

Deno.test("diff: two changes far from each other stand apart, with three lines around each", () => {
  const before = Array.from({ length: 30 }, (_, n) => `l${n}`);
  const after = before.map((line, n) => n === 5 || n === 25 ? `new ${line}` : line);
  const diff = lineDiff(before.join("\n"), after.join("\n")).split("\n");
  assertEquals(diff.filter((line) => line === "…").length, 1);
  assertEquals(diff.slice(0, 5), [" l2", " l3", " l4", "-l5", "+new l5"]);
  assert(diff.length < 20);
});

Deno.test("diff: texts without anything in common take no longer than they may", () => {
  const text = (mark: string) => Array.from({ length: 20_000 }, (_, n) => `${mark}${n}`).join("\n");
  const before = performance.now();
  const diff = lineDiff(text("a"), text("b")).split("\n");
  assert(performance.now() - before < 5_000);
  assertEquals([diff.length, diff[0], diff.at(-1)], [40_000, "-a0", "+b19999"]);
});
