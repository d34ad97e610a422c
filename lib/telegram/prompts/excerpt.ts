import { escapeText } from "../escape.ts";

const LINES = 25;
const CHARS = 1_500;

/** The beginning of a text, and how many lines were left out; 0 when it is whole. */
export interface Excerpt {
  readonly head: string;
  readonly hidden: number;
}

/** As much of a text as one reads on a phone before tapping; the rest goes into a document. */
export function excerpt(whole: string): Excerpt {
  const text = escapeText(whole).trimEnd(); // A pattern for the blanks at the end is quadratic.
  const all = text.split("\n");
  if (all.length <= LINES && text.length <= CHARS) return { head: all.join("\n"), hidden: 0 };
  const head = all.slice(0, LINES).join("\n").slice(0, CHARS).toWellFormed();
  return { head, hidden: Math.max(1, all.length - head.split("\n").length) };
}

/** The line below an excerpt that says that there is more. */
export const moreAbove = (hidden: number): string =>
  `… ${hidden === 1 ? "there is more" : `${hidden} more lines`}: see the document above.`;

/** A text as one short line. */
export function short(text: string, limit = 120): string {
  const line = escapeText(text).replace(/\s+/g, " ").trim();
  return line.length > limit ? line.slice(0, limit - 1).toWellFormed() + "…" : line;
}
