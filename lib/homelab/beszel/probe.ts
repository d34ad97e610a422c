import { z } from "zod";
import { oneLine } from "../../text.ts";
import { BeszelHub } from "./hub.ts";
import {
  alertRows,
  ALERTS,
  ALERTS_PART,
  type BeszelSystem,
  diskRows,
  DISKS,
  DISKS_PART,
  STATUSES,
  systemRows,
  SYSTEMS,
} from "./rows.ts";
import { beszelChart } from "./chart.ts";
import type { HttpEnvironment } from "../environment.ts";
import { sentence, ServiceError } from "../http/client.ts";
import type { Level } from "../../level.ts";
import { counted, levelOf, matches, nothingNamed, type Report, type Row } from "../report.ts";
import type { Probe, ProbeKind } from "../probe.ts";
import { file, serviceSettings } from "../http/settings.ts";

const TITLE = "Beszel";

const settings = serviceSettings("The hub, such as https://beszel.lan.", {
  email: z.string().min(1, { error: "expected the e-mail address of a user of the hub" })
    .describe("A user of the hub, best with the role readonly, who may see the systems."),
  password_file: file.describe("A file with that user's password."),
}).describe("Beszel.");

export type BeszelSettings = z.output<typeof settings>;

export const BESZEL = {
  name: "beszel",
  // One system has a day to show; of all of them the digest shows one.
  command: {
    description: "Systems: up, load, disks, heat",
    argument: "name",
    drawsNamed: true,
  },
  settings,
  example: { url: "https://beszel.lan", email: "bot@lan", password_file: "beszel-password" },
  create: createBeszel,
} as const satisfies ProbeKind<BeszelSettings>;

/** What a Beszel hub says of its systems: who is down, what is too full or too hot, which alerts fire. */
export function createBeszel(settings: BeszelSettings, environment: HttpEnvironment): Probe {
  const { clock } = environment;
  const hub = new BeszelHub(settings, environment);
  return {
    title: TITLE,
    chart: (signal, only) => beszelChart(hub, clock.now(), signal, only),
    async check(signal, only) {
      const [systems, alerts, disks] = await hub.lists([SYSTEMS, ALERTS, DISKS], signal);
      if (systems.status === "rejected") throw systems.reason;
      const at = clock.now();
      if (systems.value.length === 0) return nobody(settings.email, at);
      const every = systems.value;
      const all = every.filter(({ name, host }) => matches(only, name, host));
      if (all.length === 0 && only !== undefined) return nothingNamed(TITLE, only, at);
      const nameOf = ownerNames(every, all, only);
      const rows = [
        ...all.flatMap((system) => systemRows(system, at)),
        ...partRows(alerts, ALERTS_PART, (records) => alertRows(records, nameOf)),
        ...partRows(disks, DISKS_PART, (records) => diskRows(records, nameOf)),
        ...noAlerts(alerts, settings.email),
      ];
      return {
        title: TITLE,
        level: levelOf(rows),
        summary: summaryOf(all, rows),
        rows,
        at,
      };
    },
  };
}

/** How a system is called by its id; null for one that was not asked for. */
function ownerNames(
  every: readonly BeszelSystem[],
  asked: readonly BeszelSystem[],
  only: string | undefined,
): (id: string) => string | null {
  const names = new Map(asked.map(({ id, name }) => [id, name]));
  const others = new Set(every.map(({ id }) => id));
  return (id) => {
    const name = names.get(id);
    if (name !== undefined) return name;
    return only !== undefined || others.has(id) ? null : `system ${oneLine(id, 40)}`;
  };
}

/** The rows of a part; a note that says why when it did not come. */
function partRows<T>(
  part: PromiseSettledResult<readonly T[]>,
  name: string,
  rows: (records: readonly T[]) => Row[],
): Row[] {
  if (part.status === "fulfilled") return rows(part.value);
  // A hub before 0.17 has no disks.
  if (name === DISKS_PART && part.reason instanceof ServiceError && part.reason.status === 404) {
    return [{ level: "ok", name, text: "told by Beszel from 0.17 on", detail: true }];
  }
  return [{ level: "unknown", name, text: sentence(part.reason), note: true }];
}

/** The hub answers a user who may see nothing as if there were nothing. */
function nobody(email: string, at: number): Report {
  const text = `shows no systems to ${email}: add this user to the systems, ` +
    "or set SHARE_ALL_SYSTEMS=true on the hub";
  const level: Level = "unknown";
  return {
    title: TITLE,
    level,
    summary: text,
    rows: [{ level, name: TITLE, text, service: true }],
    at,
  };
}

/** Alerts belong to who set them; without one it is worth knowing whose were looked at. */
function noAlerts(alerts: PromiseSettledResult<readonly unknown[]>, email: string): Row[] {
  if (alerts.status !== "fulfilled" || alerts.value.length > 0) return [];
  const text = `none that ${email} has set; others' are not shown`;
  return [{ level: "ok", name: ALERTS_PART, text, detail: true }];
}

/** "1 down: old-pi · 2 to look at: pve, nas · 3 of 6 up · 1 paused". */
function summaryOf(systems: readonly BeszelSystem[], rows: readonly Row[]): string {
  const of = (wanted: string) =>
    systems.filter(({ status }) => status === wanted).map(({ name }) => name);
  const down = rows.filter((row) => row.down).map(({ name }) => name);
  const numbers = STATUSES.filter((status) => status !== "up" && status !== "down")
    .flatMap((status) => of(status).length === 0 ? [] : [`${of(status).length} ${status}`]);
  const at = (wanted: Level) => rows.filter(({ level }) => level === wanted);
  const stand = [...at("bad"), ...at("warn"), ...at("unknown").filter(({ note }) => note)];
  const named = stand.filter((row) => !row.down).map(({ name }) => name);
  // A system that is named stands for its alerts and disks.
  const all = [...named, ...down];
  const shown = named.filter((name) => !all.some((each) => name.startsWith(`${each} · `)));
  return [
    ...counted("down", down),
    ...counted("to look at", shown),
    `${of("up").length} of ${systems.length} up`,
    ...numbers,
  ].join(" · ");
}
