/** One of the series under which Kuma tells the state of a monitor. */
export interface Series {
  /** Its labels. */
  readonly labels: string;
  /** What it says; a series that is written again mostly says something else. */
  readonly says: string;
}

/**
 * Which series nobody writes any more. Kuma takes away those with the labels under which a monitor
 * started, when it is paused or changed; what pushes wrote under the labels of a later tag stays as it
 * is until Kuma restarts (Uptime Kuma 2.5.3 server/prometheus `remove`).
 */
export class LeftSeries {
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

  /** Whether all that Kuma says of a monitor now was left behind. */
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
