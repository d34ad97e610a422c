import type { Clock } from "../clock.ts";
import { drawChart, type Homelab } from "../homelab/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import type { Notify } from "./notice.ts";
import { Ticker } from "./ticker.ts";
import { dailyAt } from "./timetable.ts";
import { digestText } from "./words.ts";

const log = logger("schedule");

/** A digest that could not be sent in time is sent for so long; then the next day's is soon enough. */
const LATE_MS = 2 * 3_600_000;

export interface DigestOptions {
  readonly journal: Pick<Journal, "alerts" | "deliveries" | "transaction">;
  readonly clock: Clock;
  readonly homelab: Homelab;
  readonly notify: Notify;
  /** Such as "08:00". */
  readonly at: string;
}

/** Says once a day how the homelab is, with a picture where its services remember one. */
export class Digest {
  readonly #ticker: Ticker;

  constructor(readonly options: DigestOptions) {
    const { clock, journal, at } = options;
    const started = clock.now();
    const timetable = dailyAt(at);
    const due = () =>
      timetable.next(Math.max(journal.alerts.digestAt() ?? started, clock.now() - LATE_MS));
    this.#ticker = new Ticker(clock, due, (signal) => this.#tell(signal));
  }

  start(): void {
    if (this.options.homelab.probes.size > 0) this.#ticker.look();
  }

  close(): Promise<void> {
    return this.#ticker.close();
  }

  async #tell(signal: AbortSignal): Promise<void> {
    const { journal, clock, homelab, notify } = this.options;
    const [reports, pictures] = await Promise.all([
      homelab.status(signal),
      this.#pictures(signal),
    ]);
    if (signal.aborted) return;
    const now = clock.now();
    const text = digestText(reports, now);
    const rows = notify.rows({ place: null, text, about: null, pictures });
    journal.transaction(() => {
      journal.alerts.noteDigest(now);
      journal.deliveries.add(rows, now);
    });
    for (const chat of new Set(rows.map((row) => row.chat))) notify.wake(chat);
  }

  async #pictures(signal: AbortSignal): Promise<Uint8Array[]> {
    const asked = [...this.options.homelab.probes.values()].map(async (probe) => {
      const chart = await probe.chart?.(signal) ?? null;
      return chart === null ? [] : [await drawChart(chart)];
    });
    const drawn = await Promise.allSettled(asked);
    return drawn.flatMap((each) => {
      if (each.status === "fulfilled") return each.value;
      log.error("A chart is missing in the digest: {error}", { error: each.reason });
      return [];
    });
  }
}
