import { assert, assertEquals } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { only, recordings, replay, reportedCost, spoken } from "./recording.ts";

/** A version that does not account for prompts by their uuids; the process refuses it. */
const TOO_OLD = "old-2.1.197-basic";

/** How many prompts have no end because the CLI was killed while it worked on them. */
const KILLED_AT_WORK: Record<string, number> = { "p-task-control": 1, [TOO_OLD]: 6 };

/** Recordings that end in the middle of a turn: the CLI was killed, or the recorder stopped. */
const OPEN_AT_END = new Set([
  "a2-bash-SIGKILL",
  "a2-bash-SIGTERM",
  "a2-bash-stdin-close",
  "a2-stream-SIGTERM",
  "h-error-429",
  "h-error-500",
  "h-error-refused",
  "p-task-control",
]);

/** Answers that stand in the `result` alone. */
const SAID_BY_THE_RESULT: Record<string, string[]> = {
  "g-json-schema": ['{"name":"x"}'],
  "j-whitespace-content": [
    "Blank prompt — the message was only whitespace, so nothing was sent to the model.",
  ],
};

/** The CLI's total does not begin at zero here (a resumed conversation), or is reset by `/clear`. */
const OTHER_TOTAL = /^f-resume|^f2-|^g2-slash-commands$/;

function count(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

const ends = (events: readonly TurnEvent[]) =>
  events.flatMap((event) =>
    event.type === "ended" ? event.prompts : event.type === "dropped" ? [event.prompt] : []
  );

/** Whether turns begin and end by turns, with everything that belongs to one inside. */
function checkShape(name: string, events: readonly TurnEvent[]): boolean {
  let open = false;
  const calls = new Set<string>();
  for (const event of events) {
    const inside = ["text", "message", "tool", "joined", "ended"].includes(event.type);
    assert(!inside || open, `${name}: ${event.type} outside of a turn`);
    if (event.type === "started") {
      assert(!open, `${name}: a turn began inside a turn`);
      open = true;
    }
    if (event.type === "ended") open = false;
    if (event.type !== "tool") continue;
    if (event.state === "running") calls.add(event.id);
    else assert(calls.delete(event.id), `${name}: a result of a call that nobody made`);
  }
  return open;
}

Deno.test("recordings: all of them are here", () => assert(recordings().length >= 120));

function checkEnds(name: string): void {
  const { events, sent, pending } = replay(name);
  const ended = count(ends(events));
  const unended = [...count(sent)].flatMap(([id, times]) => {
    const found = ended.get(id) ?? 0;
    assert(found <= times, `${id} ended ${found} times`);
    return Array<string>(times - found).fill(id);
  });
  assertEquals(unended.length, KILLED_AT_WORK[name] ?? 0);
  assertEquals(new Set(pending), new Set(unended));
  for (const id of ended.keys()) assert(sent.includes(id), `${id} was never sent`);
}

function checkMessages(name: string): void {
  const all = only(replay(name).events, "message").map(({ text }) => text);
  const byResult = SAID_BY_THE_RESULT[name] ?? [];
  assertEquals(all.filter((text) => !byResult.includes(text)), spoken(name));
  assertEquals(all.filter((text) => byResult.includes(text)), byResult);
}

function checkCost(name: string): void {
  const costs = only(replay(name).events, "ended").map(({ usage }) => usage.costUsd);
  const sum = costs.reduce((all, cost) => all + cost, 0);
  assert(Math.abs(sum - reportedCost(name)) < 1e-9, `${sum} is not ${reportedCost(name)}`);
}

for (const name of recordings()) {
  Deno.test(`recording ${name}: understood, accounted for, and told whole`, async (t) => {
    await t.step("no line of it is garbage", () => assertEquals(replay(name).garbage, []));
    await t.step("every prompt has exactly one end", () => checkEnds(name));
    await t.step("turns begin and end in pairs", () => {
      const { events, busy } = replay(name);
      assertEquals(checkShape(name, events), OPEN_AT_END.has(name));
      assertEquals(busy, OPEN_AT_END.has(name) || name === TOO_OLD);
    });
    await t.step("the messages are what was said on the main thread", () => checkMessages(name));
    if (OTHER_TOTAL.test(name)) return;
    await t.step("the turns cost together what the CLI reports", () => checkCost(name));
  });
}
