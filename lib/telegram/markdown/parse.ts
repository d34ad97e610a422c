import type { Nodes, Paragraph, Root, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { type Section, sections } from "./sections.ts";

const OPTIONS = {
  // HTML is text here, and Markdown between its tags still counts; `~5` means "about five".
  extensions: [
    gfm({ singleTilde: false }),
    { disable: { null: ["htmlFlow", "htmlText"] } },
  ],
  // The transforms search all text once more for addresses, in quadratic time; Telegram finds them.
  mdastExtensions: gfmFromMarkdown().map(({ transforms: _, ...extension }) => extension),
};

/** A section that stays as it is: the parser would take minutes for so many nested blocks. */
const TOO_BUSY = 4_000;

/**
 * The tree of a source, parsed section by section. Positions are true for the lines of the blocks at
 * the top and their list items, and among siblings.
 */
export function parse(source: string): Root {
  const pieces = sections(source);
  const labels = pieces.length > 1 ? labelsOf(source) : new Set<string>();
  const children: RootContent[] = [];
  for (const piece of pieces) {
    for (const [index, node] of parsed(piece, labels).entries()) {
      const last = children.at(-1);
      if (index === 0 && last && joined(last, node)) continue;
      children.push(node);
    }
  }
  return { type: "root", children };
}

/** Whether a list that a cut has parted is one again. */
function joined(before: RootContent, after: RootContent): boolean {
  if (before.type !== "list" || after.type !== "list") return false;
  if (before.ordered !== after.ordered) return false;
  before.children.push(...after.children);
  if (before.position && after.position) before.position.end = after.position.end;
  return true;
}

/** The blocks of a section. Labels that other sections define are lent to it for the parsing. */
function parsed(section: Section, labels: ReadonlySet<string>): RootContent[] {
  if (section.busy > TOO_BUSY) return [literal(section)];
  const lent = lentTo(section.text, labels);
  const ahead = lent === "" ? 0 : lent.split("\n").length - 1;
  const nodes = fromMarkdown(lent + section.text, OPTIONS).children
    .filter((node) => (node.position?.start.offset ?? 0) >= lent.length);
  for (const node of nodes) shift(node, section.line - ahead);
  return nodes;
}

/** Definitions of the labels that a section uses, and a rule that ends the last of them. */
function lentTo(text: string, labels: ReadonlySet<string>): string {
  if (labels.size === 0) return "";
  const lent = new Set<string>();
  for (const [, label = ""] of text.matchAll(/\[(\^?[^[\]\n]{1,200})\]/g)) {
    if (labels.has(normal(label))) lent.add(`[${label}]: x\n\n`);
  }
  return lent.size === 0 ? "" : [...lent].join("") + "***\n\n";
}

function literal(section: Section): Paragraph {
  const { text, line } = section;
  const position = {
    start: { line: line + 1, column: 1, offset: 0 },
    end: { line: line + text.trimEnd().split("\n").length, column: 1, offset: text.length },
  };
  return { type: "paragraph", children: [{ type: "text", value: text.trim() }], position };
}

/** What definitions and footnotes of the source are called. */
function labelsOf(source: string): Set<string> {
  const found = new Set<string>();
  for (const [, label = ""] of source.matchAll(/^[ \t>]*\[(\^?[^[\]\n]{1,200})\]:/gm)) {
    found.add(normal(label));
  }
  return found;
}

const normal = (label: string): string => label.replace(/\s+/g, " ").trim().toLowerCase();

function shift(node: Nodes, lines: number): void {
  if (lines === 0 || !node.position) return;
  node.position.start.line += lines;
  node.position.end.line += lines;
  if (node.type === "list") { for (const item of node.children) shift(item, lines); }
}
