/**
 * When a person is told of trouble without having asked: pure, from what the probes saw and what was
 * told before.
 *
 * A change is told once, when two checks in a row agree on it; a backup that is missing at once. What
 * changes to and fro is told less and less often. In the quiet hours and while muted nothing is said,
 * not of the gravest either; what came then is told afterwards, also what has passed meanwhile. A
 * service that does not answer is a trouble of its own, and nothing is concluded about what it knows.
 * @module
 */
import { type Level, moreUrgent, type ProbeName, type Report } from "../homelab/mod.ts";
import type { AlertLine, AlertThing } from "../journal/mod.ts";
import { isQuiet } from "./quiet.ts";

/** Probes' reports, each with whose it is. */
export type Reports = ReadonlyMap<ProbeName, Report>;

export interface AlertOptions {
  readonly now: number;
  /** Such as "23:00-07:00". */
  readonly quietHours: string | null;
}

export interface AlertStep {
  readonly things: readonly AlertThing[];
  /** What the person is to be told now, the worst first; mostly nothing. */
  readonly lines: readonly AlertLine[];
}

const MINUTE = 60_000;
/** What was told so often within {@linkcode LATELY_MS} is told again after so long at the earliest. */
const COOL_DOWNS_MS = [0, 5, 15, 30, 60, 120].map((minutes) => minutes * MINUTE);
const LATELY_MS = 6 * 60 * MINUTE;
/** What a service does not name any more may come back, as after a restart. */
const MISSING_MS = 60 * MINUTE;

/** What the reports change: the things as they are known now, and what is to be told. */
export function alertStep(
  before: readonly AlertThing[],
  reports: Reports,
  { now, quietHours }: AlertOptions,
): AlertStep {
  const known = new Map(before.map((thing) => [keyOf(thing), thing]));
  const seen = new Map(
    [...reports].flatMap(([probe, report]) => sightsOf(probe, report, before))
      .map((sight) => [keyOf(sight), sight]),
  );
  const quiet = isQuiet(quietHours, now);
  const hub = (thing: AlertThing) => known.get(keyOf({ probe: thing.probe, name: thing.title }));
  const steps = [...new Set([...known.keys(), ...seen.keys()])].sort().map((key) => {
    const sight = seen.get(key);
    const thing = known.get(key) ?? fresh(sight!, now);
    const muted = Math.max(thing.mutedUntil, hub(thing)?.mutedUntil ?? 0) > now;
    const silent = quiet || muted;
    if (sight !== undefined) return told(looked(thing, sight, now), now, silent);
    const report = reports.get(thing.probe as ProbeName);
    if (report === undefined || isBlind(report)) return { thing, line: null };
    return missing(thing, now, silent);
  });
  return {
    things: steps.flatMap(({ thing }) => thing === null ? [] : [thing]),
    lines: steps.flatMap(({ line }) => line === null ? [] : [line]).sort(worstFirst),
  };
}

interface Step {
  /** Null when it is forgotten. */
  readonly thing: AlertThing | null;
  readonly line: AlertLine | null;
}

/** What a check saw of one thing. */
interface Sight {
  readonly probe: ProbeName;
  readonly title: string;
  readonly name: string;
  readonly level: Level;
  readonly text: string;
}

const keyOf = ({ probe, name }: { probe: string; name: string }) => `${probe}\n${name}`;

const isTrouble = (level: Level) => level !== "ok";
const worse = (a: Level, b: Level) => moreUrgent(a, b) ? a : b;
const milder = (a: Level, b: Level) => moreUrgent(a, b) ? b : a;

/** Whether a service told nothing but its own trouble. */
export function isBlind({ title, level, rows }: Report): boolean {
  if (rows.length === 0) return level !== "ok";
  return rows.every((row) =>
    row.name === title && (row.level === "bad" || row.level === "unknown")
  );
}

/**
 * What counts of a report: each thing once, by its worst row. What is not known of a thing says
 * nothing about it, except of a backup and of the service itself.
 */
function sightsOf(probe: ProbeName, report: Report, before: readonly AlertThing[]): Sight[] {
  const { title } = report;
  const rows = report.rows.length === 0 && isBlind(report)
    ? [{ name: title, level: report.level, text: report.summary }]
    : report.rows;
  const found = new Map<string, Sight>();
  for (const { name, level: said, text, detail } of rows) {
    const level = detail ? "ok" : said;
    if (level === "unknown" && probe !== "backups" && name !== title) continue;
    const other = found.get(name);
    if (other !== undefined && !moreUrgent(level, other.level)) continue;
    found.set(name, { probe, title, name, level, text });
  }
  // A service that names its things and no trouble of its own answers again.
  const wasInTrouble = before.some((thing) => thing.probe === probe && thing.name === title);
  if (wasInTrouble && !found.has(title)) {
    found.set(title, { probe, title, name: title, level: "ok", text: "answers" });
  }
  return [...found.values()];
}

