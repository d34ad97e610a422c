import { z } from "zod";
import { duration } from "./duration.ts";
import type { Level, Row } from "./report.ts";
import { oneLine } from "./words.ts";

const HOUR = 3_600_000;
/** A failure is told for a day, or until the same thing has gone well. */
const TOLD_MS = 24 * HOUR;
/** A job that should have begun so long ago has not run. */
const OVERDUE_MS = HOUR;

/** `/nodes/localhost/tasks`: one without an end is running, whatever was asked for. */
export const tasks = z.array(z.looseObject({
  upid: z.string(),
  starttime: z.number(),
  endtime: z.number().nullish(),
  worker_type: z.string(),
  worker_id: z.string().nullish(),
  status: z.string().nullish(),
}));

export type Task = z.output<typeof tasks>[number];

/** `/admin/{gc,verify,prune,sync}`: a job and how its last run ended. */
export const jobs = z.array(z.looseObject({
  id: z.string().nullish(),
  store: z.string(),
  ns: z.string().nullish(),
  schedule: z.string().nullish(),
  "next-run": z.number().nullish(),
  "last-run-state": z.string().nullish(),
  "last-run-upid": z.string().nullish(),
  "last-run-endtime": z.number().nullish(),
}));

export type Job = z.output<typeof jobs>[number];

/** How an ended task or job went; the text of an error is PBS's own. */
function ending(status: string): { level: Level; text: string } {
  if (status === "OK") return { level: "ok", text: "went well" };
  const [, count] = /^WARNINGS: (\d+)/.exec(status) ?? [];
  if (count !== undefined) {
    return { level: "warn", text: count === "1" ? "had a warning" : `had ${count} warnings` };
  }
  if (status === "unknown") return { level: "warn", text: "was cut off" };
  return { level: "bad", text: `failed: ${oneLine(status)}` };
}

/** A row for each job of one kind ("verify", "prune", …). */
export function jobRows(kind: string, listed: readonly Job[], now: number): Row[] {
  const names = listed.map(({ store, ns }) => `${kind} ${store}${ns ? `/${ns}` : ""}`);
  return listed.flatMap((job, index): Row[] => {
    const plain = names[index] ?? kind;
    const alone = names.filter((name) => name === plain).length === 1;
    const name = alone ? plain : `${plain} (${job.id ?? index + 1})`;
    return jobRow(name, job, now);
  });
}

function jobRow(name: string, job: Job, now: number): Row[] {
  const state = job["last-run-state"];
  const last = (job["last-run-endtime"] ?? 0) * 1000;
  const due = (job["next-run"] ?? Infinity) * 1000;
  // One that runs has no state yet, and its next run is computed from when it began.
  const runs = typeof state !== "string" && typeof job["last-run-upid"] === "string";
  if (now - due > OVERDUE_MS && !runs) {
    const text = `was due ${duration(now - due)} ago and has not run`;
    return [{ level: "warn", name, text }];
  }
  if (typeof state !== "string") {
    // Garbage collection is listed for every datastore, with or without a schedule.
    const text = runs ? "running" : job.schedule ? "has not run yet" : "no schedule";
    return [{ level: "ok", name, text, detail: true }];
  }
  const { level, text } = ending(state);
  const ago = last > 0 ? ` ${duration(now - last)} ago` : "";
  const next = due < Infinity ? `, next in ${duration(Math.max(0, due - now))}` : "";
  const said = text.startsWith("failed: ")
    ? `failed${ago}: ${text.slice(8)}`
    : `${text}${ago}${next}`;
  return [{ level, name, text: said, ...(level === "ok" ? { detail: true } : {}) }];
}

/**
 * A row for each thing (a worker and what it works on) that runs, or that has failed within a day: it
 * counts how it went last. `covered` names the workers whose jobs have rows of their own.
 */
export function taskRows(
  listed: readonly Task[],
  now: number,
  covered: ReadonlySet<string> = new Set(),
): Row[] {
  const things = Map.groupBy(
    unrepeated(listed),
    ({ worker_type, worker_id }) => [worker_type, worker_id ?? ""].join(" ").trim(),
  );
  return [...things].flatMap(([name, all]): Row[] => {
    const began = all.filter((task) => !hasEnded(task));
    const running = began.map(({ starttime }) => `running for ${duration(now - starttime * 1000)}`);
    const ended = all.filter((task) => hasEnded(task) && !covered.has(task.worker_type))
      .sort((a, b) => (b.endtime ?? 0) - (a.endtime ?? 0))
      .map((task) => endingOf(task, now));
    const [last] = ended;
    const failed = ended.some(({ level, age }) => level !== "ok" && age <= TOLD_MS);
    const said = last !== undefined && failed ? [last.text, ...running] : running;
    const level = last !== undefined && failed ? last.level : "ok";
    const text = said.join("; ");
    if (text === "") return [];
    return [{ level, name, text, ...(level === "ok" ? { detail: true } : {}) }];
  });
}

function endingOf({ endtime, status }: Task, now: number) {
  const age = now - (endtime ?? 0) * 1000;
  const { level, text } = ending(status ?? "unknown");
  const ago = `${duration(age)} ago`;
  const [, reason] = /^failed: (.*)/.exec(text) ?? [];
  return { level, age, text: reason === undefined ? `${text} ${ago}` : `failed ${ago}: ${reason}` };
}

function hasEnded({ endtime }: Task): boolean {
  return typeof endtime === "number";
}

/** The same task comes twice when two questions overlap; the one that knows its end is the newer. */
function unrepeated(listed: readonly Task[]): Task[] {
  const byId = new Map<string, Task>();
  for (const task of listed) {
    if (!byId.has(task.upid) || hasEnded(task)) byId.set(task.upid, task);
  }
  return [...byId.values()];
}
