import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { only, replay } from "./recording.ts";

/** The recordings number their prompts: `01000000-0000-…`. */
const prompt = (start: string) => `${start}000000-0000-4000-8000-000000000000`;

/** Which prompts each turn answered and how, in their order. */
const turns = (events: readonly TurnEvent[]) =>
  only(events, "ended").map(({ prompts, outcome }) => ({ prompts, outcome }));

/** The turn that ended with these prompts. */
function turnOf(events: readonly TurnEvent[], ...prompts: string[]) {
  const found = turns(events).find((turn) => turn.prompts.join() === prompts.join());
  assert(found !== undefined, `no turn answered exactly ${prompts}`);
  return found;
}

const types = (events: readonly TurnEvent[]) => events.map(({ type }) => type);

Deno.test("turns: prompts that waited in the CLI are one turn with one end", () => {
  const { events } = replay("e1-queue-and-steer");
  assertEquals(turnOf(events, prompt("02"), prompt("03")).outcome, "answered");
  assertEquals(turnOf(events, prompt("09"), prompt("10")).outcome, "answered");
});

Deno.test("turns: a prompt sent while a tool runs joins the turn and ends with it", () => {
  const { events } = replay("e1-queue-and-steer");
  assertEquals(only(events, "joined"), [{ type: "joined", prompt: prompt("05") }]);
  assertEquals(turnOf(events, prompt("04"), prompt("05")).outcome, "answered");
});

Deno.test("turns: an urgent prompt interrupts the turn before it and has its own", () => {
  const { events } = replay("e1-queue-and-steer");
  for (const [cut, urgent] of [["06", "07"], ["11", "12"]] as const) {
    assertEquals(turnOf(events, prompt(cut)).outcome, "interrupted");
    assertEquals(turnOf(events, prompt(urgent)).outcome, "answered");
  }
});

Deno.test("turns: a uuid that the CLI has seen before is dropped, not answered", () => {
  const { events } = replay("e1-queue-and-steer");
  assertEquals(only(events, "dropped"), [
    { type: "dropped", prompt: prompt("14"), cancelled: false },
  ]);
  for (const name of ["f2-kill-during-bash", "f2-kill-waiting-for-permission"]) {
    assertEquals(only(replay(name).events, "dropped").length, 1, name);
  }
});

Deno.test("turns: two prompts sent to an idle CLI are two turns", () => {
  const { events } = replay("e1-queue-and-steer");
  for (const id of ["15", "16", "17", "18"]) {
    assertEquals(turnOf(events, prompt(id)).outcome, "answered");
  }
});

Deno.test("turns: an interrupt ends the turn and leaves the others alone", () => {
  const { events } = replay("d1-interrupt");
  const outcomes = turns(events).map(({ outcome }) => outcome);
  const [cut, done] = ["interrupted", "answered"] as const;
  assertEquals(outcomes, [cut, done, done, done, done, done, cut, done]);
  for (const ended of only(events, "ended")) assertEquals(ended.text, "");
});

Deno.test("turns: an interrupt that takes the queue back drops what had not begun", () => {
  const { events } = replay("d2-interrupt-queue");
  assertEquals(
    only(events, "dropped"),
    ["06", "07", "09"].map((id) => ({
      type: "dropped" as const,
      prompt: prompt(id),
      cancelled: true,
    })),
  );
  assertEquals(turnOf(events, prompt("03"), prompt("04")).outcome, "answered");
  for (const id of ["01", "02", "05"]) {
    assertEquals(turnOf(events, prompt(id)).outcome, "interrupted");
  }
});

Deno.test("turns: a prompt interrupted before the first turn ends as interrupted", () => {
  const { events, sent } = replay("p-first-turn-latch");
  assertEquals(turns(events), [{ prompts: sent, outcome: "interrupted" }]);
});

Deno.test("turns: a background task reports in a turn that nobody asked for", () => {
  const { events, sent } = replay("k-background-task");
  assertEquals(only(events, "started").map(({ prompts }) => prompts), [sent, []]);
  assertEquals(turns(events).map(({ prompts }) => prompts), [sent, []]);
  assertEquals(only(events, "background").map(({ tasks }) => tasks.length), [1, 0]);
  assertEquals(only(events, "message").map(({ text }) => text), [
    "started it",
    "done after 2 step(s)",
  ]);
});

Deno.test("turns: a task that is ended by hand is no longer in the background", () => {
  const tasks = only(replay("v-interrupt-background").events, "background");
  assertEquals(tasks.map(({ tasks }) => tasks.map(({ description }) => description)), [
    ["fake"],
    [],
  ]);
});

Deno.test("turns: text sent while a prompt is open joins after the answer", () => {
  const { events, sent } = replay("r-text-during-prompt");
  const [first, second, third, fourth, fifth, sixth] = sent;
  assertEquals(only(events, "joined").map(({ prompt }) => prompt), [second!, fourth!]);
  assertEquals(turns(events), [
    { prompts: [first!, second!], outcome: "answered" },
    { prompts: [third!, fourth!], outcome: "answered" },
    { prompts: [fifth!], outcome: "interrupted" },
    { prompts: [sixth!], outcome: "answered" },
  ]);
});

