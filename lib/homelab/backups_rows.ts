import type { Collected, Series, Snapshot } from "./backups_pbs.ts";
import type { Expected } from "./backups_pve.ts";
import { duration } from "./duration.ts";
import type { Level, Row } from "./report.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A job takes its guests one after the other; the last of them may begin so much later. */
const SLACK_MS = 2 * HOUR;
/** Without anything better, backups are daily. */
const DEFAULT_RHYTHM_MS = DAY;
/** So many of the newest gaps make a rhythm; older ones are thinned out by pruning. */
const RHYTHM_GAPS = 8;
/** Backups that PVE knows no guest for are leftovers from here on, and until then worth a word. */
const LEFTOVER_MS = 30 * DAY;
/** One that began so long ago and is not finished was broken off. */
const RUN_MS = 12 * HOUR;
/** A guest that has run so long without any backup is no newcomer. */
const NEW_GUEST_MS = 2 * DAY;

/** What is known when the rows are made. */
export interface Known {
  readonly collected: Collected;
  /** Null without PVE, "missing" when it could not be asked. */
  readonly expected: Expected | null | "missing";
  /** By guest: hours after which its backup is late, as the owner wants it. */
  readonly lateHours: Readonly<Record<string, number>>;
  readonly now: number;
}

/** One row for each guest that has backups or should have: its newest good backup, and what is wrong. */
export function backupRows(known: Known): Row[] {
  const { collected } = known;
  const byGuest = Map.groupBy(collected.series, ({ guest }) => guest);
  const guests = new Map(answerOf(known)?.guests.map((guest) => [guest.id, guest]));
  const ids = [...new Set([...guests.keys(), ...byGuest.keys()])].sort(byNumber);
  return ids.flatMap((id): Row[] => {
    const series = byGuest.get(id) ?? [];
    const all = distinct(series.flatMap(({ snapshots }) => snapshots));
    const name = guests.get(id)?.name || series.find(({ comment }) => comment !== "")?.comment;
    const { level, text, detail } = doubted(judged(id, all, known), series, known);
    const said = name === undefined || name === "" ? text : `${name} · ${text}`;
    return [
      { level, name: id, text: said, ...(detail ? { detail } : {}) },
      ...copies(id, series, known),
    ];
  });
}

const answerOf = ({ expected }: Known) => expected === "missing" ? null : expected;

/** Newest first. A sync copies a backup with its time: the best copy of it counts, once. */
function distinct(snapshots: readonly Snapshot[]): Snapshot[] {
  const best = new Map<number, Snapshot>();
  for (const snapshot of snapshots) {
    const other = best.get(snapshot.at);
    if (other === undefined || rank(snapshot) > rank(other)) best.set(snapshot.at, snapshot);
  }
  return [...best.values()].sort((a, b) => b.at - a.at);
}

function rank({ finished, verified }: Snapshot): number {
  return finished ? { failed: 1, unknown: 2, never: 2, ok: 3 }[verified] : 0;
}

type Judgement = Pick<Row, "level" | "text" | "detail">;

function judged(id: string, all: readonly Snapshot[], known: Known): Judgement {
  const { now } = known;
  const expected = answerOf(known);
  const finished = all.filter((snapshot) => snapshot.finished);
  const good = finished.find(({ verified }) => verified !== "failed");
  const under = all[0] !== undefined && !all[0].finished
    ? `, one began ${duration(now - all[0].at)} ago`
    : "";
  if (finished[0]?.verified === "failed") {
    const last = good === undefined ? "no good one" : `last good one ${ago(good, now)}`;
    return { level: "bad", text: `newest backup (${ago(finished[0], now)}) is corrupt, ${last}` };
  }
  const gone = expected !== null && isGuest(id) &&
    !expected.guests.some((guest) => guest.id === id);
  if (good === undefined) {
    if (gone) return { level: "ok", text: `no such guest, nothing finished${under}`, detail: true };
    return { ...never(id, known), ...(under === "" ? {} : { text: `no finished backup${under}` }) };
  }
  const late = isUnderWay(id, all, known) ? "ok" : lateness(id, finished, known);
  const verified = { ok: " · verified", never: " · not verified yet", failed: "", unknown: "" };
  const text = `${late === "ok" ? "" : "late: "}${ago(good, now)}${
    verified[good.verified]
  }${under}`;
  if (late === "ok") return { level: "ok", text };
  if (gone) return withoutGuest(text, now - good.at);
  const unprotected = expected?.unprotected.has(id) ? " · in no backup job" : "";
  return { level: late, text: `${text}${unprotected}` };
}

