import { z } from "zod";
import { type Part, part, type Proxmox } from "./proxmox.ts";

const SECOND = 1000;
const HOUR = 3_600;
/** Two missed runs are as bad as it gets. */
const RUNS = 2;
/** When the clocks go back PVE may compute a run that lies before the time it was asked about. */
const LEAPS = 3;
/** So much is remembered of one schedule. */
const REMEMBERED = 50;

const runs = z.array(z.looseObject({ timestamp: z.number() }));

/** Between `from` and the first of `runs` the answer stays the same. Milliseconds since 1970. */
interface Answer {
  readonly from: number;
  readonly runs: readonly number[];
}

/**
 * When the jobs of PVE are due. PVE computes that itself, in its own language and time zone, whatever
 * the period: it is asked for what is due after a backup. Guests that one run has backed up share an
 * answer, and it stays.
 */
export class Schedules {
  readonly #known = new Map<string, readonly Answer[]>();

  constructor(readonly api: Proxmox) {}

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
      const query = new URLSearchParams({
        schedule,
        starttime: `${after + leap * HOUR}`,
        iterations: `${RUNS + leap}`,
      });
      const listed = await this.api.get(`/cluster/jobs/schedule-analyze?${query}`, runs, signal);
      const later = listed.map(({ timestamp }) => timestamp).filter((at) => at > after);
      const rises = later.every((at, index) => index === 0 || at > (later[index - 1] ?? 0));
      const whole = later.length === listed.length && rises;
      if (whole || leap === LEAPS) {
        return later.sort((a, b) => a - b).slice(0, RUNS).map((at) => at * SECOND);
      }
    }
  }
}
