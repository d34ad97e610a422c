import type { Token } from "markdown-it";
import type { Canvas } from "./canvas.ts";
import { drawInline, type Numbers, plainText, refersBeyond } from "./inline.ts";
import type { Block } from "./parser.ts";

/** Columns of fixed-width text that a phone shows without wrapping. */
const PHONE = 40;
const BETWEEN = "  ";
/** Cells that somebody may read; the parser fills up short rows. */
const MOST_CELLS = 20_000;

/** The running text of a cell. */
type Cell = readonly Token[];

/** Draws a table in columns where a phone has the width for it, else as one record a row. */
export function drawTable(canvas: Canvas, table: Block, numbers: Numbers): void {
  const grid = asGrid(table);
  if (grid !== null) return canvas.pre(grid);
  drawRecords(canvas, rowsOf(table), numbers);
}

/** A table that {@linkcode drawTable} draws as a block of code, at the line's beginning. */
export function isGrid(table: Block): boolean {
  return asGrid(table) !== null;
}

/** A table with more cells than anyone reads. */
export function isHuge(table: Block): boolean {
  const [head = [], ...rows] = rowsOf(table);
  return head.length * rows.length > MOST_CELLS;
}

function rowsOf(table: Block): Cell[][] {
  const rows = table.children.flatMap((section) => section.children);
  return rows.map((row) => row.children.map((cell) => cell.children[0]?.token.children ?? []));
}

/** A block of code has no links: a table with links that say more than their label is no grid. */
function asGrid(table: Block): string | null {
  const rows = rowsOf(table);
  const count = rows[0]?.length ?? 0;
  if (count * (1 + BETWEEN.length) > PHONE + BETWEEN.length) return null;
  if (isHuge(table) || rows.some((row) => row.some(refersBeyond))) return null;
  const texts = rows.map((row) => row.map(cellText));
  const widths = Array.from({ length: count }, (_, column) => {
    return Math.max(1, ...texts.map((row) => columns(row[column] ?? "")));
  });
  const total = widths.reduce((sum, width) => sum + width, 0) + BETWEEN.length * (count - 1);
  if (total > PHONE) return null;
  const aligned = alignments(table);
  const lines = texts.map((row) => {
    return widths
      .map((width, column) => padded(row[column] ?? "", width, aligned[column]))
      .join(BETWEEN)
      .trimEnd();
  });
  lines.splice(1, 0, widths.map((width) => "─".repeat(width)).join(BETWEEN));
  return lines.join("\n");
}

/** The columns' alignments, as the parser writes them: `text-align:right`. */
function alignments(table: Block): (string | undefined)[] {
  const titles = table.children[0]?.children[0]?.children ?? [];
  return titles.map(({ token }) => String(token.attrGet("style") ?? "").split(":")[1]);
}

function cellText(cell: Cell): string {
  return plainText(cell).replace(/<br\s*\/?>/gi, " ").replace(/\s+/g, " ").trim();
}

function padded(text: string, width: number, align: string | undefined): string {
  const space = width - columns(text);
  const left = align === "right" ? space : align === "center" ? Math.floor(space / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(space - left);
}

function drawRecords(canvas: Canvas, rows: readonly Cell[][], numbers: Numbers): void {
  const [titles = [], ...records] = rows;
  if (records.length === 0) return drawTitles(canvas, titles, numbers);
  for (const [index, record] of records.entries()) {
    if (index > 0) canvas.write("\n\n");
    for (const [column, title] of titles.entries()) {
      const cell = record[column] ?? [];
      if (column > 0) canvas.newline();
      if (title.length > 0) {
        canvas.styled("bold", () => drawInline(canvas, title, numbers));
        canvas.write(": ");
      }
      if (cell.length > 0) drawInline(canvas, cell, numbers);
      else canvas.write("–");
    }
  }
}

function drawTitles(canvas: Canvas, titles: readonly Cell[], numbers: Numbers): void {
  for (const [index, title] of titles.entries()) {
    if (index > 0) canvas.newline();
    canvas.styled("bold", () => drawInline(canvas, title, numbers));
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
