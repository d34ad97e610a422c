import type { Definition, DefinitionContent, FootnoteDefinition, Nodes, Root } from "mdast";
import type { FormattedText } from "./formatted.ts";
import { type Context, drawBlocks } from "./markdown/blocks.ts";
import { Canvas } from "./markdown/canvas.ts";
import { bounded } from "./markdown/guard.ts";
import { parse } from "./markdown/parse.ts";
import { cleaned, literalsHidden } from "./markdown/source.ts";
import { isVisible } from "./split.ts";

/** Above this, a text is shown as it is. */
const LONGEST = 200_000;

/**
 * CommonMark and GFM as Telegram shows it.
 *
 * Never throws, whatever the string: a text too long or too deeply nested to parse in reasonable
 * time keeps its Markdown as text. A source with nothing visible gives an empty text. The result
 * may be longer than a message: `splitText` cuts it.
 */
export function renderMarkdown(source: string): FormattedText {
  if (!isVisible(source)) return { text: "", entities: [] };
  const text = cleaned(source);
  if (text.length > LONGEST) return plain(text);
  try {
    return drawn(parse(bounded(literalsHidden(text))));
  } catch {
    return plain(text);
  }
}

function plain(text: string): FormattedText {
  return { text: text.trim(), entities: [] };
}

function drawn(root: Root): FormattedText {
  const canvas = new Canvas();
  const { context, footnotes } = references(root);
  drawBlocks(canvas, root.children, context);
  // A footnote may mention another one: the list grows while it is drawn.
  for (let index = 0; index < footnotes.length; index++) {
    const definition = footnotes[index];
    if (!definition) continue;
    canvas.write(index === 0 ? "\n\n" : "\n");
    canvas.write(`[${index + 1}] `);
    canvas.indented("    ", () => drawBlocks(canvas, definition.children, context));
  }
  return canvas.finish();
}

/** What the labels of the text refer to; nobody refers to a definition: it stays visible. */
function references(root: Root): { context: Context; footnotes: FootnoteDefinition[] } {
  const definitions = new Map<string, Definition>();
  const notes = new Map<string, FootnoteDefinition>();
  const labels = new Set<string>();
  const mentioned: string[] = [];
  const doubles: FootnoteDefinition[] = [];
  visit(root, (node) => {
    if (node.type === "definition" && !definitions.has(node.identifier)) {
      definitions.set(node.identifier, node);
    } else if (node.type === "footnoteDefinition") {
      if (notes.has(node.identifier)) doubles.push(node);
      else notes.set(node.identifier, node);
    } else if (node.type === "linkReference" || node.type === "imageReference") {
      labels.add(node.identifier);
    } else if (node.type === "footnoteReference") mentioned.push(node.identifier);
  });
  const order = [...new Set([...mentioned, ...notes.keys()])].filter((id) => notes.has(id));
  const footnotes = [...order.flatMap((id) => notes.get(id) ?? []), ...doubles];
  const used = new Set<DefinitionContent>(
    [...definitions.values()].filter((definition) => labels.has(definition.identifier)),
  );
  const numbers = new Map(order.map((id, index) => [id, index + 1]));
  const footnote = (identifier: string) => numbers.get(identifier) ?? 0;
  return { context: { definitions, footnote, used, depth: 0 }, footnotes };
}

function visit(node: Nodes, see: (node: Nodes) => void): void {
  see(node);
  if ("children" in node) { for (const child of node.children) visit(child, see); }
}
