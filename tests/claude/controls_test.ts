import { assertEquals } from "@std/assert";
import { type ControlAnswer, initializeInfo } from "../../lib/claude/control.ts";
import type { Fleet } from "../../lib/claude/fleet.ts";
import { Running } from "../../lib/claude/running.ts";

/** What is asked of a session's process that gives these answers, and what it was asked. */
function answering(...answers: ControlAnswer[]) {
  const asked: unknown[] = [];
  const control = (request: { subtype: string }) => {
    asked.push(request);
    return Promise.resolve(answers.shift());
  };
  const get = (session: string) => session === "den" ? { control } : undefined;
  return Object.assign(new Running({ get } as unknown as Fleet), { asked });
}

const ok = (response: unknown) => ({ ok: true, response });
const REFUSED = { ok: false, response: undefined, error: "no" };

Deno.test("controls: the model that answers is the one that the CLI names", async () => {
  const process = answering(ok({ model: "claude-opus-5-5" }));
  assertEquals(await process.setModel("den", "opus"), "claude-opus-5-5");
  assertEquals(process.asked, [{ subtype: "set_model", model: "opus" }]);
  assertEquals(await answering(REFUSED).setModel("den", "opus"), null);
  assertEquals(await answering(undefined).setModel("den", "opus"), null);
});

Deno.test("controls: a mode is changed only when the CLI says that very mode", async () => {
  assertEquals(await answering(ok({ mode: "plan" })).setMode("den", "plan"), true);
  assertEquals(await answering(ok({ mode: "default" })).setMode("den", "plan"), false);
  assertEquals(await answering(REFUSED).setMode("den", "bypassPermissions"), false);
});

Deno.test("controls: an effort is looked up after it was set", async () => {
  const process = answering(ok(undefined), ok({ applied: { effort: "low" } }));
  assertEquals(await process.setEffort("den", "low"), true);
  assertEquals(process.asked, [
    { subtype: "apply_flag_settings", settings: { effortLevel: "low" } },
    { subtype: "get_settings" },
  ]);
  const other = answering(ok(undefined), ok({ applied: { effort: "medium" } }));
  assertEquals(await other.setEffort("den", "max"), false);
  assertEquals(await answering(ok(undefined), undefined).setEffort("den", "max"), false);
  assertEquals(await answering(ok(undefined)).setEffort("den", null), true);
});

Deno.test("controls: a task is stopped when the CLI says so", async () => {
  assertEquals(await answering(ok({})).stopTask("den", "b1"), true);
  assertEquals(await answering(undefined).stopTask("den", "b1"), false);
});

Deno.test("controls: the context's parts keep their kinds, unknown ones count as used", async () => {
  const response = {
    model: "claude-opus-5-5",
    totalTokens: 14631,
    maxTokens: 1_000_000,
    categories: [
      { name: "System prompt", tokens: 2342, kind: "used" },
      { name: "New thing", tokens: 5, kind: "shiny" },
      { name: "Free space", tokens: 952_369, kind: "free" },
    ],
  };
  const usage = await answering(ok(response)).contextUsage("den");
  assertEquals([usage?.tokens, usage?.maxTokens], [14_631, 1_000_000]);
  assertEquals(usage?.parts.map(({ kind }) => kind), ["used", "used", "free"]);
});

for (const response of [undefined, null, "text", {}, { totalTokens: "many" }]) {
  Deno.test(`controls: a context of ${JSON.stringify(response)} is none`, async () => {
    assertEquals(await answering(ok(response)).contextUsage("den"), null);
    assertEquals(await answering(undefined).contextUsage("den"), null);
  });
}

Deno.test("initialize: commands and models are read, what is no such thing is left out", () => {
  const info = initializeInfo({
    commands: [
      { name: "review", description: "Reviews.", argumentHint: "[pr]", builtin: true },
      "…(+1 more)",
      { description: "nameless" },
      { name: "bare" },
    ],
    models: [
      { value: "opus", resolvedModel: "claude-opus-5-5", displayName: "Opus" },
      { value: "odd" },
      7,
    ],
  });
  assertEquals(info.commands, [
    { name: "review", description: "Reviews.", hint: "[pr]" },
    { name: "bare", description: "", hint: "" },
  ]);
  assertEquals(info.models, [
    { value: "opus", id: "claude-opus-5-5", title: "Opus" },
    { value: "odd", id: "odd", title: "odd" },
  ]);
});

for (const response of [undefined, null, [], "x", {}, { commands: 1, models: null }]) {
  Deno.test(`initialize: ${JSON.stringify(response)} names nothing`, () => {
    assertEquals(initializeInfo(response), { commands: [], models: [] });
  });
}
