import type { Clock } from "../clock.ts";
import { drawChart, type Homelab } from "../homelab/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import { type Notify, tell } from "./notice.ts";
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
export function createDigest(options: DigestOptions): Ticker {
  const { clock, homelab, journal, at } = options;
  const started = clock.now();
  const timetable = dailyAt(at);
  const due = () =>
    homelab.probes.size === 0
      ? null
      : timetable.next(Math.max(journal.alerts.digestAt() ?? started, clock.now() - LATE_MS));
  return new Ticker(clock, due, (signal) => tellDay(options, signal));
}

async function tellDay(options: DigestOptions, signal: AbortSignal): Promise<void> {
  const { journal, clock, homelab, notify } = options;
  const [reports, pictures] = await Promise.all([
    homelab.status(signal),
    picturesOf(homelab, signal),
  ]);
  if (signal.aborted) return;
  const now = clock.now();
  tell(journal, notify, now, () => {
    journal.alerts.noteDigest(now);
    return { place: null, text: digestText(reports, now), about: null, pictures };
  });
}

async function picturesOf({ probes }: Homelab, signal: AbortSignal): Promise<Uint8Array[]> {
  const drawn = await Promise.allSettled([...probes.values()].map(async (probe) => {
    const chart = await probe.chart?.(signal) ?? null;
    return chart === null ? [] : [await drawChart(chart)];
  }));
  return drawn.flatMap((each) => {
    if (each.status === "fulfilled") return each.value;
    log.error("A chart is missing in the digest: {error}", { error: each.reason });
    return [];
  });
}
