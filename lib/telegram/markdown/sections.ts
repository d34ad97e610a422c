import { isDelimiterRow } from "./guard.ts";

/** A piece of a Markdown source that can be parsed by itself. */
export interface Section {
  readonly text: string;
  /** The number of lines before it. */
  readonly line: number;
  /** Its lines that are neither code nor a table's: the parser's time grows with their square. */
  readonly busy: number;
}

/** About the length of a section: the parser's time grows with the square of it. */
const ENOUGH = 3_000;
/** From here on a quote is cut too, between its paragraphs. */
const MUCH = 8 * ENOUGH;
/** Lines of running text without a break. */
const MOST_RUNNING = 150;
/** Lines of anything but code and tables. */
const MOST_BUSY = 1_000;

const FENCE = /^(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*?(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const BULLET = /^[-*+][ \t]+\S/;
const NUMBER = /^\d{1,9}[.)][ \t]+\S/;

/** Where the scan stands. */
interface Place {
  /** What the last block at the margin is. */
  container: "none" | "bullets" | "numbers" | "quote" | "note";
  fence: { readonly mark: string; readonly inner: boolean } | null;
  /** Whether the line before was blank, or in a quote only. */
  blank: "no" | "quoted" | "yes";
  /** Whether rows of a table may stand here. */
  table: boolean;
  /** Lines at the margin since something that is no running text. */
  running: number;
  /** Characters and busy lines since the last cut. */
  size: number;
  busy: number;
}

/**
 * Cuts a source where a block begins at the margin: after a blank line or at an item of a list,
 * never within a fence. So each section means by itself what it means in the whole, but for labels.
 * Where none of this comes for absurdly long, it cuts between two lines.
 */
export function sections(source: string): Section[] {
  const lines = source.split("\n");
  const found: Section[] = [];
  const place: Place = {
    container: "none",
    fence: null,
    blank: "yes",
    table: false,
    running: 0,
    size: 0,
    busy: 0,
  };
  let from = 0;
  const cut = (at: number) => {
    found.push({ text: lines.slice(from, at).join("\n"), line: from, busy: place.busy });
    from = at;
    Object.assign(place, { blank: "yes", running: 0, size: 0, busy: 0 } satisfies Partial<Place>);
  };
  for (const [at, line] of lines.entries()) {
    leaveInnerFence(place, line);
    if (at > from && isCut(place, line)) cut(at);
    advance(place, line);
  }
  cut(lines.length);
  return found;
}

const isMargin = (line: string): boolean => /^\S/.test(line);

/** A fence within a list item or a quote ends with it. */
function leaveInnerFence(place: Place, line: string): void {
  if (!place.fence?.inner || !isMargin(line)) return;
  if (place.container !== "quote" || !line.startsWith(">")) place.fence = null;
}

function isCut(place: Place, line: string): boolean {
  if (place.fence || !isMargin(line)) return false;
  if (place.running > MOST_RUNNING) return true;
  if (place.busy > MOST_BUSY && !place.table) return true;
  if (place.size < ENOUGH) return false;
  if (place.blank === "yes") return true;
  if (place.container === "quote") return place.size > MUCH && place.blank === "quoted";
  return (place.container === "bullets" && BULLET.test(line)) ||
    (place.container === "numbers" && NUMBER.test(line));
}

function advance(place: Place, line: string): void {
  place.size += line.length + 1;
  if (place.fence) return inFence(place, place.fence, line);
  place.table = line.trim() !== "" && (place.table || isDelimiterRow(line));
  if (!place.table) place.busy++;
  const fence = FENCE.exec(line)?.[1];
  const container = containerOf(line);
  if (isMargin(line)) {
    if (container !== "none" || place.blank === "yes" || fence) place.container = container;
    const runs = container === "none" && place.blank === "no" && !place.table;
    place.running = runs ? place.running + 1 : 0;
  }
  place.blank = /\S/.test(line) ? /^[>\s]*$/.test(line) ? "quoted" : "no" : "yes";
  if (!fence) return;
  const indent = line.search(/\S/);
  const inner = INDENT[place.container] <= indent || container !== "none";
  if (inner || indent < 4) place.fence = { mark: fence, inner };
}

/** The indentation that belongs to a container's content, at least. */
const INDENT = { none: Infinity, bullets: 2, numbers: 3, quote: Infinity, note: 4 };

function inFence(place: Place, fence: NonNullable<Place["fence"]>, line: string): void {
  const end = (fence.inner ? FENCE : /^ {0,3}(`{3,}|~{3,})(.*)$/).exec(line);
  if (end?.[1]?.startsWith(fence.mark) && end[2]?.trim() === "") place.fence = null;
  place.blank = "no";
}

function containerOf(line: string): Place["container"] {
  if (line.startsWith(">")) return "quote";
  if (/^[-*+](?:[ \t]|$)/.test(line)) return "bullets";
  if (/^\d{1,9}[.)](?:[ \t]|$)/.test(line)) return "numbers";
  return /^\[\^/.test(line) ? "note" : "none";
}
