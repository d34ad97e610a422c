import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  beszelChart,
  systemChart,
  systemsChart,
  type SystemStats,
} from "../../../lib/homelab/beszel/chart.ts";
import { datastoreUsages } from "../../../lib/homelab/pbs/stores.ts";
import { type Chart } from "../../../lib/homelab/charts/chart.ts";
import { chartSvg, drawChart } from "../../../lib/homelab/charts/svg.ts";
import { datastoreChart } from "../../../lib/homelab/pbs/chart.ts";
import { BeszelHub } from "../../../lib/homelab/beszel/hub.ts";
import { startBeszelSim } from "../../sim/homelab/beszel.ts";
import { NEVER, outside } from "../outside.ts";

const NOW = Date.parse("2026-11-20T18:40:00Z");
const HOUR = 3_600_000;

type Stats = NonNullable<SystemStats["stats"]>;

const record = (ago: number, stats: Stats) => ({
  created: NOW - ago,
  stats,
});
const day = (stats: Stats) =>
  Array.from({ length: 72 }, (_, index) => record(index * HOUR / 3, stats));

const chart = (panel: Partial<Chart["panels"][number]> = {}): Chart => ({
  title: "nas",
  from: NOW - 24 * HOUR,
  to: NOW,
  panels: [{ label: "CPU", unit: " %", points: [], min: 0, max: 100, warn: 80, ...panel }],
});

Deno.test("charts: a system has a curve for each thing that it measures, oldest first", () => {
  const made = systemChart(
    "nas",
    day({ cpu: 12.3, mp: 61, dp: 44, t: { cpu: 58, disk: 41 } }),
    NOW,
  )!;
  assertEquals(made.panels.map(({ label }) => label), ["CPU", "Memory", "Disk", "Temperature"]);
  assertEquals(made.panels.map(({ points }) => points.at(-1)), [
    { at: NOW, value: 12.3 },
    { at: NOW, value: 61 },
    { at: NOW, value: 44 },
    { at: NOW, value: 58 },
  ]);
});

Deno.test("charts: what has no sensor has no panel, and what says nothing has no chart", () => {
  const made = systemChart("vm", day({ cpu: 1, mp: 2, dp: 3 }), NOW)!;
  assertEquals(made.panels.length, 3);
  assertEquals(systemChart("vm", [], NOW), null);
  assertEquals(
    systemChart(
      "vm",
      [{ created: NOW, stats: undefined }, { created: NaN, stats: { cpu: 1 } }],
      NOW,
    ),
    null,
  );
});

Deno.test("charts: several systems have a curve each, with the rest in words", () => {
  const records = day({ cpu: 12, mp: 61, dp: 44, t: { cpu: 58 } });
  const made = systemsChart([{ name: "nas", records }, { name: "new", records: [] }], NOW)!;
  assertEquals(made.panels.map(({ label, note }) => `${label}: ${note}`), [
    "nas: CPU 12 % · mem 61 % · disk 44 % · 58 °C",
  ]);
});

Deno.test("charts: a datastore's forecast goes straight to the day on which it is full", () => {
  const usage = {
    ...{ store: "main", total: 100, used: 90, history: [0.5, null, 0.7] },
    "history-start": NOW / 1000 - 7200,
    "history-delta": 3600,
    "estimated-full-date": NOW / 1000 + 10 * 86_400,
  };
  const [panel] = datastoreChart(datastoreUsages.parse([usage, { store: "usb" }]), NOW)!.panels;
  assertEquals(panel?.points.map(({ value }) => value), [50, 70]);
  assertEquals(panel?.forecast, [{ at: NOW, value: 90 }, { at: NOW + 240 * HOUR, value: 100 }]);
  assertEquals(panel?.note, "90 %, full in 10 d");
});

Deno.test("charts: a full date in the past means never, and no forecast", () => {
  const usage = { store: "main", total: 100, used: 10, history: [0.1], "history-start": 1 };
  const made = datastoreChart(
    [{ ...usage, "history-delta": 1, "estimated-full-date": 0 }],
    NOW,
  );
  assertEquals(made?.panels[0]?.forecast, undefined);
  assertEquals(made?.panels[0]?.note, "10 %");
});

Deno.test("charts: the curve breaks where values are missing", () => {
  const at = (hours: number) => ({ at: NOW - hours * HOUR, value: 50 });
  const svg = chartSvg(chart({ points: [at(9), at(8), at(7), at(3), at(2)] }));
  assertEquals(svg.match(/<polyline/g)?.length, 2);
});

Deno.test("charts: a name cannot become markup, and what the font lacks is marked", () => {
  const svg = chartSvg({ ...chart(), title: '<a href="x">&名\ud800' });
  assertStringIncludes(svg, "&lt;a href=&quot;x&quot;&gt;&amp;??");
});

Deno.test("charts: a picture is a PNG with a ground of its own", async () => {
  const points = [{ at: NOW - HOUR, value: 20 }, { at: NOW, value: 120 }];
  const bytes = await drawChart(chart({ points }));
  assertEquals([...bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  assertEquals(new DataView(bytes.buffer, bytes.byteOffset).getUint32(16), 900);
  assert(bytes.length < 200_000);
  assertMatch(chartSvg(chart({ points })), /<rect width="900" height="\d+" fill="#18212e"\/>/);
});

Deno.test("charts: the day of the system that is exactly named is asked of the hub, by its id", async () => {
  const systems = [{ id: "b2", name: "nas-backup" }, { id: "a1", name: "NAS" }];
  const written = day({ cpu: 5, mp: 6, dp: 7 }).map(({ created, stats }) => ({
    created: new Date(created).toISOString().replace("T", " "),
    stats,
  }));
  await using sim = startBeszelSim({ systems, system_stats: written });
  const settings = { url: sim.url, email: "bot@lan.example", password_file: "beszel" };
  const hub = new BeszelHub(settings, outside({ readTextFile: () => Promise.resolve("p") }));
  const made = await beszelChart(hub, NOW, NEVER, "nas");
  assertEquals([made?.title, made?.panels.length], ["NAS · 24 hours", 3]);
  const asked = sim.requests.filter((request) => request.startsWith("GET"));
  assertEquals(asked.length, 2);
  assertStringIncludes(decodeURIComponent(asked[1]!), "system='a1' && type='20m'");
  assertEquals(await beszelChart(hub, NOW, NEVER, "none"), null);
});
