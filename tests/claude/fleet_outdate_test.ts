import { assertEquals } from "@std/assert";
import { HURRIED } from "../../lib/claude/launch.ts";
import { settle } from "../fake_clock.ts";
import { IDLE_MS, world } from "./fake_process.ts";

Deno.test("fleet: an outdated process that rests ends at once, and the next prompt gets a new one", async () => {
  const { fleet, of, starts } = world();
  const first = await fleet.acquire("a");
  assertEquals(await fleet.outdate("a"), "ended");
  assertEquals(of("a").closed, ["closed"]);
  assertEquals(await fleet.acquire("a") === first, false);
  assertEquals(starts, ["a", "a"]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: an outdated process ends its turn and its background tasks first", async () => {
  const { fleet, of } = world();
  await fleet.acquire("a");
  const process = of("a");
  process.work();
  process.background(1);
  assertEquals(await fleet.outdate("a"), "later");
  assertEquals(await fleet.acquire("a") === await fleet.acquire("a"), true);
  process.finish();
  await settle();
  assertEquals(process.closed, []);
  process.background(0);
  await settle();
  assertEquals(process.closed, ["closed"]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: a prompt right behind the turn of an outdated process gets a new one", async () => {
  const { fleet, of, starts } = world();
  await fleet.acquire("a");
  of("a").work();
  await fleet.outdate("a");
  of("a").finish();
  const next = await fleet.acquire("a");
  assertEquals([starts, next.alive], [["a", "a"], true]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: where there is no process there is nothing to outdate", async () => {
  const { fleet } = world();
  assertEquals(await fleet.outdate("a"), "none");
});

Deno.test("fleet: a changed idle time starts anew", async () => {
  const { fleet, of, clock } = world();
  await fleet.acquire("a");
  await clock.advance(IDLE_MS - 1);
  fleet.retime("a");
  await settle();
  await clock.advance(IDLE_MS - 1);
  assertEquals(of("a").closed, []);
  await clock.advance(1);
  assertEquals(of("a").closed, ["idle"]);
  await fleet.closeAll(HURRIED);
});

/** A fleet whose starts wait until the test lets each of them go on; `version` is what they read. */
function slowStarts() {
  const read: number[] = [];
  const gates: (() => void)[] = [];
  const settings = { version: 0 };
  const made = world({
    async before() {
      read.push(settings.version);
      const { promise, resolve } = Promise.withResolvers<void>();
      gates.push(resolve);
      await promise;
    },
  });
  return { ...made, read, gates, settings };
}

Deno.test("fleet: what is changed during a start holds for its process before anybody has it", async () => {
  const { fleet, processes, read, gates, settings } = slowStarts();
  const acquired = fleet.acquire("a");
  const second = fleet.acquire("a");
  await settle();
  for (settings.version of [1, 2]) assertEquals(fleet.restartIfStarting("a"), true);
  gates[0]!();
  await settle();
  assertEquals([read, processes[0]!.closed, fleet.get("a")], [[0, 2], ["closed"], undefined]);
  settings.version = 3; // And once more, in the second start.
  assertEquals(await fleet.outdate("a"), "starting");
  gates[1]!();
  await settle();
  gates[2]!();
  const process = await acquired;
  assertEquals([read, process.pid, process === await second], [[0, 2, 3], 102, true]);
  assertEquals([fleet.restartIfStarting("a"), fleet.get("a")], [false, process]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: a change at any moment of a start is in it, or finds the process alive", async () => {
  for (let moment = 0; moment < 40; moment++) {
    let version = 0;
    const read: number[] = [];
    const { fleet } = world({ before: () => Promise.resolve(void read.push(version)) });
    const change = (async () => {
      for (let tick = 0; tick < moment; tick++) await Promise.resolve();
      version = 1;
      return fleet.restartIfStarting("a") ? "again" : fleet.get("a") === undefined ? "none" : "up";
    })();
    await fleet.acquire("a");
    const came = await change; // Who finds it up tells it.
    assertEquals(came === "up" || read.at(-1) === 1, true, `${moment}: ${came} ${read}`);
    await fleet.closeAll(HURRIED);
  }
});

Deno.test("fleet: a change before the place is free needs no second start", async () => {
  const { fleet, of, read, settings, gates } = slowStarts();
  for (const [index, session] of ["a", "b"].entries()) {
    const up = fleet.acquire(session);
    await settle();
    gates[index]!();
    await up;
    of(session).work();
  }
  of("a").finish();
  const acquired = fleet.acquire("c"); // It waits until the process of "a" has ended.
  settings.version = 1;
  assertEquals(fleet.restartIfStarting("c"), true);
  await settle();
  gates[2]!();
  await acquired;
  assertEquals(read, [0, 0, 1]);
  await fleet.closeAll(HURRIED);
});

Deno.test("fleet: a start that is made again and fails is told to who asked, and ends there", async () => {
  let fails = false;
  const { fleet, starts, processes } = world({
    before: () => fails ? Promise.reject(new Error("no")) : Promise.resolve(),
  });
  const acquired = fleet.acquire("a").then(() => "up", ({ message }) => message);
  fleet.restartIfStarting("a");
  await Promise.resolve();
  fails = starts.length > 0;
  while (starts.length === 0) await Promise.resolve();
  fleet.restartIfStarting("a");
  fails = true;
  assertEquals(await acquired, "no");
  assertEquals([fleet.get("a"), fleet.restartIfStarting("a")], [undefined, false]);
  assertEquals(processes.every(({ alive }) => !alive), true);
  fails = false;
  await fleet.acquire("a");
  await fleet.closeAll(HURRIED);
});
