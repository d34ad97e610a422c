/** Two homes on one machine: neither touches what the other runs. */
import { assert, assertEquals } from "@std/assert";
import { Bench } from "./harness.ts";

const pidsOf = (bench: Bench) => bench.claudes().map(({ pid }) => pid);

/** A home whose `claude` is in the middle of something. */
async function working(): Promise<Bench> {
  const bench = await Bench.make();
  await bench.start();
  bench.say("/new work");
  bench.say("TOOL:bash:sleep 31");
  await bench.hears(/work · working/);
  assertEquals(pidsOf(bench).length, 1);
  return bench;
}

Deno.test("e2e: a start in one home leaves the processes of another alone", async () => {
  await using one = await working();
  await using other = await working();
  const [pids, all] = [pidsOf(one), one.marked().length];
  await other.end("SIGKILL");
  await other.start();
  await other.hears(/Interrupted by a restart/);
  assertEquals([pidsOf(one), one.marked().length], [pids, all]);
  assertEquals((await other.end("SIGTERM")).code, 0);
  assertEquals(pidsOf(one), pids);
});

Deno.test("e2e: nor does a start in a copy of it, journal and all", async () => {
  await using one = await working();
  await using other = await Bench.make();
  const pids = pidsOf(one);
  const args = ["-r", `${one.home}/state`, `${one.home}/sessions`, other.home];
  assert((await new Deno.Command("cp", { args }).output()).success);
  await other.start();
  await other.hears(/Interrupted by a restart/);
  assertEquals(pidsOf(one), pids);
});
