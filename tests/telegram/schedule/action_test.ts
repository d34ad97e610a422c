import { assertEquals } from "@std/assert";
import { type Action, decode, encode } from "../../../lib/telegram/buttons.ts";

const ACTIONS: readonly Action[] = [
  { do: "schedule", act: "ask", alert: 1 },
  { do: "schedule", act: "hour", alert: 22 },
  { do: "schedule", act: "day", alert: 333 },
  { do: "schedule", act: "continue", finding: 4 },
  { do: "schedule", act: "pause", watch: 5 },
  { do: "schedule", act: "resume", watch: 6 },
  { do: "schedule", act: "remove", watch: Number.MAX_SAFE_INTEGER % 1e15 },
];

for (const action of ACTIONS) {
  Deno.test(`schedule buttons: ${encode(action)} survives the way to Telegram and back`, () => {
    assertEquals(decode(encode(action)), action);
  });
}
