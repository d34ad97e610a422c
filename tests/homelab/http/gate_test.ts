import { assertEquals, assertRejects } from "@std/assert";
import { Gate } from "../../../lib/homelab/http/gate.ts";

const never = new AbortController().signal;

Deno.test("gate: no more at once than it lets in, in all and of a question, in order", async () => {
  const gate = new Gate(3, 2);
  const [running, order]: [string[], string[]] = [[], []];
  let [most, mostOfA] = [0, 0];
  const doors = new Map<string, () => void>();
  const work = (name: string) =>
    gate.run(name[0]!, never, async () => {
      running.push(name);
      order.push(name);
      most = Math.max(most, running.length);
      mostOfA = Math.max(mostOfA, running.filter((each) => each.startsWith("a")).length);
      await new Promise<void>((resolve) => doors.set(name, resolve));
      running.splice(running.indexOf(name), 1);
    });
  const all = ["a1", "a2", "a3", "b1", "a4", "b2"].map(work);
  await Promise.resolve();
  assertEquals(running, ["a1", "a2", "b1"], "a question that is full leaves room for others");
  for (const name of ["a1", "b1", "a2", "a3", "a4", "b2"]) {
    while (!doors.has(name)) await new Promise((resolve) => setTimeout(resolve, 0));
    doors.get(name)!();
  }
  await Promise.all(all);
  assertEquals([most, mostOfA], [3, 2]);
  assertEquals(order.filter((name) => name.startsWith("a")), ["a1", "a2", "a3", "a4"]);
});

Deno.test("gate: who gives up waiting takes no room, and one that fails leaves its own", async () => {
  const gate = new Gate(1, 1);
  const { promise: open, resolve } = Promise.withResolvers<void>();
  const first = gate.run("a", never, () => open);
  const impatient = new AbortController();
  const second = gate.run("a", impatient.signal, () => Promise.resolve("never"));
  impatient.abort(new Error("too long"));
  await assertRejects(() => second, Error, "too long");
  const third = gate.run("a", never, () => Promise.reject(new Error("broken")));
  const fourth = gate.run("b", never, () => Promise.resolve("in"));
  resolve();
  await first;
  await assertRejects(() => third, Error, "broken");
  assertEquals(await fourth, "in");
});
