import type { KumaView, Monitor, Series } from "./monitors.ts";

/** A monitor that is missing is spoken of for so long; then it was paused or removed on purpose. */
const MISSED_MS = 60 * 60_000;

/** A monitor with what only a look at an earlier time can tell. */
export interface Seen {
  readonly monitor: Monitor;
  /** How long ago its state was seen to change; null when it was like that from the first look on. */
  readonly changedMs: number | null;
  /** It was there before and is not any more. */
  readonly missing: boolean;
  /** What is said of it was left behind when it was paused or changed. */
  readonly left: boolean;
}

interface Known {
  monitor: Monitor;
  seenAt: number;
  changedAt: number | null;
  left: boolean;
}

/** What Kuma said before: its metrics know neither since when, nor who is missing after a restart. */
export class KumaMemory {
  readonly #known = new Map<string, Known>();
  readonly #series = new LeftSeries();

  /** The monitors of now, and those that have gone missing. */
  see({ monitors, startedAt }: KumaView, at: number): Seen[] {
    this.#series.begin(startedAt);
    const there = new Set(monitors.map(({ key }) => key));
    for (const monitor of monitors) {
      const before = this.#known.get(monitor.key);
      const changed = before !== undefined && before.monitor.state !== monitor.state;
      const changedAt = changed ? at : before?.changedAt ?? null;
      const left = this.#series.see(monitor.key, monitor.series);
      this.#known.set(monitor.key, { monitor, seenAt: at, changedAt, left });
    }
    for (const [key, { seenAt }] of this.#known) {
      if (at - seenAt <= MISSED_MS) continue;
      this.#known.delete(key);
      this.#series.forget(key);
    }
    return [...this.#known.values()].map(({ monitor, changedAt, left }) => ({
      monitor,
      left,
      changedMs: changedAt === null ? null : at - changedAt,
      missing: !there.has(monitor.key),
    }));
  }
}

/**
 * Which series nobody writes any more. Kuma takes away those with the labels under which a monitor
 * started, when it is paused or changed; what pushes wrote under the labels of a later tag stays as it
 * is until Kuma restarts (Uptime Kuma 2.5.3 server/prometheus `remove`).
 */
class LeftSeries {
  readonly #before = new Map<string, readonly Series[]>();
  readonly #left = new Map<string, ReadonlySet<string>>();
  #startedAt: number | undefined;

  /** Kuma's metrics live in memory: with its process all of them begin again. */
  begin(startedAt: number | undefined): void {
    if (startedAt === this.#startedAt) return;
    this.#startedAt = startedAt;
    this.#before.clear();
    this.#left.clear();
  }

  /** True when all that Kuma says of a monitor now was left behind. */
  see(monitor: string, now: readonly Series[]): boolean {
    const before = this.#before.get(monitor) ?? [];
    const still = new Set(
      now.filter(({ labels, says }) =>
        before.some((each) => each.labels === labels && each.says === says)
      ).map(({ labels }) => labels),
    );
    const gone = before.some(({ labels }) => !now.some((each) => each.labels === labels));
    const suspects = gone ? still : this.#left.get(monitor) ?? new Set();
    const left = new Set([...suspects].filter((labels) => still.has(labels)));
    this.#before.set(monitor, now);
    this.#left.set(monitor, left);
    return now.length > 0 && now.every(({ labels }) => left.has(labels));
  }

  /** A monitor that has not been there for long is forgotten. */
  forget(monitor: string): void {
    this.#before.delete(monitor);
    this.#left.delete(monitor);
  }
}
