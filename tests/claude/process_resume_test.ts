import { assertEquals } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import type { Launch } from "../../lib/claude/launch.ts";
import { ClaudeProcess } from "../../lib/claude/process.ts";
import { fakeClock, settle } from "../fake_clock.ts";
import { launch, nursery } from "./fake_child.ts";

/** A start whose child does not answer until the test says so. */
async function slowStart(state: Launch["conversation"]["state"]) {
  const clock = fakeClock();
  const words: string[] = [];
  const { spawn, children } = nursery({ initializes: false });
  const starting = ClaudeProcess.start(launch({ conversation: { id: "c", state } }), {
    ...{ command: ["claude"], env: {}, spawn, clock, watchdogMs: 60_000 },
    onEvent: (event: TurnEvent) => event.type === "notice" && words.push(event.text),
  });
  await settle();
  const child = children[0]!;
  return {
    clock,
    words,
    async finish() {
      const { request_id } = child.lines[0]!;
      const response = { subtype: "success", request_id, response: {} };
      child.print(JSON.stringify({ type: "control_response", response }) + "\n");
      const process = await starting;
      await clock.advance(60_000);
      const close = process.close("closed");
      await settle();
      child.end(0);
      await close;
    },
  };
}

Deno.test("resume: a slow one is told after 2 s, and again to who comes later, until it is there", async () => {
  const start = await slowStart("kept");
  await start.clock.advance(1_999);
  assertEquals(start.words, []);
  await start.clock.advance(1);
  assertEquals(start.words, ["Resuming…"]);
  await start.clock.advance(4_000);
  assertEquals(start.words.length, 3);
  await start.finish();
  assertEquals([start.words.length, start.clock.timers], [3, 0]);
});

Deno.test("resume: a fast one needs no words", async () => {
  const start = await slowStart("kept");
  await start.clock.advance(1_500);
  await start.finish();
  assertEquals(start.words, []);
});

Deno.test("resume: a new conversation is not one, however slow", async () => {
  const start = await slowStart("new");
  await start.clock.advance(20_000);
  await start.finish();
  assertEquals(start.words, []);
});
