import { assert, assertEquals } from "@std/assert";
import { type Action, button, decode, encode, keyboard } from "../../lib/telegram/buttons.ts";

const ACTIONS: readonly Action[] = [
  { do: "switch", session: "a" },
  { do: "switch", session: "x".repeat(50) },
  { do: "make-default" },
  { do: "stop", turn: "6f1c0f1e-5a57-4a1c-8a66-4f5f0c9d3b11" },
  { do: "allow", prompt: 1 },
  { do: "deny", prompt: 999_999_999_999 },
  { do: "again", job: 7 },
  { do: "continue", job: 8 },
  { do: "archive", session: "x".repeat(50) },
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
  const data of ["", "s:", "q:1", "y:", "y:1e3", "y:-1", "y:1.5", "y: 1", "a:9".repeat(30), "d:"]
) {
  Deno.test(`buttons: '${data.slice(0, 20)}' is nothing that we wrote`, () => {
    assertEquals(decode(data), null);
  });
}

Deno.test("buttons: a keyboard has no empty rows", () => {
  const stop = button("Stop", { do: "stop", turn: "t" });
  assertEquals(keyboard([], [stop], []), { reply_markup: { inline_keyboard: [[stop]] } });
});
