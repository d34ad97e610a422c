import { assert, assertEquals } from "@std/assert";
import type { MessageEntity } from "grammy/types";
import {
  bold,
  code,
  concat,
  type FormattedText,
  pre,
} from "../../../lib/telegram/text/formatted.ts";
import { splitText } from "../../../lib/telegram/text/split.ts";
import { faults } from "./markdown_rules.ts";

const plain = (text: string): FormattedText => ({ text, entities: [] });
const texts = (chunks: FormattedText[]) => chunks.map((chunk) => chunk.text);

function checked(text: FormattedText, limit = 4096): FormattedText[] {
  const chunks = splitText(text, limit);
  for (const chunk of chunks) assertEquals(faults(chunk, limit), []);
  return chunks;
}

Deno.test("split: what fits stays as it is", () => {
  const text = concat("a ", bold("b"), "\n\n", pre("  c", "ts"));
  assertEquals(checked(text), [text]);
});

Deno.test("split: nothing visible makes no message", () => {
  for (const text of ["", " \n ", "\u200b", "\n\n\t"]) assertEquals(splitText(plain(text)), []);
});

Deno.test("split: it cuts at paragraphs, then lines, then words, then graphemes", () => {
  const table: [string, string[]][] = [
    ["aaa\n\nbbb ccc\nddd", ["aaa", "bbb ccc", "ddd"]],
    ["aaaa bbb\nc ddddd eeee", ["aaaa bbb", "c ddddd", "eeee"]],
    ["aaaaaa bbbbbb", ["aaaaaa", "bbbbbb"]],
    ["aaaaaaaaaaaaaaa", ["aaaaaaaaaa", "aaaaa"]],
    ["aaaaaaaaa\n   \n   b", ["aaaaaaaaa", "b"]],
  ];
  for (const [text, expected] of table) assertEquals(texts(checked(plain(text), 10)), expected);
});

Deno.test("split: a grapheme is never torn", () => {
  for (const grapheme of ["😀", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "❤️", "e\u0301", "한", "\r\n"]) {
    for (const shift of ["", "a", "ab", "abc"]) {
      const chunks = checked(plain(shift + grapheme.repeat(40).trim() + "x"), 50);
      for (const text of texts(chunks)) {
        assertEquals(
          text.replace(/^[abc]+/, "").replaceAll(grapheme, "").replace("x", "").trim(),
          "",
        );
      }
    }
  }
});

Deno.test("split: a grapheme longer than a message is cut between its characters", () => {
  const text = "a" + "👩\u200d".repeat(100) + "👩" + "😀".repeat(3);
  assertEquals(texts(checked(plain(text), 100)).join(""), text);
});

Deno.test("split: a long block of code goes on with its language and its indentation", () => {
  const source = Array.from({ length: 30 }, (_, index) => `    line ${index}`).join("\n");
  const chunks = checked(concat("before\n", pre(source, "py"), "\nafter"), 100);
  const blocks = chunks.flatMap((chunk) => chunk.entities);
  assertEquals(new Set(blocks.map((block) => "language" in block && block.language)).size, 1);
  assertEquals(texts(chunks).join("\n"), `before\n${source}\nafter`);
});

Deno.test("split: an entity is kept whole where the message before it is not left half empty", () => {
  const chunks = checked(concat("a".repeat(60), " ", bold("bb bb bb bb bb bb bb bb")), 80);
  assertEquals(chunks.map((chunk) => chunk.entities.length), [0, 1]);
  const early = checked(concat("a ", bold("bb ".repeat(40).trim())), 80);
  assertEquals(early.map((chunk) => chunk.entities.length), [1, 1]);
});

Deno.test("split: at most 100 entities a message, and their size is bounded", () => {
  const words = checked(concat(...Array.from({ length: 300 }, () => [bold("b"), " "]).flat()));
  assertEquals(words.map((chunk) => chunk.entities.length), [100, 100, 100]);
  const url = `https://a.bc/${"x".repeat(900)}`;
  const link = { text: "a", entities: [{ type: "text_link" as const, offset: 0, length: 1, url }] };
  const links = checked(concat(...Array.from({ length: 40 }, () => [link, " "]).flat()));
  assertEquals(links.flatMap((chunk) => chunk.entities).length, 40);
});

Deno.test("split: nested entities are cut together", () => {
  const inner: MessageEntity[] = [
    { type: "blockquote", offset: 0, length: 299 },
    { type: "bold", offset: 0, length: 299 },
  ];
  const chunks = checked({ text: "ab ".repeat(100).trim(), entities: inner }, 100);
  for (const chunk of chunks) {
    assertEquals(chunk.entities.map(({ offset, length }) => [offset, length]), [
      [0, chunk.text.length],
      [0, chunk.text.length],
    ]);
  }
});

Deno.test("split: chunks are not much emptier than half", () => {
  const words = Array.from({ length: 3_000 }, (_, index) => index % 7 ? "word" : "line\n");
  const chunks = checked(concat(...words.map((word) => concat(code(word), " "))), 4096);
  assert(chunks.slice(0, -1).every((chunk) => chunk.entities.length > 40));
  const prose = checked(plain("word ".repeat(5_000)));
  assert(prose.slice(0, -1).every((chunk) => chunk.text.length > 2_000));
});
