/** The suite itself: it has nothing against the program, and finds the faults that are put into it. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Violation } from "../checker/checker.ts";
import { programCommand } from "../sim/program.ts";
import { Home } from "./home.ts";

/** The program with a file of `mutants/` loaded before it, which an executable cannot do. */
function mutant(name: string): string[] {
  const file = fromFileUrl(new URL(`mutants/${name}.ts`, import.meta.url));
  const [deno, run, ...rest] = programCommand();
  return [deno!, run!, "--preload", file, ...rest];
}

/** Rounds with one mishap until a promise is broken, at most `most`. */
async function found(name: string, mishap: string, most: number): Promise<readonly Violation[]> {
  await using home = await Home.make(7, { program: mutant(name), settledMs: 6_000 });
  try {
    for (let round = 0; round < most; round++) {
      await home.round(mishap);
      const violations = await home.check();
      if (violations.length > 0) return violations;
    }
  } catch {
    // It does not settle: the record says why.
  }
  return await home.check();
}

const FAULTS: readonly [mutant: string, mishap: string, rule: string][] = [
  ["submits_late", "killed", "no prompt runs twice"],
  ["repeats_unmarked", "storm", "repeats are marked and needed"],
  ["forgets_answers", "storm", "answered or accounted for exactly once"],
  ["cuts_answers", "none", "answers arrive whole"],
  ["forgets_edits", "edited", "no edit is lost"],
];

for (const [name, mishap, rule] of FAULTS) {
  Deno.test({
    name: `faults: the checker catches a program that ${name.replace("_", " ")}`,
    ignore: Deno.env.has("SWITCHBOARD_EXECUTABLE"),
    async fn() {
      const rules = (await found(name, mishap, 15)).map((each) => each.rule);
      assert(rules.includes(rule), `It found ${JSON.stringify(rules)}`);
    },
  });
}

Deno.test("faults: against the program as it is, a few rounds of everything find nothing", async () => {
  await using home = await Home.make(3);
  for (let round = 0; round < 5; round++) await home.round();
  assertEquals(await home.finish(), []);
});
