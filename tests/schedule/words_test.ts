import { assertEquals } from "@std/assert";
import type { AlertLine } from "../../lib/journal/mod.ts";
import { alertText } from "../../lib/schedule/words.ts";

const line = (change: Partial<AlertLine>): AlertLine => ({
  ...{ kind: "trouble", level: "bad", probe: "beszel", title: "Beszel", name: "Beszel" },
  ...{ service: true, down: true },
  ...{ text: "did not answer within 4.5 s", from: 0, to: 60_000, late: false },
  ...change,
});

Deno.test("alert text: a hub that is blind is two sentences, its things are one", () => {
  assertEquals(
    alertText([line({})]).replaceAll("&#46;", "."),
    "🔴 **Beszel**: did not answer within 4.5 s. Until it answers, I know nothing about what it watches.",
  );
  assertEquals(
    alertText([line({ name: "nas", text: "down", service: false })]),
    "🔴 **nas** · Beszel: down",
  );
});
