import type { ExitReason, TurnEvent, Usage } from "../../lib/claude/events.ts";
import { Fleet, type FleetOptions } from "../../lib/claude/fleet.ts";
import type { ClaudeProcess } from "../../lib/claude/process.ts";
import { type FakeClock, fakeClock } from "../fake_clock.ts";

const FREE: Usage = { costUsd: 0, inputTokens: 0, outputTokens: 0, durationMs: 0, models: [] };

/** A process as the fleet sees it, of which the test is the child. */
export class FakeProcess {
  busy = false;
  backgroundTasks = 0;
  readonly exited: Promise<void>;
  /** Why it was closed, each time that somebody asked. */
  readonly closed: ExitReason[] = [];
  readonly #exit: () => void;
  #gone = false;

  constructor(
    readonly session: string,
    readonly pid: number,
    readonly tell: (event: TurnEvent) => void,
    /** Whether it ends as soon as it is closed; otherwise the test ends it. */
    readonly obedient: boolean,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    this.#exit = resolve;
  }

  get alive(): boolean {
    return !this.#gone && this.closed.length === 0;
  }

  async close(reason: ExitReason): Promise<void> {
    this.closed.push(reason);
    if (this.obedient) this.end(reason);
    await this.exited;
  }

  end(reason: ExitReason = "crashed"): void {
    if (this.#gone) return;
    this.#gone = true;
    this.tell({ type: "exited", reason, stderrTail: "" });
    this.#exit();
  }

  work(): void {
    this.busy = true;
  }

  finish(): void {
    this.busy = false;
    this.tell({ type: "ended", prompts: [], outcome: "answered", text: "", usage: FREE });
  }

  drop(): void {
    this.busy = false;
    this.tell({ type: "dropped", prompt: "p", cancelled: true });
  }

  background(count: number): void {
    this.backgroundTasks = count;
    const task = { id: "t", description: "a task" };
    this.tell({ type: "background", tasks: Array(count).fill(task) });
  }
}

export const IDLE_MS = 600_000;

export interface World {
  readonly fleet: Fleet;
  readonly clock: FakeClock;
  /** All processes that came up, in their order. */
  readonly processes: readonly FakeProcess[];
  /** What the fleet told, one word or two each. */
  readonly told: string[];
  /** How many times waiting sessions were woken. */
  readonly rooms: () => number;
  /** What happens then, and when a turn has ended; nothing, until a test says so. */
  onRoom: () => void;
  onEnded: (session: string) => void;
  /** The sessions whose start was asked for. */
  readonly starts: readonly string[];
  /** The newest process of a session. */
  of(session: string): FakeProcess;
  /** Sessions whose process is there and not on its way out. */
  alive(): string[];
}

export interface Wishes {
  readonly max?: number;
  readonly obedient?: boolean;
  /** Runs before each start; it may wait, or throw. */
  readonly before?: (session: string, signal: AbortSignal) => Promise<void>;
  /** The process is dead when it comes up. */
  readonly stillborn?: boolean;
  readonly idleMs?: FleetOptions["idleMs"];
  readonly sweep?: (pid: number) => Promise<void>;
}

/** A fleet of fake processes. */
export function world(wishes: Wishes = {}): World {
  const clock = fakeClock();
  const processes: FakeProcess[] = [];
  const told: string[] = [];
  const starts: string[] = [];
  let rooms = 0;
  const fleet = new Fleet({
    maxProcesses: wishes.max ?? 2,
    clock,
    async start(session, onEvent, signal) {
      starts.push(session);
      await wishes.before?.(session, signal);
      const obedient = wishes.obedient ?? true;
      const process = new FakeProcess(session, 100 + processes.length, onEvent, obedient);
      processes.push(process);
      if (wishes.stillborn) process.end();
      // The fleet uses what is above alone; a whole process would need a child.
      return process as unknown as ClaudeProcess;
    },
    idleMs: wishes.idleMs ?? (() => Promise.resolve(IDLE_MS)),
    onEvent(session, event) {
      told.push(`${session} ${event.type}`);
      if (event.type === "ended") made.onEnded(session);
    },
    sweep: (pid) => Promise.resolve(wishes.sweep?.(pid)),
    onProcess: (session, pid) => told.push(`${session} ${pid}`),
    onRoom() {
      rooms++;
      made.onRoom();
    },
  });
  const made: World = {
    onRoom: () => {},
    onEnded: () => {},
    fleet,
    clock,
    processes,
    told,
    starts,
    rooms: () => rooms,
    of(session) {
      const found = processes.findLast((each) => each.session === session);
      if (found === undefined) throw new Error(`no process of ${session}`);
      return found;
    },
    alive: () => processes.filter(({ alive }) => alive).map(({ session }) => session),
  };
  return made;
}
