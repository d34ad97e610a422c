import { assert, assertEquals, assertMatch } from "@std/assert";
import { settle } from "../fake_clock.ts";
import { begin, beginTurn, init, WATCHDOG_MS } from "./fake_child.ts";
import { only } from "./recording.ts";

Deno.test("process: a prompt is one whole line with its uuid, whatever the text", async () => {
  const { process, child, close } = await begin();
  const texts = ["two\nlines", "\u2028 😀 \ud83d", '{"type":"result"}\n', ""];
  texts.forEach((text, n) => process.send({ id: `p${n}`, text }));
  await settle();
  const written = child.chunks.slice(1);
  assertEquals(written.length, texts.length);
  for (const chunk of written) {
    assert(chunk.endsWith("\n") && chunk.indexOf("\n") === chunk.length - 1);
  }
  assertEquals(child.linesOf("user").map(({ uuid }) => uuid), ["p0", "p1", "p2", "p3"]);
  assertEquals(child.linesOf("user")[0]?.["message"], { role: "user", content: "two\nlines" });
  await close();
});

Deno.test("process: a turn arrives in order and leaves the process idle", async () => {
  const { process, child, events, types } = await beginTurn();
  assert(process.busy);
  child.finish("p1", "hi");
  await settle();
  assertEquals(types(), ["started", "session", "model", "servers", "message", "ended"]);
  assertEquals(only(events, "ended")[0]?.prompts, ["p1"]);
  assert(process.alive && !process.busy);
  await process.close("idle");
  assertEquals(types().slice(6), ["exited"]);
});

Deno.test("process: it is busy from the moment a prompt is sent", async () => {
  const { process, close } = await begin();
  process.send({ id: "p1", text: "x" });
  assert(process.busy);
  await close();
});

Deno.test("process: garbage, unknown lines and empty ones on stdout are passed over", async () => {
  const { child, types, close } = await beginTurn();
  child.print('Warning: something\n\n{"type":"result"\n[]\nnull\n{"type":"news","x":1}\n');
  child.print(new Uint8Array([0xff, 0xfe, 0x0a]));
  child.finish("p1");
  await settle();
  assertEquals(types().slice(-2), ["message", "ended"]);
  await close();
});

Deno.test("process: lines are put together from any pieces, cut in characters too", async () => {
  const { child, events, close } = await beginTurn();
  const content = [{ type: "text", text: "Grüße 😀" }];
  const line = JSON.stringify({ type: "assistant", message: { content } }) + "\r\n";
  for (const byte of new TextEncoder().encode(line)) child.print(new Uint8Array([byte]));
  await settle();
  assertEquals(only(events, "message"), [{ type: "message", text: "Grüße 😀" }]);
  child.finish("p1");
  await settle();
  await close();
});

Deno.test("process: background tasks are counted as the CLI tells them", async () => {
  const { process, child, close } = await begin();
  const tell = (...tasks: { task_id: string }[]) =>
    child.say({ type: "system", subtype: "background_tasks_changed", tasks });
  tell({ task_id: "a" }, { task_id: "b" });
  await settle();
  assertEquals(process.backgroundTasks, 2);
  tell();
  await settle();
  assertEquals(process.backgroundTasks, 0);
  await close();
});

Deno.test("process: an interrupt that is answered gives true and takes the queue back", async () => {
  const { process, child, clock, close } = await beginTurn();
  const interrupt = process.interrupt();
  await settle();
  const request = child.linesOf("control_request").at(-1)?.["request"];
  assertEquals(request, { subtype: "interrupt", cancel_queued: true });
  child.answer(child.requestId("interrupt"), { still_queued: [] });
  assertEquals(await interrupt, true);
  child.finish("p1");
  await settle();
  assert(process.alive);
  await close();
  assertEquals(clock.timers, 0);
});

Deno.test("process: a stop is watched from its sending to the end of its turn, and no other", async () => {
  const { process, child, stops, close } = await beginTurn();
  const interrupt = process.interrupt();
  assertEquals(stops, ["4711 sent"]);
  await settle();
  child.answer(child.requestId("interrupt"), { still_queued: [] });
  await interrupt;
  assertEquals(stops.length, 1);
  child.finish("p1");
  await settle();
  assertEquals(stops, ["4711 sent", "4711 over"]);
  void process.interrupt(); // Of nothing.
  process.send({ id: "p2", text: "x" });
  child.begin("p2");
  child.finish("p2");
  await settle();
  assertEquals(stops.length, 2, "a turn that nobody stopped");
  await close();
});

Deno.test("process: an interrupt that nobody answers gives false after 5 s", async () => {
  const { process, clock, close } = await beginTurn();
  let given: boolean | undefined;
  const interrupt = process.interrupt().then((answer) => given = answer);
  await clock.advance(4_999);
  assertEquals(given, undefined);
  await clock.advance(1);
  assertEquals(await interrupt, false);
  await close();
});

Deno.test("process: an answer that comes too late, or for nobody, is passed over", async () => {
  const { process, child, clock, close } = await beginTurn();
  const interrupt = process.interrupt();
  await clock.advance(5_000);
  await interrupt;
  child.answer(child.requestId("interrupt"));
  child.answer("nobody");
  child.finish("p1");
  await settle();
  assert(process.alive && !process.busy);
  await close();
});

