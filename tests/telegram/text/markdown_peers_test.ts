import { assertEquals } from "@std/assert";
import type { MessageEntity } from "grammy/types";
import { renderMarkdown } from "../../../lib/telegram/text/markdown.ts";
import { splitText } from "../../../lib/telegram/text/split.ts";

/** Answers that other programs lose, flatten or have refused: text and entities, whole. */
const ANSWERS: Record<string, { source: string; text: string; entities: MessageEntity[] }> = {
  "a nested list with a block of code": {
    source: [
      "1. Install:",
      "   - with apt",
      "     ```bash",
      "     apt install x",
      "       --yes",
      "     ```",
      "   - by hand",
      "2. Done",
    ].join("\n"),
    text: "1. Install:\n   ◦ with apt\napt install x\n  --yes\n   ◦ by hand\n2. Done",
    entities: [{ type: "pre", offset: 26, length: 21, language: "bash" }],
  },
  "a table with a pipe in a cell": {
    source: "| Flag | Does |\n|:--|--:|\n| `a\\|b` | either |",
    text: "Flag    Does\n────  ──────\na|b   either",
    entities: [{ type: "pre", offset: 0, length: 38 }],
  },
  "a link that Telegram refuses": {
    source: "Open [the app](http://localhost:3000) or [the docs](https://deno.com/x)",
    text: "Open the app (http://localhost:3000) or the docs",
    entities: [{ type: "text_link", offset: 40, length: 8, url: "https://deno.com/x" }],
  },
  "delimiters without a partner among names": {
    source: "Call **my_func_name with _private and __init__.py, then `run_all_tests` **now**",
    text: "Call **my_func_name with _private and __init__.py, then run_all_tests now",
    entities: [
      { type: "code", offset: 56, length: 13 },
      { type: "bold", offset: 70, length: 3 },
    ],
  },
  "a link with parentheses": {
    source: "See [Foo](https://en.wikipedia.org/wiki/Foo_(bar)).",
    text: "See Foo.",
    entities: [
      { type: "text_link", offset: 4, length: 3, url: "https://en.wikipedia.org/wiki/Foo_(bar)" },
    ],
  },
};

for (const [name, { source, text, entities }] of Object.entries(ANSWERS)) {
  Deno.test(`markdown: ${name}`, () => {
    const drawn = renderMarkdown(source);
    assertEquals(drawn, { text, entities });
    assertEquals(splitText(drawn), [drawn]);
  });
}

Deno.test("markdown: a block of code longer than a message goes on in the next one", () => {
  const line = "    const value = compute(index);";
  const source = `Before.\n\n\`\`\`ts\n${Array(200).fill(line).join("\n")}\n\`\`\`\n\nAfter.`;
  const chunks = splitText(renderMarkdown(source));
  const linesIn = (text = "") => text.split("\n").filter((each) => each === line).length;
  assertEquals(chunks.map(({ text }) => linesIn(text)), [120, 80]);
  const block = { type: "pre" as const, language: "ts" };
  assertEquals(chunks.map(({ entities }) => entities), [
    [{ ...block, offset: 8, length: 120 * 34 - 1 }],
    [{ ...block, offset: 0, length: 80 * 34 - 1 }],
  ]);
  assertEquals(chunks.map(({ text }) => text.slice(-6)), ["ndex);", "After."]);
});
