import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { parseMetrics } from "../../lib/homelab/kuma_metrics.ts";
import { createKuma } from "../../lib/homelab/kuma.ts";
import { viewOfMetrics } from "../../lib/homelab/kuma_monitors.ts";
import { ServiceError } from "../../lib/homelab/http.ts";
import type { Report } from "../../lib/homelab/report.ts";
import { type HomelabSim, recording, startHomelab } from "../sim/homelab/homelab.ts";
import { NEVER, outside, THEN } from "./outside.ts";

const METRICS = recording("kuma-2.5.3/metrics.txt");
const KEY = "uk1_secret";
const authorization = `Basic ${btoa(`:${KEY}`)}`;

const kumaAt = (url: string, world = {}) =>
  createKuma(
    { url, api_key_file: "kuma-key" },
    outside({ readTextFile: () => Promise.resolve(`${KEY}\n`), ...world }),
  );

const rowOf = ({ rows }: Report, name: string) => {
  const row = rows.find((each) => each.name === name);
  return row && `${row.level} ${row.text}`;
};

function kumaWith(page: string): HomelabSim {
  return startHomelab({ routes: { "/metrics": page }, authorization });
}

Deno.test("kuma: names with quotes, braces and backslashes are read as they are", () => {
  const names = viewOfMetrics(METRICS).monitors.map(({ name }) => name);
  assert(names.includes(`Bob's "NAS" \\ æøå 🏠 {x="y"}`));
  assertEquals(parseMetrics('a{b="x\\ny",c=""} +Inf\nd -1 1700000000\n# e 1\nnonsense'), [
    { name: "a", labels: { b: "x\ny", c: "" }, value: Infinity },
    { name: "d", labels: {}, value: -1 },
  ]);
});

Deno.test("kuma: up, down, pending, maintenance, certificates and uptime are told; groups are not", async () => {
  await using kuma = kumaWith(METRICS);
  const report = await kumaAt(kuma.url).check(NEVER);
  assertEquals(report.level, "bad");
  assertEquals(
    report.summary,
    "8 of 13 up, 3 down, 1 pending, 1 in maintenance: Nextcloud, Closed port, Nightly job",
  );
  assertEquals(rowOf(report, "Nextcloud"), "bad down");
  assertEquals(rowOf(report, "Retrying"), "warn fails and is tried again");
  assertEquals(rowOf(report, "Under maintenance"), "ok in maintenance");
  assertEquals(rowOf(report, "Vaultwarden"), "ok 803 ms · 24 h 100 %");
  assertEquals(rowOf(report, "Loopback ping"), "ok < 1 ms · 24 h 100 %");
  assertEquals(rowOf(report, "Short cert"), "warn certificate 4 d · 6 ms · 24 h 100 %");
  assertEquals(rowOf(report, "Proxy TLS"), "ok 6 ms · 24 h 100 % · certificate 89 d");
  assertEquals(rowOf(report, "Servers"), undefined);
});

Deno.test("kuma: a name narrows the report", async () => {
  await using kuma = kumaWith(METRICS);
  const report = await kumaAt(kuma.url).check(NEVER, "NAS");
  assertEquals(report.rows.filter(({ detail }) => !detail).length, 1);
  assertEquals([report.level, report.summary], ["ok", "1 of 1 up"]);
});

Deno.test("kuma: 1.23 has no ids; two monitors of one name stay two", async () => {
  const old = METRICS.replace(/monitor_id="\d+",/g, "").replaceAll("Jellyfin", "SSH gateway");
  await using kuma = kumaWith(old);
  const report = await kumaAt(kuma.url).check(NEVER, "SSH gateway");
  assertEquals(report.rows.filter(({ detail }) => !detail).map(({ name }) => name), [
    "SSH gateway",
    "SSH gateway (2)",
  ]);
});