Deno.test("process: the child's end answers an interrupt that waits", async () => {
  const { process, child } = await beginTurn();
  const interrupt = process.interrupt();
  child.end(0);
  await process.exited;
  assertEquals(await interrupt, false);
  assertEquals(await process.interrupt(), true); // There is nothing left to stop.
});

Deno.test("process: a crash gives one exited with the end of stderr, after everything said", async () => {
  const { process, child, events, types } = await beginTurn();
  child.complain("x".repeat(5_000));
  child.complain("\nFatal: out of memory\n");
  child.say({ type: "assistant", message: { content: [{ type: "text", text: "last words" }] } });
  child.end(1);
  await process.exited;
  assertEquals(types().slice(-2), ["message", "exited"]);
  const [exited, ...more] = only(events, "exited");
  assertEquals([exited?.reason, more.length], ["crashed", 0]);
  assertMatch(exited?.stderrTail ?? "", /Fatal: out of memory$/);
  assert((exited?.stderrTail.length ?? 0) <= 2_000);
  assert(!process.alive);
});

Deno.test("process: a CLI that is too old is ended and refused, its turn is not told", async () => {
  const { process, child, events, types } = await begin();
  process.send({ id: "p1", text: "x" });
  child.say(init({ capabilities: undefined, claude_code_version: "2.1.197" }));
  child.finish("p1");
  await process.exited;
  assertEquals(child.signals, ["SIGTERM"]);
  assertEquals(types(), ["exited"]);
  const [exited] = only(events, "exited");
  assertEquals(exited?.reason, "refused");
  assertMatch(exited?.stderrTail ?? "", /2\.1\.197 .* too old.*2\.1\.329.*claude update/);
});

Deno.test("process: a refusal stays one when the process is closed meanwhile", async () => {
  const { process, child, events, close } = await begin({ endsOnTerm: false, endsOnEof: false });
  process.send({ id: "p1", text: "x" });
  child.say(init({ capabilities: [] }));
  await settle();
  await close();
  assertEquals(only(events, "exited").map(({ reason }) => reason), ["refused"]);
});

Deno.test("process: a turn without a line is reported, again and again, until one comes", async () => {
  const { child, clock, events, close } = await beginTurn();
  await clock.advance(WATCHDOG_MS - 1);
  assertEquals(only(events, "silent"), []);
  await clock.advance(WATCHDOG_MS + 1);
  assertEquals(only(events, "silent").map(({ ms }) => ms), [WATCHDOG_MS, 2 * WATCHDOG_MS]);
  child.say({ type: "tool_progress" }, { type: "system", subtype: "status" });
  await clock.advance(WATCHDOG_MS - 1);
  assertEquals(only(events, "silent").length, 2);
  child.finish("p1");
  await clock.advance(10 * WATCHDOG_MS);
  assertEquals(only(events, "silent").length, 2);
  await close();
});

Deno.test("process: any line is a sign of life, also one that we do not use", async () => {
  const { child, clock, events, close } = await beginTurn();
  for (let minute = 0; minute < 5; minute++) {
    await clock.advance(WATCHDOG_MS / 2);
    child.say({ type: "tool_progress", tool_name: "Bash", elapsed_time_seconds: 30 });
    await settle();
  }
  assertEquals(only(events, "silent"), []);
  child.finish("p1");
  await settle();
  await close();
});

Deno.test("process: the silence of an idle process is not reported", async () => {
  const { clock, events, close } = await begin();
  await clock.advance(10 * WATCHDOG_MS);
  assertEquals([only(events, "silent").length, clock.timers], [0, 0]);
  await close();
});

Deno.test("process: a broken stderr loses its tail and nothing else", async () => {
  const { child, types, close } = await beginTurn();
  child.complain("warning");
  child.breakStream("stderr");
  child.finish("p1");
  await settle();
  assertEquals(types().at(-1), "ended");
  await close();
  assertEquals(types().at(-1), "exited");
});

Deno.test("process: a child whose stdout breaks is ended, and that is told", async () => {
  const { process, child, events } = await beginTurn();
  child.breakStream("stdout");
  await process.exited;
  assertEquals(child.signals, ["SIGKILL"]);
  assertEquals(only(events, "exited").map(({ reason }) => reason), ["crashed"]);
});

Deno.test("process: streams that something left behind holds open do not hide its end", async () => {
  const { process, child, clock, types } = await beginTurn();
  child.leaveStreamsOpen();
  child.finish("p1");
  child.end(1);
  await clock.advance(1_000);
  await process.exited;
  assertEquals(types().slice(-2), ["ended", "exited"]);
  child.begin("p2"); // What comes through them later is nobody's.
  await settle();
  assertEquals(types().at(-1), "exited");
});

Deno.test("process: stdout and stderr are drained at the same time", async () => {
  const { process, child, types, close } = await beginTurn();
  // A child with full pipes goes on only as they are emptied, the one no less than the other.
  for (let round = 0; round < 50; round++) {
    child.complain("w".repeat(64 * 1024));
    child.say({ type: "system", subtype: "x", filling: "f".repeat(64 * 1024) });
    await settle();
    assertEquals(child.backlog, 0, `round ${round}`);
  }
  child.finish("p1");
  await settle();
  assertEquals(types().at(-1), "ended");
  assert(process.alive);
  await close();
});
