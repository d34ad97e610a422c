import { keyOf, type ProbeName, type Report, type Row } from "../homelab/mod.ts";
import { type Level, moreUrgent } from "../level.ts";
import type { AlertThing } from "../journal/mod.ts";

/** A backup that is not known for a reason that the report names is trouble of its own from here on. */
const EXPLAINED_MS = 60 * 60_000;

/** What a check saw of one thing. */
export interface Observation {
  readonly probe: ProbeName;
  readonly id: string;
  readonly title: string;
  readonly name: string;
  readonly level: Level;
  readonly text: string;
  readonly service: boolean;
  readonly down: boolean;
  readonly note: boolean;
  readonly part: string | null;
  /** Nobody misses it when it is not listed any more. */
  readonly detail: boolean;
}

/** Which thing of its probe a row is about: no name that somebody gave is that of the service. */
export const idOf = (row: Pick<Row, "key" | "name" | "service">): string =>
  row.service ? SERVICE : `thing ${keyOf(row)}`;

export const SERVICE = "service";

/** Things that were told apart by their names get the ids of the rows that have those names now. */
export function identified(
  things: readonly AlertThing[],
  reports: ReadonlyMap<ProbeName, Report>,
): AlertThing[] {
  return things.map((thing) => {
    if (thing.id !== null) return thing;
    if (thing.service) return { ...thing, id: SERVICE };
    const report = reports.get(thing.probe as ProbeName);
    if (report === undefined || isBlind(report)) return thing;
    const row = report.rows.find(({ name, service }) => name === thing.name && !service);
    return { ...thing, id: idOf(row ?? { name: thing.name }) };
  });
}

/** True when a service told nothing but its own trouble. */
export function isBlind({ level, rows }: Report): boolean {
  if (rows.length === 0) return level !== "ok";
  return rows.every((row) => row.service && isDark(row));
}

const isDark = ({ level }: Row) => level === "bad" || level === "unknown";

/** What counts of a report: each thing once, by its worst row, and the notes that are over. */
export function observationsOf(
  probe: ProbeName,
  report: Report,
  before: readonly AlertThing[],
  now: number,
): Observation[] {
  const { title, level, summary } = report;
  const known = new Map(
    before.filter((thing) => thing.probe === probe).map((thing) => [thing.id, thing]),
  );
  const rows: readonly Row[] = report.rows.length === 0 && isBlind(report)
    ? [{ name: title, level, text: summary, service: true }]
    : report.rows;
  const explained = isExplained(rows, known, now);
  const found = new Map<string, Observation>();
  for (const row of rows) {
    const { name, text, note = false, part = null, detail = false, service = false } = row;
    const id = idOf(row);
    const level = detail && row.level !== "unknown" ? "ok" : row.level;
    if (detail && (!known.has(id) || level === "unknown")) continue;
    const counts = service || note || !explained;
    if (level === "unknown" && (probe !== "backups" || !counts) && !service) continue;
    const other = found.get(id);
    if (other !== undefined && !moreUrgent(level, other.level)) continue;
    const down = row.down ?? false;
    found.set(id, { probe, id, title, name, level, text, service, down, note, part, detail });
  }
  if (isBlind(report)) return [...found.values()];
  const over = [...known.values()].filter((thing) => isOver(thing, rows));
  return [...found.values(), ...over.map((thing) => answering(probe, title, thing))];
}

/** What is seen of a thing by not being named any more. */
function answering(probe: ProbeName, title: string, thing: AlertThing): Observation {
  const { id, name, service, down, note, part } = thing;
  const text = "answers";
  return {
    ...{ probe, id: id ?? idOf({ name }), title, name, level: "ok", text },
    ...{ service, down, note, part, detail: false },
  };
}

/** A service that names its things and no trouble of its own answers again; a note that is not there is over. */
function isOver({ id, service, note, part }: AlertThing, rows: readonly Row[]): boolean {
  return (note || service) && !rows.some((row) => idOf(row) === id) && !isPartUnknown(part, rows);
}

/** True when a note says that this part of the report is not known. */
const isPartUnknown = (part: string | null, rows: readonly Row[]) =>
  part !== null && rows.some((row) => row.note && row.level === "unknown" && keyOf(row) === part);

/** True when a note says why things are not known, and has not said so for long. */
function isExplained(
  rows: readonly Row[],
  known: ReadonlyMap<string | null, AlertThing>,
  now: number,
): boolean {
  const notes = rows.filter(({ note, level }) => note && level === "unknown");
  return notes.length > 0 && notes.every((row) => {
    const thing = known.get(idOf(row));
    return thing === undefined || thing.level === "ok" || now - thing.since < EXPLAINED_MS;
  });
}

/** True when a report says nothing of a thing: not even that it is not there. */
export function leavesOpen(report: Report | undefined, { id, part }: AlertThing): boolean {
  if (report === undefined || isBlind(report)) return true;
  return report.rows.some((row) =>
    idOf(row) === id ||
    (row.note && row.level === "unknown" && (part ?? keyOf(row)) === keyOf(row))
  );
}