Deno.test("kuma: an uptime just below the whole is not rounded up to it", () => {
  const page = METRICS.replace(/(Jellyfin".*window="1d"}) 1$/m, "$1 0.99996");
  assertEquals(
    viewOfMetrics(page).monitors.find(({ name }) => name === "Jellyfin")?.uptimeDay,
    0.99996,
  );
});

Deno.test("kuma: right after its restart it says so, and what it knew before is missed, not well", async () => {
  let page = METRICS;
  let now = THEN;
  await using kuma = startHomelab({ routes: { "/metrics": () => new Response(page) } });
  const probe = kumaAt(kuma.url, { clock: { ...outside().clock, now: () => now } });
  await probe.check(NEVER);
  now += 60_000;
  const restarted = `process_start_time_seconds ${now / 1000 - 20}`;
  page = METRICS.replace(/^process_start_time_seconds .*$/m, restarted)
    .split("\n").filter((line) => !/^monitor_/.test(line) || line.includes("Jellyfin")).join("\n");
  const report = await probe.check(NEVER);
  assertMatch(rowOf(report, "Uptime Kuma")!, /^ok started under 1 min ago: what has not been/);
  assertMatch(rowOf(report, "Nextcloud")!, /^unknown not reported now/);
  assertEquals(report.summary, "1 of 1 up, 12 not reported");
  page = METRICS;
  now += 10 * 60_000;
  const later = await probe.check(NEVER);
  assertEquals(rowOf(later, "Nextcloud"), "bad down");
  page = page.replace(/^(monitor_status.*"Nextcloud".*) 0$/m, "$1 1");
  await probe.check(NEVER);
  page = METRICS;
  now += 60_000;
  await probe.check(NEVER);
  now += 5 * 60_000;
  assertEquals(rowOf(await probe.check(NEVER), "Nextcloud"), "bad down for 5 min");
});

Deno.test("kuma: one without any monitor is not well", async () => {
  await using kuma = kumaWith(recording("kuma-2.5.3/metrics-no-monitors.txt"));
  const report = await kumaAt(kuma.url).check(NEVER);
  assertEquals(report.level, "unknown");
  assertMatch(rowOf(report, "Uptime Kuma")!, /reports no monitor/);
});

Deno.test("kuma: a key that is refused says what a first key changes, and is not shown", async () => {
  await using kuma = startHomelab({ routes: { "/metrics": METRICS }, authorization: "another" });
  const error = await assertRejects(() => kumaAt(kuma.url).check(NEVER), ServiceError);
  assertStringIncludes(error.message, "a user's password is not accepted once a key exists");
  assert(!error.message.includes(KEY));
  const login = btoa(`:${KEY}`);
  kuma.misbehave("/metrics", { kind: "status", status: 500, text: `bad ${login} ${KEY}` });
  const other = await assertRejects(() => kumaAt(kuma.url).check(NEVER), ServiceError);
  assertEquals(other.message, "answered with status 500: bad [redacted] [redacted]");
});

/** A world a moment after the status page was recorded. */
const recorded = () => outside({ clock: { ...outside().clock, now: () => RECORDED } });
const RECORDED = Date.parse("2026-11-20T17:45:00Z");

const PAGE = {
  "/api/status-page/home": recording("kuma-2.5.3/status-page-home.json"),
  "/api/status-page/heartbeat/home": recording("kuma-2.5.3/status-page-heartbeat-home.json"),
};

Deno.test("kuma: without a key the status page tells, with its incidents", async () => {
  await using kuma = startHomelab({ routes: PAGE });
  const probe = createKuma({ url: kuma.url, status_page: "home" }, recorded());
  const report = await probe.check(NEVER);
  assertEquals(rowOf(report, "Nextcloud"), "bad down");
  assertMatch(rowOf(report, "Vaultwarden")!, /^ok 803 ms/);
  assertEquals(rowOf(report, "incident: Disk swap"), "warn ");
});

Deno.test("kuma: what a status page shows of a paused monitor is known to be old", async () => {
  const heartbeats = JSON.parse(PAGE["/api/status-page/heartbeat/home"]);
  heartbeats.heartbeatList["13"] = [{ status: 1, time: "2026-11-20 14:44:36.000", ping: 3 }];
  const path = "/api/status-page/heartbeat/home";
  await using kuma = startHomelab({ routes: { ...PAGE, [path]: { json: heartbeats } } });
  const report = await createKuma({ url: kuma.url, status_page: "home" }, recorded()).check(NEVER);
  assertEquals(
    rowOf(report, "Old box (paused)"),
    "unknown not checked for 3 h: probably paused",
  );
});

Deno.test("kuma: the one incident of older versions is told too", async () => {
  const page = JSON.parse(PAGE["/api/status-page/home"]);
  page.incident = { title: "Old style" };
  delete page.incidents;
  await using kuma = startHomelab({ routes: { ...PAGE, "/api/status-page/home": { json: page } } });
  const report = await createKuma({ url: kuma.url, status_page: "home" }, outside()).check(NEVER);
  assertEquals(rowOf(report, "incident: Old style"), "warn ");
});

Deno.test("kuma: a status page that does not exist never answers in 1.x, and is asked about", async () => {
  await using kuma = startHomelab({
    routes: { ...PAGE, "/api/status-page/heartbeat/gone": { json: {} } },
  });
  kuma.misbehave("/api/status-page/gone", { kind: "hang" });
  const probe = createKuma({ url: kuma.url, status_page: "gone" }, outside());
  const error = await assertRejects(() => probe.check(AbortSignal.timeout(50)), ServiceError);
  assertMatch(error.message, /is there a status page 'gone'\?/);
});

Deno.test("kuma: a name that no monitor has is no good news", async () => {
  await using kuma = startHomelab({ routes: { "/metrics": () => new Response(METRICS) } });
  const report = await kumaAt(kuma.url).check(NEVER, "nosuch");
  assertEquals([report.level, report.summary], ["unknown", "nothing here is named 'nosuch'"]);
});
