import { assertEquals } from "@std/assert";
import type { FormattedText } from "../../lib/telegram/text/formatted.ts";
import { renderMarkdown } from "../../lib/telegram/text/markdown.ts";
import { splitText } from "../../lib/telegram/text/split.ts";
import { randomDocument } from "../telegram/text/markdown_fuzz.ts";
import { startOracle } from "./oracle.ts";

const DOCUMENTS = 20_000;
const AT_ONCE = 500;

Deno.test("oracle: Telegram's own code takes every message made of random Markdown", async () => {
  await using oracle = startOracle();
  const refused: string[] = [];
  for (let seed = 1; seed <= DOCUMENTS; seed += AT_ONCE) {
    const messages = messagesOf(seed, Math.min(DOCUMENTS, seed + AT_ONCE - 1));
    const verdicts = await oracle.judge(messages.map(({ message }) => message));
    for (const [index, verdict] of verdicts.entries()) {
      if (verdict !== null) refused.push(`seed ${messages[index]?.seed}: ${verdict}`);
    }
  }
  assertEquals(refused, []);
});

Deno.test("oracle: it refuses what Telegram refuses", async () => {
  await using oracle = startOracle();
  const link = (url: string): FormattedText => ({
    text: "label",
    entities: [{ type: "text_link", offset: 0, length: 5, url }],
  });
  const verdicts = await oracle.judge([
    link("https://example.com/a_(b)"),
    link("http://localhost:3000"),
    link("file:///etc/passwd"),
    { text: "😀", entities: [{ type: "bold", offset: 1, length: 1 }] },
    { text: "short", entities: [{ type: "bold", offset: 0, length: 9 }] },
  ]);
  assertEquals(verdicts.map((verdict) => verdict === null), [true, false, false, false, false]);
});

function messagesOf(from: number, to: number): { seed: number; message: FormattedText }[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).flatMap((seed) =>
    splitText(renderMarkdown(randomDocument(seed))).map((message) => ({ seed, message }))
  );
}
