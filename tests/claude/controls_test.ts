import { assertEquals } from "@std/assert";
import type { ControlAnswer } from "../../lib/claude/control.ts";
import { contextUsage, setEffort, setMode, setModel, stopTask } from "../../lib/claude/controls.ts";
import { offerOf } from "../../lib/claude/offer.ts";

/** A process that gives these answers, and what it was asked. */
function answering(...answers: ControlAnswer[]) {
  const asked: unknown[] = [];
  return {
    asked,
    control(request: { subtype: string }) {
      asked.push(request);
      return Promise.resolve(answers.shift());
    },
  };
}

const ok = (response: unknown) => ({ ok: true, response });
const REFUSED = { ok: false, response: undefined, error: "no" };

Deno.test("controls: the model that answers is the one that the CLI names", async () => {
  const process = answering(ok({ model: "claude-opus-5-5" }));
  assertEquals(await setModel(process, "opus"), "claude-opus-5-5");
  assertEquals(process.asked, [{ subtype: "set_model", model: "opus" }]);
  assertEquals(await setModel(answering(REFUSED), "opus"), null);
  assertEquals(await setModel(answering(undefined), "opus"), null);
});

Deno.test("controls: a mode is changed only when the CLI says that very mode", async () => {
  assertEquals(await setMode(answering(ok({ mode: "plan" })), "plan"), true);
  assertEquals(await setMode(answering(ok({ mode: "default" })), "plan"), false);
  assertEquals(await setMode(answering(REFUSED), "bypassPermissions"), false);
});

Deno.test("controls: an effort is looked up after it was set", async () => {
  const process = answering(ok(undefined), ok({ applied: { effort: "low" } }));
  assertEquals(await setEffort(process, "low"), true);
  assertEquals(process.asked, [
    { subtype: "apply_flag_settings", settings: { effortLevel: "low" } },
    { subtype: "get_settings" },
  ]);
  const other = answering(ok(undefined), ok({ applied: { effort: "medium" } }));
  assertEquals(await setEffort(other, "max"), false);
  assertEquals(await setEffort(answering(ok(undefined), undefined), "max"), false);
  assertEquals(await setEffort(answering(ok(undefined)), null), true);
});

Deno.test("controls: a task is stopped when the CLI says so", async () => {
  assertEquals(await stopTask(answering(ok({})), "b1"), true);
  assertEquals(await stopTask(answering(undefined), "b1"), false);
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
  const usage = await contextUsage(answering(ok(response)));
  assertEquals([usage?.tokens, usage?.maxTokens], [14_631, 1_000_000]);
  assertEquals(usage?.parts.map(({ kind }) => kind), ["used", "used", "free"]);
});

for (const response of [undefined, null, "text", {}, { totalTokens: "many" }]) {
  Deno.test(`controls: a context of ${JSON.stringify(response)} is none`, async () => {
    assertEquals(await contextUsage(answering(ok(response))), null);
    assertEquals(await contextUsage(answering(undefined)), null);
  });
}

Deno.test("offer: commands and models are read, what is no such thing is left out", () => {
  const offer = offerOf({
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
  assertEquals(offer.commands, [
    { name: "review", description: "Reviews.", hint: "[pr]" },
    { name: "bare", description: "", hint: "" },
  ]);
  assertEquals(offer.models, [
    { value: "opus", id: "claude-opus-5-5", title: "Opus" },
    { value: "odd", id: "odd", title: "odd" },
  ]);
});

for (const response of [undefined, null, [], "x", {}, { commands: 1, models: null }]) {
  Deno.test(`offer: ${JSON.stringify(response)} offers nothing`, () => {
    assertEquals(offerOf(response), { commands: [], models: [] });
  });
}
