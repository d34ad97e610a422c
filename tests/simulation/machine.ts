import { HOME_ID } from "../../lib/claude/orphans.ts";
import type { Child } from "../../lib/claude/launch.ts";
import type { RunResult } from "../../lib/programs.ts";
import { SimulatedClaude } from "./claude.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { Transcripts } from "./transcripts.ts";
import type { Weather } from "./weather.ts";

/** The machine that processes run on: it starts, lists and ends them. */
export class Machine {
  readonly transcripts: Transcripts = {
    conversations: new Map(),
    prompts: [],
    given: [],
    turns: [],
    answers: 0,
  };
  /** Two processes that work on one conversation. */
  readonly broken: string[] = [];
  readonly #processes = new Map<SimulatedClaude, Life>();
  #pid = 100;

  constructor(
    readonly timeline: Timeline,
    readonly weather: Weather,
    readonly random: Random,
  ) {}

  /** The processes that run. */
  get alive(): SimulatedClaude[] {
    return [...this.#processes.keys()].filter(({ ended }) => !ended);
  }

  spawn(
    life: Life,
    command: readonly string[],
    { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
  ): Child {
    return life.effect(() => {
      const resume = command.includes("--resume");
      const conversation = command[command.indexOf(resume ? "--resume" : "--session-id") + 1] ?? "";
      if (this.alive.some(({ start }) => start.conversation === conversation)) {
        this.broken.push(`two processes on one conversation of ${cwd}`);
      }
      const session = cwd.split("/").at(-1) ?? "";
      const start = { pid: ++this.#pid, conversation, resume, session, homeId: env[HOME_ID] ?? "" };
      const { timeline, weather, random, transcripts } = this;
      const wire = (act: () => void) => life.effect(act);
      const child = new SimulatedClaude(start, timeline, weather, random.fork(), transcripts, wire);
      this.#processes.set(child, life);
      return child;
    });
  }

  /** The programs that the program runs: `setpriv`, `ps`, `cat` and `kill`. */
  async run(life: Life, program: string, args: readonly string[]): Promise<RunResult> {
    await this.timeline.sleep(this.random.between(1, 20), life);
    const result = (stdout = "", code = 0) => ({
      ...{ code, stdout: new TextEncoder().encode(stdout), stderr: "" },
    });
    if (program === "setpriv") return result("", this.weather.now.orphans ? 127 : 0);
    if (program === "cat") return result(); // No process here has children.
    if (program === "tar") return result(); // The conversations do not lie in folders here.
    if (program === "ps") {
      const lines = this.alive.map(({ pid, start }) =>
        `${pid} claude -p ${HOME_ID}=${start.homeId} A=b`
      );
      return result(lines.join("\n"));
    }
    if (program !== "kill") throw new Error(`Nothing here runs '${program}'`);
    const [signal, ...pids] = args;
    life.effect(() => {
      for (const child of this.alive.filter(({ pid }) => pids.includes(String(pid)))) {
        child.kill(signal === "-KILL" ? "SIGKILL" : "SIGTERM");
      }
    });
    return result();
  }

  /** The program is dead: its children die with it, or see their input end. */
  orphaned(life: Life): void {
    for (const [child, parent] of this.#processes) {
      if (parent !== life || child.ended) continue;
      child.orphan();
      if (!this.weather.now.orphans) child.kill("SIGKILL");
    }
  }
}
