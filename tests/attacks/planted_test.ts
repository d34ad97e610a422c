/** Planted files × the ways on which they come × the moments of a process. */
import { Arena, ownersOwn, sample } from "./arena.ts";
import { judged } from "./open.ts";
import { MEMORY, type Plant, PLANTS } from "./plants.ts";
import { WAYS } from "./ways.ts";

/** Sets off all plants and tells which of them had an effect. */
async function setOff(arena: Arena, plants: readonly Plant[]): Promise<string[]> {
  await arena.turn(...plants.flatMap((plant) => plant.steps?.(arena) ?? []));
  for (const call of plants.flatMap(({ calls = [] }) => calls)) await arena.call(call);
  return plants.filter((plant) => plant.worked(arena)).map(({ name }) => name);
}

for (const way of WAYS) {
  const plants = PLANTS.filter((plant) => !way.without?.(plant));
  Deno.test(`attacks: nothing planted has an effect, by ${way.name}`, async (t) => {
    await using arena = await Arena.make();
    for (const { name, starts, come } of sample(way.moments(plants), 2)) {
      await t.step(name, async () => {
        await come(arena);
        const worked = await setOff(arena, plants);
        const missing = await ownersOwn(arena);
        if (starts && !arena.sent().includes(MEMORY.mark)) {
          missing.push("the project's CLAUDE.md was not read");
        }
        arena.forget();
        judged(`planted, ${way.name}, ${name}`, [...worked, ...missing]);
      });
    }
  });
}
