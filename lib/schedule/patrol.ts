import type { Clock } from "../clock.ts";
import type { Homelab } from "../homelab/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { alertStep } from "./alerts.ts";
import { type Notify, tell } from "./notice.ts";
import { Ticker } from "./ticker.ts";
import { alertText } from "./words.ts";

/** A program that has just started has more urgent things to do. */
const FIRST_MS = 5_000;
const DAY = 86_400_000;
/** The buttons below an alert answer for so long. */
const KEPT_MS = 30 * DAY;

export interface PatrolOptions {
  readonly journal: Pick<Journal, "alerts" | "deliveries" | "transaction">;
  readonly clock: Clock;
  readonly homelab: Pick<Homelab, "probes">;
  readonly notify: Notify;
  readonly everyMinutes: number;
  readonly quietHours: string | null;
}

/** Looks at the homelab again and again, and tells what has changed. */
export function createPatrol(options: PatrolOptions): Ticker {
  const { clock, homelab, everyMinutes } = options;
  // By the steady clock: when somebody sets the other one back, the checks go on.
  let next = clock.steady() + FIRST_MS;
  const due = () => homelab.probes.size === 0 ? null : clock.now() + next - clock.steady();
  return new Ticker(clock, due, (signal) => {
    next = clock.steady() + everyMinutes * 60_000;
    return look(options, signal);
  });
}

async function look(options: PatrolOptions, signal: AbortSignal): Promise<void> {
  const { journal, clock, homelab, notify, quietHours } = options;
  const asked = [...homelab.probes].map(async ([name, probe]) =>
    [name, await probe.check(signal)] as const
  );
  const reports = new Map(await Promise.all(asked));
  if (signal.aborted) return; // What was broken off says nothing about the services.
  const now = clock.now();
  tell(journal, notify, now, () => {
    const { things, lines } = alertStep(journal.alerts.things(), reports, { now, quietHours });
    journal.alerts.replace(things);
    journal.alerts.forget(now - KEPT_MS);
    if (lines.length === 0) return null;
    const alert = journal.alerts.tell({ at: now, lines });
    return { place: null, text: alertText(lines), about: { alert } };
  });
}
