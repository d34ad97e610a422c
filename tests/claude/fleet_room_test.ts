import { assert, assertEquals, assertRejects } from "@std/assert";
import { FleetFullError } from "../../lib/claude/fleet.ts";
import { HURRIED } from "../../lib/claude/launch.ts";
import { Running } from "../../lib/claude/running.ts";
import { settle } from "../fake_clock.ts";
import { type World, world } from "./fake_process.ts";

/** A fleet with one place, which a working process has. */
async function full(): Promise<World> {
  const made = world({ max: 1 });
  await made.fleet.acquire("a");
  made.of("a").work();
  await assertRejects(() => made.fleet.acquire("b"), FleetFullError);
  assertEquals(made.rooms(), 0);
  return made;
}

const OCCASIONS: [string, (world: World) => void][] = [
  ["a turn ended", ({ of }) => of("a").finish()],
  ["a prompt was dropped", ({ of }) => of("a").drop()],
  ["a process ended", ({ of }) => of("a").end()],
];

for (const [what, happens] of OCCASIONS) {
  Deno.test(`fleet: who waits for room is woken when ${what}, and finds it`, async () => {
    const made = await full();
    happens(made);
    assert(made.rooms() > 0);
    await made.fleet.acquire("b");
    assertEquals(made.alive(), ["b"]);
    await made.fleet.closeAll(HURRIED);
  });
}

Deno.test("fleet: who waits is woken when the last background task ends, not before", async () => {
  const made = await full();
  made.of("a").background(2);
  made.of("a").finish();
  made.of("a").background(1);
  assertEquals(made.rooms(), 0);
  made.of("a").background(0);
  assertEquals(made.rooms(), 1);
  await made.fleet.closeAll(HURRIED);
});

Deno.test("fleet: who waits is woken when a start fails", async () => {
  const start = Promise.withResolvers<void>();
  const made = world({ max: 1, before: () => start.promise });
  const failing = made.fleet.acquire("a");
  await assertRejects(() => made.fleet.acquire("b"), FleetFullError);
  start.reject(new Error("no claude"));
  await assertRejects(() => failing, Error, "no claude");
  assertEquals(made.rooms(), 1);
});

Deno.test("fleet: who waits is woken when a process was warmed, for it is idle", async () => {
  const start = Promise.withResolvers<void>();
  const made = world({ max: 1, before: () => start.promise });
  const warming = made.fleet.warm("a");
  await assertRejects(() => made.fleet.acquire("b"), FleetFullError);
  start.resolve();
  await warming;
  assertEquals(made.rooms(), 1);
  await made.fleet.acquire("b");
  assertEquals(made.alive(), ["b"]);
  await made.fleet.closeAll(HURRIED);
});

Deno.test("fleet: a warmed process is used by the first prompt", async () => {
  const { fleet, starts } = world();
  await fleet.warm("a");
  assertEquals((await fleet.acquire("a")).pid, 100);
  assertEquals(starts, ["a"]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: warming that fails, or finds no room, throws nothing", async () => {
  const made = await full();
  await made.fleet.warm("b");
  assertEquals(made.alive(), ["a"]);
  await made.fleet.closeAll(HURRIED);
  const failing = world({ before: () => Promise.reject(new Error("no claude")) });
  await failing.fleet.warm("a");
  assertEquals(failing.fleet.sessions, []);
});

Deno.test("fleet: closing a session that is starting waits for it and closes it", async () => {
  const start = Promise.withResolvers<void>();
  const { fleet, alive, clock, of } = world({ before: () => start.promise });
  const asked = fleet.acquire("a");
  const closed = fleet.close("a", "closed");
  start.resolve();
  await asked;
  await closed;
  assertEquals(of("a").closed, ["closed"]);
  assertEquals([alive().length, clock.timers], [0, 0]);
});

Deno.test("fleet: closing a session without a process does nothing", async () => {
  const { fleet, told } = world();
  await fleet.close("nobody", "closed");
  assertEquals(told, []);
});

Deno.test("fleet: closeAll ends them at the same time, those that start too", async () => {
  const start = Promise.withResolvers<void>();
  const { fleet, of, alive, clock } = world({
    max: 3,
    obedient: false,
    before: (session) => session === "late" ? start.promise : Promise.resolve(),
  });
  await fleet.acquire("a");
  await fleet.acquire("b");
  const late = fleet.acquire("late");
  await settle();
  const closed = fleet.closeAll(HURRIED);
  start.resolve();
  await late;
  await settle();
  assertEquals(["a", "b", "late"].map((session) => of(session).closed), [
    ["closed"],
    ["closed"],
    ["closed"],
  ]);
  for (const session of ["late", "b", "a"]) of(session).end("closed");
  await closed;
  assertEquals([alive().length, clock.timers], [0, 0]);
});

Deno.test("fleet: after closeAll nothing starts, and nobody is woken to try", async () => {
  const { fleet, starts, rooms } = world();
  await fleet.closeAll(HURRIED);
  await assertRejects(() => fleet.acquire("a"), Error, "stopping");
  await fleet.warm("a");
  assertEquals(starts, []);
  assertEquals(rooms(), 0);
});

Deno.test("fleet: closeAll breaks starts off, and closes those at work at the same time", async () => {
  const { fleet, of, clock } = world({
    max: 3,
    before: (session, signal) =>
      session === "late"
        ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
        : Promise.resolve(),
  });
  await fleet.acquire("a");
  const late = assertRejects(() => fleet.acquire("late"));
  await settle();
  await fleet.closeAll(HURRIED);
  await late;
  assertEquals([of("a").closed, fleet.sessions, clock.timers], [["closed"], [], 0]);
});

Deno.test("fleet: closeAll waits neither for ever for a start, nor for a process that stays", async () => {
  const { fleet, of, clock } = world({
    obedient: false,
    before: (session) => session === "hangs" ? new Promise(() => {}) : Promise.resolve(),
  });
  await fleet.acquire("a");
  fleet.acquire("hangs").catch(() => {});
  await settle();
  let closed = false;
  const closing = fleet.closeAll(HURRIED).then(() => closed = true);
  await settle();
  assertEquals(of("a").closed, ["closed"]);
  await clock.advance(6_500);
  assertEquals(closed, false);
  await clock.advance(500);
  await closing;
  of("a").end("closed");
});

Deno.test("fleet: who waits is woken when a process was started without a prompt", async () => {
  const start = Promise.withResolvers<void>();
  const made = world({ max: 1, before: () => start.promise });
  const starting = new Running(made.fleet).start("a");
  await assertRejects(() => made.fleet.acquire("b"), FleetFullError);
  start.resolve();
  await starting;
  assertEquals(made.rooms(), 1);
  await made.fleet.closeAll(HURRIED);
});