/** A right that was taken away looks just like a guest that was deleted. */
function withoutGuest(text: string, age: number): Judgement {
  return age > LEFTOVER_MS
    ? { level: "ok", text: `${text} · left of a guest that is gone`, detail: true }
    : { level: "unknown", text: `${text} · PVE shows no such guest` };
}

function never(id: string, known: Known): Judgement {
  const expected = answerOf(known);
  if (expected?.unprotected.has(id)) {
    return { level: "warn", text: "no backup, in no backup job" };
  }
  const uptime = expected?.guests.find((guest) => guest.id === id)?.uptimeMs ?? 0;
  return { level: uptime > NEW_GUEST_MS ? "bad" : "warn", text: "no backup" };
}

/** Whether one that is not late runs: it began in time, and takes its time. */
function isUnderWay(id: string, all: readonly Snapshot[], known: Known): boolean {
  const [newest, ...older] = all;
  if (newest === undefined || newest.finished || known.now - newest.at > RUN_MS) return false;
  const finished = older.filter((snapshot) => snapshot.finished);
  return lateness(id, finished, { ...known, now: newest.at }) === "ok";
}

/** By the owner's word, by the schedule of its jobs, or by how it went so far. */
function lateness(id: string, finished: readonly Snapshot[], known: Known): Level {
  const { lateHours, now } = known;
  const last = finished[0]?.at ?? 0;
  const hours = lateHours[id];
  if (hours !== undefined) return byAge(now - last, hours * HOUR, 2 * hours * HOUR);
  const runs = answerOf(known)?.runs.get(id);
  if (runs !== undefined) {
    const missed = runs.filter((at) => at > last && at <= now - SLACK_MS).length;
    return missed === 0 ? "ok" : missed === 1 ? "warn" : "bad";
  }
  const rhythm = rhythmOf(finished);
  const slack = Math.max(SLACK_MS, rhythm / 12);
  return byAge(now - last, rhythm + slack, 2 * rhythm + slack);
}

function byAge(age: number, warn: number, bad: number): Level {
  return age > bad ? "bad" : age > warn ? "warn" : "ok";
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

/**
 * What was not read may hold the backup that seems to be missing, or be corrupt; PVE may know that its
 * guest is gone, or that it is not due.
 */
function doubted(judgement: Judgement, series: readonly Series[], known: Known): Judgement {
  const { collected: { missing }, expected } = known;
  const { level, text } = judgement;
  const unread = series.filter(({ unread }) => unread !== null);
  const sure = unread.length === 0 && (level === "ok" || /corrupt/.test(text));
  const places = [...missing, ...unread].map(({ place }) => place).join(", ");
  const doubts = [
    ...(places === "" ? [] : [`${places} could not be read`]),
    ...(expected === "missing" ? ["PVE could not be asked"] : []),
  ];
  if (sure || doubts.length === 0) return judgement;
  return { level: "unknown", text: `${text} (${doubts.join(", ")})` };
}

/** Where else there are backups of a guest: a sync or a move leaves older ones. */
function copies(id: string, series: readonly Series[], { now }: Known): Row[] {
  if (series.length < 2) return [];
  return series.flatMap(({ place, snapshots }): Row[] => {
    const newest = snapshots.find(({ finished }) => finished);
    const text = newest === undefined ? "nothing finished" : ago(newest, now);
    return [{ level: "ok", name: `${id} in ${place}`, text, detail: true }];
  });
}

function ago({ at }: Snapshot, now: number): string {
  return `${duration(Math.max(0, now - at))} ago`;
}

function isGuest(id: string): boolean {
  return /^(ct|vm)\//.test(id);
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
