/**
 * What happens without being asked: alerts, the daily digest, watches.
 * @module
 */
export { createDigest } from "./digest.ts";
export type { Notice, Notify } from "./notice.ts";
export { createPatrol } from "./patrol.ts";
export { readTimetable, type Timetable, TimetableError } from "./timetable.ts";
export { bookedUnder, Watches, type WatchRun } from "./watches.ts";
export { reportFacts } from "./watch_words.ts";
