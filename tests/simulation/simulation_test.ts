import { assert, assertEquals } from "@std/assert";
import { Disk } from "./database.ts";
import { MUTATIONS } from "./mutations.ts";
import { scriptOf } from "./script.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";
import { story } from "./story.ts";

/** `deno task test:simulation` runs as many as are asked for. */
const SEEDS = 300;
/** A fault on purpose is found within so many seeds. */
const FOUND_WITHIN = 300;

Deno.test("simulation: the first seeds keep every promise", async () => {
  const disk = new Disk();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const script = scriptOf(seed);
    const outcome = await simulate(script, disk);
    if (outcome.violations.length > 0) throw new Error(story(script, outcome));
  }
});

Deno.test("simulation: a seed tells the same story each time", async () => {
  const disk = new Disk();
  for (let seed = 1; seed <= 30; seed++) {
    const script = scriptOf(seed);
    const first = story(script, await simulate(script, disk));
    assertEquals(story(script, await simulate(script, disk)), first);
  }
});

for (const mutation of MUTATIONS) {
  Deno.test(`simulation: it is found out when ${mutation.name}`, async () => {
    const disk = new Disk();
    for (let seed = 1; seed <= FOUND_WITHIN; seed++) {
      const { violations } = await simulate(scriptOf(seed), disk, mutation);
      if (violations.length > 0) return;
    }
    throw new Error(`Not found within ${FOUND_WITHIN} seeds`);
  });
}

Deno.test("simulation: a seed that fails is made small, and fails still", async () => {
  const disk = new Disk();
  const [mutation] = MUTATIONS;
  const fails = async (script: ReturnType<typeof scriptOf>) =>
    (await simulate(script, disk, mutation)).violations.length > 0;
  let script = scriptOf(1);
  while (!await fails(script)) script = scriptOf(script.seed + 1);
  const least = await shrink(script, fails);
  assert(least.actions.length <= script.actions.length);
  assert(least.actions.length <= 4, story(least, await simulate(least, disk, mutation)));
  assertEquals(await fails(least), true);
});
