import { assert, assertEquals } from "@std/assert";
import { type Action, button, decode, encode, keyboard } from "../../lib/telegram/buttons.ts";

const ACTIONS: readonly Action[] = [
  { do: "switch", session: "a" },
  { do: "switch", session: "x".repeat(50) },
  { do: "make-default" },
  { do: "stop", turn: "6f1c0f1e-5a57-4a1c-8a66-4f5f0c9d3b11" },
  { do: "prompt", prompt: 1, act: "allow" },
  { do: "prompt", prompt: 1, act: "consider" },
  { do: "prompt", prompt: 1, act: "grant" },
  { do: "prompt", prompt: 1, act: "unconsider" },
  { do: "grant", act: "end", grant: 12 },
  { do: "prompt", prompt: 1, act: "why" },
  { do: "prompt", prompt: 1, act: "write" },
  { do: "prompt", prompt: 1, act: "start" },
  { do: "prompt", prompt: 1, act: "start-edits" },
  { do: "prompt", prompt: 1, act: "revise" },
  { do: "prompt", prompt: 999_999_999_999, act: "deny" },
  { do: "prompt", prompt: 999_999_999_999, act: "pick", question: 3, option: 12 },
  { do: "prompt", prompt: 2, act: "done", question: 0 },
  { do: "prompt", prompt: 2, act: "back", question: 1 },
  { do: "queue", act: "cancel", job: 1 },
  { do: "queue", act: "now", job: 999_999_999_999 },
  { do: "queue", act: "rerun", job: 3 },
  {
    ...{ do: "queue", act: "stop", last: 999_999_999_999 },
    turn: "6f1c0f1e-5a57-4a1c-8a66-4f5f0c9d3b11",
  },
  { do: "queue", act: "release", stop: 999_999_999_999 },
  { do: "queue", act: "drop", stop: 1 },
  { do: "again", job: 7 },
  { do: "continue", job: 8 },
  { do: "archive", session: "x".repeat(50), made: "mwp9ltn70" },
  { do: "keep", session: "x".repeat(50) },
  { do: "restore", archive: "0123456789abcdef01234567" },
];

for (const action of ACTIONS) {
  Deno.test(`buttons: ${JSON.stringify(action).slice(0, 60)} fits and comes back`, () => {
    const data = encode(action);
    assert(new TextEncoder().encode(data).length <= 64, data);
    assertEquals(decode(data), action);
  });
}

for (
  const data of [
    "",
    "s:",
    "q:1",
    "p:",
    "p:1",
    "p:1:",
    "p:1:q",
    "p:1e3:y",
    "p:-1:y",
    "p:1.5:y",
    "p: 1:y",
    "p:1:o",
    "p:1:o1",
    "p:1:d1.2",
    "p:1:y1",
    "a: 1",
    "a:9".repeat(30),
    "d:",
  ]
) {
  Deno.test(`buttons: '${data.slice(0, 20)}' is nothing that we wrote`, () => {
    assertEquals(decode(data), null);
  });
}

Deno.test("buttons: a keyboard has no empty rows", () => {
  const stop = button("Stop", { do: "stop", turn: "t" });
  assertEquals(keyboard([], [stop], []), { reply_markup: { inline_keyboard: [[stop]] } });
});
