import { type Level, moreUrgent, type ProbeName, type Report, type Row } from "../homelab/mod.ts";
import type { AlertThing } from "../journal/mod.ts";

/** A backup that is not known for a reason that the report names is trouble of its own from here on. */
const EXPLAINED_MS = 60 * 60_000;

/** What a check saw of one thing. */
export interface Sight {
  readonly probe: ProbeName;
  readonly title: string;
  readonly name: string;
  readonly level: Level;
  readonly text: string;
  readonly note: boolean;
  readonly part: string | null;
  /** Nobody misses it when it is not listed any more. */
  readonly detail: boolean;
}

/** Whether a service told nothing but its own trouble. */
export function isBlind({ title, level, rows }: Report): boolean {
  if (rows.length === 0) return level !== "ok";
  return rows.every((row) => row.name === title && isDark(row));
}

const isDark = ({ level }: Row) => level === "bad" || level === "unknown";

/** What counts of a report: each thing once, by its worst row, and the notes that are over. */
export function sightsOf(
  probe: ProbeName,
  report: Report,
  before: readonly AlertThing[],
  now: number,
): Sight[] {
  const { title, level, summary } = report;
  const known = new Map(
    before.filter((thing) => thing.probe === probe).map((thing) => [thing.name, thing]),
  );
  const rows: readonly Row[] = report.rows.length === 0 && isBlind(report)
    ? [{ name: title, level, text: summary }]
    : report.rows;
  const explained = isExplained(rows, known, now);
  const found = new Map<string, Sight>();
  for (const row of rows) {
    const { name, text, note = false, part = null, detail = false } = row;
    const level = detail ? "ok" : row.level;
    if (detail && !known.has(name)) continue;
    const counts = name === title || note || !explained;
    if (level === "unknown" && (probe !== "backups" || !counts) && name !== title) continue;
    const other = found.get(name);
    if (other !== undefined && !moreUrgent(level, other.level)) continue;
    found.set(name, { probe, title, name, level, text, note, part, detail });
  }
  return isBlind(report) ? [...found.values()] : [
    ...found.values(),
    ...[...known.values()].filter((thing) => isOver(thing, rows)).map((thing): Sight => ({
      ...{ probe, title, name: thing.name, level: "ok", text: "answers" },
      ...{ note: thing.note, part: thing.part, detail: false },
    })),
  ];
}

/** A service that names its things and no trouble of its own answers again; a note that is not there is over. */
function isOver({ name, title, note }: AlertThing, rows: readonly Row[]): boolean {
  return (note || name === title) && !rows.some((row) => row.name === name);
}

/** Whether a note says why things are not known, and has not said so for long. */
function isExplained(
  rows: readonly Row[],
  known: ReadonlyMap<string, AlertThing>,
  now: number,
): boolean {
  const notes = rows.filter(({ note, level }) => note && level === "unknown");
  return notes.length > 0 && notes.every(({ name }) => {
    const thing = known.get(name);
    return thing === undefined || thing.level === "ok" || now - thing.since < EXPLAINED_MS;
  });
}

/** Whether a report says nothing of a thing: not even that it is not there. */
export function leavesOpen(report: Report | undefined, { name, part }: AlertThing): boolean {
  if (report === undefined || isBlind(report)) return true;
  return report.rows.some((row) =>
    row.name === name || (row.note && row.level === "unknown" && (part ?? row.name) === row.name)
  );
}
