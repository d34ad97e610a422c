import { type Clock, within } from "../clock.ts";
import { UserFacingError } from "../errors.ts";
import { logger } from "../log/mod.ts";
import type { ExitReason, TurnEvent } from "./events.ts";
import type { Patience } from "./launch.ts";
import type { ClaudeProcess } from "./process.ts";

const log = logger("fleet");

const USUAL_IDLE_MS = 10 * 60_000;

/** All slots are taken by processes that work. */
export class FleetFullError extends UserFacingError {
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
  /** A slot became free, or a process idle: who waits for one may ask again. */
  readonly onRoom: () => void;
}

interface Member {
  readonly process: ClaudeProcess;
  /** Ends as soon as it rests: its session's next prompt wants a process of its own. */
  outdated: boolean;
  idleSince: number;
  cancelTimer: () => void;
}

/** A process that is on its way up. */
interface Starting {
  readonly process: Promise<ClaudeProcess>;
  /** True when something that it is started with was changed meanwhile. */
  stale: boolean;
}

/** The processes of all sessions: one each at the most, and never more than `maxProcesses`. */
export class Fleet {
  readonly #members = new Map<string, Member>();
  readonly #starting = new Map<string, Starting>();
  /** Slots promised to processes that are starting. */
  #reserved = 0;
  readonly #closing = new AbortController();
  readonly #sweeping = new Map<string, Promise<void>>();
  /** Sessions that found all slots taken when they last asked. */
  readonly #refused = new Set<string>();

  constructor(readonly options: FleetOptions) {}

  /** The living process of a session, if there is one. */
  get(session: string): ClaudeProcess | undefined {
    const process = this.#members.get(session)?.process;
    return process?.alive ? process : undefined;
  }

