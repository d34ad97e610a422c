import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { parseMetrics, viewOfMetrics } from "../../../lib/homelab/kuma/metrics.ts";
import { createKuma } from "../../../lib/homelab/kuma/probe.ts";
import { ServiceError } from "../../../lib/homelab/http/client.ts";
import { bounded } from "../../../lib/homelab/probe.ts";
import type { Level } from "../../../lib/level.ts";
import type { Report } from "../../../lib/homelab/report.ts";
import { isBlind } from "../../../lib/schedule/observations.ts";
import { fakeClock } from "../../fake_clock.ts";
import { type Beat, KumaSim } from "../../sim/homelab/kuma.ts";
import { type HomelabSim, recording, startHomelab } from "../../sim/homelab/homelab.ts";
import { NEVER, outside, THEN } from "../outside.ts";

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
    "3 down: Nextcloud, Closed port, Nightly job · 1 pending: Retrying · " +
      "1 with a certificate to renew: Short cert · 8 of 13 up · 1 in maintenance",
  );
  assertEquals(rowOf(report, "Nextcloud"), "bad down");
  assertEquals(rowOf(report, "Retrying"), "warn fails and is tried again");
  assertEquals(rowOf(report, "Under maintenance"), "unknown in maintenance");
  assertEquals(rowOf(report, "Vaultwarden"), "ok 803 ms · 24 h 100 %");
  assertEquals(rowOf(report, "Loopback ping"), "ok < 1 ms · 24 h 100 %");
  assertEquals(rowOf(report, "Short cert"), "warn certificate 4 d · 6 ms · 24 h 100 %");
  assertEquals(rowOf(report, "Proxy TLS"), "ok 6 ms · 24 h 100 % · certificate 89 d");
  assert(report.rows.find(({ name }) => name === "Servers")?.detail);
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
  assertEquals(report.summary, "1 of 1 up · 12 not reported");
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

Deno.test("kuma: a name that no monitor has is no good news", async () => {
  await using kuma = startHomelab({ routes: { "/metrics": () => new Response(METRICS) } });
  const report = await kumaAt(kuma.url).check(NEVER, "nosuch");
  assertEquals([report.level, report.summary], ["unknown", "nothing here is named 'nosuch'"]);
});

const TWO_SERIES = recording("kuma-2.5.3/metrics-push-two-series.txt");
const TAKEN: Record<string, unknown> = JSON.parse(
  recording("kuma-2.5.3/status-page-paused-and-group.json"),
);

/** When those two were recorded. */
const MORNING = { clock: { ...outside().clock, now: () => Date.parse("2026-11-27T11:25:10Z") } };

