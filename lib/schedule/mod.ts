/**
 * What happens without being asked: alerts, the daily digest, watches.
 * @module
 */
export { Digest } from "./digest.ts";
export type { Notice, Notify } from "./notice.ts";
export { Patrol } from "./patrol.ts";
export { readTimetable, type Timetable, TimetableError } from "./timetable.ts";
export { bookedUnder, Watches, type WatchRun } from "./watches.ts";
export { reportFacts } from "./watch_words.ts";
