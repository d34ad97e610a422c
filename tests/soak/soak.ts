// deno-lint-ignore-file no-console -- this is a program of the command line
/**
 * The soak: `deno task soak [--minutes M] [--sessions N] [--turns T] [--lives L]`. Many sessions, each
 * in a group of its own, take their turns again and again; the program is restarted between its lives,
 * the last of which is the longest. Whenever a few sessions have had their turns, what the program
 * holds is sampled. Of the second half of a life, the median of the later samples is set against that
 * of the earlier ones. A life that seems to have grown goes on for as long again before it is judged.
 */
import { parseArgs } from "@std/cli/parse-args";
import { ADA, Bench } from "../e2e/harness.ts";
import { openRows } from "../faults/records.ts";
import { ENOUGH, type Growth, growth, isDoubtful, LIMIT, type Sample } from "./growth.ts";

/** So many sessions work at a time, and so many processes may live. */
const AT_ONCE = 8;
/** Behind the last answer the program has this and that to tidy up. */
const REST_MS = 250;
/** What each life but the last takes of the time. */
const SHORT = 0.15;
const GROUPS = -1_000;
/** A heap that is kept tight: what has not been collected yet would drown what is held. */
const TIGHT = "DENO_V8_FLAGS=--heap-growing-percent=10,--max-semi-space-size=2";

interface Plan {
  readonly minutes: number;
  readonly sessions: number;
  /** Of each session, whenever it is its time. */
  readonly turns: number;
  readonly lives: number;
}

class Soak {
  readonly #chats: readonly number[];
  #turns = 0;

  constructor(readonly bench: Bench, readonly plan: Plan) {
    this.#chats = Array.from({ length: plan.sessions }, (_, index) => GROUPS - index);
    for (const chat of this.#chats) bench.api.addGroup({ id: chat, title: `Group ${-chat}` });
  }

  get turns(): number {
    return this.#turns;
  }

  async makeSessions(): Promise<void> {
    for (const chat of this.#chats) {
      this.bench.say(`/new s${-chat}`, chat);
      await this.bench.api.waitForMessage(chat, /^Made /, { timeoutMs: 60_000 });
    }
  }

  /** One life of the program: its samples. It goes on while they leave a doubt. */
  async live(ms: number, least: number): Promise<Sample[]> {
    const samples = await this.#watch(Date.now() + ms, least);
    while (isDoubtful(samples)) {
      console.log(`${growth(samples).map(words).join(", ")}: looked at for as long again`);
      samples.push(...await this.#watch(Date.now(), samples.length));
    }
    return samples;
  }

  /** Samples until then, and at least so many, taken whenever everything rests. */
  async #watch(until: number, least: number): Promise<Sample[]> {
    const samples: Sample[] = [];
    const goesOn = () => Date.now() < until || samples.length < least;
    while (goesOn()) {
      for (let at = 0; at < this.#chats.length && goesOn(); at += AT_ONCE) {
        await Promise.all(this.#chats.slice(at, at + AT_ONCE).map((chat) => this.#work(chat)));
        await new Promise((resolve) => setTimeout(resolve, REST_MS));
        samples.push(this.#sample());
      }
    }
    return samples;
  }

  async #work(chat: number): Promise<void> {
    const { api } = this.bench;
    for (let turn = 0; turn < this.plan.turns; turn++) {
      const token = `turn ${++this.#turns} of all`;
      const text = [
        `${token}, just words`,
        `${token} TOOL:bash:echo hi;;SAY:${token} is done`,
        `${token} TOOL:bash:echo hi;;LONG:5000`,
      ][this.#turns % 3]!;
      const { message_id: after } = api.send({ from: ADA, chat, text });
      const isAnswer = new RegExp(`^(ok #\\d+: )?${token}`);
      await api.waitForMessage(chat, isAnswer, { after, timeoutMs: 60_000 });
    }
  }

  #sample(): Sample {
    const { pid } = this.bench;
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const rss = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
    const files = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
    const claudes = this.bench.claudes();
    return { rss, files, claudes: claudes.length };
  }
}

/** What is wrong at the end of a life, and between its halves. */
function judged(life: number, samples: readonly Sample[], left: readonly string[]): string[] {
  const grown = samples.length < ENOUGH ? [] : growth(samples);
  const verdict = grown.length === 0
    ? "too few to judge"
    : `behind the warm-up: ${grown.map(words).join(", ")}`;
  console.log(`Life ${life}: ${samples.length} samples, ${verdict}`);
  console.log(`  MB: ${samples.map(({ rss }) => Math.round(rss)).join(" ")}`);
  const most = Math.max(...samples.map(({ claudes }) => claudes));
  return [
    ...grown.filter(({ by }) => by >= LIMIT).map((each) => `life ${life}: ${words(each)}`),
    ...(most > AT_ONCE ? [`life ${life}: ${most} claude at once, not ${AT_ONCE}`] : []),
    ...left.map((each) => `life ${life} left ${each}`),
  ];
}

const UNITS = { rss: " MB", files: " files", claudes: " claude" };

function words({ what, first, second, by }: Growth): string {
  const sign = by < 0 ? "" : "+";
  const [from, to] = [first, second].map((value) => value.toFixed(what === "rss" ? 1 : 0));
  return `${from} → ${to}${UNITS[what]} (${sign}${(by * 100).toFixed(1)} %)`;
}

async function soak(plan: Plan): Promise<string[]> {
  await using bench = await Bench.make({ settings: { claude: { max_processes: AT_ONCE } } });
  bench.program = ["/usr/bin/env", TIGHT, ...bench.program];
  const run = new Soak(bench, plan);
  const wrong: string[] = [];
  const time = plan.minutes * 60_000;
  for (let life = 1; life <= plan.lives; life++) {
    await bench.start();
    if (life === 1) await run.makeSessions();
    const last = life === plan.lives;
    const share = last ? 1 - SHORT * (plan.lives - 1) : SHORT;
    const samples = await run.live(time * share, last ? ENOUGH : 1);
    const { code } = await bench.end("SIGTERM");
    const left = [
      ...bench.marked().map(({ command }) => command),
      ...openRows(bench.home),
      ...(code === 0 ? [] : [`exit code ${code}`]),
    ];
    wrong.push(...judged(life, samples, left));
  }
  console.log(`${run.turns} turns of ${plan.sessions} sessions in ${plan.lives} lives`);
  return wrong;
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["minutes", "sessions", "turns", "lives"] });
  const wrong = await soak({
    minutes: Number(flags["minutes"] ?? 1.2),
    sessions: Number(flags["sessions"] ?? 50),
    turns: Number(flags["turns"] ?? 4),
    lives: Number(flags["lives"] ?? 2),
  });
  for (const each of wrong) console.error(`Not flat: ${each}`);
  Deno.exit(wrong.length === 0 ? 0 : 1);
}
