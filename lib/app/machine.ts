import { join } from "@std/path";
import type { RunForText } from "../programs.ts";
import type { Machine } from "../telegram/mod.ts";

/** The machine, through `ps`: the memory of others stands in `/proc`, which Deno may not read. */
export function machineOf(
  home: string,
  run: RunForText,
  freeSpace: () => Promise<number>,
): Machine {
  const sizeOf = (name: string) =>
    Deno.stat(join(home, "state", name)).then(({ size }) => size, () => 0);
  return {
    ownMemory: () => Deno.memoryUsage().rss,
    async memoryOf(pids) {
      if (pids.length === 0) return new Map();
      const { code, stdout, stderr } = await run("ps", ["-eo", "pid=,ppid=,rss="]);
      if (code !== 0) throw new Error(`ps said '${stderr.trim()}'`);
      return memoryOfTrees(stdout, pids);
    },
    freeSpace,
    async journalSize() {
      const sizes = await Promise.all(["journal.db", "journal.db-wal"].map(sizeOf));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
  };
}

/** Bytes by pid, from the lines of `ps -eo pid=,ppid=,rss=`; a pid that is gone is left out. */
export function memoryOfTrees(
  listing: string,
  pids: readonly number[],
): ReadonlyMap<number, number> {
  const rows = listing.split("\n").map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent, rss]) => rss === undefined ? [] : [{ pid: pid!, parent, rss }]);
  const children = Map.groupBy(rows, ({ parent }) => parent);
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((total, each) => total + each.rss + sum(each.pid), 0);
  return new Map(
    rows.filter(({ pid }) => pids.includes(pid)).map(({ pid, rss }) => [
      pid,
      (rss + sum(pid)) * 1024,
    ]),
  );
}
