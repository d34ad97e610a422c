import type { Clock } from "../clock.ts";
import type { TurnEvent } from "./events.ts";
import type { ClaudeProcess } from "./process.ts";

/** All places are taken by processes that work. */
export class FleetFullError extends Error {
  override readonly name = "FleetFullError";
  constructor(readonly max: number) {
    super(`All ${max} Claude processes are busy.`);
  }
}

export interface FleetOptions {
  readonly maxProcesses: number;
  readonly clock: Clock;
  /** Starts the process of a session; rejects when it does not come up, or `signal` aborts before. */
  readonly start: (
    session: string,
    onEvent: (event: TurnEvent) => void,
    signal: AbortSignal,
  ) => Promise<ClaudeProcess>;
  /** How long a process of this session may be idle, in milliseconds. */
  readonly idleMs: (session: string) => Promise<number>;
  readonly onEvent: (session: string, event: TurnEvent) => void;
  /** A process came up (its pid) or ended (null). */
  readonly onProcess: (session: string, pid: number | null) => void;
  /** Ends what the shells of a process that has ended left; nothing is started in its session before. */
  readonly sweep: (pid: number) => Promise<unknown>;
  /** A place became free, or a process idle: who waits for one may ask again. */
  readonly onRoom: () => void;
}
