// deno-lint-ignore-file no-console -- It is a program that people start.
/**
 * Simulated runs of the program, many thousands of them:
 *
 *   deno task test:simulation [--seeds 100000] [--from 1] [--workers 2]
 *   deno task test:simulation --seed 42     # one of them again, told and made small
 */
import { parseArgs } from "@std/cli/parse-args";
import { Disk } from "./database.ts";
import { type Script, scriptOf } from "./script.ts";
import { shrink } from "./shrink.ts";
import { type Outcome, simulate } from "./simulation.ts";
import { story } from "./story.ts";
import type { Progress, Share } from "./worker.ts";

/** So many failures are enough to look at. */
const ENOUGH = 5;

/** Tells a seed, and if it fails, the least of it that fails in the same way. */
async function replay(seed: number): Promise<boolean> {
  const disk = new Disk();
  const script = scriptOf(seed);
  const outcome = await simulate(script, disk);
  if (outcome.violations.length === 0) {
    console.log(story(script, outcome));
    return true;
  }
  const rules = rulesOf(outcome);
  const same = async (smaller: Script) => {
    const found = rulesOf(await simulate(smaller, disk));
    return [...rules].some((rule) => found.has(rule));
  };
  const least = await shrink(script, same);
  console.log(story(least, await simulate(least, disk)));
  console.log(`\nAgain: deno task test:simulation --seed ${seed}`);
  return false;
}

const rulesOf = ({ violations }: Outcome) => new Set(violations.map(({ rule }) => rule));

/** Runs seeds with all workers. @returns those that failed. */
async function runAll(from: number, seeds: number, workers: number): Promise<number[]> {
  const failed: number[] = [];
  const since = performance.now();
  let done = 0;
  const heard = (progress: Progress) => {
    const before = Math.floor(done / 5_000);
    done += progress.done;
    failed.push(...progress.failed);
    const seconds = (performance.now() - since) / 1000;
    if (Math.floor(done / 5_000) > before || progress.over) {
      const which = failed.length === 0 ? "" : `: ${failed.join(", ")}`;
      console.log(`${done} seeds in ${seconds.toFixed(0)} s, ${failed.length} failed${which}`);
    }
  };
  const team = Array.from({ length: workers }, (_, index) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
    const over = new Promise<void>((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }: MessageEvent<Progress>) => {
        heard(data);
        if (data.over || failed.length >= ENOUGH) resolve();
      };
    });
    worker.postMessage({ from: from + index, to: from + seeds, step: workers } satisfies Share);
    return { worker, over };
  });
  const all = Promise.all(team.map(({ over }) => over));
  await all.finally(() => team.forEach(({ worker }) => worker.terminate()));
  return failed.sort((a, b) => a - b);
}

const flags = parseArgs(Deno.args, { string: ["seeds", "seed", "from", "workers"] });
if (flags.seed !== undefined) Deno.exit(await replay(Number(flags.seed)) ? 0 : 1);
const from = Number(flags.from ?? 1);
const failed = await runAll(from, Number(flags.seeds ?? 100_000), Number(flags.workers ?? 2));
for (const seed of failed.slice(0, ENOUGH)) await replay(seed);
if (failed.length > 0) console.log(`Failed: ${failed.join(", ")}`);
Deno.exit(failed.length === 0 ? 0 : 1);
