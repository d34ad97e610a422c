import type { Token } from "markdown-it";
import { escapeText } from "./escape.ts";
import type { FormattedText } from "./formatted.ts";
import { drawBlocks } from "./markdown/blocks.ts";
import { Canvas } from "./markdown/canvas.ts";
import { type Block, parse } from "./markdown/parser.ts";
import { cleaned, literalsHidden } from "./markdown/source.ts";
import { isVisible } from "./split.ts";

/** Above this, a text is shown as it is. */
const LONGEST = 200_000;

/**
 * CommonMark and GFM as Telegram shows it.
 *
 * Never throws, whatever the string: a longer text, a stretch that is too long for anyone to read and
 * what nests too deep keep their Markdown as text. A source with nothing visible gives an empty text.
 * The result may be longer than a message: `splitText` cuts it.
 */
export function renderMarkdown(source: string): FormattedText {
  if (!isVisible(source)) return { text: "", entities: [] };
  const text = cleaned(source);
  if (text.length > LONGEST) return { text: text.trim(), entities: [] };
  const readied = literalsHidden(text);
  return drawn(parse(readied), readied.split("\n"));
}

function drawn(blocks: readonly Block[], lines: readonly string[]): FormattedText {
  const canvas = new Canvas();
  const { footnotes, numbers, used } = references(blocks);
  const context = { lines, used, depth: 0, numbers: (label: unknown) => numbers.get(label) ?? 0 };
  drawBlocks(canvas, blocks, context);
  for (const [index, { children }] of footnotes.entries()) {
    canvas.write(index === 0 ? "\n\n" : "\n");
    canvas.write(`[${index + 1}] `);
    canvas.indented("    ", () => drawBlocks(canvas, children, context));
  }
  return canvas.finish();
}

/** The targets of the labels of a text: its footnotes in their order, the definitions that are used. */
function references(blocks: readonly Block[]) {
  const definitions: Token[] = [];
  const notes: Block[] = [];
  const labels = new Set<unknown>();
  const mentioned: unknown[] = [];
  const see = (token: Token) => {
    const label = token.meta?.["label"];
    if (token.type === "reference_definition") definitions.push(token);
    else if (token.type === "footnote_ref") mentioned.push(label);
    else if (label !== undefined) labels.add(label);
    if (token.type !== "image") token.children?.forEach(see); // Of a picture only the label is drawn.
  };
  const visit = (block: Block) => {
    if (block.token.type === "footnote_open") notes.push(block);
    else see(block.token);
    block.children.forEach(visit);
  };
  blocks.forEach(visit);
  const byLabel = firsts(notes, ({ token }) => token.meta?.["label"]);
  const order = [...new Set([...mentioned, ...byLabel.keys()])];
  const inOrder = order.flatMap((label) => byLabel.get(label) ?? []);
  const targets = firsts(definitions, ({ meta }) => meta?.["label"]);
  return {
    footnotes: [...new Set([...inOrder, ...notes])],
    numbers: new Map(order.map((label, index) => [label, index + 1])),
    used: new Set([...labels].flatMap((label) => targets.get(label) ?? [])),
  };
}

/** Of those with the same label the first counts. */
function firsts<T>(all: readonly T[], labelOf: (each: T) => unknown): Map<unknown, T> {
  const found = new Map<unknown, T>();
  for (const each of all) if (!found.has(labelOf(each))) found.set(labelOf(each), each);
  return found;
}

/**
 * A rendered Markdown text that says every letter of its source, in the same order. What others do not
 * say may be a link's title, a picture, what a label refers to, a number, the rest of a fence's head.
 */
export function saysAll(source: string, { text, entities }: FormattedText): boolean {
  let said = "";
  let done = 0;
  for (const entity of entities.toSorted((a, b) => a.offset - b.offset)) {
    if (entity.type !== "pre" || entity.language === undefined) continue;
    said += text.slice(done, entity.offset) + entity.language;
    done = entity.offset;
  }
  return letters(escapeText(source)) === letters(said + text.slice(done));
}

const letters = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, "");

/** The beginning of a Markdown text, at most `limit` long, up to the end of a paragraph or a line. */
export function headOf(text: string, limit: number): string {
  const start = text.slice(0, limit).toWellFormed();
  const paragraph = start.lastIndexOf("\n\n");
  const line = start.lastIndexOf("\n");
  const end = paragraph > limit / 3 ? paragraph : line > limit / 3 ? line : limit;
  const head = start.slice(0, end).trimEnd();
  // A fence that is cut would swallow what is said after it.
  const fences = head.match(/^ {0,3}(```+|~~~+)/gm) ?? [];
  return fences.length % 2 === 1 ? `${head}\n${fences.at(-1)!.trim()}` : head;
}
