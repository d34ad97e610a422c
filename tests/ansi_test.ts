import { assert, assertEquals } from "@std/assert";
import { withoutAnsi } from "../lib/text.ts";

const CASES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "colours": [
    ["\x1b[32mrunning\x1b[0m", "running"],
    ["\x1b[1;38;2;255;0;0mred\x1b[m 3", "red 3"],
    ["\x1b[38:5:9mred", "red"],
    ["\x9b31mred\x9b0m", "red"],
  ],
  "cursor and screen": [
    ["\x1b[2J\x1b[H\x1b[?25lup\x1b[1A\x1b[K", "up"],
    ["\x1b7a\x1b8\x1bMb\x1bcc\x1b=d\x1b(Be", "abcde"],
    ["\x1b[4 qx", "x"],
  ],
  "titles, addresses, pictures": [
    ["\x1b]0;root@pve: ~\x07x", "x"],
    ["\x1b]2;t\x1b\\x", "x"],
    ["\x9d0;t\x9cx", "x"],
    ["see \x1b]8;;https://a.b/?c=d\x1b\\the log\x1b]8;;\x1b\\.", "see the log."],
    ["\x1bPq#0;2;0\x1b\\x \x1b_a\x1b\\y \x1b^b\x1b\\z \x1bXc\x1b\\", "x y z "],
  ],
  "what is cut off": [
    ["a\x1b", "a"],
    ["a\x1b[", "a"],
    ["a\x1b[38;5", "a"],
    ["a\x1b[3\nb", "a[3\nb"],
  ],
  "what is none": [
    ["a \x1bx", "a x"],
    ["[32mrunning] ^[[0m \\u001b[31m", "[32mrunning] ^[[0m \\u001b[31m"],
    // Whatever stands behind what never ends is read.
    ["a\x1b]0;rm -rf /\nb", "a]0;rm -rf /\nb"],
    ["\x1b]0;a\x1b[31mb", "]0;ab"],
    ["a\x85b\x07", "a\x85b\x07"],
    // Nothing comes to be by what is left out.
    ["\x1b\x1b[0m[31mx", "[31mx"],
    ["\x1b[\x1b[0m31mx", "[31mx"],
  ],
};

for (const [what, cases] of Object.entries(CASES)) {
  Deno.test(`ansi: ${what}`, () => {
    for (const [text, without] of cases) {
      assertEquals(withoutAnsi(text), without, JSON.stringify(text));
      assertEquals(withoutAnsi(without), without);
    }
  });
}

for (const begin of ["\x1b[", "\x1b]", "\x1b]a", "\x1b[1;", "\x1b[ ", "\x9d", "\x1b"]) {
  Deno.test(`ansi: the time grows with the length: ${JSON.stringify(begin)}`, () => {
    for (const text of [begin.repeat(1_000_000 / begin.length), begin + "1".repeat(1_000_000)]) {
      const start = performance.now();
      withoutAnsi(text);
      assert(performance.now() - start < 3_000);
    }
  });
}
