/**
 * Switchboard against a real Uptime Kuma. `KUMA_DIR` is a directory of its sources, of 2.5 or later,
 * with their packages (`npm ci --omit=dev`); without it there is nothing to test.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { createHomelab, type Row } from "../../lib/homelab/mod.ts";
import type { Level } from "../../lib/level.ts";
import { NEVER, outside } from "../homelab/outside.ts";
import { KumaServer } from "./server.ts";

const DIRECTORY = Deno.env.get("KUMA_DIR");

/** By the status that Kuma shows; null is a paused monitor. */
const LEVELS: ReadonlyMap<number | null, Level> = new Map([
  ...([[0, "bad"], [1, "ok"], [2, "warn"], [3, "ok"]] as const),
  [null, "unknown"],
]);

const TOKEN = "a".repeat(32);
const STEADY = "b".repeat(32);

Deno.test({
  name: "real kuma: both modes agree with it, monitor by monitor",
  ignore: DIRECTORY === undefined,
  async fn() {
    await using web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => new Response("hello", { status: request.url.endsWith("/fail") ? 500 : 200 }),
    );
    const base = `http://127.0.0.1:${web.addr.port}`;
    await using kuma = await KumaServer.open(DIRECTORY!);
    // Kuma knows a tag in its metrics from its next start on.
    const role = await kuma.socket.call<{ tag: { id: number } }>("addTag", {
      ...{ name: "role", color: "#059669" },
    });
    await kuma.restart();
    const [ok, fail] = [{ url: `${base}/ok` }, { url: `${base}/fail` }];
    const push = (pushToken: string) => ({ type: "push", pushToken, url: null });
    const group = await kuma.add("Servers", { type: "group", url: null });
    const tagged = await kuma.add("Nightly job", push(TOKEN));
    const paused = await kuma.add("Old box", ok);
    const maintained = await kuma.add("Being repaired", fail);
    const ids = new Map<string, number>([
      ["Servers", group],
      ["Nightly job", tagged],
      ["Old box", paused],
      ["Being repaired", maintained],
      ["Steady job", await kuma.add("Steady job", push(STEADY))],
      ["Web", await kuma.add("Web", ok)],
      ["Uptime Kuma", await kuma.add("Uptime Kuma", fail)],
      ["Retrying", await kuma.add("Retrying", { ...fail, maxretries: 100 })],
      ["Upside down", await kuma.add("Upside down", { ...fail, upsideDown: true })],
      ["In the group, up", await kuma.add("In the group, up", { ...ok, parent: group })],
      ["In the group, down", await kuma.add("In the group, down", { ...fail, parent: group })],
      ["version", await kuma.add("version", fail)],
      [`Bob's "NAS" \\ {x="y"}`, await kuma.add(`Bob's "NAS" \\ {x="y"}`, ok)],
    ]);
    await maintain(kuma, maintained);
    await page(kuma, [...ids.values()]);
    const { key } = await kuma.socket.call<{ key: string }>("addAPIKey", {
      ...{ name: "switchboard", expires: null, active: true },
    });
    const pushed = async (token: string) => {
      const response = await fetch(`${kuma.url}/api/push/${token}?status=up&msg=OK&ping=5`);
      assertEquals(await response.json(), { ok: true });
    };
    const [byKey, byPage] = probes(kuma.url, key);
    assert((await byKey.check(NEVER)).rows.length > 0);
    await kuma.socket.call("pauseMonitor", paused);
    // The job misses its time; then it is tagged, comes once, and misses it again.
    await until(async () => await kuma.shows(tagged) === 0, 60_000);
    await kuma.socket.call("addMonitorTag", role.tag.id, tagged, "x");
    await pushed(TOKEN);
    assertEquals(await kuma.shows(tagged), 1);
    const steady = setInterval(() => void pushed(STEADY), 5_000);
    try {
      await until(async () => await kuma.shows(tagged) === 0, 60_000);
      await until(async () => await kuma.shows(group) === 0, 60_000);
      const metrics = await byKey.check(NEVER);
      const shown = await byPage.check(NEVER);
      for (const [name, id] of ids) {
        const state = await kuma.shows(id);
        if (id === paused) {
          assertEquals(state, null);
          assertEquals(levelOf(metrics.rows, id), "unknown");
          continue;
        }
        // What its members say, a group does not say again.
        const level = id === group ? "unknown" : LEVELS.get(state);
        assertEquals([name, levelOf(metrics.rows, id)], [name, level], "by key");
        assertEquals([name, levelOf(shown.rows, id)], [name, level], "by page");
      }
      const job = metrics.rows.find(({ key }) => key === `monitor ${tagged}`);
      assertMatch(job?.text ?? "", /^down.*; Kuma's metrics say up, too/);
    } finally {
      clearInterval(steady);
    }
    await pauseTagged(kuma, tagged, byKey);
    await tagAnew(kuma, ids.get("Web")!, byKey);
    const none = createHomelab({ kuma: { url: kuma.url, status_page: "none" } }, world(key));
    const { summary } = await none.probes.get("kuma")!.check(NEVER);
    assertMatch(summary, /^has no status page 'none'/);
  },
});

