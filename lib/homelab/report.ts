/**
 * What a probe tells, whoever reads it: the chat, its line in /status, an alert.
 * @module
 */
import { byUrgency, type Level, worst } from "../level.ts";
import { cut } from "../text.ts";

/** One line of a report: one thing. Worst first is the renderer's business. */
export interface Row {
  readonly level: Level;
  /** As a person reads it. A name that somebody else gave may be that of any other row. */
  readonly name: string;
  /**
   * What tells it apart from the other rows of its probe, where the name does not: an alert tells the
   * change of its level. Begins with a kind, such as "monitor 7", so that no own name is one.
   */
  readonly key?: string;
  /** It speaks of the service itself: that it does not answer, or shows nothing. */
  readonly service?: true;
  /** The thing does not answer at all; other trouble is no outage. */
  readonly down?: true;
  readonly text: string;
  /** Shown only in the expandable quote. */
  readonly detail?: true;
  /** It says something of the report, and is there only while that is so. */
  readonly note?: true;
  /** The part of the report that it stands in; a note with that key says when the part is not known. */
  readonly part?: string;
}

/** The key of a row, whoever gave its name. */
export const keyOf = ({ key, name }: Pick<Row, "key" | "name">): string => key ?? name;

export interface Report {
  readonly title: string;
  readonly level: Level;
  /** For its line in /status. */
  readonly summary: string;
  readonly rows: readonly Row[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The row; while all is well it is shown only on demand. */
export const detailIfWell = (row: Row): Row => row.level === "ok" ? { ...row, detail: true } : row;

/** The order in which rows are shown: the urgent first, and what says why others are not known before them. */
export function inOrder(a: Row, b: Row): number {
  return byUrgency(a, b) || Number(b.note ?? false) - Number(a.note ?? false);
}

/** True when `text` has what the person narrowed the report to, in whatever case. */
export function matches(only: string | undefined, ...texts: readonly string[]): boolean {
  if (only === undefined) return true;
  return texts.some((text) => text.toLowerCase().includes(only.toLowerCase()));
}

/**
 * The report of `all` rows, or of those that have `only` in them; what is not known may have it too, and
 * is always told. `quiet` is its summary when nothing was asked for and all is well.
 */
export function reportOf(
  title: string,
  all: readonly Row[],
  quiet: string,
  at: number,
  only: string | undefined,
): Report {
  const rows = all.filter(({ name, text, note, level }) =>
    (note && level === "unknown") || matches(only, name, text)
  );
  const [first] = rows;
  if (first === undefined && only !== undefined) return nothingNamed(title, only, at);
  const well = first !== undefined && rows.length === 1
    ? `${first.name}: ${first.text}`
    : `all ${rows.length} well`;
  const summary = summaryOf(rows, only === undefined ? quiet : well);
  return { title, level: levelOf(rows), summary, rows, at };
}

/** The report for a name that nothing has: a typing error is no good news. */
export function nothingNamed(title: string, only: string, at: number): Report {
  const text = `nothing here is named '${only}'`;
  const level = "unknown";
  return { title, level, summary: text, rows: [{ level, name: title, text, service: true }], at };
}

/** A row for a thing that is away on purpose, such as a paused monitor: not seen to be well, and no trouble. */
const isAway = ({ level, detail }: Row) => detail === true && level === "unknown";

/** The level of a report of `rows`: what is away on purpose counts only where there is nothing else. */
export function levelOf(rows: readonly Row[]): Level {
  const here = rows.filter((row) => !isAway(row));
  return worst((here.some(({ detail }) => !detail) ? here : rows).map(({ level }) => level));
}

const NAMES_SHOWN = 5;
const LONGEST_NAME = 40;

/** "3 down: A, B, C", with so many names as fit into a line; empty for none. */
export function counted(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, NAMES_SHOWN).map((name) => cut(name, LONGEST_NAME));
  const more = names.length - shown.length;
  return [`${names.length} ${what}: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
}

/** Long enough for a reason. */
const LONGEST_SUMMARY = 240;

/** The worst row with the number of others that need a look; `quiet` when all is well. */
export function summaryOf(rows: readonly Row[], quiet: string): string {
  const trouble = rows.filter(({ level }) => level !== "ok");
  const plain = trouble.filter((row) => !isAway(row));
  const open = (plain.length > 0 || levelOf(rows) === "ok" ? plain : trouble).toSorted(inOrder);
  const [first] = open;
  if (first === undefined) return quiet;
  const text = `${first.name}: ${first.text}`;
  const short = cut(text, LONGEST_SUMMARY);
  return open.length === 1 ? short : `${short} (and ${open.length - 1} more)`;
}
