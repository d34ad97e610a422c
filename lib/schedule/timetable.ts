import { Cron } from "croner";
import { errorText } from "../errors.ts";

/** When something is due, again and again. */
export interface Timetable {
  /** As a person reads it. */
  readonly text: string;
  /** The first time after `time`, in milliseconds since 1970; null when there is none. */
  next(time: number): number | null;
}

/** A timetable cannot be understood; the message says how one is written. */
export class TimetableError extends Error {
  override readonly name = "TimetableError";
}

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const LEAST_MS = 5 * MINUTE;
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 1440 * MINUTE };
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/** So many runs of a cron expression show how close they can come: an hour of every five minutes. */
const RUNS = 13;

const EXAMPLES = "Write “every 30m”, “hourly”, “daily 08:00”, “weekdays 08:00”, “mon,thu 18:30”, " +
  "or five fields of cron such as “0 8 * * 1-5”.";

/** Always so many milliseconds after the last time. */
export const every = (ms: number, text: string): Timetable => ({ text, next: (time) => time + ms });

/** Every day at a time such as "08:00", in this machine's time zone. */
export function dailyAt(time: string): Timetable {
  return atTime(time, "*", `daily ${time}`);
}

/**
 * The timetable that a text begins with, and what follows it.
 * @throws {TimetableError}
 */
export function readTimetable(text: string): { timetable: Timetable; rest: string } {
  const words = text.trim().split(/\s+/);
  const after = (count: number) =>
    text.trim().replace(new RegExp(`^(?:\\S+\\s*){${count}}`), "").trim();
  const [first = "", second = "", third = ""] = words.map((word) => word.toLowerCase());
  if (first === "hourly") return { timetable: cron("0 * * * *", "hourly"), rest: after(1) };
  if (first === "every") {
    const interval = intervalOf(second, third);
    if (interval !== null) return { ...interval, rest: after(1 + interval.words) };
  }
  const [name, time, count] = first === "every" ? [daily(second), third, 3] : [first, second, 2];
  const days = daysOf(name);
  if (days !== null) {
    return { timetable: atTime(time, days, `${name} ${time}`), rest: after(count) };
  }
  if (/^[\d*]/.test(first) && words.length >= 5) {
    return { timetable: spaced(words.slice(0, 5).join(" ")), rest: after(5) };
  }
  const unread = first === "every" ? `every ${second}`.trim() : first;
  throw new TimetableError(`I cannot read '${unread}' as a time. ${EXAMPLES}`);
}

/** "every day" and its like by the names that stand alone. */
const daily = (word: string) =>
  ({ day: "daily", weekday: "weekdays", weekend: "weekends" })[word] ?? word;

/** `30m`, `2 hours`, `day`: how long, and in how many words; null for what is no length of time. */
function intervalOf(first: string, second: string) {
  const unit = "(m|h|d|min|mins|minutes?|hours?|days?)";
  const [, attached = "", alone] = new RegExp(`^(\\d{0,4})${unit}$`).exec(first) ?? [];
  const apart = /^\d{1,4}$/.test(first) ? new RegExp(`^${unit}$`).exec(second)?.[1] : undefined;
  const letter = (alone ?? apart)?.[0];
  // "every day 08:00" says when.
  if (letter === undefined || (first === "day" && /^\d+:/.test(second))) return null;
  const count = Number(apart === undefined ? attached || "1" : first);
  const ms = count * (UNITS[letter] ?? 0);
  if (ms < LEAST_MS) throw new TimetableError("Every 5 minutes is the least.");
  return { timetable: every(ms, `every ${count}${letter}`), words: apart === undefined ? 1 : 2 };
}

/** The days of a week as cron names them; null for what is none. */
function daysOf(word: string): string | null {
  if (word === "daily") return "*";
  if (word === "weekdays") return "1-5";
  if (word === "weekends") return "0,6";
  const days = word.split(",").map((day) =>
    DAYS.findIndex((name) => day === name || day === name.slice(0, 3))
  );
  return days.includes(-1) ? null : days.join(",");
}

/** Five fields of cron whose runs are not too close. */
function spaced(fields: string): Timetable {
  const timetable = cron(fields, fields);
  let last = -Infinity;
  for (let run = timetable.next(0), count = 0; run !== null && count < RUNS; count++) {
    if (run - last < LEAST_MS) throw new TimetableError("Every 5 minutes is the least.");
    [last, run] = [run, timetable.next(run)];
  }
  return timetable;
}

function atTime(time: string, days: string, text: string): Timetable {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined) {
    throw new TimetableError(
      `Please say at what time, such as 08:00, instead of '${time}'. ${EXAMPLES}`,
    );
  }
  return cron(`${Number(minutes)} ${Number(hours)} * * ${days}`, text);
}

function cron(pattern: string, text: string): Timetable {
  let job: Cron;
  try {
    job = new Cron(pattern); // Without something to do it sets no timer: the clock is ours.
    // At a fixed hour it runs once a day; at every one also in the hour that comes twice.
    if (/^\S+\s+\*/.test(pattern)) return { text, next: (time) => nextInEachHour(job, time) };
  } catch (error) {
    const why = errorText(error);
    throw new TimetableError(`'${pattern}' is no cron expression (${why}). ${EXAMPLES}`);
  }
  return { text, next: (time) => nextAfter(job, time) };
}

/** What comes after `time`. In an hour that comes twice croner takes the second for the first, which is over. */
function nextAfter(job: Cron, time: number): number | null {
  for (let from = time;; from += QUARTER) {
    const next = job.nextRun(new Date(from))?.getTime() ?? null;
    if (next === null || next > time) return next;
  }
}

/**
 * The next run where hours do not count: in each hour that there is, also in the second of two, and in
 * none that is left out. croner passes over the former, and makes up for the latter.
 */
function nextInEachHour(job: Cron, time: number): number | null {
  const next = nextAfter(job, time);
  const end = Math.min(next ?? Infinity, time + REPEATED_MS);
  for (let at = Math.floor(time / MINUTE + 1) * MINUTE; at < end; at += MINUTE) {
    if (job.match(new Date(at))) return at;
  }
  return next === null || job.match(new Date(next)) ? next : nextInEachHour(job, next);
}

/** No clock is set back by more. */
const REPEATED_MS = 180 * MINUTE;

/** Minutes since midnight of `HH:MM`. */
function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(":").map(Number);
  return hours * 60 + rest;
}

/** True when `now` lies in a span such as "23:00-07:00", in this machine's time zone; null: never. */
export function isQuiet(span: string | null, now: number): boolean {
  if (span === null) return false;
  const [from = 0, to = 0] = span.split("-").map(minutes);
  const date = new Date(now);
  const at = date.getHours() * 60 + date.getMinutes();
  return from <= to ? at >= from && at < to : at >= from || at < to;
}
