import { assertEquals } from "@std/assert";
import { HURRIED } from "../../lib/claude/process.ts";
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
