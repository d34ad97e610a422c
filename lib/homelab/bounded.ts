import type { Clock } from "../clock.ts";
import { logger } from "../log.ts";
import { deadline, orAborted, ServiceError } from "./http.ts";
import type { Level, Probe, Report } from "./report.ts";

const log = logger("homelab");

/**
 * The probe, with its promise made sure of: a check ends within its deadline even if the probe does
 * not heed it, and a failure is a report. Who does not answer is "bad"; who cannot be understood is
 * "unknown", since the service itself may be well.
 */
export function bounded(probe: Probe, clock: Clock): Probe {
  const { name, title } = probe;
  const chart = probe.chart?.bind(probe);
  const close = probe.close?.bind(probe);
  return {
    ...{ name, title },
    ...(close === undefined ? {} : { close }),
    async check(signal, only) {
      using limit = deadline(clock, signal);
      try {
        return await orAborted(limit.signal, () => probe.check(limit.signal, only));
      } catch (error) {
        return failed(title, error, clock.now());
      }
    },
    ...(chart === undefined ? {} : {
      async chart(signal, only) {
        using limit = deadline(clock, signal);
        try {
          return await orAborted(limit.signal, () => chart(limit.signal, only));
        } catch (error) {
          log.info("No chart of {title}: {error}", { title, error });
          return null; // The report says what is wrong.
        }
      },
    }),
  };
}

function failed(title: string, error: unknown, at: number): Report {
  const level: Level = error instanceof ServiceError && GONE.has(error.trouble) ? "bad" : "unknown";
  const text = error instanceof ServiceError ? error.message : unforeseen(title, error);
  const row = { level, name: title, text, service: true } as const;
  const rows = [level === "bad" ? { ...row, down: true as const } : row];
  return { title, level, summary: text, rows, at };
}

const GONE: ReadonlySet<ServiceError["trouble"]> = new Set(["unreachable", "late"]);

/** Its words may hold anything; they go to the log, whose secrets are taken out. */
function unforeseen(title: string, error: unknown): string {
  log.error("The probe {title} failed: {error}", { title, error });
  return "could not be looked at; the log of Switchboard says why";
}
