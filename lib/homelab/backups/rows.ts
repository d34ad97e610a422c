import { NOT_MOUNTED, placeName, type Series } from "./pbs.ts";
import { dueAfter, hoursOf, isUnderWay, type Known, lateness, missed, RUN_MS } from "./lateness.ts";
import type { Snapshot } from "./snapshots.ts";
import { isGuest, type Subject, type Target } from "./subjects.ts";
import { duration } from "../../units.ts";
import { type Level, moreUrgent } from "../../level.ts";
import type { Row } from "../report.ts";

const DAY = 24 * 3_600_000;
/** Backups that PVE knows no guest for are leftovers from here on, and until then worth a word. */
const LEFTOVER_MS = 30 * DAY;
/** A guest that has run so long without any backup is no newcomer. */
const NEW_GUEST_MS = 2 * DAY;

/** A row for each subject: its newest good backup, and what is wrong. */
export function backupRows(subjects: readonly Subject[], known: Known): Row[] {
  return subjects.toSorted((a, b) => byNumber(a.name, b.name)).flatMap((subject): Row[] => {
    const { name, label } = subject;
    const { level, text, detail } = doubted(subject, judged(subject, known), known);
    const said = label === "" ? text : `${label} · ${text}`;
    return [
      { level, name, text: said, ...(detail ? { detail } : {}) },
      ...copies(subject, known),
    ];
  });
}

interface Judgement extends Pick<Row, "level" | "text" | "detail"> {
  /** Whatever else there may be, it is so. */
  readonly sure?: true;
}

/** Of all its targets the worst, which says most; a target that cannot be read may be made up for. */
function judged(subject: Subject, known: Known): Judgement {
  const all = subject.targets.map((target) => {
    const own = inTarget(subject, target, known);
    const copies = own.level === "unknown" ? subject.series : formerly(subject, target);
    return { target, ...(madeUpFor(subject, target, copies, known) ?? own) };
  });
  const [first, ...others] = all.toSorted((a, b) => moreUrgent(a.level, b.level) ? -1 : 1);
  if (first === undefined) return { level: "unknown", text: "unknown: nothing is known of it" };
  if (others.length === 0) return first;
  const texts = [first, ...others].map(({ target, text }) => `${target.where}: ${text}`);
  const { level, detail, sure } = first;
  return {
    ...{ level, text: [...new Set(texts)].join("; ") },
    ...(detail ? { detail } : {}),
    ...(sure ? { sure } : {}),
  };
}

/** Where a job wrote to before it wrote to `target`, in which there is nothing yet. */
function formerly({ series, targets }: Subject, target: Target): readonly Series[] {
  if (target.snapshots.length > 0) return [];
  return series.filter((each) => !targets.some(({ where }) => where === placeName(each)));
}

/** A copy in PBS that is good and in time, of a backup that is where nobody may look, or not yet there. */
function madeUpFor(
  subject: Subject,
  target: Target,
  copies: readonly Series[],
  known: Known,
): Judgement | null {
  for (const series of copies) {
    const { snapshots, unread } = series;
    if (unread !== null) continue;
    const where = placeName(series);
    const copy = { ...target, where, snapshots, doubt: null, verifies: true };
    const after = dueAfter(subject, copy, known.now);
    if (after === null || snapshots.length === 0) continue;
    const found = inTarget(subject, copy, known);
    if (found.level === "ok") return { ...found, text: `${found.text} · in ${where}` };
  }
  return null;
}

function inTarget(subject: Subject, target: Target, known: Known): Judgement {
  const { now } = known;
  const { snapshots, verifies } = target;
  const finished = snapshots.filter((snapshot) => snapshot.finished);
  const [newest] = finished;
  const good = finished.find(({ verified }) => verified !== "failed" && verified !== "unreadable");
  const under = snapshots[0] !== undefined && !snapshots[0].finished
    ? `, one began ${ago(snapshots[0], now)}`
    : "";
  if (newest !== undefined && newest !== good) {
    const why = newest.verified === "failed" ? "corrupt" : "without a manifest that can be read";
    const last = good === undefined ? "no good one" : `last good one ${ago(good, now)}`;
    const text = `newest backup (${ago(newest, now)}) is ${why}, ${last}`;
    return { level: "bad", text, sure: true };
  }
  if (good === undefined) return without(subject, target, under, known);
  const late = isUnderWay(subject, target, known)
    ? { level: "ok" as const }
    : lateness(subject, target, known);
  if ("missing" in late) {
    return { level: "unknown", text: `unknown if late: ${ago(good, now)} (${late.missing})` };
  }
  const said = verifies ? VERIFIED[good.verified] : target.byLog ? " · by its task log" : "";
  const text = `${late.level === "ok" ? "" : "late: "}${ago(good, now)}${said}${under}`;
  return inDoubt(subject, target, { level: late.level, text }, good, known) ??
    later(subject, late.level, text, now - good.at, known);
}

