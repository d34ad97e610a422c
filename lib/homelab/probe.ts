/**
 * The probe contract: what a kind of service has to say of itself, and what a probe of it promises.
 *
 * A kind is one folder with its own `probe.ts`, and one line of the table in `probes.ts`.
 * @module
 */
import type { z } from "zod";
import type { Clock } from "../clock.ts";
import { logger } from "../log/mod.ts";
import type { Chart } from "./charts/chart.ts";
import type { ProbeEnvironment } from "./environment.ts";
import { inTime, ServiceError } from "./http/client.ts";
import type { ProxmoxServers } from "./proxmox/api.ts";
import type { Level } from "../level.ts";
import type { Report } from "./report.ts";

const log = logger("homelab");

/** What every kind of probe says of itself. */
export interface AnyProbeKind<Settings = never> {
  /** Its command in the chat, and the key of its part of the settings, if it has one. */
  readonly name: string;
  readonly command: ProbeCommand;
  /** The schema of its part of the settings, or the key of the part that it looks at with another. */
  readonly settings: z.ZodType | { readonly of: string };
  /** Makes a probe. Asks nobody anything yet. */
  create(settings: Settings, environment: ProbeEnvironment, servers: ProxmoxServers): Probe;
}

/** A kind of probe with settings of its own. */
export interface ProbeKind<Settings> extends AnyProbeKind<Settings> {
  readonly settings: z.ZodType<Settings>;
  /** What a file of settings shows of it. */
  readonly example: object;
}

/** A kind of probe that is given the settings of the whole homelab, when they have the part `of`. */
export interface DerivedProbeKind<Settings> extends AnyProbeKind<Settings> {
  readonly settings: { readonly of: string };
}

/** How the chat offers a probe. */
export interface ProbeCommand {
  /** For Telegram's menu. */
  readonly description: string;
  /** What may follow the command, such as "name". */
  readonly argument: string;
  /** Only an answer about something named comes with a picture; without this, each does. */
  readonly drawsNamed?: true;
}

/** What looks at one service of a homelab. */
export interface Probe {
  readonly title: string;
  /**
   * Never rejects for what the service does: a failure is a report of level "unknown" or "bad" with
   * a sentence. `only` narrows to what has that in its name.
   */
  check(signal: AbortSignal, only?: string): Promise<Report>;
  /** What its service remembers as a picture; null when it remembers nothing, or does not answer. */
  chart?(signal: AbortSignal, only?: string): Promise<Chart | null>;
  /** Ends what still goes on behind its checks, and waits for it. */
  close?(): Promise<void>;
}

/**
 * The probe, with its promise made sure of: a check ends within its deadline even if the probe does
 * not heed it, and a failure is a report. Who does not answer is "bad"; who cannot be understood is
 * "unknown", since the service itself may be well.
 */
export function bounded(probe: Probe, clock: Clock): Probe {
  const { title } = probe;
  return {
    title,
    check: (signal, only) =>
      inTime(clock, signal, (limit) => probe.check(limit, only))
        .catch((error) => failed(title, error, clock.now())),
    chart: (signal, only) =>
      inTime(clock, signal, async (limit) => await probe.chart?.(limit, only) ?? null)
        .catch((error) => {
          log.info("No chart of {title}: {error}", { title, error });
          return null; // The report says what is wrong.
        }),
    close: async () => await probe.close?.(),
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
