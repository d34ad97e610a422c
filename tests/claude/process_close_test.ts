import { assert, assertEquals } from "@std/assert";
import { HURRIED, PATIENT } from "../../lib/claude/launch.ts";
import { settle } from "../fake_clock.ts";
import { begin, beginTurn } from "./fake_child.ts";
import { only } from "./recording.ts";

const STUBBORN = { endsOnEof: false, endsOnTerm: false };

const reasons = (events: Parameters<typeof only>[0]) =>
  only(events, "exited").map(({ reason }) => reason);

Deno.test("close: an idle process ends with its stdin, without a signal or an interrupt", async () => {
  const { process, child, clock, events } = await begin();
  await process.close("idle");
  assert(child.stdinClosed);
  assertEquals(child.signals, []);
  assertEquals(child.linesOf("control_request").length, 1); // The handshake alone.
  assertEquals(reasons(events), ["idle"]);
  assertEquals(clock.timers, 0);
});

Deno.test("close: a running turn is interrupted before stdin is closed", async () => {
  const { process, child, clock, events } = await beginTurn();
  const closed = process.close("closed");
  await settle();
  assert(!child.stdinClosed && !process.alive);
  child.answer(child.requestId("interrupt"));
  await closed;
  assert(child.stdinClosed);
  assertEquals([child.signals.length, clock.timers], [0, 0]);
  assertEquals(reasons(events), ["closed"]);
});

for (const [name, patience] of Object.entries({ PATIENT, HURRIED })) {
  Deno.test(`close: each step waits for its time, ${name}, and SIGKILL is the last`, async () => {
    const { process, child, clock, events } = await beginTurn(STUBBORN);
    const closed = process.close("closed", patience);
    await clock.advance(patience.interrupt - 1);
    assert(!child.stdinClosed);
    await clock.advance(1);
    assert(child.stdinClosed);
    await clock.advance(patience.stdin - 1);
    assertEquals(child.signals, []);
    await clock.advance(1);
    assertEquals(child.signals, ["SIGTERM"]);
    await clock.advance(patience.term - 1);
    assertEquals(child.signals, ["SIGTERM"]);
    await clock.advance(1);
    await closed;
    assertEquals(child.signals, ["SIGTERM", "SIGKILL"]);
    assertEquals(reasons(events), ["closed"]);
    assertEquals(clock.timers, 0);
  });
}

Deno.test("close: one that belongs to another user is given up when its time is over", async () => {
  const { process, child, clock, events } = await beginTurn({ ...STUBBORN, outOfReach: true });
  const closed = process.close("closed", HURRIED);
  const { interrupt, stdin, term, kill } = HURRIED;
  for (const ms of [interrupt, stdin, term, kill]) await clock.advance(ms);
  await closed;
  assertEquals(child.signals, ["SIGTERM", "SIGKILL"]);
  assertEquals([reasons(events), process.alive], [[], false]);
  child.end(0); // Its input is closed: it ends by itself.
  await clock.advance(1_000);
  assertEquals(reasons(events), ["closed"]);
});

Deno.test("close: who kills has waited for an interrupt already, and waits for no other", async () => {
  const { process, child, clock, events } = await beginTurn(STUBBORN);
  const closed = process.close("killed");
  await settle();
  assert(child.stdinClosed);
  await clock.advance(PATIENT.stdin + PATIENT.term);
  await closed;
  assertEquals([child.signals, reasons(events)], [["SIGTERM", "SIGKILL"], ["killed"]]);
  assertEquals(clock.timers, 0);
});

Deno.test("close: a hurried one is over within the 10 s that a stopping service has", () => {
  assert(HURRIED.interrupt + HURRIED.stdin + HURRIED.term < 8_000);
});

Deno.test("close: a process that ends on SIGTERM is not killed", async () => {
  const { process, child, clock } = await begin({ endsOnEof: false });
  const closed = process.close("closed");
  await clock.advance(PATIENT.stdin);
  await closed;
  assertEquals(child.signals, ["SIGTERM"]);
});

Deno.test("close: twice is once, and both wait for the end", async () => {
  const { process, child, clock, events } = await beginTurn(STUBBORN);
  const both = [process.close("idle"), process.close("killed", HURRIED)];
  let done = 0;
  for (const each of both) each.then(() => done++);
  await clock.advance(PATIENT.interrupt + PATIENT.stdin);
  assertEquals(done, 0);
  await clock.advance(PATIENT.term);
  await Promise.all(both);
  await process.close("closed");
  assertEquals(child.linesOf("control_request").length, 2); // The handshake and one interrupt.
  assertEquals(child.signals, ["SIGTERM", "SIGKILL"]);
  assertEquals(reasons(events), ["idle"]);
});

Deno.test("close: after a crash there is nothing to do", async () => {
  const { process, child, events, clock } = await beginTurn();
  child.end(1);
  await process.exited;
  await process.close("closed");
  assertEquals(reasons(events), ["crashed"]);
  assertEquals([child.signals.length, clock.timers], [0, 0]);
});

Deno.test("close: a crash in the middle of it ends it at once", async () => {
  const { process, child, clock } = await beginTurn(STUBBORN);
  const closed = process.close("closed");
  await clock.advance(10);
  child.end(1);
  await closed;
  assertEquals([child.signals.length, clock.timers], [0, 0]);
});

Deno.test("close: what is sent afterwards is lost without a noise, the end is told", async () => {
  const { process, child, types } = await begin();
  const closed = process.close("closed");
  process.send({ id: "late", text: "x" });
  await closed;
  process.send({ id: "later", text: "x" });
  await settle();
  assertEquals(child.linesOf("user"), []);
  assertEquals(types(), ["exited"]);
});

Deno.test("close: a pipe that breaks under a prompt is told by the end of the child", async () => {
  const { process, child, events } = await begin();
  child.end(1);
  process.send({ id: "p1", text: "x" });
  await process.exited;
  await settle();
  assertEquals(reasons(events), ["crashed"]);
});
