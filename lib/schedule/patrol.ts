import type { Clock } from "../clock.ts";
import type { Homelab } from "../homelab/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { alertStep } from "./alerts.ts";
import type { Notify } from "./notice.ts";
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
export class Patrol {
  readonly #ticker: Ticker;
  /** By the steady clock: when somebody sets the other one back, the checks go on. */
  #next: number;

  constructor(readonly options: PatrolOptions) {
    const { clock } = options;
    this.#next = clock.steady() + FIRST_MS;
    const due = () => clock.now() + this.#next - clock.steady();
    this.#ticker = new Ticker(clock, due, (signal) => this.#look(signal));
  }

  start(): void {
    if (this.options.homelab.probes.size > 0) this.#ticker.look();
  }

  close(): Promise<void> {
    return this.#ticker.close();
  }

  /** One round; what is to be told is committed with what is known then, so it is told once. */
  async #look(signal: AbortSignal): Promise<void> {
    const { journal, clock, homelab, notify, everyMinutes, quietHours } = this.options;
    this.#next = clock.steady() + everyMinutes * 60_000;
    const reports = new Map(
      await Promise.all(
        [...homelab.probes].map(async ([name, probe]) =>
          [name, await probe.check(signal)] as const
        ),
      ),
    );
    if (signal.aborted) return; // What was broken off says nothing about the services.
    const now = clock.now();
    const rows = journal.transaction(() => {
      const { things, lines } = alertStep(journal.alerts.things(), reports, { now, quietHours });
      journal.alerts.replace(things);
      journal.alerts.forget(now - KEPT_MS);
      if (lines.length === 0) return [];
      const alert = journal.alerts.tell({ at: now, lines });
      const rows = notify.rows({ place: null, text: alertText(lines), about: { alert } });
      journal.deliveries.add(rows, now);
      return rows;
    });
    for (const { chat } of rows) notify.wake(chat);
  }
}
