import type { Lock } from "../claude/lock.ts";
import type { ProcessOptions } from "../claude/launch.ts";
import { within } from "../clock.ts";
import type { Homelab } from "../homelab/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { logger } from "../log/mod.ts";
import {
  bookedUnder,
  createDigest,
  createPatrol,
  type Notify,
  readTimetable,
  reportFacts,
  TimetableError,
  Watches,
} from "../schedule/mod.ts";
import { PersonaInvalidError } from "../sessions/mod.ts";
import type { Settings } from "../settings/mod.ts";
import { noticeRows, type Outbox, type StatusReport, type Watching } from "../telegram/mod.ts";
import { CLOSE_MS, ownWatchPersona, watchRuns } from "./watch_runs.ts";
import type { OpenEnvironment } from "./environment.ts";

const log = logger("app");

/** All that happens without being asked. */
export interface Schedules {
  readonly watching: Watching;
  /** What `/status` says of the watches. */
  readonly report: StatusReport;
  start(): void;
  /** Breaks off what runs, and waits for it as long as a process takes to end; nothing is begun any more. */
  close(): Promise<void>;
}

interface Parts {
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly homelab: Homelab;
  readonly process: Omit<ProcessOptions, "onEvent">;
  readonly lock: Lock;
  /** Ends what the shells of a `claude` that has ended run on. */
  readonly sweep: (pid: number) => Promise<unknown>;
}

/** Builds alerts and digest, where the settings want them, and watches; starts nothing. */
export function createSchedules(
  settings: Settings,
  { clock, sessions, uuid }: OpenEnvironment,
  { journal, outbox, homelab, process, lock, sweep }: Parts,
): Schedules {
  const { alerts, home, claude } = settings;
  const notify: Notify = {
    rows: (notice) => noticeRows(notice, settings.telegram.allowed_users),
    wake: (chat) => outbox.wake(chat),
  };
  const common = { journal, clock, homelab, notify };
  const watches = new Watches({
    ...common,
    run: watchRuns({
      ...{ home, sessions, process, rights: settings.watches, uuid, sweep },
      configRoot: () => lock.configRoot(),
    }),
    facts: async (signal) =>
      homelab.probes.size === 0 ? "" : reportFacts(await homelab.status(signal)),
    budgetUsdPerDay: claude.budget_usd_per_day,
  });
  if (alerts.enabled && homelab.probes.size === 0) {
    log.warn("alerts.enabled is set, and homelab names nothing to look at");
  }
  const { every_minutes: everyMinutes, quiet_hours: quietHours, digest_at: at } = alerts;
  const parts = [
    watches,
    ...(alerts.enabled ? [createPatrol({ ...common, everyMinutes, quietHours })] : []),
    ...(alerts.enabled && at !== null ? [createDigest({ ...common, at })] : []),
  ];
  const warnings = () => ownToolsOf(sessions);
  return {
    watching: watchingOf(watches),
    report: { title: "Watches", lines: warnings },
    start() {
      parts.forEach((part) => part.look());
      warnings().then((lines) => lines.forEach((line) => log.warn("{line}", { line })))
        .catch((error) => log.error("Cannot look at the persona of watches: {error}", { error }));
    },
    close: async () =>
      void await within(clock, CLOSE_MS, Promise.all(parts.map((part) => part.close()))),
  };
}

/** A warning when the owner's own persona says what watches may do; it is not held to the settings. */
async function ownToolsOf(sessions: OpenEnvironment["sessions"]): Promise<string[]> {
  const own = await ownWatchPersona(sessions).catch((error) => {
    if (error instanceof PersonaInvalidError) return null; // Each run says so.
    throw error;
  });
  const tools = own?.settings.allowed_tools ?? [];
  if (tools.length === 0) return [];
  return [
    `⚠️ Watches use personas/watch.json: without being asked they may ${tools.join(", ")}. ` +
    "What these read can leave by those that reach other machines",
  ];
}

/** Watches as the chat's commands see them. */
export const watchingOf = (watches: Pick<Watches, "next" | "look">): Watching => ({
  next: (watch) => watches.next(watch),
  changed: () => watches.look(),
  bookedUnder,
  read(text) {
    try {
      const { timetable, rest } = readTimetable(text);
      return { schedule: timetable.text, rest };
    } catch (error) {
      if (error instanceof TimetableError) return { problem: error.message };
      throw error;
    }
  },
});
