import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { renderReport, statusLine } from "../../../../lib/telegram/features/homelab/render.ts";
import { report, row } from "../../homelab/reports.ts";

/** The text without its head, and what of it stands in the quote. */
function rendered(rows: Parameters<typeof report>[0]) {
  const { text, entities } = renderReport(report(rows));
  const quote = entities.find(({ type }) => type === "expandable_blockquote");
  const end = quote === undefined ? text.length : quote.offset;
  return {
    shown: text.slice(0, end).trimEnd().split("\n").slice(2),
    folded: quote === undefined ? [] : text.slice(end).split("\n"),
    entities,
    text,
  };
}

Deno.test("report: its head says how it is, and when that was", () => {
  const { text, entities } = renderReport(report([]));
  assertMatch(text, /^🟠 Beszel · 1 of 2 up\nat \d\d:40:00$/);
  assertEquals(entities, [{ type: "bold", offset: 0, length: "🟠 Beszel".length }]);
});

Deno.test("report: a failure, or the one thing that stands out, is said once", () => {
  const failed = renderReport(report([row("bad", "Beszel", "is gone")], { summary: "is gone" }));
  assertMatch(failed.text, /^🟠 Beszel · is gone\nat \d\d:40:00$/);
  const one = renderReport(report([row("bad", "nas", "down")], { summary: "nas: down" }));
  assertMatch(one.text, /^🟠 Beszel · at \d\d:40:00\n🔴 nas: down$/);
});

Deno.test("report: worst first, one line a thing, details behind a tap", () => {
  const rows = [
    row("ok", "well"),
    row("unknown", "mute"),
    row("ok", "more", "of it", true),
    row("bad", "dead", "down"),
    row("warn", "full", "of\n  things"),
    row("bad", "dead too", ""),
  ];
  const { shown, folded } = rendered(rows);
  assertEquals(shown, [
    "🔴 dead: down",
    "🔴 dead too",
    "🟠 full: of things",
    "⚪ mute: as it is",
    "🟢 well: as it is",
  ]);
  assertEquals(folded, ["· more: of it"]);
});

Deno.test("report: of many things those that are well fold away", () => {
  const many = Array.from({ length: 12 }, (_, index) => row("ok", `fine ${index}`));
  const { shown, folded } = rendered([...many, row("bad", "dead")]);
  assertEquals(shown, ["🔴 dead: as it is"]);
  assertEquals(folded.length, 12);
});

Deno.test("report: whatever a service says, it is one message that Telegram takes", () => {
  const long = "x".repeat(10_000);
  for (const level of ["bad", "ok"] as const) {
    const rows = Array.from({ length: 500 }, (_, index) => row(level, `${index} ${long}`, long));
    const { text, entities } = rendered([...rows, row("ok", "d", long, true)]);
    assert(text.length <= 4_000, `${level}: ${text.length}`);
    assert(entities.length <= 100);
    assert(entities.every(({ offset, length }) => length > 0 && offset + length <= text.length));
    assertMatch(text, /… and \d+ more/);
  }
  const short = Array.from({ length: 200 }, (_, index) => row("bad", `n${index}`, "x"));
  const { entities, text } = rendered(short);
  assert(entities.length <= 100);
  assertMatch(text, /… and 141 more$/);
});

Deno.test("report: what folds away brings no entities with it", () => {
  const details = Array.from({ length: 150 }, (_, index) => row("bad", `d${index}`, "x", true));
  assert(rendered([row("bad", "n"), ...details]).entities.length <= 100);
});

Deno.test("report: half an emoji at a cut is not sent", () => {
  const { text } = renderReport(report([row("bad", "n", `${"x".repeat(299)}🏠`)]));
  assert(text.isWellFormed());
});

Deno.test("report: in /status it is one line", () => {
  const { text } = statusLine(report([], { level: "bad", summary: "down:\nnas" }));
  assertEquals(text, "🔴 Beszel: down: nas");
});

Deno.test("report: the reason why things are not known is not cut off by the many that are bad", () => {
  const bad = Array.from({ length: 90 }, (_, index) => ({
    ...{ level: "bad" as const, name: `ct/${index}`, text: "late: 3 d ago" },
  }));
  const reason = {
    level: "unknown" as const,
    name: "sync",
    text: "token lacks Remote.Audit",
    note: true as const,
  };
  const report = {
    title: "Backups",
    level: "bad" as const,
    summary: "",
    rows: [...bad, reason],
    at: 0,
  };
  const { text } = renderReport(report);
  assertStringIncludes(text, "⚪ sync: token lacks Remote.Audit");
  assertStringIncludes(text, "🔴 ct/0: late");
  const few = renderReport({ ...report, rows: [...bad.slice(0, 3), reason] }).text.split("\n");
  assertStringIncludes(few.at(-1) ?? "", "sync", "where all fits the worst comes first");
});
