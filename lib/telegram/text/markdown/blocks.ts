import type { Token } from "markdown-it";
import type { Canvas } from "./canvas.ts";
import { drawInline, type Numbers } from "./inline.ts";
import type { Block } from "./parser.ts";
import { revealed } from "./source.ts";
import { drawTable, isGrid, isHuge } from "./table.ts";

/** The document that blocks stand in. */
export interface Context {
  /** The lines of the source. */
  readonly lines: readonly string[];
  readonly numbers: Numbers;
  /** Definitions that a label in the text uses: they are not shown themselves. */
  readonly used: ReadonlySet<Token>;
  /** The number of lists that the present place lies in. */
  readonly depth: number;
}

const BULLETS = ["•", "◦", "▪"];
const RULE = "———";

/** Draws blocks one below the other, with blank lines where the author has put some. */
export function drawBlocks(canvas: Canvas, blocks: readonly Block[], context: Context): void {
  let before: Block | null = null;
  let apart = false;
  for (const block of blocks) {
    apart ||= standsApart(block, context);
    if (block.token.type === "footnote_open" || context.used.has(block.token)) continue;
    // Clients set code and quotes apart by themselves.
    if (before) canvas.write(apart && !isFramed(before) && !isFramed(block) ? "\n\n" : "\n");
    drawBlock(canvas, block, context);
    before = block;
    apart = false;
  }
}

/** A block with a blank line above it. */
function standsApart({ token }: Block, { lines }: Context): boolean {
  return /^[ \t>]*$/.test(lines[(token.map?.[0] ?? 0) - 1] ?? "x");
}

function isFramed(block: Block): boolean {
  const { type } = block.token;
  return type === "fence" || type === "code_block" || type === "blockquote_open" ||
    (type === "table_open" && isGrid(block));
}

function drawBlock(canvas: Canvas, block: Block, context: Context): void {
  const { token, children } = block;
  switch (token.type) {
    case "heading_open":
      return canvas.styled("bold", () => {
        const draw = () => drawBlocks(canvas, children, context);
        return token.tag <= "h2" ? canvas.styled("underline", draw) : draw();
      });
    case "hr":
      return canvas.write(RULE);
    case "fence":
    case "code_block":
      return canvas.pre(revealed(token.content), language(token.info));
    case "blockquote_open":
      return canvas.quote(() => drawBlocks(canvas, children, context));
    case "bullet_list_open":
    case "ordered_list_open":
      return drawList(canvas, block, { ...context, depth: context.depth + 1 });
    case "table_open":
      if (isHuge(block)) return canvas.write(sourceOf(token, context));
      return drawTable(canvas, block, context.numbers);
    case "reference_definition":
      return canvas.write(sourceOf(token, context).replace(/^[^[]*/, ""));
    case "inline":
      return drawInline(canvas, token.children ?? [], context.numbers);
    default: // A paragraph.
      return drawBlocks(canvas, children, context);
  }
}

/** The lines of a block as they were written, but for what it lies in. */
function sourceOf({ map }: Token, { lines }: Context): string {
  const [start, end] = map ?? [0, 0];
  return revealed(
    lines.slice(start, end).map((line) => line.replace(/^[ \t>]+/, "")).join("\n").trimEnd(),
  );
}

function drawList(canvas: Canvas, { token, children }: Block, context: Context): void {
  const ordered = token.type === "ordered_list_open";
  const bullet = BULLETS[Math.min(context.depth, BULLETS.length) - 1] ?? "•";
  let number = Number(token.attrGet("start") ?? 1);
  for (const [index, item] of children.entries()) {
    if (index > 0) canvas.write(standsApart(item, context) ? "\n\n" : "\n");
    drawItem(canvas, item, ordered ? `${number++}.` : bullet, ordered, context);
  }
}

function drawItem(
  canvas: Canvas,
  item: Block,
  marker: string,
  ordered: boolean,
  context: Context,
): void {
  const box = takeBox(item);
  const signs = box === null ? marker : ordered ? `${marker} ${box}` : box;
  const first = item.children[0];
  canvas.write(first && !isFramed(first) ? `${signs} ` : signs);
  if (!first) return;
  canvas.indented(" ".repeat(marker.length + 1), () => {
    if (isFramed(first)) canvas.newline();
    drawBlocks(canvas, item.children, context);
  });
}

/** Takes the box of a task, `[x]`, off its text. */
function takeBox(item: Block): string | null {
  const paragraph = item.children[0];
  if (paragraph?.token.type !== "paragraph_open") return null;
  const text = paragraph.children[0]?.token.children?.[0];
  const box = text?.type === "text" ? /^\[([ xX])\]\s+/.exec(text.content) : null;
  if (!text || !box) return null;
  text.content = text.content.slice(box[0].length);
  return box[1] === " " ? "☐" : "☑";
}

/** The language as Telegram shows it above a block: one short word. */
function language(info: string): string | undefined {
  const [first = ""] = revealed(info).trim().split(/\s/, 1);
  return /[A-Za-z0-9][\w+#.-]{0,31}/.exec(first)?.[0];
}
