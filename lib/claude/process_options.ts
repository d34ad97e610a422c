import type { Clock } from "../clock.ts";
import type { TurnEvent } from "./events.ts";
import type { Spawn } from "./launch.ts";

/** How long each step of a shutdown may take before the next, in milliseconds. */
export interface Patience {
  readonly interrupt: number;
  readonly stdin: number;
  readonly term: number;
  /** After SIGKILL: only who belongs to another user, and may not be signalled by us, is there then. */
  readonly kill: number;
}

/** Closing in peace, and closing within the 10 s that a stopping service has. */
export const PATIENT: Patience = { interrupt: 5_000, stdin: 5_000, term: 5_000, kill: 500 };
export const HURRIED: Patience = { interrupt: 1_500, stdin: 2_000, term: 3_000, kill: 500 };

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly spawn: Spawn;
  readonly clock: Clock;
  /** A running turn without a line for so long is reported, and again after as long. */
  readonly watchdogMs: number;
  /** Aborts a start: the child is killed. What has come up is closed with `close`. */
  readonly signal?: AbortSignal;
  readonly onEvent: (event: TurnEvent) => void;
  /** Told when a turn is told to stop; what it returns, when that turn is over. */
  readonly watchStop?: (pid: number) => () => void;
}
