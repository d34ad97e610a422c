import type { AlignType, PhrasingContent, Table, TableCell } from "mdast";
import type { Canvas } from "./canvas.ts";
import { drawInline, plainText, type References } from "./inline.ts";
import { linkAddress, sameAddress } from "./links.ts";
import { revealed } from "./source.ts";

/** Columns of fixed-width text that a phone shows without wrapping. */
const PHONE = 40;
const BETWEEN = "  ";

/** Draws a table in columns where a phone has the width for it, else as one record a row. */
export function drawTable(canvas: Canvas, table: Table, refs: References): void {
  const grid = asGrid(table);
  if (grid !== null) return canvas.pre(grid);
  drawRecords(canvas, table, refs);
}

/** Whether {@linkcode drawTable} will draw a block that begins at the line's beginning. */
export function isGrid(table: Table): boolean {
  return asGrid(table) !== null;
}

function asGrid(table: Table): string | null {
  if (table.children.some((row) => row.children.some((cell) => cell.children.some(needsLink)))) {
    return null;
  }
  const rows = table.children.map((row) => row.children.map(cellText));
  const count = Math.max(...rows.map((row) => row.length));
  if (count * (1 + BETWEEN.length) > PHONE + BETWEEN.length) return null;
  const widths = Array.from({ length: count }, (_, column) => {
    return Math.max(1, ...rows.map((row) => columns(row[column] ?? "")));
  });
  const total = widths.reduce((sum, width) => sum + width, 0) + BETWEEN.length * (count - 1);
  if (total > PHONE) return null;
  const lines = rows.map((row) => {
    return widths
      .map((width, column) => padded(row[column] ?? "", width, table.align?.[column]))
      .join(BETWEEN)
      .trimEnd();
  });
  lines.splice(1, 0, widths.map((width) => "─".repeat(width)).join(BETWEEN));
  return lines.join("\n");
}

/** A block of code has no links: a table with links that say more than their label is no grid. */
function needsLink(node: PhrasingContent): boolean {
  if (node.type === "linkReference" || node.type === "imageReference") return true;
  if (node.type === "link" || node.type === "image") {
    return !sameAddress(plainText(node), revealed(node.url)) || linkAddress(node.url) === null;
  }
  return "children" in node && node.children.some(needsLink);
}

function cellText(cell: TableCell): string {
  return plainText(cell).replace(/<br\s*\/?>/gi, " ").replace(/\s+/g, " ").trim();
}

function padded(text: string, width: number, align: AlignType | undefined): string {
  const space = width - columns(text);
  const left = align === "right" ? space : align === "center" ? Math.floor(space / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(space - left);
}

function drawRecords(canvas: Canvas, table: Table, refs: References): void {
  const [head, ...rows] = table.children;
  const titles = head?.children ?? [];
  if (rows.length === 0) return drawTitles(canvas, titles, refs);
  for (const [index, row] of rows.entries()) {
    if (index > 0) canvas.write("\n\n");
    let first = true;
    for (let column = 0; column < Math.max(titles.length, row.children.length); column++) {
      const title = titles[column];
      const cell = row.children[column];
      if (!first) canvas.newline();
      first = false;
      if (title && title.children.length > 0) {
        canvas.styled("bold", () => drawInline(canvas, title.children, refs));
        canvas.write(": ");
      }
      if (cell && cell.children.length > 0) drawInline(canvas, cell.children, refs);
      else canvas.write("–");
    }
  }
}

function drawTitles(canvas: Canvas, titles: TableCell[], refs: References): void {
  for (const [index, title] of titles.entries()) {
    if (index > 0) canvas.newline();
    canvas.styled("bold", () => drawInline(canvas, title.children, refs));
  }
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** The columns that a text takes in fixed-width type: two for CJK and emoji, none for accents. */
export function columns(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += WIDE.test(segment) ? 2 : /^[\p{M}\p{Cf}]+$/u.test(segment) ? 0 : 1;
  }
  return width;
}
