import { hidden } from "./source.ts";

/** Quotes and lists within each other: more is nothing that a person could read on a phone. */
const DEEPEST = 12;
/** Delimiters in one stretch of running text; the parser's time grows with their square. */
const MOST_DELIMITERS = 400;
/** The sum of those squares over the whole text. */
const MOST_WORK = 4_000_000;
/** Cells of a table; the parser fills up short rows. */
const MOST_CELLS = 20_000;

const CONTAINERS = /^[ \t]*(?:(?:>|[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))[ \t]*)*/;
const DELIMITER = /[*_]+|[[\]]|~~|`+/g;
const FENCE = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:`{3,}|~{3,})/;

/**
 * The source with what the parser would need absurd time or stack for out of its sight: containers
 * that nest deeper than anyone reads, and stretches of text full of delimiters. They stay as text;
 * a sane document is not changed at all.
 */
export function bounded(source: string): string {
  const lines = shallow(withoutHugeTables(source.split("\n")));
  let work = 0;
  for (const stretch of stretches(lines)) {
    if (!stretch.code) work += stretch.delimiters ** 2;
    if (stretch.delimiters <= MOST_DELIMITERS && (stretch.code || work <= MOST_WORK)) continue;
    for (let at = stretch.start; at < stretch.end; at++) {
      const line = lines[at] ?? "";
      if (!FENCE.test(line)) lines[at] = line.replace(DELIMITER, hidden);
    }
  }
  return lines.join("\n");
}

/** Hides the second line of tables with too many cells: so they are none. */
function withoutHugeTables(lines: string[]): string[] {
  let rows = 0;
  return lines.map((_, index) => {
    const line = lines[lines.length - 1 - index] ?? "";
    rows = line.trim() === "" ? 0 : rows + 1;
    if (!isDelimiterRow(line)) return line;
    return (line.split("|").length - 1) * rows > MOST_CELLS ? hidden(line) : line;
  }).reverse();
}

/** Hides the markers of lines that lie too deep. */
function shallow(lines: string[]): string[] {
  const indents: number[] = [];
  return lines.map((line) => {
    const prefix = CONTAINERS.exec(line)?.[0] ?? "";
    const indent = prefix.search(/\S/);
    if (indent === -1) return line;
    while ((indents.at(-1) ?? -1) >= indent) indents.pop();
    const depth = indents.length + (prefix.match(/[->*+.)]/g)?.length ?? 0);
    if (depth > DEEPEST) return hidden(prefix) + line.slice(prefix.length);
    if (/[-*+.)]/.test(prefix)) indents.push(indent);
    return line;
  });
}

/** Lines that may be one paragraph to the parser. */
interface Stretch {
  readonly start: number;
  readonly code: boolean;
  end: number;
  delimiters: number;
}

function stretches(lines: string[]): Stretch[] {
  const found: Stretch[] = [];
  let last: Stretch | null = null;
  let table = false;
  let code = false;
  for (const [at, line] of lines.entries()) {
    const blank = line.trim() === "";
    const fence = FENCE.test(line);
    if (fence) code = !code;
    table = !code && !blank && (table || isDelimiterRow(line));
    if (last === null || blank || fence || table || startsAnew(line)) {
      last = { start: at, code, end: at, delimiters: 0 };
      found.push(last);
    }
    last.end = at + 1;
    last.delimiters += delimiters(line);
  }
  return found;
}

/** A long run counts by its length: the parser may pair its characters one by one. */
function delimiters(line: string): number {
  return (line.match(DELIMITER) ?? []).reduce(
    (sum, { length }) => sum + (length > 3 ? length : 1),
    0,
  );
}

/** The second line of a table: below it every line is its own. */
export function isDelimiterRow(line: string): boolean {
  return line.includes("|") && line.includes("-") && /^[\s>|:-]+$/.test(line);
}

function startsAnew(line: string): boolean {
  return /^[ \t>]*(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]+\S/.test(line);
}
