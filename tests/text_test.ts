import { assert, assertEquals } from "@std/assert";
import { cut, editDistance, oneLine } from "../lib/text.ts";

Deno.test("text: what is cut is no longer than the limit, says so, and tears no character", () => {
  assertEquals(cut("abcd", 4), "abcd");
  assertEquals(cut("abcde", 4), "abc…");
  assertEquals(cut("ab😀d", 4), "ab…");
  assertEquals(cut("a😀de", 4), "a😀…");
  for (let limit = 1; limit < 9; limit++) {
    const short = cut("😀".repeat(8), limit);
    assert(short.length <= limit && short.isWellFormed(), short);
  }
});

const LINES: [string, string, number, string][] = [
  ["newlines and tabs are spaces", "a\n\n b\t\r\nc", 80, "a b c"],
  ["the ends are bare", "  \n x \u2028 ", 80, "x"],
  ["a text that fits stays", "12345", 5, "12345"],
  ["a longer one is cut to the limit", "123456", 5, "1234…"],
  ["nothing gives nothing", "", 5, ""],
];

for (const [what, text, limit, expected] of LINES) {
  Deno.test(`text: in one line, ${what}`, () => assertEquals(oneLine(text, limit), expected));
}

Deno.test("text: the distance of two words is the number of slips", () => {
  const cases = [["", "", 0], ["pbs", "pbs", 0], ["pbs", "pb", 1], ["kuma", "kmua", 1]] as const;
  for (const [a, b, slips] of cases) {
    assertEquals([editDistance(a, b), editDistance(b, a)], [slips, slips]);
  }
  assertEquals(editDistance("sitting", "kitten"), 3);
});
