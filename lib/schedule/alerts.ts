/**
 * When a person is told of trouble without having asked: pure, from what the probes saw and what was
 * told before.
 *
 * | what a report says of a thing | what follows |
 * | --- | --- |
 * | nothing: the service does not answer | it is as it was; the service is a thing of its own |
 * | a level | told once, when two checks in a row agree; of a backup at once |
 * | "unknown" | nothing; of a backup it is trouble, while a note says why only after an hour |
 * | "ok", as a detail | it is well, if anything was known of it |
 * | "unknown", as a detail | nothing: other rows say it |
 * | trouble, "ok", trouble, "ok" … | nothing, and after an hour of that "unstable", once |
 * | no row, and it was a note | that is over, when two checks agree |
 * | no row, and its part of the report is unknown | nothing |
 * | no row, and it is a backup | told as not listed any more, when two checks agree |
 * | no row, and the person knows of its trouble | the same, after an hour |
 *
 * | when it is told | |
 * | --- | --- |
 * | quiet hours, or muted | afterwards, also what has passed meanwhile; the gravest too |
 * | graver than all that was told of it lately | at once |
 * | a backup that the person believes well is in trouble | at once |
 * | anything else that was told of lately | the more often it was, the later: minutes, then hours |
 * @module
 */
import type { ProbeName, Report } from "../homelab/mod.ts";
import { byUrgency, type Level, milder, moreUrgent, worse, worst } from "../level.ts";
import type { AlertLine, AlertThing } from "../journal/mod.ts";
import { isQuiet } from "./timetable.ts";
import { steadied, turned } from "./flapping.ts";
import {
  identified,
  idOf,
  leavesOpen,
  type Observation,
  observationsOf,
  SERVICE,
} from "./observations.ts";

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
  remembered: readonly AlertThing[],
  reports: Reports,
  { now, quietHours }: AlertOptions,
): AlertStep {
  const before = identified(remembered, reports);
  const known = new Map(before.map((thing) => [thingKey(thing), thing]));
  const seen = new Map(
    [...reports].flatMap(([probe, report]) => observationsOf(probe, report, before, now))
      .map((observed) => [thingKey(observed), observed]),
  );
  const quiet = isQuiet(quietHours, now);
  const hub = (thing: AlertThing) => known.get(thingKey({ ...thing, id: SERVICE }));
  const steps = [...new Set([...known.keys(), ...seen.keys()])].sort().map((key) => {
    const observed = seen.get(key);
    const thing = known.get(key) ?? fresh(observed!, now);
    const muted = Math.max(thing.mutedUntil, hub(thing)?.mutedUntil ?? 0) > now;
    const silent = quiet || muted;
    if (observed !== undefined) {
      return unlessDone(told(looked(thing, observed, now), now, silent), observed, now);
    }
    const open = leavesOpen(reports.get(thing.probe as ProbeName), thing);
    return open
      ? { thing: { ...thing, missingSince: null }, line: null }
      : missing(thing, now, silent);
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

const thingKey = (thing: Pick<AlertThing, "probe" | "id" | "name">) =>
  `${thing.probe}\n${thing.id ?? idOf({ name: thing.name })}`;

const isTrouble = (level: Level) => level !== "ok";
const isBackup = ({ probe, service, note }: AlertThing) => probe === "backups" && !service && !note;

/** A thing that was never seen: as if it had been well. */
const fresh = (observed: Observation, now: number): AlertThing => ({
  ...withoutLevel(observed),
  level: "ok",
  before: "ok",
  since: now,
  told: "ok",
  began: now,
  tellings: [],
  mutedUntil: 0,
  hushed: null,
  missingSince: null,
  flips: [],
  unstableSince: null,
});

function withoutLevel({ probe, id, title, name, text, service, down, note, part }: Observation) {
  return { probe, id, title, name, text, service, down, note, part };
}

/** A note that is over is forgotten, and a leftover's backup, which nobody is to miss. */
function unlessDone({ thing, line }: Step, { note, detail }: Observation, now: number): Step {
  if (thing === null || !(note || (detail && isBackup(thing)))) return { thing, line };
  const { level, before, told, hushed, mutedUntil, unstableSince } = thing;
  const calm = ![level, before, told].some(isTrouble) && lately(thing, now).length === 0 &&
    unstableSince === null;
  return { thing: calm && hushed === null && mutedUntil <= now ? null : thing, line };
}

/** What was told of a thing not long ago; the clock may have been set back since. */
const lately = ({ tellings }: AlertThing, now: number) =>
  tellings.filter(({ at }) => at > now - LATELY_MS && at <= now);

/** The thing after a check that saw it. */
function looked(thing: AlertThing, observed: Observation, now: number): AlertThing {
  const { level, name, text } = observed;
  // A backup does not flap: what is missing is missing, and one that is there is there.
  const sure = isBackup(thing) && level !== "unknown";
  return {
    ...thing,
    ...{ level, name, text },
    // How it was in trouble is told when that is over.
    down: isTrouble(level) ? observed.down : thing.down,
    before: sure ? level : thing.level,
    since: isTrouble(level) === isTrouble(thing.level) ? thing.since : now,
    flips: turned(thing, level, now),
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
  if (due === null) return passed(thing, now) ?? restless(thing, now);
  const tellings = lately(thing, now);
  const wait = COOL_DOWNS_MS[Math.min(tellings.length, COOL_DOWNS_MS.length - 1)]!;
  const hurry = moreUrgent(due, worst(tellings.map(({ level }) => level))) ||
    (isBackup(thing) && !isTrouble(thing.told));
  if (!hurry && now < (tellings.at(-1)?.at ?? -Infinity) + wait) return { thing, line: null };
  const began = isTrouble(thing.told) ? thing.began : thing.since;
  const about = { ...subject(thing), text: thing.text, from: began, late: thing.hushed !== null };
  const line: AlertLine = isTrouble(due)
    ? { ...about, kind: "trouble", level: due, to: now }
    : { ...about, kind: "recovered", level: thing.told, to: thing.since };
  return {
    thing: {
      ...thing,
      told: due,
      began,
      tellings: [...tellings, { at: now, level: due }],
      hushed: null,
    },
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
function passed(thing: AlertThing, now: number): Step | null {
  const settled = thing.level === thing.told && thing.before === thing.told;
  if (thing.hushed === null || !settled) return null;
  const { level, text, from, to } = thing.hushed;
  const line = { ...subject(thing), level, text, from, to: to ?? now, late: true };
  return { thing: { ...thing, hushed: null }, line: { ...line, kind: "passed" } };
}

/** What no two checks agree on is told as that, and its end. */
function restless(thing: AlertThing, now: number): Step {
  const step = steadied(thing, now, lately(thing, now).length > 0);
  if (step === null) return { thing, line: null };
  return { thing: step.thing, line: step.line && { ...subject(thing), ...step.line } };
}

/**
 * A service answers and does not name a thing any more. Trouble is not over by that, and a backup that
 * is not listed is one that nobody can see: both are told, once.
 */
function missing(thing: AlertThing, now: number, silent: boolean): Step {
  const since = thing.missingSince ?? now;
  const waits = isBackup(thing) ? thing.missingSince === null : now - since < MISSING_MS;
  const matters = isTrouble(thing.told) || isBackup(thing);
  if (waits || (silent && matters)) return { thing: { ...thing, missingSince: since }, line: null };
  if (!matters) return { thing: null, line: null };
  const level = worse(thing.told, "unknown");
  const from = isTrouble(thing.told) ? thing.began : since;
  const late = thing.hushed !== null;
  const { text } = thing;
  return {
    thing: null,
    line: { kind: "gone", ...subject(thing), text, level, from, to: since, late },
  };
}

/** What a line is about. */
function subject({ probe, id, title, name, service, down }: AlertThing) {
  return { probe, id, title, name, service, down };
}

const KINDS: readonly AlertLine["kind"][] = [
  "trouble",
  "unstable",
  "gone",
  "passed",
  "steady",
  "recovered",
];

/** Trouble before what is over, the graver before the milder. */
function worstFirst(a: AlertLine, b: AlertLine): number {
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || byUrgency(a, b);
}