Deno.test("turns: a broken connection throws the draft away before each new attempt", () => {
  const { events, sent } = replay("m-cut-retry");
  const first = events.slice(0, events.findIndex(({ type }) => type === "ended") + 1);
  // The first of its two retries is nobody's business yet.
  assertEquals(only(first, "notice").map(({ kind }) => kind), ["retrying"]);
  const drafts: string[] = [];
  let draft = "";
  for (const event of first) {
    if (event.type === "text") draft += event.delta;
    if (event.type !== "text_reset") continue;
    if (draft !== "") drafts.push(draft);
    draft = "";
  }
  assertEquals(
    drafts,
    Array(2).fill("The quick brown fox jumps over the lazy dog. The quick brown"),
  );
  assertEquals(only(first, "message").length, 1);
  assertEquals(turns(first), [{ prompts: sent, outcome: "answered" }]);
});

Deno.test("turns: a reset stands before the first text of every model call", () => {
  for (const name of ["b-partial-messages", "h-error-cut", "h-error-hang", "k-subagent"]) {
    let fresh = false;
    for (const { type } of replay(name).events) {
      if (type === "text") assert(fresh, `${name}: text without a reset before it`);
      if (type === "text_reset") fresh = true;
      if (type === "message") fresh = true; // The next block of the same call goes on.
      if (type === "started") fresh = false;
    }
  }
});

Deno.test("turns: a limit that is reached is told, with its reset; a quiet one is not", () => {
  const { events } = replay("k-rate-limit");
  const notices = only(events, "notice");
  assertEquals(notices.map(({ kind }) => kind), ["rate_limit"]);
  assertMatch(
    notices[0]!.text,
    /^The five hour limit is reached, resets (on Fri,? 20 Nov )?at \d\d:\d\d$/,
  );
  const [, refused] = only(events, "ended");
  assertEquals(refused?.outcome, "failed");
  assertStringIncludes(refused?.text ?? "", "resets 7:04pm");
});

Deno.test("turns: /clear gives the conversation a new id, once", () => {
  const { events } = replay("g2-slash-commands");
  const ids = only(events, "session").map(({ id }) => id);
  assertEquals(ids.length, 2);
  // `conversation_reset` names an id that cannot be resumed; it must not be taken for the new one.
  assert(!ids.includes("ea7df980-249e-490f-ac7f-90011b135d3f"));
});

Deno.test("turns: a local command answers with a message, without a model", () => {
  const { events } = replay("g2-slash-commands");
  const texts = only(events, "message").map(({ text }) => text);
  for (const start of ["Set model to", "/help isn't available", "Session renamed to: foo"]) {
    assertEquals(texts.filter((text) => text.startsWith(start)).length, 1, start);
  }
});

Deno.test("turns: the model is told at the start of every turn", () => {
  const models = only(replay("g2-slash-commands").events, "model").map(({ name }) => name);
  assertEquals([...new Set(models)], ["claude-opus-5-5", "claude-sonnet-5-5"]);
  assertEquals(only(replay("a1-persistent-basic").events, "model").length, 3);
});

Deno.test("turns: a turn at its limit of steps ends as limit, and the next goes on", () => {
  const { events } = replay("g-max-turns");
  assertEquals(turns(events).map(({ outcome }) => outcome), ["limit", "answered"]);
  assertMatch(only(events, "ended")[0]!.text, /2 steps.*continue/); // It ran with --max-turns 2.
});

Deno.test("turns: a used up budget ends every turn as limit", () => {
  const outcomes = turns(replay("g-max-budget").events).map(({ outcome }) => outcome);
  assertEquals(outcomes, ["answered", "limit", "limit", "limit"]);
});

Deno.test("turns: of a subagent only the call and its end are seen", () => {
  const { events } = replay("k-subagent");
  assertEquals(only(events, "tool").map(({ name, state }) => `${name} ${state}`), [
    "Agent running",
    "Agent done",
  ]);
  assertEquals(only(events, "message").map(({ text }) => text), ["done after 1 step(s)"]);
  assert(types(events).includes("text"));
});

Deno.test("turns: a long silence of the API ends with the whole answer", () => {
  const [first] = only(replay("h-error-hang").events, "ended");
  assertEquals(first?.outcome, "answered");
});

Deno.test("turns: compaction is told", () => {
  const { events } = replay("m-autocompact");
  assert(only(events, "notice").every(({ kind }) => kind === "compacting"));
  assertEquals(turns(events).map(({ outcome }) => outcome), ["answered", "answered", "answered"]);
});

Deno.test("turns: what the person refused is denied, what broke is failed", () => {
  const states = (name: string) =>
    new Set(only(replay(name).events, "tool").map(({ state }) => state));
  assert(states("c1-permissions").has("denied"));
  assert(states("d1-interrupt").has("failed"));
  assert(states("g-no-prompt-tool-default").has("denied"));
});
