import { assertEquals } from "@std/assert";
import type { AlertLine } from "../../lib/journal/mod.ts";
import { alertText } from "../../lib/schedule/words.ts";

const line = (change: Partial<AlertLine>): AlertLine => ({
  ...{ kind: "trouble", level: "bad", probe: "beszel", title: "Beszel", name: "Beszel" },
  ...{ service: true, down: true },
  ...{ text: "did not answer within 4.5 s", from: 0, to: 60_000, late: false },
  ...change,
});

Deno.test("alert text: an outage is up again, other trouble is well again", () => {
  const at = (time: string) => new Date(`2026-11-20T${time}`).getTime();
  const times = { from: at("14:02"), to: at("14:09"), service: false, name: "nas" };
  const text = (change: Partial<AlertLine>) =>
    alertText([line({ ...times, text: "down", ...change })]).replaceAll("&#45;", "-");
  assertEquals(text({ kind: "recovered" }), "🟢 **nas** · Beszel: up again after 7 min");
  assertEquals(
    text({ kind: "recovered", down: false }),
    "🟢 **nas** · Beszel: well again after 7 min",
  );
  assertEquals(text({ kind: "passed" }), "🟢 **nas** · Beszel: was down 14:02-14:09: down");
  assertEquals(
    text({ kind: "passed", from: at("14:02") - 86_400_000, down: false, text: "disk" }),
    "🟢 **nas** · Beszel: was in trouble Thu 14:02-14:09: disk",
  );
  assertEquals(
    text({ kind: "unstable", level: "warn", text: "it changed 8 times" }),
    "🟠 **nas** · Beszel: unstable since 14:02, it changed 8 times",
  );
  assertEquals(
    text({ kind: "steady" }),
    "🟢 **nas** · Beszel: steady again, was unstable 14:02-14:09",
  );
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