const levelOf = (rows: readonly Row[], id: number) =>
  rows.find(({ key }) => key === `monitor ${id}`)?.level;

/** What its pushes left in the metrics is not believed when the job is paused. */
async function pauseTagged(
  kuma: KumaServer,
  tagged: number,
  byKey: ReturnType<typeof probes>[0],
): Promise<void> {
  await kuma.socket.call("pauseMonitor", tagged);
  const metrics = await byKey.check(NEVER);
  const row = metrics.rows.find(({ key }) => key === `monitor ${tagged}`);
  assertMatch(row?.text ?? "", /^paused or changed: Kuma's metrics keep up/);
}

/** A monitor with a tag that is newer than Kuma's start has no metrics once it has begun again. */
async function tagAnew(
  kuma: KumaServer,
  web: number,
  byKey: ReturnType<typeof probes>[0],
): Promise<void> {
  const { tag } = await kuma.socket.call<{ tag: { id: number } }>("addTag", {
    ...{ name: "fresh", color: "#059669" },
  });
  await kuma.socket.call("addMonitorTag", tag.id, web, "");
  await kuma.socket.call("pauseMonitor", web);
  await kuma.socket.call("resumeMonitor", web);
  await until(async () => await kuma.shows(web) === 1, 10_000);
  const row = (await byKey.check(NEVER)).rows.find(({ key }) => key === `monitor ${web}`);
  assertMatch(row?.text ?? "", /^not reported now: .* a new tag wants it restarted$/);
}

const world = (key: string) =>
  outside({ clock: systemClock, readTextFile: () => Promise.resolve(key) });

function probes(url: string, key: string) {
  const of = (settings: { api_key_file: string } | { status_page: string }) =>
    createHomelab({ kuma: { url, ...settings } }, world(key)).probes.get("kuma")!;
  return [of({ api_key_file: "key" }), of({ status_page: "home" })] as const;
}

async function maintain({ socket }: KumaServer, id: number): Promise<void> {
  const { maintenanceID } = await socket.call("addMaintenance", {
    ...{ title: "Repair", description: "", strategy: "manual", active: true, intervalDay: 1 },
    ...{ dateRange: [null, null], timeRange: [{ hours: 2, minutes: 0 }, { hours: 3, minutes: 0 }] },
    ...{ weekdays: [], daysOfMonth: [], timezoneOption: "UTC" },
  });
  await socket.call("addMonitorMaintenance", maintenanceID, [{ id }]);
}

async function page({ socket }: KumaServer, ids: readonly number[]): Promise<void> {
  await socket.call("addStatusPage", "Home", "home");
  const config = {
    ...{ slug: "home", title: "Home", description: null, autoRefreshInterval: 300, theme: "auto" },
    ...{ showTags: false, footerText: null, customCSS: "", showPoweredBy: true, rssTitle: null },
    ...{ showOnlyLastHeartbeat: false, showCertificateExpiry: true, domainNameList: [] },
    ...{ analyticsId: null, analyticsScriptUrl: null, analyticsType: null },
  };
  const monitorList = ids.map((id) => ({ id, sendUrl: false }));
  await socket.call("saveStatusPage", "home", config, "/icon.svg", [{ name: "All", monitorList }]);
}

async function until(is: () => Promise<boolean>, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!await is()) {
    if (Date.now() > end) throw new Error(`Not within ${ms / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
