/** Whose turn it is when more sessions work than may have a process. */
import { assert, assertEquals } from "@std/assert";
import { FleetFullError } from "../../lib/claude/fleet.ts";
import { HURRIED } from "../../lib/claude/launch.ts";
import { settle } from "../fake_clock.ts";
import { type World, world } from "./fake_process.ts";

/**
 * Sessions that always have a next prompt, as the conversations treat them: each asks for its process
 * as soon as its turn has ended, and when it is woken. @returns who had turns, in their order.
 */
async function busy(made: World, sessions: readonly string[], turns: number): Promise<string[]> {
  const had: string[] = [];
  const asking = new Set<string>();
  const ask = async (session: string) => {
    if (
      asking.has(session) || made.processes.some((each) => each.session === session && each.busy)
    ) {
      return;
    }
    asking.add(session);
    try {
      await made.fleet.acquire(session);
      made.of(session).work();
      had.push(session);
    } catch (error) {
      assert(error instanceof FleetFullError, String(error)); // It is woken when there is room.
    } finally {
      asking.delete(session);
    }
  };
  // Whose message waits for the longest is woken first.
  const all = () =>
    sessions.toSorted((a, b) => had.lastIndexOf(a) - had.lastIndexOf(b))
      .forEach((session) => void ask(session));
  made.onRoom = all;
  made.onEnded = (session) => void ask(session);
  all();
  await settle();
  while (had.length < turns) {
    const working = made.processes.filter((each) => each.alive && each.busy);
    assert(working.length > 0, `nobody works after ${had.join(" ")}`);
    assert(made.alive().length <= 2);
    working[0]!.finish();
    await settle();
  }
  made.onRoom = () => {};
  made.onEnded = () => {};
  return had;
}

Deno.test("fleet: a session that always has a next prompt does not starve another", async () => {
  const made = world({ max: 1 });
  const had = await busy(made, ["a", "b"], 10);
  assertEquals(had, ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b"]);
  await made.fleet.closeAll(HURRIED);
});

Deno.test("fleet: five sessions share two places, and each has its turns", async () => {
  const made = world({ max: 2 });
  const had = await busy(made, ["a", "b", "c", "d", "e"], 50);
  for (const session of ["a", "b", "c", "d", "e"]) {
    const count = had.filter((each) => each === session).length;
    assert(count >= 8, `${session} had ${count} of 50 turns`);
  }
  await made.fleet.closeAll(HURRIED);
});

Deno.test("fleet: who was refused and wants no place any more stands in nobody's way", async () => {
  const made = world({ max: 1 });
  await made.fleet.acquire("a");
  made.of("a").work();
  await made.fleet.acquire("b").catch(() => {});
  made.of("a").finish();
  assertEquals((await made.fleet.acquire("a")).pid, 100);
  await made.fleet.closeAll(HURRIED);
});

Deno.test("fleet: a place is kept for whom its process was closed for", async () => {
  const made = world({ max: 1, obedient: false });
  await made.fleet.acquire("a");
  const b = made.fleet.acquire("b");
  await settle();
  const a = made.fleet.acquire("a").catch((error: unknown) => error);
  await settle();
  made.of("a").end("idle");
  assertEquals((await b).pid, 101);
  assert(await a instanceof FleetFullError);
  made.of("b").end();
});