  /** The sessions that have a process. */
  get sessions(): readonly string[] {
    return [...this.#members.keys()];
  }

  /**
   * The process of a session: the one alive, or a new one, for which the longest idle may have to go.
   * @throws {FleetFullError} when all slots work.
   * @throws {StartError} when it does not come up.
   */
  async acquire(session: string): Promise<ClaudeProcess> {
    const member = this.#members.get(session);
    if (member?.outdated && resting(member.process)) await member.process.close("closed");
    if (member !== undefined && resting(member.process)) this.#giveWay(session);
    const alive = this.get(session);
    const starting = this.#starting.get(session)?.process;
    if (alive === undefined) return await (starting ?? this.#start(session));
    this.#restSoon(session); // A prompt is on its way, or was: the idle time starts anew.
    return alive;
  }

  /**
   * Has a process started that no prompt comes to yet: who waits for a slot may have its.
   * @throws {FleetFullError} {@link StartError} as `acquire` does.
   */
  async ready(session: string): Promise<void> {
    await this.acquire(session);
    this.options.onRoom();
  }

  /** Starts a process ahead of its first prompt, if there is room; its failure is told by that prompt. */
  async warm(session: string): Promise<void> {
    try {
      await this.ready(session);
    } catch (error) {
      log.info("Did not warm up the process of {session}: {error}", { session, error });
    }
  }

  /**
   * Starts a process again that is just starting, since what it is started with was changed: no prompt
   * comes to it before.
   * @returns false when none is starting: then a living one has to be told.
   */
  restartIfStarting(session: string): boolean {
    const starting = this.#starting.get(session);
    if (starting === undefined) return false;
    return starting.stale = true;
  }

  /**
   * The process of a session was started for what is no longer so: it ends now, or as soon as its
   * turn and its background tasks have ended; the next prompt gets a new one.
   */
  async outdate(session: string): Promise<"none" | "starting" | "ended" | "later"> {
    if (this.restartIfStarting(session)) return "starting";
    const member = this.#members.get(session);
    if (member === undefined) return "none";
    member.outdated = true;
    if (!resting(member.process)) return "later";
    await member.process.close("closed");
    return "ended";
  }

  /** The idle time of a session was changed: it starts anew. */
  retime(session: string): void {
    this.#restSoon(session);
  }

  /** Ends the process of a session, if it has one; one that is starting is waited for. */
  async close(session: string, reason: ExitReason, patience?: Patience): Promise<void> {
    const starting = this.#starting.get(session);
    if (starting !== undefined) await starting.process.catch(() => {}); // Told to who asked for it.
    await this.#members.get(session)?.process.close(reason, patience);
  }

  /**
   * Ends all processes at the same time, those that are starting too; nothing starts afterwards. It
   * waits for no process longer than `patience` allows.
   */
  async closeAll(patience: Patience): Promise<void> {
    this.#closing.abort();
    const sessions = new Set([...this.#members.keys(), ...this.#starting.keys()]);
    const closed = [...sessions].map((session) => this.close(session, "closed", patience));
    const { interrupt, stdin, term, kill } = patience;
    const ms = interrupt + stdin + term + kill;
    await within(this.options.clock, ms, Promise.all(closed));
  }

  /**
   * A session that asks for one turn after the other would keep its slot for ever: those who were
   * refused meanwhile may take it first.
   */
  #giveWay(session: string): void {
    this.#refused.delete(session);
    if (this.#refused.size === 0) return;
    this.#refused.clear(); // Who still wants a slot asks now.
    this.options.onRoom();
  }

  #start(session: string): Promise<ClaudeProcess> {
    const { promise: process, resolve } = Promise.withResolvers<ClaudeProcess>();
    const starting: Starting = { process, stale: false };
    this.#starting.set(session, starting);
    resolve(this.#startNow(session, starting).finally(() => this.#started(session, starting)));
    return process;
  }

  /** From now on a process is told what is changed, or there is none. */
  #started(session: string, starting: Starting): void {
    if (this.#starting.get(session) === starting) this.#starting.delete(session);
  }

  async #startNow(session: string, starting: Starting): Promise<ClaudeProcess> {
    // One writer per session: a process that is on its way out has to be gone first.
    const before = this.#members.get(session)?.process;
    if (before !== undefined) await before.exited;
    const sweeping = this.#sweeping.get(session);
    if (sweeping !== undefined) await sweeping;
    await this.#reserve(session);
    return await this.#launch(session, starting);
  }

  /** Starts the process that a slot is reserved for. */
  async #launch(session: string, starting: Starting): Promise<ClaudeProcess> {
    const { clock } = this.options;
    const before = clock.steady();
    try {
      let process = await this.#up(session, starting);
      while (starting.stale) {
        log.info("Starting {session} again: what it starts with was changed", { session });
        await process.close("closed");
        process = await this.#up(session, starting);
      }
      // With no pause since that look: what is changed from here on, a living process is told.
      const idle = { idleSince: clock.steady(), cancelTimer: () => {} };
      this.#members.set(session, { process, outdated: false, ...idle });
      this.#started(session, starting);
      const ms = Math.round(clock.steady() - before);
      const { pid } = process;
      log.info("[TIMING] claude of {session} started in {ms} ms, pid {pid}", { session, ms, pid });
      this.options.onProcess(session, pid);
      this.#restSoon(session);
      return process;
    } finally {
      this.#reserved--; // With no pause after it became a member: it never counts twice.
      if (!this.#members.has(session) && !this.#closing.signal.aborted) this.options.onRoom();
    }
  }

  async #up(session: string, starting: Starting): Promise<ClaudeProcess> {
    const { signal } = this.#closing;
    if (signal.aborted) throw new Error("Switchboard is stopping.");
    starting.stale = false; // What it is started with is read from here on.
    const own: { process?: ClaudeProcess } = {};
    const onEvent = (event: TurnEvent) => this.#heard(session, own.process, event);
    const process = own.process = await this.options.start(session, onEvent, signal);
    if (process.alive) return process;
    throw new Error(`The process of ${session} ended as soon as it had started.`);
  }

  /**
   * Takes a slot, in the same breath as it is found free: another start may look for one too. It is
   * kept for this session while the process that had it ends.
   */
  async #reserve(session: string): Promise<void> {
    const { maxProcesses: max } = this.options;
    this.#refused.delete(session);
    const alive = [...this.#members].filter(([, { process }]) => process.alive);
    const [longestIdle] = alive.filter(([, { process }]) => resting(process))
      .sort(([, a], [, b]) => a.idleSince - b.idleSince);
    const full = alive.length + this.#reserved >= max;
    if (full && longestIdle === undefined) {
      this.#refused.add(session);
      throw new FleetFullError(max);
    }
    this.#reserved++;
    if (full && longestIdle !== undefined) {
      const [idle, { process }] = longestIdle;
      log.info("Closing the idle process of {idle} to make room", { idle });
      process.close("idle").catch((error) =>
        log.error("Cannot close {idle}: {error}", { idle, error })
      );
    }
    while (this.#members.size + this.#reserved > max) { // It, or others, are on their way out.
      const leaving = [...this.#members.values()].filter(({ process }) => !process.alive);
      await Promise.race(leaving.map(({ process }) => process.exited));
    }
  }

  #heard(session: string, process: ClaudeProcess | undefined, event: TurnEvent): void {
    const member = this.#members.get(session);
    if (member === undefined) { // Not up yet, or it failed to come up: `start` rejects.
      if (event.type === "notice") this.options.onEvent(session, event);
      return;
    }
    // One that was given up as it started may end long after the next one came up.
    if (member.process !== process) return;
    if (event.type === "exited") {
      member.cancelTimer();
      this.#members.delete(session);
      this.#sweep(session, member.process.pid);
      this.options.onProcess(session, null);
    }
    this.options.onEvent(session, event);
    const mayRest = ["ended", "dropped", "background"].includes(event.type);
    if (mayRest) this.#restSoon(session);
    if (event.type === "exited" || (mayRest && resting(member.process))) this.options.onRoom();
  }

  #sweep(session: string, pid: number): void {
    if (this.#closing.signal.aborted) return; // The end of the program sweeps everything.
    const swept = this.options.sweep(pid)
      .catch((error) => log.error("Cannot sweep behind {session}: {error}", { session, error }))
      .then(() => void (this.#sweeping.get(session) === swept && this.#sweeping.delete(session)));
    this.#sweeping.set(session, swept);
  }

  #restSoon(session: string): void {
    this.#members.get(session)?.cancelTimer();
    this.#rest(session).catch((error) =>
      log.error("Cannot set the idle timer of {session}: {error}", { session, error })
    );
  }

  /** The idle time of a session; where its files cannot tell it, a usual one. */
  async #idleMs(session: string): Promise<number> {
    try {
      return await this.options.idleMs(session);
    } catch (error) {
      log.error("Cannot read the idle time of {session}: {error}", { session, error });
      return USUAL_IDLE_MS;
    }
  }

  /** Starts the idle time of a process that has nothing to do. */
  async #rest(session: string): Promise<void> {
    const member = this.#members.get(session);
    if (member === undefined) return;
    const { process } = member;
    if (member.outdated && resting(process)) return await process.close("closed");
    const idleMs = await this.#idleMs(session);
    member.cancelTimer();
    if (this.#members.get(session) !== member || !resting(process)) return;
    member.idleSince = this.options.clock.steady();
    member.cancelTimer = this.options.clock.after(idleMs, () => {
      if (!resting(process)) return;
      process.close("idle").catch((error) =>
        log.error("Cannot close {session}: {error}", { session, error })
      );
    });
  }
}

/** Tells a process that has nothing to do. */
const resting = (process: ClaudeProcess) => !process.busy && process.backgroundTasks === 0;