Deno.test("kuma: a push monitor that was tagged while it ran is down when one of its series says so", async () => {
  await using kuma = kumaWith(TWO_SERIES);
  const report = await kumaAt(kuma.url).check(NEVER);
  assertMatch(rowOf(report, "Push me")!, /^bad down; Kuma's metrics say up, too/);
  assertEquals(report.rows.filter(({ key }) => key === "monitor 25").length, 1);
});

Deno.test("kuma: a monitor that has Kuma's name is a monitor", async () => {
  await using kuma = kumaWith(TWO_SERIES);
  const report = await kumaAt(kuma.url, MORNING).check(NEVER);
  const named = report.rows.filter(({ name }) => name === "Uptime Kuma");
  assertEquals(named.map(({ key, service, down }) => [key, service, down]), [
    ["monitor 18", undefined, true],
  ]);
  assertEquals(isBlind({ ...report, rows: named }), false);
});

/** What Kuma's own page showed when it was recorded, in both modes. */
const SHOWN: Readonly<Record<string, string>> = {
  ...{ "Web up": "ok", "Web down": "bad", "TCP open": "ok", "Upside down": "ok" },
  ...{ "In maintenance": "unknown", "Group member down": "bad", "Group member up": "ok" },
  ...{ "Uptime Kuma": "bad", "version": "bad", "incident: x": "ok", "Push me": "bad" },
};

Deno.test("kuma: metrics and status page agree with what Kuma showed, monitor by monitor", async () => {
  const { "/api/status-page/SLUG": page, "/api/status-page/heartbeat/SLUG": beats } = TAKEN;
  await using kuma = startHomelab({
    routes: {
      "/metrics": TWO_SERIES,
      "/api/status-page/home": { json: page },
      "/api/status-page/heartbeat/home": { json: beats },
    },
  });
  const byPage = createKuma({ url: kuma.url, status_page: "home" }, outside(MORNING));
  for (const probe of [kumaAt(kuma.url, MORNING), byPage]) {
    const { rows } = await probe.check(NEVER);
    for (const [name, level] of Object.entries(SHOWN)) {
      assertEquals([name, rows.find((row) => row.name === name)?.level], [name, level]);
    }
  }
  const report = await byPage.check(NEVER);
  assertEquals(rowOf(report, "Paused one"), "unknown not checked for 22 min: probably paused");
  assertMatch(report.summary, / · \d+ of 27 up · .* · 1 not checked$/);
});

Deno.test("kuma: a group says only what no monitor here says", async () => {
  const kuma = new KumaSim(THEN);
  const [group, member] = [kuma.add("Servers", "group"), kuma.add("nas")];
  const look = async (groupState: Beat, memberState: Beat | null) => {
    kuma.check(group, groupState);
    if (memberState !== null) kuma.check(member, memberState);
    await using server = startHomelab({ routes: kuma.routes() });
    const { rows, summary } = await kumaAt(server.url).check(NEVER);
    const row = rows.find(({ name }) => name === "Servers")!;
    return [row.level, row.detail ?? false, summary];
  };
  assertEquals(await look(1, null), ["ok", false, "1 of 1 up"]);
  assertEquals(await look(1, 1), ["ok", true, "1 of 1 up"]);
  assertEquals(await look(0, 1), ["bad", false, "1 down: Servers · 1 of 2 up"]);
  assertEquals(await look(0, 0), ["unknown", true, "1 down: nas · 0 of 1 up"]);
  assertEquals(await look(2, 0), ["unknown", true, "1 down: nas · 0 of 1 up"]);
});

Deno.test("kuma: every state that Kuma knows has its level, and any other is not known", async () => {
  // DOWN, UP, PENDING, MAINTENANCE in src/util of 1.21 to 2.5.3.
  const levels: readonly Level[] = [
    ...["bad", "ok", "warn"] as const,
    ...["unknown", "unknown", "unknown", "unknown"] as const,
  ];
  for (const [index, value] of ["0", "1", "2", "3", "4", "Nan", "-1"].entries()) {
    const page = `monitor_status{monitor_id="1",monitor_name="x",monitor_type="http"} ${value}`;
    await using kuma = kumaWith(page);
    assertEquals([value, (await kumaAt(kuma.url).check(NEVER)).level], [value, levels[index]]);
  }
});

Deno.test("kuma: a monitor of which the page has no beat is not well, and not left out", async () => {
  const kuma = new KumaSim(THEN);
  kuma.check(kuma.add("web"), 1);
  kuma.add("new", "push");
  await using server = startHomelab({ routes: kuma.routes() });
  const report = await createKuma({ url: server.url, status_page: "home" }, outside()).check(NEVER);
  assertEquals(rowOf(report, "new"), "unknown Kuma says neither up nor down: not checked yet");
  assertEquals([report.level, report.summary], ["unknown", "1 of 2 up · 1 not checked"]);
});

Deno.test("kuma: who asks for a page that is not there gets the hint within the check's time", async () => {
  const clock = fakeClock(THEN);
  await using kuma = startHomelab({
    routes: {
      "/api/status-page/heartbeat/gone": { json: { heartbeatList: {}, uptimeList: {} } },
      "/api/status-page/none": () =>
        Response.json({ status: "fail", msg: "Status Page Not Found" }, { status: 404 }),
      "/api/status-page/heartbeat/none": { json: { heartbeatList: {}, uptimeList: {} } },
    },
  });
  kuma.misbehave("/api/status-page/gone", { kind: "hang" }); // As 1.23 does.
  const at = (status_page: string) =>
    bounded(createKuma({ url: kuma.url, status_page }, outside({ clock })), clock).check(NEVER);
  const gone = at("gone");
  while (kuma.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(4_400);
  assertMatch((await gone).summary, /^probably has no status page 'gone'; a page's name is/);
  assertMatch((await at("none")).summary, /^has no status page 'none'; a page's name is/);
});
