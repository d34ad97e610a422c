import { join } from "@std/path";
import { check, type Violation } from "../checker/checker.ts";
import type { Evidence, Left } from "../checker/evidence.ts";
import { Bench } from "../e2e/harness.ts";
import { Dice } from "./dice.ts";
import { mishapOf } from "./mishaps.ts";
import { GROUP, People, PLACES } from "./people.ts";
import { attemptsOf, cliOf, GivenRecord, integrityOf, openRows } from "./records.ts";
import { saying } from "./sayings.ts";

/** Longer than any pause of the program between its tries. */
const SETTLED_MS = 90_000;
/** A death so soon behind Telegram's answer may have come before the program read it. */
const CUT_OFF_MS = 500;
/** No `claude` outlives a killed program for longer. */
const ORPHAN_MS = 2_000;

export interface HomeOptions {
  /** What is run; the program itself if it is not given. */
  readonly program?: readonly string[];
  /** How long a round may take to settle. */
  readonly settledMs?: number;
}

/** Nothing more came, and not everything had its end. */
export class Unsettled extends Error {
  override readonly name = "Unsettled";
}

/** One home, in which hundreds of rounds follow each other: what one leaves, the next one meets. */
export class Home implements AsyncDisposable {
  readonly people: People;
  /** What happened, round by round. */
  readonly story: string[] = [];
  readonly #deaths: number[] = [];
  readonly #given: GivenRecord;
  readonly #orphans: string[] = [];
  #kills = 0;

  private constructor(
    readonly bench: Bench,
    readonly dice: Dice,
    readonly settledMs: number,
  ) {
    this.people = new People(bench, dice, this.#deaths);
    this.#given = new GivenRecord(join(bench.home, "claude.log"));
  }

  static async make(seed: number, options: HomeOptions = {}): Promise<Home> {
    const bench = await Bench.make({
      claudeEnv: { SIM_CLAUDE_RETRY_SCALE: "0.01" },
      settings: { claude: { max_processes: 3 } },
    });
    if (options.program !== undefined) bench.program = options.program;
    bench.api.addGroup({ id: GROUP, title: "Lab" });
    const home = new Home(bench, new Dice(seed), options.settledMs ?? SETTLED_MS);
    try {
      await home.#open();
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
    return home;
  }

  async #open(): Promise<void> {
    await this.start();
    for (const { chat, session } of PLACES) {
      this.bench.say(`/new ${session}`, chat);
      await this.bench.api.waitForMessage(chat, new RegExp(`Made ${session}`));
    }
  }

  /** One burst of messages, one mishap (by chance if none is named), and all that comes of them. */
  async round(named?: string): Promise<void> {
    const { dice, people } = this;
    people.beginRound();
    const { name, strike } = mishapOf(dice, named);
    this.story.push(`${this.story.length}: ${name}, from message ${people.sent.length}`);
    const count = 1 + dice.below(4);
    people.write(saying);
    const over = strike(this, dice);
    for (let n = 1; n < count; n++) {
      if (dice.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, dice.below(80)));
      people.write(saying);
    }
    await over;
    await this.#settle(name);
  }

  /** Until every message has its end and the journal has nothing left to do. */
  async #settle(name: string): Promise<void> {
    const { bench, people } = this;
    const until = Date.now() + this.settledMs;
    for (let look = 0;; look++) {
      const ended = people.look(await this.#given.look());
      if (ended && bench.api.pendingUpdates === 0 && openRows(bench.home).length === 0) return;
      if (Date.now() > until) {
        const open = openRows(bench.home).join("\n  ");
        throw new Unsettled(
          `Round ${this.story.length - 1} (${name}) did not settle in ${
            this.settledMs / 1000
          } s. ` +
            `Without an end: ${people.missing()}. Open:\n  ${open}`,
        );
      }
      await this.#change();
    }
  }

  /** Resolves when something is seen in a chat or called; the journal alone says nothing. */
  async #change(): Promise<void> {
    const seen = this.bench.api.calls.length;
    await this.bench.api.waitFor((api) => api.calls.length > seen, { timeoutMs: 50 })
      .catch(() => {});
  }

  async start(): Promise<void> {
    await this.bench.start();
  }

  /** `kill -9` of the program. */
  async kill(): Promise<void> {
    await this.bench.end("SIGKILL");
    this.#kills++;
    this.#deaths.push(Date.now());
    const until = Date.now() + ORPHAN_MS;
    let left = this.#claudes();
    while (left.length > 0 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      left = this.#claudes();
    }
    this.#orphans.push(...left.map(({ pid }) => `claude ${pid} outlived the program by 2 s`));
  }

  /** Ends the program as a service manager does. */
  async end(): Promise<void> {
    this.#kills++;
    const { code } = await this.bench.end("SIGTERM");
    this.#deaths.push(Date.now());
    if (code !== 0) this.#orphans.push(`the program ended with code ${code}`);
  }

  /** `kill -9` of one running `claude`. */
  killClaude(dice: Dice): void {
    const running = this.#claudes();
    if (running.length === 0) return;
    this.#kills++;
    try {
      Deno.kill(running[dice.below(running.length)]!.pid, "SIGKILL");
    } catch {
      // It ended while we looked.
    }
  }

  #claudes() {
    return this.bench.claudes();
  }

  /** Everything that was recorded so far; what is left only where the program has ended. */
  async evidence(left: Left | null): Promise<Evidence> {
    const { bench, people } = this;
    return {
      sent: people.sent,
      attempts: attemptsOf(bench.api.calls, this.#deaths),
      ...cliOf(await bench.recorded()),
      presses: people.presses,
      tapped: people.tapped,
      edits: people.edits,
      kills: this.#kills,
      broken: [...this.#violations(), ...this.#orphans],
      left,
    };
  }

  /** What Telegram was owed, but for a ban that a death cut off before its note: it is met once more. */
  #violations(): string[] {
    const { api } = this.bench;
    let cutOff = api.calls.filter(({ status, ended }) =>
      status === 429 && ended !== undefined &&
      this.#deaths.some((death) => death >= ended && death - ended < CUT_OFF_MS)
    ).length;
    return api.violations.filter((violation) =>
      !violation.startsWith("calledDuringBan") || cutOff-- <= 0
    );
  }

  /** Judges the whole record while the program runs on. */
  async check(): Promise<Violation[]> {
    const { home } = this.bench;
    const left = { processes: [], open: openRows(home), integrity: integrityOf(home) };
    return check(await this.evidence(left));
  }

  /** Ends the program, and judges the whole record with what it left. */
  async finish(): Promise<Violation[]> {
    await this.end();
    return check(await this.evidence(this.#left()));
  }

  #left(): Left {
    const { bench } = this;
    return {
      processes: bench.marked().map(({ pid, command }) => `${pid} ${command.slice(0, 200)}`),
      open: openRows(bench.home),
      integrity: integrityOf(bench.home),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}
