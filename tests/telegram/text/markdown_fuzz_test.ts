import { assertEquals } from "@std/assert";
import MarkdownIt, { type Token } from "markdown-it";
import { renderMarkdown } from "../../../lib/telegram/text/markdown.ts";
import { splitText } from "../../../lib/telegram/text/split.ts";
import { randomDocument } from "./markdown_fuzz.ts";
import { faults } from "./markdown_rules.ts";

const DOCUMENTS = 1_500;

Deno.test("markdown: random documents keep Telegram's rules and lose no letter", () => {
  for (let seed = 1; seed <= DOCUMENTS; seed++) {
    const source = randomDocument(seed);
    const rendered = renderMarkdown(source);
    const chunks = splitText(rendered);
    for (const chunk of chunks) assertEquals(faults(chunk), [], `seed ${seed}`);
    const said = chunks.map((chunk) => chunk.text).join("");
    assertEquals(letters(said), letters(rendered.text), `seed ${seed}: the splitter lost text`);
    assertEquals(missing(source, rendered.text), [], `seed ${seed}: the renderer lost text`);
  }
});

Deno.test("split: random documents keep Telegram's rules at small limits too", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const rendered = renderMarkdown(randomDocument(seed * 7_919));
    for (const limit of [64, 700]) {
      const chunks = splitText(rendered, limit);
      for (const chunk of chunks) assertEquals(faults(chunk, limit), [], `seed ${seed}`);
      const said = chunks.map((chunk) => chunk.text).join("");
      assertEquals(letters(said), letters(rendered.text), `seed ${seed} at ${limit}`);
    }
  }
});

/** A text without what may change at a cut. */
function letters(text: string): string {
  return text.replace(INVISIBLE, "");
}

const INVISIBLE =
  /[\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f]+/g;

/** Words that the plain parser sees in the text and code of a source more often than are drawn. */
function missing(source: string, drawn: string): string[] {
  const left = new Map(WORDS.map((word) => [word, drawn.split(word).length]));
  visit(new MarkdownIt().parse(source.toWellFormed(), {}), ({ content, children }) => {
    if (children !== null && children.length > 0) return;
    for (const [word, count] of left) left.set(word, count - content.split(word).length + 1);
  });
  return [...left].filter(([, count]) => count < 1).map(([word]) => word);
}

const WORDS = [
  "word",
  "answer",
  "disk",
  "init",
  "var",
  "kwargs",
  "日本語",
  "한국어",
  "مرحبا",
  "שלום",
];

function visit(tokens: readonly Token[], see: (token: Token) => void): void {
  for (const token of tokens) {
    see(token);
    visit(token.children ?? [], see);
  }
}
