/**
 * What Uptime Kuma says of the things that it watches, wherever that was read.
 * @module
 */
import { oneLine } from "../../text.ts";
import type { Fetch, HttpEnvironment } from "../environment.ts";

/** A Kuma, and how it is reached. */
export interface KumaService {
  readonly url: string;
  readonly environment: HttpEnvironment;
  readonly fetch: Fetch;
}

/** As Uptime Kuma 2.5 src/util numbers them; "unknown" where it says none of these. */
export const STATES = ["down", "up", "pending", "maintenance"] as const;
export type MonitorState = typeof STATES[number] | "unknown";

/** Where Kuma says several things of one monitor, the first of these is believed. */
const GRAVEST: readonly MonitorState[] = ["down", "pending", "unknown", "maintenance", "up"];

/** Orders states, the gravest first. */
export const byGravity = (a: MonitorState, b: MonitorState): number =>
  GRAVEST.indexOf(a) - GRAVEST.indexOf(b);

/** One of the series under which Kuma tells the state of a monitor. */
export interface Series {
  /** Its labels. */
  readonly labels: string;
  /** What it says; a series that is written again mostly says something else. */
  readonly says: string;
}

/** What Kuma says of one thing that it watches. */
export interface Monitor {
  /** Kuma's id, and before 2.0 what else tells two of the same name apart. */
  readonly key: string;
  readonly name: string;
  readonly state: MonitorState;
  /** It sums up other monitors. */
  readonly group: boolean;
  /** Where that is from, in the metrics. */
  readonly series: readonly Series[];
  /** Kuma says this, too. */
  readonly disputed?: MonitorState | undefined;
  readonly latencyMs?: number | undefined;
  readonly certDays?: number | undefined;
  /** Kuma has seen a certificate, and does not say how long it is good for. */
  readonly certUnknown?: boolean;
  /** 0 to 1, of the last day. */
  readonly uptimeDay?: number | undefined;
  /** It should have been checked since: a status page shows a paused one as it was. */
  readonly uncheckedMs?: number | undefined;
}

/** Everything that one look at Kuma gave. */
export interface KumaView {
  readonly monitors: readonly Monitor[];
  /** When Kuma's process began, in ms since 1970; its metrics live in memory only. */
  readonly startedAt?: number | undefined;
  readonly version?: string | undefined;
  readonly incidents: readonly string[];
}

export const stateOf = (number: number | undefined): MonitorState =>
  STATES[number ?? -1] ?? "unknown";

export const nameOf = (name: string | undefined, key: string): string =>
  name !== undefined && name.trim() !== "" ? oneLine(name, LONGEST_NAME) : `monitor ${key}`;

/** Kuma's own page takes 150. */
const LONGEST_NAME = 150;