/** A thing that was never seen: as if it had been well. */
const fresh = ({ probe, title, name, text }: Sight, now: number): AlertThing => ({
  ...{ probe, title, name, text },
  level: "ok",
  before: "ok",
  since: now,
  told: "ok",
  began: now,
  tellings: [],
  mutedUntil: 0,
  hushed: null,
  missingSince: null,
});

/** The thing after a check that saw it. */
function looked(thing: AlertThing, { level, text, title }: Sight, now: number): AlertThing {
  // A backup does not flap: what is missing is missing, and one that is there is there.
  const sure = thing.probe === "backups" && thing.name !== title && level !== "unknown";
  return {
    ...thing,
    level,
    text,
    before: sure ? level : thing.level,
    since: isTrouble(level) === isTrouble(thing.level) ? thing.since : now,
    missingSince: null,
  };
}

/** What two checks agree on and the person does not know; null when that is nothing. */
function news({ level, before, told }: AlertThing): Level | null {
  const [low, high] = [milder(level, before), worse(level, before)];
  if (moreUrgent(low, told)) return low;
  return moreUrgent(told, high) ? high : null;
}

/** The thing after the person was told what there is to tell, or was not since nothing is to be said. */
function told(thing: AlertThing, now: number, silent: boolean): Step {
  const due = news(thing);
  if (silent) return { thing: hushed(thing, due, now), line: null };
  if (due === null) return passed(thing, now);
  const lately = thing.tellings.filter((at) => at > now - LATELY_MS);
  const wait = COOL_DOWNS_MS[Math.min(lately.length, COOL_DOWNS_MS.length - 1)]!;
  const graver = isTrouble(thing.told) && moreUrgent(due, thing.told);
  const patient = !graver && !(thing.probe === "backups" && isTrouble(due));
  if (patient && now < (lately.at(-1) ?? -Infinity) + wait) return { thing, line: null };
  const began = isTrouble(thing.told) ? thing.began : thing.since;
  const { probe, title, name, text } = thing;
  const about = { probe, title, name, text, from: began, late: thing.hushed !== null };
  const line: AlertLine = isTrouble(due)
    ? { ...about, kind: "trouble", level: due, to: now }
    : { ...about, kind: "recovered", level: thing.told, to: thing.since };
  return {
    thing: { ...thing, told: due, began, tellings: [...lately, now], hushed: null },
    line,
  };
}

/** In silence trouble is kept in mind, with its end. */
function hushed(thing: AlertThing, due: Level | null, now: number): AlertThing {
  const { hushed: before, text } = thing;
  if (due !== null && moreUrgent(due, thing.told)) {
    const level = before === null ? due : worse(before.level, due);
    const from = before?.from ?? thing.since;
    return { ...thing, hushed: { level, text, from, to: null } };
  }
  const over = before !== null && before.to === null && due === null && thing.level === thing.told;
  return over
    ? { ...thing, hushed: { ...before, to: isTrouble(thing.level) ? now : thing.since } }
    : thing;
}

/** What came and went in silence is told when that is over. */
function passed(thing: AlertThing, now: number): Step {
  const settled = thing.level === thing.told && thing.before === thing.told;
  if (thing.hushed === null || !settled) return { thing, line: null };
  const { level, text, from, to } = thing.hushed;
  const { probe, title, name } = thing;
  const line = { ...{ probe, title, name, level, text, from }, to: to ?? now, late: true };
  return { thing: { ...thing, hushed: null }, line: { ...line, kind: "passed" } };
}

/**
 * A service answers and does not name a thing any more. Trouble is not over by that, and a backup that
 * is not listed is one that nobody can see: both are told, once.
 */
function missing(thing: AlertThing, now: number, silent: boolean): Step {
  const since = thing.missingSince ?? now;
  const waits = thing.probe === "backups" ? thing.missingSince === null : now - since < MISSING_MS;
  const matters = isTrouble(thing.told) || thing.probe === "backups";
  if (waits || (silent && matters)) return { thing: { ...thing, missingSince: since }, line: null };
  if (!matters) return { thing: null, line: null };
  const { probe, title, name, text } = thing;
  const level = worse(thing.told, "unknown");
  const from = isTrouble(thing.told) ? thing.began : since;
  const late = thing.hushed !== null;
  return {
    thing: null,
    line: { kind: "gone", probe, title, name, text, level, from, to: since, late },
  };
}

const KINDS: readonly AlertLine["kind"][] = ["trouble", "gone", "passed", "recovered"];

/** Trouble before what is over, the graver before the milder. */
function worstFirst(a: AlertLine, b: AlertLine): number {
  const kinds = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (kinds !== 0 || a.level === b.level) return kinds;
  return moreUrgent(a.level, b.level) ? -1 : 1;
}
