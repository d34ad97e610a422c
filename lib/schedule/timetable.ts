import { Cron } from "croner";

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
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 1440 * MINUTE };
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

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
  const [first = "", second = ""] = words.map((word) => word.toLowerCase());
  if (first === "hourly") return { timetable: cron("0 * * * *", "hourly"), rest: after(1) };
  if (first === "every") return { timetable: interval(second), rest: after(2) };
  const days = daysOf(first);
  if (days !== null) {
    return { timetable: atTime(second, days, `${first} ${second}`), rest: after(2) };
  }
  if (/^[\d*]/.test(first) && words.length >= 5) {
    const fields = words.slice(0, 5).join(" ");
    return { timetable: cron(fields, fields), rest: after(5) };
  }
  throw new TimetableError(`I cannot read '${first}' as a time. ${EXAMPLES}`);
}

function interval(word: string): Timetable {
  const [, count = "1", unit = ""] = /^(\d{0,4})\s*(m|h|d)/.exec(
    word.replace(/^(hour|day|minute)$/, (name) => `1${name[0]}`),
  ) ?? [];
  const ms = Number(count || "1") * (UNITS[unit] ?? 0);
  if (ms < 5 * MINUTE) {
    throw new TimetableError(
      unit === "" ? `I cannot read 'every ${word}'. ${EXAMPLES}` : "Every 5 minutes is the least.",
    );
  }
  return every(ms, `every ${Number(count || "1")}${unit}`);
}

/** The days of a week as cron names them; null for what is none. */
function daysOf(word: string): string | null {
  if (word === "daily") return "*";
  if (word === "weekdays") return "1-5";
  if (word === "weekends") return "0,6";
  const days = word.split(",").map((day) =>
    /^[a-z]{3,9}$/.test(day) ? DAYS.indexOf(day.slice(0, 3)) : -1
  );
  return days.includes(-1) ? null : days.join(",");
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
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TimetableError(`'${pattern}' is no cron expression (${why}). ${EXAMPLES}`);
  }
  return { text, next: (time) => job.nextRun(new Date(time))?.getTime() ?? null };
}