const VERIFIED: Readonly<Record<Snapshot["verified"], string>> = {
  ...{ ok: " · verified", never: " · not verified yet" },
  ...{ failed: "", unreadable: "", unknown: "" },
};

/** What is said of a backup whose manifest was not looked at, or may not be the newest. */
function inDoubt(
  subject: Subject,
  target: Target,
  { level, text }: Judgement,
  good: Snapshot,
  known: Known,
): Judgement | null {
  const { doubt, verifies } = target;
  if (doubt === null) {
    if (!verifies || good.verified !== "unknown") return null;
    return { level: "unknown", text: `${text} · unknown if verified: PBS says neither` };
  }
  if (level === "ok") {
    if (good.verified !== "unknown") return null;
    return { level: "unknown", text: `${text}, unknown if good (${doubt})` };
  }
  // One may be running, but not for so long.
  const before = lateness(subject, target, { ...known, now: known.now - RUN_MS });
  const told = target.schedule !== null || hoursOf(subject, known) !== undefined;
  return told && "level" in before && before.level !== "ok"
    ? { level: before.level, text: `${text} (${doubt})` }
    : { level: "unknown", text: `${text} (${doubt})` };
}

function later(
  { gone, id }: Subject,
  level: Level,
  text: string,
  age: number,
  { covered }: Known,
): Judgement {
  if (level === "ok") return { level, text };
  if (gone) return withoutGuest(text, age);
  const unprotected = covered !== null && isGuest(id) && !covered.has(id)
    ? " · in no backup job"
    : "";
  return { level, text: `${text}${unprotected}` };
}

/** A right that was taken away looks just like a guest that was deleted. */
function withoutGuest(text: string, age: number): Judgement {
  return age > LEFTOVER_MS
    ? { level: "ok", text: `${text} · left of a guest that is gone`, detail: true, sure: true }
    : { level: "unknown", text: `${text} · PVE shows no such guest` };
}

/** As datastores are away on purpose. */
const AWAY = / is (in maintenance|being (deleted|unmounted)|not mounted)/;

/** Of a target in which nothing is finished. */
function without(subject: Subject, target: Target, under: string, known: Known): Judgement {
  const { guest, gone, id } = subject;
  const none = under === "" ? "no backup" : `no finished backup${under}`;
  if (target.doubt !== null) {
    const away = AWAY.test(target.doubt);
    return { level: "unknown", text: `unknown${away ? ", " : ": "}${target.doubt}` };
  }
  if (gone) return { level: "ok", text: `no such guest, nothing finished${under}`, detail: true };
  if (known.covered !== null && isGuest(id) && !known.covered.has(id)) {
    return { level: "warn", text: `${none}, in no backup job${unseen(known)}` };
  }
  const due = dueAfter(subject, target, known.now);
  const runs = due === null ? null : known.due(due.schedule, due.after);
  if (runs !== null && "missing" in runs) {
    return { level: "unknown", text: `unknown if one was due: ${none} (${runs.missing.message})` };
  }
  if (runs !== null && missed(runs.data, known.now) === 0) {
    return { level: "warn", text: `${none} yet, none was due since it started` };
  }
  return { level: (guest?.uptimeMs ?? 0) > NEW_GUEST_MS ? "bad" : "warn", text: none };
}

/** Where there may be some all the same, made by hand. */
function unseen({ collected: { away } }: Known): string {
  const maintained = away.filter(({ reason }) => reason !== NOT_MOUNTED)
    .map(({ store, reason }) => `${store} is ${reason}`);
  return maintained.length === 0 ? "" : ` (${maintained.join(", ")})`;
}

/**
 * What was not read may hold the backup that seems to be missing, and PVE may know that its guest is
 * gone, or that one was due.
 */
function doubted(subject: Subject, judgement: Judgement, known: Known): Judgement {
  const { collected: { missing }, blind } = known;
  const { level, text, sure } = judgement;
  if (sure) return judgement;
  if (blind !== null) {
    return { level: "unknown", text: `${text} (${blind})` };
  }
  const byJobs = subject.targets.some(({ schedule }) => schedule !== null);
  if (level === "ok" || byJobs || missing.length === 0) return judgement;
  const places = missing.map(placeName).join(", ");
  return { level: "unknown", text: `${text} (${places} could not be read)` };
}

/** Where else there are backups of a guest: a sync or a move leaves older ones. */
function copies({ id, series }: Subject, { now }: Known): Row[] {
  if (series.length < 2) return [];
  return series.map((each): Row => {
    const newest = each.snapshots.find(({ finished }) => finished);
    const text = newest === undefined ? "nothing finished" : ago(newest, now);
    return { level: "ok", name: `${id} in ${placeName(each)}`, text, detail: true };
  });
}

function ago({ at }: Snapshot, now: number): string {
  return `${duration(Math.max(0, now - at))} ago`;
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
