import { assertEquals } from "@std/assert";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { renderMarkdown } from "../../lib/telegram/markdown.ts";
import { splitText } from "../../lib/telegram/split.ts";
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
  const options = { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] };
  visit(fromMarkdown(source.toWellFormed(), options), (node) => {
    if (node.type !== "text" && node.type !== "inlineCode" && node.type !== "code") return;
    for (const [word, count] of left) left.set(word, count - node.value.split(word).length + 1);
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

function visit(node: Nodes, see: (node: Nodes) => void): void {
  see(node);
  if ("children" in node) { for (const child of node.children) visit(child, see); }
}
