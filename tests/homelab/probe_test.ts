import { assert, assertEquals } from "@std/assert";
import { bounded } from "../../lib/homelab/probe.ts";
import { ServiceError } from "../../lib/homelab/http/client.ts";
import { createHomelab, type Report } from "../../lib/homelab/mod.ts";
import { fakeClock } from "../fake_clock.ts";
import { recording, startHomelab } from "../sim/homelab/homelab.ts";
import { NEVER, outside } from "./outside.ts";

const probe = (check: () => Promise<Report>) => bounded({ title: "Kuma", check }, fakeClock());

Deno.test("probes: one that heeds no deadline ends within 5 s all the same", async () => {
  const clock = fakeClock();
  const stuck = {
    name: "kuma",
    title: "Kuma",
    check: () => new Promise<Report>(() => {}),
  } as const;
  const told = bounded(stuck, clock).check(NEVER);
  await clock.advance(4_500);
  const { level, summary } = await told;
  assertEquals([level, summary], ["bad", "did not answer within 4.5 s"]);
  assertEquals(clock.timers, 0);
});

Deno.test("probes: who does not answer is bad; who cannot be understood is unknown", async () => {
  const levels = await Promise.all(
    (["unreachable", "late", "trust", "refused", "answer"] as const).map(async (trouble) => {
      const { level, rows } = await probe(() => Promise.reject(new ServiceError(trouble, "x")))
        .check(NEVER);
      const down = level === "bad" ? { down: true as const } : {};
      assertEquals(rows, [{ level, name: "Kuma", text: "x", service: true, ...down }]);
      return level;
    }),
  );
  assertEquals(levels, ["bad", "bad", "unknown", "unknown", "unknown"]);
});

Deno.test("probes: what nobody foresaw is told without its words, which may hold anything", async () => {
  const { level, summary } = await probe(() => Promise.reject(new TypeError("secret"))).check(
    NEVER,
  );
  assertEquals([level, summary], [
    "unknown",
    "could not be looked at; the log of Switchboard says why",
  ]);
});

Deno.test("homelab: only what is configured has a probe, in the order in which people look", () => {
  const service = { url: "http://127.0.0.1:1", token_file: "t" };
  const all = {
    ping: { hosts: ["a"] },
    kuma: { url: "http://127.0.0.1:1", status_page: "home" },
    beszel: { url: "http://127.0.0.1:1", email: "e", password_file: "p" },
    pve: service,
    pbs: { ...service, late_hours: {} },
  };
  const names = (settings: Parameters<typeof createHomelab>[0]) => [
    ...createHomelab(settings, outside()).probes.keys(),
  ];
  assertEquals(names({}), []);
  assertEquals(names(all), ["pbs", "backups", "pve", "beszel", "kuma", "ping"]);
});

Deno.test("homelab: /status takes as long as its slowest probe, and not as all of them together", async () => {
  const slow = 250;
  await using kuma = startHomelab({ routes: { "/metrics": recording("kuma-2.5.3/metrics.txt") } });
  await using beszel = startHomelab({ routes: {} });
  kuma.misbehave("/metrics", { kind: "slow", ms: slow });
  beszel.misbehave("/", { kind: "slow", ms: slow - 50 });
  const settings = {
    kuma: { url: kuma.url, api_key_file: "key" },
    beszel: { url: beszel.url, email: "e", password_file: "key" },
    ping: { hosts: ["10.0.0.1"] },
  };
  const homelab = createHomelab(settings, outside({ readTextFile: () => Promise.resolve("k") }));
  await homelab.status(NEVER); // What is compiled and opened once is not what is measured.
  const before = performance.now();
  const reports = await homelab.status(NEVER);
  const ms = performance.now() - before;
  assertEquals(reports.map(({ title }) => title), ["Beszel", "Uptime Kuma", "Ping"]);
  assert(ms >= slow && ms < 2 * slow - 50, `${ms} ms`);
});
