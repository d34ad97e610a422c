import { inOrder, type Report, type Row } from "../../../homelab/mod.ts";
import { MARKS } from "../../../level.ts";
import { oneLine, withoutAnsi } from "../../../text.ts";
import {
  bold,
  concat,
  expandable,
  type FormattedText,
  lines,
  type Part,
} from "../../text/formatted.ts";

/** One message, with room for a mark that it was sent twice. */
const ROOM = 3_900;
/** Telegram takes 100 entities, and the title and the quote are some. */
const MOST_ROWS = 60;
/** From so many on, those that are well go into the quote. */
const FOLD_FROM = 10;
const LONGEST_ROW = 300;

/** A report as one message for a phone: worst first, one line a thing, the rest behind a tap. */
export function renderReport(report: Report): FormattedText {
  // A failure is its own summary; it is said once.
  const rows = report.rows.filter(({ text }) => text !== report.summary).sort(inOrder);
  const plain = rows.filter(({ detail }) => !detail);
  const fold = plain.length >= FOLD_FROM;
  const shown = fold ? plain.filter(({ level }) => level !== "ok") : plain;
  const folded = rows.filter((row) => !shown.includes(row));
  const [first] = shown;
  const repeated = first !== undefined && report.summary.startsWith(`${first.name}: `);
  const head = concat(
    bold(`${MARKS[report.level]} ${report.title}`),
    repeated ? " · " : ` · ${cut(report.summary)}\n`,
    timeOf(report.at),
  );
  const body = fitting([head, ...notCut(shown).map(rowText)], ROOM, MOST_ROWS);
  const rest = ROOM - body.text.length - 1;
  if (folded.length === 0 || rest < LONGEST_ROW) return body;
  return lines(
    body,
    expandable(fitting(folded.map((row) => lines(rowText(row).text)), rest, Infinity)),
  );
}

/** Where not everything fits, what says why things are not known goes before them. */
function notCut(rows: readonly Row[]): readonly Row[] {
  const length = rows.reduce((sum, { name, text }) => sum + name.length + text.length + 5, 0);
  if (rows.length < MOST_ROWS && length < ROOM - LONGEST_ROW) return rows;
  const isReason = ({ level, note }: Row) => note === true && level === "unknown";
  return [...rows.filter(isReason), ...rows.filter((row) => !isReason(row))];
}

/** A report as its line in `/status`. */
export const statusLine = ({ level, title, summary }: Report): FormattedText =>
  concat(`${MARKS[level]} `, bold(title), `: ${cut(summary)}`);

function rowText({ level, name, text, detail }: Row): FormattedText {
  const mark = detail && level === "ok" ? "·" : MARKS[level];
  if (level === "ok") return concat(`${mark} ${cut(text === "" ? name : `${name}: ${text}`)}`);
  return concat(`${mark} `, bold(cut(name)), text === "" ? "" : `: ${cut(text)}`);
}

/** As many lines as fit, and how many more there are. */
function fitting(all: readonly FormattedText[], room: number, most: number): FormattedText {
  const taken: Part[] = [];
  let left = room - "… and 9999 more".length - 1;
  for (const line of all.slice(0, most)) {
    if (line.text.length + 1 > left) break;
    left -= line.text.length + 1;
    taken.push(line);
  }
  const more = all.length - taken.length;
  return lines(...taken, ...(more > 0 ? [`… and ${more} more`] : []));
}

const cut = (text: string) => oneLine(withoutAnsi(text), LONGEST_ROW);

const timeOf = (at: number) => `at ${new Date(at).toLocaleTimeString("en-GB")}`;
