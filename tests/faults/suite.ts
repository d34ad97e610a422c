// deno-lint-ignore-file no-console -- this is a program of the command line
/**
 * The fault suite: `deno task test:faults [--rounds N] [--seed S] [--homes H] [--parallel P]`. The
 * program in its own process, everything around it misbehaving at random, and a checker that reads
 * what the stand-ins recorded.
 */
import { parseArgs } from "@std/cli/parse-args";
import { basename, join } from "@std/path";
import type { Violation } from "../checker/checker.ts";
import { Home } from "./home.ts";

/** The record of a home is read again after so many of its rounds. */
const CHUNK = 25;

interface Failure {
  readonly seed: number;
  readonly words: string;
  readonly violations: readonly Violation[];
}

/** Runs rounds in a home of its own; null when every promise was kept. */
async function runHome(seed: number, rounds: number): Promise<Failure | null> {
  await using home = await Home.make(seed);
  let words = "";
  let violations: Violation[] = [];
  try {
    for (let round = 1; round <= rounds && violations.length === 0; round++) {
      await home.round();
      if (round % CHUNK === 0) violations = await home.check();
    }
    if (violations.length === 0) violations = await home.finish();
  } catch (error) {
    words = `${error instanceof Error ? error.message : error}\nIt said: ${home.bench.said}`;
    violations = await home.check().catch(() => []);
  }
  if (words === "" && violations.length === 0) return null;
  return { seed, violations, words: `${words}\nKept in ${await keep(home, seed, violations)}` };
}

/** Keeps what is needed to understand a failure. */
async function keep(home: Home, seed: number, violations: readonly Violation[]): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: `switchboard-faults-${seed}-` });
  const { bench, story } = home;
  const evidence = { story, violations, ...await home.evidence(null), calls: bench.api.calls };
  await Deno.writeTextFile(join(dir, "evidence.json"), JSON.stringify(evidence, null, 1));
  for (
    const file of [
      "claude.log",
      ...["journal.db", "journal.db-wal", "switchboard.log"].map((each) => `state/${each}`),
    ]
  ) {
    await Deno.copyFile(join(bench.home, file), join(dir, basename(file))).catch(() => {});
  }
  return dir;
}

function report({ seed, words, violations }: Failure): void {
  console.error(`\nHome with seed ${seed}: ${words}`);
  for (const { rule, words } of violations) console.error(`  ${rule}: ${words}`);
}

async function main(): Promise<number> {
  const flags = parseArgs(Deno.args, { string: ["rounds", "seed", "homes", "parallel"] });
  const number = (name: string, or: number) => Number(flags[name] ?? or);
  const [rounds, seed] = [number("rounds", 500), number("seed", 1)];
  const parallel = number("parallel", 4);
  const homes = number("homes", Math.max(parallel, Math.ceil(rounds / 125)));
  const waiting = Array.from({ length: homes }, (_, index) => seed + index);
  const failures: Failure[] = [];
  const began = performance.now();
  const each = Math.ceil(rounds / homes);
  await Promise.all(Array.from({ length: Math.min(parallel, homes) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const failure = await runHome(next, each);
      if (failure !== null) failures.push(failure);
    }
  }));
  for (const failure of failures) report(failure);
  const s = Math.round((performance.now() - began) / 1000);
  const verdict = failures.length === 0 ? "no violation" : `${failures.length} homes failed`;
  console.log(`${each * homes} rounds in ${homes} homes from seed ${seed}: ${verdict}, ${s} s`);
  return failures.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
