import { z } from "zod";
import { oneLine } from "../../text.ts";
import { duration } from "../../units.ts";
import type { Level } from "../../level.ts";
import { detailIfWell, type Row } from "../report.ts";

const HOUR = 3_600_000;
/** A failure is told for a day, or until the same thing has gone well. */
const TOLD_MS = 24 * HOUR;
/** A job that should have begun so long ago has not run. */
const OVERDUE_MS = HOUR;

/** `/nodes/localhost/tasks`: one without an end is running, whatever was asked for. */
export const tasks = z.array(z.object({
  upid: z.string(),
  starttime: z.number(),
  endtime: z.number().nullish(),
  worker_type: z.string(),
  worker_id: z.string().nullish(),
  status: z.string().nullish(),
}));

export type Task = z.output<typeof tasks>[number];

/** `/admin/{gc,verify,prune,sync}`: a job and how its last run ended. */
export const jobs = z.array(z.object({
  id: z.string().nullish(),
  store: z.string(),
  ns: z.string().nullish(),
  schedule: z.string().nullish(),
  disable: z.boolean().nullish(),
  "sync-direction": z.string().nullish(),
  "next-run": z.number().nullish(),
  "last-run-state": z.string().nullish(),
  "last-run-upid": z.string().nullish(),
  "last-run-endtime": z.number().nullish(),
  /** Of garbage collection, the task that did it last. */
  upid: z.string().nullish(),
}));

export type Job = z.output<typeof jobs>[number];

/** How a task or job ended `ago` (PBS 4.2 `TaskState`); the text of an error is PBS's own. */
function ending(status: string, ago: string): { level: Level; text: string } {
  if (status === "OK") return { level: "ok", text: `went well${ago}` };
  const [, count] = /^WARNINGS: (\d+)/.exec(status) ?? [];
  if (count !== undefined) {
    return {
      level: "warn",
      text: `had ${count === "1" ? "a warning" : `${count} warnings`}${ago}`,
    };
  }
  if (status === "unknown") return { level: "warn", text: `was cut off${ago}` };
  return { level: "bad", text: `failed${ago}: ${oneLine(status)}` };
}

/** A row for each job of one kind ("verify", "prune", …). */
export function jobRows(kind: string, listed: readonly Job[], now: number): Row[] {
  const names = listed.map((job) => {
    const direction = job["sync-direction"] === "push" ? " (push)" : "";
    return `${kind} ${job.store}${job.ns ? `/${job.ns}` : ""}${direction}`;
  });
  return listed.map((job, index): Row => {
    const plain = names[index] ?? kind;
    const alone = names.filter((name) => name === plain).length === 1;
    const name = alone ? plain : `${plain} (${job.id ?? index + 1})`;
    return jobRow(name, job, now);
  });
}

function jobRow(name: string, job: Job, now: number): Row {
  const state = job["last-run-state"];
  const last = (job["last-run-endtime"] ?? 0) * 1000;
  const due = (job["next-run"] ?? Infinity) * 1000;
  // One that runs has no state yet, and its next run is computed from when it began.
  const runs = typeof state !== "string" && typeof job["last-run-upid"] === "string";
  const missed = now - due > OVERDUE_MS && !runs
    ? `was due ${duration(now - due)} ago and has not run`
    : null;
  if (typeof state !== "string") {
    return missed === null
      ? { name, ...withoutState(job, runs) }
      : { level: "warn", name, text: missed };
  }
  const { level, text } = ending(state, last > 0 ? ` ${duration(now - last)} ago` : "");
  if (missed !== null && level !== "bad") return { level: "warn", name, text: missed };
  const next = due < Infinity ? `, next in ${duration(Math.max(0, due - now))}` : "";
  const since = missed === null ? "" : `; ${missed} since`;
  return detailIfWell({ level, name, text: `${text}${level === "bad" ? since : next}` });
}

/** Garbage collection is listed for every datastore, with or without a schedule. */
function withoutState(job: Job, runs: boolean): Pick<Row, "level" | "text" | "detail"> {
  const { schedule } = job;
  if (runs) return { level: "ok", text: "running", detail: true };
  if (job.disable === true) return { level: "ok", text: "switched off", detail: true };
  if (typeof schedule !== "string" || schedule === "") {
    return { level: "ok", text: "no schedule", detail: true };
  }
  if (typeof job["next-run"] === "number") {
    return { level: "ok", text: "has not run yet", detail: true };
  }
  // PBS 4.2 `compute_schedule_status`: so it looks when the file with its state cannot be read.
  const text = `unknown: PBS tells neither its last run nor its next ('${oneLine(schedule, 40)}')`;
  return { level: "unknown", text };
}

/** What jobs with rows of their own tell of the tasks of `worker`. */
export function toldByJobs(worker: string, listed: readonly Job[]): string[] {
  return listed.flatMap((job) => {
    const ended = job["last-run-endtime"];
    return [
      ...(typeof job["last-run-upid"] === "string" ? [job["last-run-upid"]] : []),
      ...(typeof job.upid === "string" ? [job.upid] : []),
      ...(typeof ended === "number" ? [endKey(worker, ended)] : []),
    ];
  });
}

const endKey = (worker: string, ended: number | null | undefined) => `${worker} ended ${ended}`;

/**
 * A row for each thing (a worker and what it works on) that runs, or that has failed within a day: it
 * counts how it went last. `told` are the tasks that the rows of jobs tell, as {@linkcode toldByJobs}.
 */
export function taskRows(
  listed: readonly Task[],
  now: number,
  told: ReadonlySet<string> = new Set(),
): Row[] {
  const things = Map.groupBy(
    unrepeated(listed),
    ({ worker_type, worker_id }) => [worker_type, worker_id ?? ""].join(" ").trim(),
  );
  return [...things].flatMap(([name, all]): Row[] => {
    const began = all.filter((task) => !hasEnded(task));
    const running = began.map(({ starttime }) => `running for ${duration(now - starttime * 1000)}`);
    const ended = all.filter(hasEnded).sort((a, b) => (b.endtime ?? 0) - (a.endtime ?? 0));
    const [last] = ended;
    const isTold = last !== undefined &&
      (told.has(last.upid) || told.has(endKey(last.worker_type, last.endtime)));
    const endings = isTold ? [] : ended.map((task) => endingOf(task, now));
    const [ending] = endings;
    const failed = endings.some(({ level, age }) => level !== "ok" && age <= TOLD_MS);
    const said = ending !== undefined && failed ? [ending.text, ...running] : running;
    const level = ending !== undefined && failed ? ending.level : "ok";
    const text = said.join("; ");
    if (text === "") return [];
    return [detailIfWell({ level, name, text })];
  });
}

function endingOf({ endtime, status }: Task, now: number) {
  const age = now - (endtime ?? 0) * 1000;
  return { age, ...ending(status ?? "unknown", ` ${duration(age)} ago`) };
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
