import { assert, assertEquals, assertRejects } from "@std/assert";
import { FleetFullError } from "../../lib/claude/fleet.ts";
import { HURRIED } from "../../lib/claude/launch.ts";
import { settle } from "../fake_clock.ts";
import { IDLE_MS, world } from "./fake_process.ts";

Deno.test("fleet: a session has one process, however many ask for it at once", async () => {
  const { fleet, starts, told } = world();
  const asked = await Promise.all(["a", "a", "a"].map((session) => fleet.acquire(session)));
  assertEquals(starts, ["a"]);
  assertEquals(new Set(asked).size, 1);
  assertEquals(await fleet.acquire("a"), asked[0]!);
  assertEquals(fleet.get("a"), asked[0]);
  assertEquals(told, ["a 100"]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: the longest idle makes room for a new one", async () => {
  const { fleet, clock, of, alive } = world({ max: 2 });
  for (const session of ["a", "b"]) {
    await fleet.acquire(session);
    await clock.advance(10);
  }
  of("a").finish(); // Now b is idle for longer.
  await clock.advance(10);
  await fleet.acquire("c");
  assertEquals(of("b").closed, ["idle"]);
  assertEquals(alive(), ["a", "c"]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: neither work nor background tasks are ended to make room", async () => {
  const { fleet, of, alive } = world({ max: 2 });
  await fleet.acquire("a");
  await fleet.acquire("b");
  of("a").work();
  of("b").background(1);
  const error = await assertRejects(() => fleet.acquire("c"), FleetFullError, "All 2");
  assertEquals(error.max, 2);
  assertEquals(alive(), ["a", "b"]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: there are never more than the maximum, whatever comes at once", async () => {
  const { fleet, processes, starts } = world({ max: 2, before: () => settle() });
  await Promise.all([fleet.acquire("x"), fleet.acquire("y")]);
  const others = ["a", "b", "c", "d"];
  const asked = await Promise.allSettled(others.map((session) => fleet.acquire(session)));
  await settle();
  assert(processes.filter(({ alive }) => alive).length <= 2);
  const full = asked.filter((each) => each.status === "rejected");
  assert(full.every((each) => each.status === "rejected" && each.reason instanceof FleetFullError));
  assertEquals(starts.length - 2, others.length - full.length);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: two that wait for the same place do not both get it", async () => {
  const { fleet, of, alive } = world({ max: 1, obedient: false, before: () => settle() });
  await fleet.acquire("a");
  const asked = [fleet.acquire("b"), fleet.acquire("c")];
  const outcome = Promise.allSettled(asked);
  await settle();
  of("a").end("idle");
  const statuses = (await outcome).map(({ status }) => status);
  assertEquals(statuses.toSorted(), ["fulfilled", "rejected"]);
  assertEquals(alive().length, 1);
  of(alive()[0]!).end();
});

Deno.test("fleet: a process that is idle for its time is closed", async () => {
  const { fleet, clock, of, told } = world();
  await fleet.acquire("a");
  of("a").work();
  await clock.advance(10 * IDLE_MS);
  assertEquals(of("a").closed, []);
  of("a").finish();
  await clock.advance(IDLE_MS - 1);
  assertEquals(of("a").closed, []);
  await clock.advance(1);
  assertEquals(of("a").closed, ["idle"]);
  assertEquals(told, ["a 100", "a ended", "a null", "a exited"]);
  assertEquals([fleet.sessions.length, clock.timers], [0, 0]);
});

Deno.test("fleet: a new prompt ends the idle time", async () => {
  const { fleet, clock, of } = world();
  await fleet.acquire("a");
  of("a").finish();
  await clock.advance(IDLE_MS - 1);
  await fleet.acquire("a");
  await clock.advance(IDLE_MS - 1);
  of("a").work();
  await clock.advance(IDLE_MS);
  assertEquals(of("a").closed, []);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: a process that was asked for and never used is closed after its time too", async () => {
  const { fleet, clock, of } = world();
  await fleet.acquire("a");
  await clock.advance(IDLE_MS);
  assertEquals(of("a").closed, ["idle"]);
  await fleet.acquire("a");
  await clock.advance(IDLE_MS / 2);
  await fleet.acquire("a"); // Asked for again: the time starts anew.
  await clock.advance(IDLE_MS / 2);
  assertEquals(of("a").closed, []);
  await clock.advance(IDLE_MS / 2);
  assertEquals(of("a").closed, ["idle"]);
});

Deno.test("fleet: background tasks keep a process, their end starts its idle time", async () => {
  const { fleet, clock, of } = world();
  await fleet.acquire("a");
  of("a").work();
  of("a").background(1);
  of("a").finish();
  await clock.advance(10 * IDLE_MS);
  assertEquals(of("a").closed, []);
  of("a").background(0);
  await clock.advance(IDLE_MS);
  assertEquals(of("a").closed, ["idle"]);
});

Deno.test("fleet: each session has its own idle time, asked for each time", async () => {
  const idle: Record<string, number> = { a: 1_000, b: 5_000 };
  const { fleet, clock, alive } = world({
    idleMs: (session) => Promise.resolve(idle[session] ?? 0),
  });
  await fleet.acquire("a");
  await fleet.acquire("b");
  await clock.advance(1_000);
  assertEquals(alive(), ["b"]);
  await clock.advance(4_000);
  assertEquals(alive(), []);
});

Deno.test("fleet: a session that cannot tell its idle time has the usual one", async () => {
  const { fleet, clock, of } = world({ idleMs: () => Promise.reject(new Error("gone")) });
  await fleet.acquire("a");
  of("a").finish();
  await clock.advance(10 * 60_000 - 1);
  assertEquals(of("a").closed, []);
  await clock.advance(1);
  assertEquals([of("a").closed, clock.timers], [["idle"], 0]);
});

Deno.test("fleet: a new process starts when the one that is closing has ended, not before", async () => {
  const { fleet, of, starts } = world({ obedient: false });
  await fleet.acquire("a");
  const first = of("a");
  const closing = fleet.close("a", "closed");
  const next = fleet.acquire("a");
  await settle();
  assertEquals(fleet.get("a"), undefined);
  assertEquals(starts, ["a"]);
  first.end("closed");
  await closing;
  assertEquals((await next).pid, 101);
  assertEquals(starts, ["a", "a"]);
  of("a").end();
});

Deno.test("fleet: a process that died at once is not taken in, and its place is free", async () => {
  const { fleet, told, clock } = world({ max: 1, stillborn: true });
  await assertRejects(() => fleet.acquire("a"), Error, "ended as soon as it had started");
  await assertRejects(() => fleet.acquire("b"), Error, "ended as soon as it had started");
  assertEquals([fleet.sessions.length, told.length, clock.timers], [0, 0, 0]);
  assertEquals(fleet.get("a"), undefined);
});

Deno.test("fleet: a start that fails is told to all who asked, and the next ask tries again", async () => {
  let failures = 1;
  const { fleet, starts } = world({
    max: 1,
    before: () => failures-- > 0 ? Promise.reject(new Error("no claude")) : Promise.resolve(),
  });
  const asked = await Promise.allSettled([fleet.acquire("a"), fleet.acquire("a")]);
  assertEquals(asked.map(({ status }) => status), ["rejected", "rejected"]);
  await fleet.acquire("a");
  assertEquals(starts, ["a", "a"]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: what is heard of a process that was given up never counts for the next one of its session", async () => {
  const { fleet, processes, told } = world();
  await fleet.acquire("a");
  const [first] = processes;
  first!.end();
  const second = await fleet.acquire("a");
  const before = told.length;
  // As one that hung as it started, and was killed, but ended long after.
  first!.tell({ type: "exited", reason: "crashed", stderrTail: "" });
  first!.tell({ type: "message", text: "late" });
  assertEquals([fleet.get("a"), told.length], [second, before]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: what the shells of a process left is ended before its session has another", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const swept: number[] = [];
  const { fleet, of, starts } = world({
    sweep(pid) {
      swept.push(pid);
      return promise;
    },
  });
  await fleet.acquire("a");
  of("a").end();
  const next = fleet.acquire("a");
  await fleet.acquire("b"); // Others do not wait for that.
  await settle();
  assertEquals([swept, starts], [[100], ["a", "b"]]);
  resolve();
  assertEquals((await next).pid, 102);
  await fleet.closeAll(HURRIED);
  assertEquals(swept, [100]);
});

Deno.test("fleet: a crash is told, and the next prompt gets a new process", async () => {
  const { fleet, of, told } = world();
  await fleet.acquire("a");
  of("a").end();
  assertEquals(told, ["a 100", "a null", "a exited"]);
  assertEquals((await fleet.acquire("a")).pid, 101);
  await fleet.closeAll(HURRIED);
});
