import { assertEquals } from "@std/assert";
import { PRIORITY } from "../../lib/journal/mod.ts";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { ended, said, Stage, started } from "./stage.ts";

const tool = (state: "running" | "done", output?: string): TurnEvent => ({
  ...{ type: "tool", id: "t", name: "Bash", summary: "Running ls", state, input: "ls" },
  ...(output === undefined ? {} : { output }),
});
const thought = (text: string): TurnEvent => ({ type: "thought", text });

Deno.test("step message: a verbose session tells thoughts and finished tools, behind what matters more", async () => {
  using stage = new Stage();
  stage.output = "verbose";
  await stage.ask("go");
  await stage.heard(started("p1"), thought("Hm."), tool("running"), tool("done", "a b"));
  const told = stage.deliveries();
  assertEquals(told.map(({ payload }) => payload["text"]), ["(Hm.)", "<ls: a b>"]);
  assertEquals(new Set(told.map(({ priority }) => priority)), new Set([PRIORITY.stepMessage]));
  await stage.heard(said("done"), ended(["p1"]));
  assertEquals(stage.texts(), ["done"]);
});

for (const output of ["normal", "smart"] as const) {
  Deno.test(`step message: a ${output} session tells none`, async () => {
    using stage = new Stage();
    stage.output = output;
    await stage.ask("go");
    await stage.heard(started("p1"), thought("Hm."), tool("running"), tool("done", "a b"));
    assertEquals(stage.texts(), []);
  });
}

Deno.test("step message: the change to verbose holds in the turn that runs", async () => {
  using stage = new Stage();
  await stage.ask("go");
  await stage.heard(started("p1"), thought("unseen"));
  stage.output = "verbose";
  await stage.heard(thought("seen"));
  assertEquals(stage.texts(), ["(seen)"]);
});

Deno.test("step message: one that cannot be told does not hurt the answer", async () => {
  using stage = new Stage();
  stage.output = "verbose";
  stage.compose.stepMessages = () => {
    throw new Error("broken");
  };
  await stage.ask("go");
  await stage.heard(started("p1"), thought("Hm."), said("done"), ended(["p1"]));
  assertEquals(stage.texts(), ["done"]);
});

Deno.test("conversation: a command of Claude Code's is sent alone, whatever stands around it", async () => {
  using stage = new Stage();
  await stage.ask("one");
  for (const text of ["two", "/compact", "three", "four"]) await stage.ask(text);
  for (const prompt of ["p1", "p2", "p3", "p4"]) await stage.answered(prompt, "ok");
  assertEquals(stage.worker.sent.map(({ text }) => text), [
    "one",
    "two",
    "/compact",
    "three\n\nfour",
  ]);
  assertEquals(stage.compose.closings.map(({ command }) => command), [
    undefined,
    undefined,
    "compact",
    undefined,
  ]);
});
