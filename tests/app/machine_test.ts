import { assert, assertEquals, assertRejects } from "@std/assert";
import { machineOf, memoryOfTrees } from "../../lib/app/machine.ts";

const LISTING = `
    1     0   4000
  100     1  50000
  101   100  20000
  102   101   5000
  200     1   7000
`;

Deno.test("machine: the memory of a process is that of all it started", () => {
  const found = memoryOfTrees(LISTING, [100, 200, 999]);
  assertEquals([...found], [[100, 75_000 * 1024], [200, 7_000 * 1024]]);
});

Deno.test("machine: what `ps` says of this very program", async () => {
  const run = async (program: string, args: readonly string[]) => {
    const { code, stdout } = await new Deno.Command(program, { args: [...args] }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: "" };
  };
  const machine = machineOf("/nowhere", run, () => Promise.resolve(1));
  const found = await machine.memoryOf([Deno.pid]);
  assert((found.get(Deno.pid) ?? 0) > 10e6);
  assert(machine.ownMemory() > 10e6);
  assertEquals(await machine.journalSize(), 0);
});

Deno.test("machine: without processes nothing is run, and a `ps` that fails is said", async () => {
  const run = () => Promise.resolve({ code: 127, stdout: "", stderr: "not found\n" });
  const machine = machineOf("/nowhere", run, () => Promise.resolve(1));
  assertEquals((await machine.memoryOf([])).size, 0);
  await assertRejects(() => machine.memoryOf([1]), Error, "ps said 'not found'");
});
