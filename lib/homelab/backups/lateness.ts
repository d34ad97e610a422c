/**
 * When a backup is late.
 * @module
 */
import type { Collected } from "./pbs.ts";
import type { Due } from "./schedules.ts";
import type { Snapshot } from "./snapshots.ts";
import type { Subject, Target } from "./subjects.ts";
import type { Level } from "../../level.ts";

const HOUR = 3_600_000;
/** A job takes its guests one after the other; the last of them may begin so much later. */
const SLACK_MS = 2 * HOUR;
/** Without anything better, backups are daily. */
const DEFAULT_RHYTHM_MS = 24 * HOUR;
/** So many of the newest gaps make a rhythm; older ones are thinned out by pruning. */
const RHYTHM_GAPS = 8;
/** One that began so long ago and is not finished was broken off. */
export const RUN_MS = 12 * HOUR;

/** What backups are judged by. */
export interface Known {
  /** Of the schedules and times that {@linkcode dueAfter} names. */
  readonly due: Due;
  /** Guests in a job that is not switched off; null without PVE. */
  readonly covered: ReadonlySet<string> | null;
  /** Why it is not known when PVE backs up what; null where that is known, or there is no PVE. */
  readonly blind: string | null;
  readonly collected: Pick<Collected, "missing" | "away">;
  /** By guest: hours after which its backup is late, as the owner wants it. */
  readonly lateHours: Readonly<Record<string, number>>;
  readonly now: number;
}

/** The time after which the runs of a target's schedule are due; null for one without a schedule. */
export function dueAfter(subject: Subject, { schedule, snapshots }: Target, now: number) {
  if (schedule === null) return null;
  const last = snapshots.find(({ finished }) => finished)?.at;
  return { schedule, after: last ?? now - (subject.guest?.uptimeMs ?? 0) };
}

/** True when one that is not late runs: it began in time, and takes its time. */
export function isUnderWay(subject: Subject, target: Target, known: Known): boolean {
  const [newest, ...older] = target.snapshots;
  if (newest === undefined || newest.finished || known.now - newest.at > RUN_MS) return false;
  const before = lateness(subject, { ...target, snapshots: older }, { ...known, now: newest.at });
  return "level" in before && before.level === "ok";
}

export type Lateness = { readonly level: Level } | { readonly missing: string };

/** By the owner's word, by the schedule of its job, or by how it went so far. */
export function lateness(subject: Subject, target: Target, known: Known): Lateness {
  const { due, now } = known;
  const finished = target.snapshots.filter((snapshot) => snapshot.finished);
  const last = finished[0]?.at ?? 0;
  const hours = hoursOf(subject, known);
  if (hours !== undefined) return byAge(now - last, hours * HOUR, 2 * hours * HOUR);
  if (target.schedule !== null) {
    const runs = due(target.schedule, last);
    if ("missing" in runs) return { missing: runs.missing.message };
    const count = missed(runs.data, now);
    return { level: count === 0 ? "ok" : count === 1 ? "warn" : "bad" };
  }
  const rhythm = rhythmOf(finished);
  const slack = Math.max(SLACK_MS, rhythm / 12);
  return byAge(now - last, rhythm + slack, 2 * rhythm + slack);
}

export const hoursOf = ({ name, id }: Subject, { lateHours }: Known): number | undefined =>
  lateHours[name] ?? lateHours[id];

/** How many runs should have begun by `now`. */
export const missed = (runs: readonly number[], now: number) =>
  runs.filter((at) => at <= now - SLACK_MS).length;

function byAge(age: number, warn: number, bad: number): Lateness {
  return { level: age > bad ? "bad" : age > warn ? "warn" : "ok" };
}

/** The upper median of the newest gaps: one backup by hand in between does not shorten it. */
function rhythmOf(finished: readonly Snapshot[]): number {
  const gaps = finished.slice(0, RHYTHM_GAPS + 1)
    .flatMap(({ at }, index) => index === 0 ? [] : [(finished[index - 1]?.at ?? at) - at])
    .sort((a, b) => a - b);
  return gaps.length < 2
    ? DEFAULT_RHYTHM_MS
    : gaps[Math.floor(gaps.length / 2)] ?? DEFAULT_RHYTHM_MS;
}
