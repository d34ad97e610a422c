import { cut, oneLine } from "../../text.ts";
import { escapeText } from "./escape.ts";

const LINES = 25;
const CHARS = 1_500;

/** The beginning of a text, and how many lines were left out; 0 when it is whole. */
export interface Excerpt {
  readonly head: string;
  readonly hidden: number;
}

/** As much of a text as one reads on a phone before tapping; the rest goes into a document. */
export function excerpt(whole: string): Excerpt {
  const text = whole.trimEnd(); // A pattern for the blanks at the end is quadratic.
  const all = text.split("\n");
  const start = escapeText(all.slice(0, LINES).join("\n").slice(0, CHARS + 1));
  if (all.length <= LINES && text.length <= CHARS && start.length <= CHARS) {
    return { head: start, hidden: 0 };
  }
  const head = start.slice(0, CHARS).toWellFormed();
  return { head, hidden: Math.max(1, all.length - head.split("\n").length) };
}

/** The line below an excerpt that says that there is more. */
export const moreAbove = (hidden: number): string =>
  `… ${hidden === 1 ? "there is more" : `${hidden} more lines`}: see the document above.`;

/** Blanks become one: so much more of a text is looked at. */
const BLANKS = 8;

/** A text as one short line, with what deceives spelled out. */
export function short(text: string, limit = 120): string {
  const start = text.slice(0, BLANKS * limit);
  const line = oneLine(escapeText(start), Infinity);
  return cut(start.length < text.length ? `${line}…` : line, limit);
}

/** A text with what deceives spelled out, cut where it is longer; its line breaks stay. */
export const escapedCut = (text: string, limit: number): string =>
  cut(escapeText(text.slice(0, limit + 1)), limit);

/** A text that is no longer than that, with what deceives spelled out. */
export const fits = (text: string, limit: number): boolean =>
  text.length <= limit && escapeText(text).length <= limit;

const DEEPEST = 6;

/** A value of JSON as indented lines, as one would write it in YAML; not meant to be read back. */
export function readable(value: unknown, depth = 0): string {
  if (typeof value === "string") return text(value);
  if (value === null || typeof value !== "object") return String(value);
  if (depth >= DEEPEST) return JSON.stringify(value);
  const entries = Array.isArray(value)
    ? value.map((item) => ["-", item] as const)
    : Object.entries(value).map(([key, item]) => [`${key}:`, item] as const);
  return entries.map(([head, item]) => entry(head, readable(item, depth + 1), item)).join("\n");
}

function entry(head: string, body: string, item: unknown): string {
  const nested = item !== null && typeof item === "object" && body !== "";
  return body.includes("\n") || nested ? `${head}\n${indented(body)}` : `${head} ${body}`.trimEnd();
}

const indented = (body: string) => body.split("\n").map((line) => `  ${line}`).join("\n");

const text = (value: string) => value.replace(/\r\n?/g, "\n").replace(/\n$/, "");
