import type { BlockContent, DefinitionContent, List, ListItem, RootContent } from "mdast";
import type { Canvas } from "./canvas.ts";
import { drawInline, type References } from "./inline.ts";
import { revealed } from "./source.ts";
import { drawTable, isGrid } from "./table.ts";

/** What blocks need beyond running text. */
export interface Context extends References {
  /** Definitions that a label in the text uses: they are not shown themselves. */
  readonly used: ReadonlySet<DefinitionContent>;
  /** How many lists the present place lies in. */
  readonly depth: number;
}

type Block = BlockContent | DefinitionContent;

const BULLETS = ["•", "◦", "▪"];
const RULE = "———";

/** Draws blocks one below the other, with blank lines where the author has put some. */
export function drawBlocks(canvas: Canvas, nodes: RootContent[], context: Context): void {
  let before: Block | null = null;
  for (const node of nodes) {
    if (!isBlock(node) || isUnseen(node, context)) continue;
    if (before) canvas.write(gap(before, node));
    drawBlock(canvas, node, context);
    before = node;
  }
}

function isBlock(node: RootContent): node is Block {
  return node.type !== "yaml" && node.type !== "listItem" && node.type !== "tableRow" &&
    node.type !== "tableCell" && !INLINE.has(node.type);
}

const INLINE = new Set<RootContent["type"]>([
  ...["break", "delete", "emphasis", "footnoteReference", "image", "imageReference"] as const,
  ...["inlineCode", "link", "linkReference", "strong", "text"] as const,
]);

function isUnseen(node: Block, context: Context): boolean {
  if (node.type === "footnoteDefinition") return true; // At the end of the text.
  return node.type === "definition" && context.used.has(node);
}

/** Clients set code and quotes apart by themselves. */
function gap(before: Block, after: Block): string {
  if (isFramed(before) || isFramed(after)) return "\n";
  const end = before.position?.end.line ?? 0;
  const start = after.position?.start.line ?? 0;
  return start - end > 1 ? "\n\n" : "\n";
}

function isFramed(node: Block): boolean {
  return node.type === "code" || node.type === "blockquote" ||
    (node.type === "table" && isGrid(node));
}

function drawBlock(canvas: Canvas, node: Block, context: Context): void {
  switch (node.type) {
    case "paragraph":
      return drawInline(canvas, node.children, context);
    case "heading":
      return canvas.styled("bold", () => {
        const draw = () => drawInline(canvas, node.children, context);
        return node.depth <= 2 ? canvas.styled("underline", draw) : draw();
      });
    case "thematicBreak":
      return canvas.write(RULE);
    case "code":
      return canvas.pre(revealed(node.value), language(node.lang));
    case "html":
      return canvas.write(revealed(node.value));
    case "blockquote":
      return canvas.quote(() => drawBlocks(canvas, node.children, context));
    case "list":
      return drawList(canvas, node, { ...context, depth: context.depth + 1 });
    case "table":
      return drawTable(canvas, node, context);
    case "definition":
      return canvas.write(revealed(`[${node.label ?? node.identifier}]: ${node.url}`));
    case "footnoteDefinition":
      return;
    default:
      return node satisfies never;
  }
}

function drawList(canvas: Canvas, list: List, context: Context): void {
  let number = list.start ?? 1;
  let before: ListItem | null = null;
  for (const item of list.children) {
    if (before) {
      const lines = (item.position?.start.line ?? 0) - (before.position?.end.line ?? 0);
      canvas.write(lines > 1 ? "\n\n" : "\n");
    }
    const bullet = BULLETS[Math.min(context.depth, BULLETS.length) - 1] ?? "•";
    drawItem(canvas, item, list.ordered ? `${number++}.` : bullet, list.ordered === true, context);
    before = item;
  }
}

function drawItem(
  canvas: Canvas,
  item: ListItem,
  marker: string,
  ordered: boolean,
  context: Context,
): void {
  const box = typeof item.checked !== "boolean" ? null : item.checked ? "☑" : "☐";
  const signs = box === null ? marker : ordered ? `${marker} ${box}` : box;
  const first = item.children[0];
  canvas.write(first && !isFramed(first) ? `${signs} ` : signs);
  if (!first) return;
  canvas.indented(" ".repeat(marker.length + 1), () => {
    if (isFramed(first)) canvas.newline();
    drawBlocks(canvas, item.children, context);
  });
}

/** The language as Telegram shows it above a block: one short word. */
function language(info: string | null | undefined): string | undefined {
  return /[A-Za-z0-9][\w+#.-]{0,31}/.exec(revealed(info ?? ""))?.[0];
}
