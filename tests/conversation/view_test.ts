import { assertEquals } from "@std/assert";
import type { ToolState, TurnEvent } from "../../lib/claude/events.ts";
import { answerOf, type TurnView } from "../../lib/conversation/mod.ts";
import { EMPTY_VIEW, reduce } from "../../lib/conversation/view.ts";
import { asks, ended, exited, said, started } from "./stage.ts";

const text = (delta: string): TurnEvent => ({ type: "text", delta });
const notice = (words: string): TurnEvent => ({ type: "notice", kind: "info", text: words });
const tool = (id: string, state: ToolState, summary = id): TurnEvent => ({
  type: "tool",
  id,
  name: "Bash",
  summary,
  state,
});
const withdrawn = (id: string): TurnEvent => ({ type: "request_withdrawn", id });
const after = (...events: TurnEvent[]) => events.reduce(reduce, EMPTY_VIEW);

/** What is seen after some events: only what is named is compared. */
const CASES: readonly (readonly [string, TurnEvent[], Partial<TurnView>])[] = [
  ["nothing is a turn that waits", [], { phase: "waiting", draft: "", steps: [] }],
  ["a turn that began works", [started("p")], { phase: "working" }],
  ["deltas add up to a draft", [text("Hel"), text("lo")], { draft: "Hello", messages: [] }],
  ["a retried call starts its text again", [text("Hel"), { type: "text_reset" }, text("Ho")], {
    draft: "Ho",
  }],
  ["a final text takes the draft's place", [text("Hel"), said("Hello.")], {
    draft: "",
    messages: ["Hello."],
  }],
  ["final texts add up", [said("a"), said("b")], { messages: ["a", "b"] }],
  ["a reset takes no final text back", [said("a"), text("b"), { type: "text_reset" }], {
    messages: ["a"],
    draft: "",
  }],
  ["steps keep the order they began in", [
    tool("1", "running"),
    tool("2", "running"),
    tool("1", "done"),
  ], {
    steps: [
      { id: "1", summary: "1", state: "done" },
      { id: "2", summary: "2", state: "running" },
    ],
  }],
  ["a step's words may change", [tool("1", "running", "a"), tool("1", "failed", "b")], {
    steps: [{ id: "1", summary: "b", state: "failed" }],
  }],
  ["an open question asks", [started("p"), asks("r")], { phase: "asking", requests: ["r"] }],
  ["a closed one lets it work", [started("p"), asks("r"), withdrawn("r")], {
    phase: "working",
    requests: [],
  }],
  ["two open questions ask until both are closed", [
    started("p"),
    asks("r"),
    asks("q"),
    withdrawn("r"),
  ], { phase: "asking", requests: ["q"] }],
  ["a notice stands until something happens", [notice("Retrying"), text("x")], { notice: "" }],
  ["a newer notice takes its place", [notice("a"), notice("b")], { notice: "b" }],
  ["silence is noticed in minutes", [{ type: "silent", ms: 300_000 }], {
    notice: "Nothing heard for 5 min",
  }],
  ["an end is done, asks nothing and drops the draft", [
    started("p"),
    asks("r"),
    text("x"),
    ended(["p"]),
  ], { phase: "done", requests: [], draft: "", notice: "" }],
  ["a process that ended is done, its draft stays", [text("x"), exited("crashed")], {
    phase: "done",
    draft: "x",
  }],
];

for (const [sentence, events, expected] of CASES) {
  Deno.test(`view: ${sentence}`, () => {
    const seen = after(...events);
    const keys = Object.keys(expected) as (keyof TurnView)[];
    assertEquals(Object.fromEntries(keys.map((key) => [key, seen[key]])), { ...expected });
  });
}

const UNSEEN: readonly TurnEvent[] = [
  { type: "thinking", tokens: 5 },
  { type: "session", id: "x" },
  { type: "background", tasks: [] },
  { type: "dropped", prompt: "p", cancelled: true },
  { type: "text_reset" },
];

for (const event of UNSEEN) {
  Deno.test(`view: '${event.type}' changes nothing, so nothing is shown again`, () => {
    const before = after(started("p"), said("a"));
    assertEquals(reduce(before, event) === before, true);
  });
}

Deno.test("view: a message that the turn took in is a step of it", () => {
  const { steps } = after(started("p"), tool("1", "running"), { type: "joined", prompt: "q" });
  assertEquals(steps.map(({ id, state }) => [id, state]), [["1", "running"], ["q", "done"]]);
});

Deno.test("view: an event never changes the view that was before it", () => {
  const before = Object.freeze({ ...after(tool("1", "running")), steps: Object.freeze([]) });
  reduce(before, tool("2", "running"));
  reduce(before, said("x"));
  assertEquals([before.steps.length, before.messages.length], [0, 0]);
});

Deno.test("view: the answer is all texts with what is being written, without empty ones", () => {
  assertEquals(answerOf(after(said("a"), said(" \n"), said("b"), text("c"))), "a\n\nb\n\nc");
  assertEquals(answerOf(EMPTY_VIEW), "");
});
