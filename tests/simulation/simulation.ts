import { simulatedLook } from "./directories.ts";
import { openLock } from "../claude/open_lock.ts";
import type { DatabaseSync } from "node:sqlite";
import type { Environment } from "../../lib/app/environment.ts";
import { check, type Evidence, type Violation } from "../checker/checker.ts";
import type { Sent } from "../checker/evidence.ts";
import type { Disk } from "./database.ts";
import { OF_THE_DISK, rowsWithoutEnd } from "./left_over.ts";
import { Life } from "./life.ts";
import { Machine } from "./machine.ts";
import type { Mutation } from "./mutations.ts";
import { People } from "./people.ts";
import { Program } from "./program.ts";
import { Random } from "./random.ts";
import type { Action, Script } from "./script.ts";
import { type Files, simulatedSessions } from "./sessions.ts";
import { SimulatedTelegram } from "./telegram.ts";
import { settled, Timeline } from "./timeline.ts";
import { type Copied, SimulatedTrust } from "./trust.ts";
import { Weather } from "./weather.ts";

const START = Date.parse("2026-11-20T12:00:00Z");
/** So many events are never needed: something goes round in circles. */
const MOST_EVENTS = 60_000;
/** A process that the end did not wait for has said its last by then. */
const DRAINED_MS = 600;
/** After the weather has cleared, all is over within this time: a long ban, and what comes then. */
const OWED_MS = 3_600_000;
const ROUND_MS = 10 * 60_000;
const MOST_ROUNDS = 60;

/** What a simulation showed. */
export interface Outcome {
  readonly violations: readonly Violation[];
  readonly evidence: Evidence;
  readonly events: number;
  readonly lives: number;
}

