import { z } from "zod";
import { ServiceError } from "../http/client.ts";
import { type Part, part, type Proxmox } from "../proxmox/api.ts";

const SECOND = 1000;
const HOUR = 3_600;
/** Two missed runs are as bad as it gets. */
const RUNS = 2;
/** When the clocks go back PVE may compute a run that lies before the time it was asked about. */
const LEAPS = 3;
/** So much is remembered of one schedule. */
const REMEMBERED = 50;

const runs = z.array(z.object({ timestamp: z.number() }));

/** Between `from` and the first of `runs` the answer stays the same. Milliseconds since 1970. */
interface Answer {
  readonly from: number;
  readonly runs: readonly number[];
}

/** The first runs of a schedule after a time; why they are not known. */
export type Due = (schedule: string, after: number) => Part<readonly number[]>;

/** Of what nobody was asked about. */
export const UNASKED = () => ({ missing: new ServiceError("late", "was not asked") });

/**
 * When the jobs of PVE are due. PVE computes that itself, in its own language and time zone, whatever
 * the period: it is asked for what is due after a backup. Guests that one run has backed up share an
 * answer, and it stays.
 */
export class Schedules {
  readonly #known = new Map<string, readonly Answer[]>();

  constructor(readonly api: Proxmox) {}

  /** What is due after each of these times; of one schedule the oldest is asked about first. */
  async due(
    times: readonly { readonly schedule: string; readonly after: number }[],
    signal: AbortSignal,
  ): Promise<Due> {
    const known = new Map<string, Part<readonly number[]>>();
    const keyOf = (schedule: string, after: number) => `${after} ${schedule}`;
    const bySchedule = Map.groupBy(times, ({ schedule }) => schedule);
    await Promise.all([...bySchedule].map(async ([schedule, same]) => {
      const ascending = new Set(same.map(({ after }) => after).sort((a, b) => a - b));
      for (const after of ascending) {
        known.set(keyOf(schedule, after), await this.after(schedule, after, signal));
      }
    }));
    return (schedule, after) => known.get(keyOf(schedule, after)) ?? UNASKED();
  }

  /** The first two runs of `schedule` after `last`; fewer when no more will come. */
  async after(
    schedule: string,
    last: number,
    signal: AbortSignal,
  ): Promise<Part<readonly number[]>> {
    const known = this.#known.get(schedule) ?? [];
    const same = known.find(({ from, runs }) => from <= last && last < (runs[0] ?? Infinity));
    if (same !== undefined) return { data: same.runs };
    const answered = await part(this.#ask(schedule, last, signal));
    if ("missing" in answered) return answered;
    const before = this.#known.get(schedule) ?? [];
    const answer = { from: last, runs: answered.data };
    this.#known.set(schedule, [answer, ...before].slice(0, REMEMBERED));
    return answered;
  }

  async #ask(schedule: string, last: number, signal: AbortSignal): Promise<readonly number[]> {
    const after = Math.floor(last / SECOND);
    for (let leap = 0;; leap++) {
      const from = after + leap * HOUR;
      const listed = await this.#analyze(schedule, from, RUNS + leap, signal);
      const later = listed.filter((at) => at > after);
      const rises = later.every((at, index) => index === 0 || at > (later[index - 1] ?? 0));
      const whole = later.length === listed.length && rises;
      if (!whole && leap < LEAPS) continue;
      const runs = later.sort((a, b) => a - b).slice(0, RUNS);
      await this.#confirmLast(schedule, runs, signal);
      return runs.map((at) => at * SECOND);
    }
  }

  /** Fewer runs than were asked for say that no more will come. */
  async #confirmLast(schedule: string, runs: readonly number[], signal: AbortSignal) {
    const last = runs.at(-1);
    if (last === undefined || runs.length === RUNS) return;
    const more = await this.#analyze(schedule, last, RUNS, signal);
    if (more.some((at) => at > last)) {
      throw new ServiceError("answer", "tells of runs, and then of more");
    }
  }

  async #analyze(schedule: string, from: number, count: number, signal: AbortSignal) {
    const query = new URLSearchParams({
      ...{ schedule, starttime: `${from}`, iterations: `${count}` },
    });
    const listed = await this.api.get(`/cluster/jobs/schedule-analyze?${query}`, runs, signal);
    return listed.map(({ timestamp }) => timestamp);
  }
}