/** Runs a script to its end, on an empty disk, and judges what the world saw. */
export async function simulate(script: Script, disk: Disk, mutation?: Mutation): Promise<Outcome> {
  const simulation = new Simulation(script, disk, mutation);
  const silenced = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    simulation.unhandled(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", silenced);
  try {
    return await simulation.run();
  } finally {
    globalThis.removeEventListener("unhandledrejection", silenced);
  }
}

class Simulation {
  readonly #random: Random;
  readonly #timeline = new Timeline(START);
  readonly #weather: Weather;
  readonly #telegram: SimulatedTelegram;
  readonly #machine: Machine;
  readonly #files: Files = { sessions: new Map(), current: new Map() };
  readonly #copied: Copied = new Map();
  readonly #people: People;
  readonly #faults: string[] = [];
  #life!: Life;
  #program!: Program;
  #lives = 0;
  #events = 0;
  #refused = false;
  #killed = 0;
  /** It was told to end. */
  #stopped: Life | null = null;

  constructor(
    readonly script: Script,
    readonly disk: Disk,
    readonly mutation: Mutation | undefined,
  ) {
    this.#random = new Random(script.seed ^ 0x5bd1e995);
    this.#weather = new Weather(script.climate);
    const world = () => [this.#timeline, this.#weather, this.#random.fork()] as const;
    this.#telegram = new SimulatedTelegram(...world(), mutation?.eager === true);
    this.#machine = new Machine(...world());
    this.#people = new People(this.#telegram, () => this.#timeline.now, script);
  }

  async run(): Promise<Outcome> {
    this.disk.clear();
    await this.#prepare();
    this.#boot();
    for (const action of this.script.actions) {
      await this.#pass(action.wait);
      this.#act(action);
      await this.#settle();
    }
    this.#weather.clear();
    await this.#clearUp();
    await this.#end();
    const evidence = this.#evidence();
    const violations = check(evidence);
    return { violations, evidence, events: this.#events, lives: this.#lives };
  }

  unhandled(error: unknown): void {
    if (this.#life.alive) this.#faults.push(`nobody handled: ${error}`);
  }

  /** The sessions that are there already. */
  async #prepare(): Promise<void> {
    const nobody = new Life(() => {});
    const calm = new Timeline(START);
    const at = { files: this.#files, life: nobody, timeline: calm, random: null };
    const sessions = simulatedSessions(at, this.disk.journal.sessions);
    for (const name of new Set(this.script.sessions)) {
      if (name !== null) await sessions.create(name);
    }
    for (const [who, name] of this.script.sessions.entries()) {
      if (name !== null) await sessions.switch(name, this.script.places[who]!);
    }
  }

  /** Time passes until nothing waits any more; people tap what waits for them. */
  async #clearUp(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = this.#telegram.attempts.length;
      await this.#pass(ROUND_MS);
      const { attempts, drained, silent } = this.#telegram;
      const { unsent, undone } = this.#owed();
      if (unsent && attempts.length === before) await this.#pass(OWED_MS);
      const quiet = attempts.length === before && drained && !silent && !unsent && !undone;
      if (!this.#people.pressUrgent(!quiet) && quiet) return;
    }
  }

  /** Whether there is something to send, whose repeat may be hours away, and whether a turn hangs. */
  #owed(): { readonly unsent: boolean; readonly undone: boolean } {
    const { gate } = this.disk.db;
    const db = this.#look();
    const any = (rows: string) => db.prepare(`SELECT 1 FROM ${rows} LIMIT 1`).get() !== undefined;
    const owed = {
      unsent: any("deliveries WHERE state IN ('waiting', 'sending')"),
      undone: any("jobs WHERE state <> 'done'"),
    };
    this.disk.db.gate = gate;
    return owed;
  }

  #boot(): void {
    this.#lives++;
    const life = new Life(() => this.#died(life));
    this.#life = life;
    this.#guardDisk(life);
    const journal = this.mutation?.journal?.(
      this.disk.journal,
      (action) => void this.#timeline.after(40, () => this.#mutant(action), life),
    ) ?? this.disk.journal;
    const failed = () => life.die(); // The process ends, and is started again.
    this.#program = new Program(
      ...[life, this.#worldOf(life), journal, this.#telegram, this.#timeline, failed] as const,
    );
    this.#program.start();
  }

  /** What a mutation does later may fail like anything else. */
  #mutant(action: () => void): void {
    try {
      action();
    } catch {
      // It is lost then: a fault, as it should be.
    }
  }

  #worldOf(life: Life): Environment {
    const timeline = this.#timeline;
    const home = { files: this.#files, life, timeline, random: this.#random.fork() };
    let serial = 0;
    return {
      clock: timeline.clockOf(life),
      spawn: (command, options) => this.#machine.spawn(life, command, options),
      run: (program, args) => this.#machine.run(life, program, args),
      call: (method, payload) => life.effect(() => this.#telegram.call(life, method, payload)),
      sessions: (records) => simulatedSessions(home, records),
      lock: openLock,
      trustDisk: new SimulatedTrust(this.#copied, life, timeline, this.#random.fork()),
      look: simulatedLook(this.#random.fork()),
      uuid: () =>
        `${String(this.#lives).padStart(8, "0")}-0000-4000-8000-${
          String(++serial).padStart(12, "0")
        }`,
    };
  }

  #guardDisk(life: Life): void {
    this.disk.db.gate = {
      touch: () => life.look(),
      commit: (act) => {
        life.look();
        const { full, slowDisk } = this.#weather.now;
        if (this.#random.chance(full) || this.#timeline.now < this.#weather.fullUntil) {
          this.#refused = true;
          throw new Error("database or disk is full");
        }
        if (this.#random.chance(slowDisk)) this.#timeline.now += this.#random.between(1, 4_000);
        return life.effect(act);
      },
    };
  }

  #died(life: Life): void {
    this.#machine.orphaned(life);
    this.#telegram.forgotten();
    this.#timeline.after(this.#random.between(100, 5_000), () => this.#boot());
  }

  #act(action: Action): void {
    switch (action.do) {
      case "write":
        return this.#people.write(action.who, action.as);
      case "edit":
        return this.#people.edit(action.who, action.back);
      case "command":
        return this.#people.command(action.who, action.text);
      case "press":
        return void this.#people.press(action.who, action.back, action.words);
      case "crash":
        return this.#life.doom(action);
      case "stop":
        return this.#stop();
      case "kill claude":
        this.#killed++;
        return this.#machine.alive[0]?.kill("SIGKILL");
      case "ban":
        return this.#telegram.ban(this.script.places[action.who]!.chat, action.seconds);
      case "fill the disk":
        this.#weather.fullUntil = this.#timeline.now + action.ms;
        return;
      default:
        action satisfies never;
    }
  }

  /** Ends the program in peace; it is started again. */
  #stop(): void {
    const life = this.#life;
    if (!life.alive || this.#stopped === life) return;
    this.#stopped = life;
    const over = () => {
      this.#expectNoTimers(life);
      life.die();
    };
    this.#program.stop().catch(() => {}).then(() => {
      this.#timeline.after(DRAINED_MS, over, life);
    });
  }

  /** One that went off later would find a journal that is closed. */
  #expectNoTimers(life: Life): void {
    const timers = life.alive ? this.#timeline.timersOf(life) : 0;
    if (timers > 0) this.#faults.push(`${timers} timers are set after the end`);
  }

  async #pass(ms: number): Promise<void> {
    const until = this.#timeline.now + ms;
    while (this.#timeline.step(until)) {
      await this.#settle();
      if (++this.#events > MOST_EVENTS) {
        this.#faults.push(`no end after ${MOST_EVENTS} events`);
        return;
      }
    }
    this.#timeline.now = Math.max(this.#timeline.now, until);
  }

  async #settle(): Promise<void> {
    await settled();
    this.#telegram.noted(!this.#refused);
    this.#refused = false;
  }

  async #end(): Promise<void> {
    if (!this.#life.alive) await this.#pass(60_000);
    const life = this.#life;
    life.spare();
    let over = false;
    this.#program.stop().finally(() => over = true).catch((error) => {
      this.#faults.push(`the end failed: ${error}`);
    });
    for (let steps = 0; !over && steps < 1_000; steps++) {
      await this.#settle();
      if (!over && !this.#timeline.step()) break;
    }
    if (!over) this.#faults.push("the program did not end");
    await this.#pass(DRAINED_MS);
    if (over) this.#expectNoTimers(life);
    life.alive = false;
  }

  #evidence(): Evidence {
    const { prompts, given, turns } = this.#machine.transcripts;
    const undelivered = this.#telegram.drained ? [] : ["updates that Telegram still holds"];
    return {
      sent: this.#sent(),
      // What is said of the disk comes from memory, so it may be said twice.
      attempts: this.#telegram.attempts.filter(({ text }) => !OF_THE_DISK.test(text)),
      prompts,
      given,
      turns,
      presses: this.#people.presses,
      tapped: this.#people.tapped,
      edits: this.#people.edits,
      kills: this.#lives - 1 + this.#killed,
      broken: [...this.#telegram.broken, ...this.#machine.broken, ...this.#faults],
      left: {
        processes: this.#machine.alive.map(({ pid, start }) => `${pid} of ${start.session}`),
        open: [...this.#open(), ...undelivered],
        integrity: "ok",
      },
    };
  }

  /** Whether the disk was ever full. What was refused then is made up for later, or by the next start. */
  get #diskTrouble(): boolean {
    const { climate, actions } = this.script;
    return climate.full > 0 || actions.some((action) => action.do === "fill the disk");
  }

  #sent(): Sent[] {
    const sent = this.#people.sent.filter((each) => !this.#takenBack(each));
    return this.#diskTrouble ? sent.map((each) => ({ ...each, outOfOrder: true })) : sent;
  }

  /** Taken back by a tap whose line in the chat a crash took: who tapped has seen the toast. */
  #takenBack({ chat, messageId, token }: Sent): boolean {
    if (this.#lives === 1 || !this.#people.droppers.has(chat)) return false;
    const ran = this.#machine.transcripts.prompts.some(({ text }) => text.includes(token));
    const cancelled = "SELECT 1 FROM jobs JOIN pieces ON job = id " +
      "WHERE pieces.chat = ? AND pieces.message_id = ? AND outcome = 'cancelled'";
    return !ran && this.#look().prepare(cancelled).get(chat, messageId) !== undefined;
  }

  /** The disk, for us and not for the program. */
  #look(): DatabaseSync {
    this.disk.db.gate = { touch() {}, commit: (act) => act() };
    return this.disk.db;
  }

  /** What the journal holds that waits for nobody. */
  #open(): string[] {
    return rowsWithoutEnd(this.#look(), !this.#diskTrouble);
  }
}
