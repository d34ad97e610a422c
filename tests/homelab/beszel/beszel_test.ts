import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createBeszel } from "../../../lib/homelab/beszel/probe.ts";
import { STATUSES } from "../../../lib/homelab/beszel/rows.ts";
import { bounded } from "../../../lib/homelab/probe.ts";
import { ServiceError } from "../../../lib/homelab/http/client.ts";
import type { Report } from "../../../lib/homelab/report.ts";
import { type Records, startBeszelSim } from "../../sim/homelab/beszel.ts";
import { recording, startHomelab } from "../../sim/homelab/homelab.ts";
import { NEVER, outside, THEN } from "../outside.ts";

const LOGIN = "/api/collections/users/auth-with-password";
const SYSTEMS = "/api/collections/systems/records";
const ALERTS = "/api/collections/alerts/records";
const DISKS = "/api/collections/smart_devices/records";
const EMPTY = recording("beszel/list-empty-when-token-expired-200.json");

const tokenUntil = (ms: number) => `x.${btoa(JSON.stringify({ exp: ms / 1000 }))}.y${ms}`;

/** A hub that gives its lists to who has the newest token, and else, like PocketBase, nothing. */
function hub(tokens: string[] = [tokenUntil(THEN + 3_600_000)]) {
  let [valid, given] = ["", 0];
  const page = (text: string) => (request: Request) =>
    new Response(request.headers.get("authorization") === valid ? text : EMPTY);
  const sim = startHomelab({
    routes: {
      [LOGIN]: () => {
        valid = tokens[Math.min(given++, tokens.length - 1)]!;
        return Response.json({ token: valid, record: {} });
      },
      [SYSTEMS]: page(recording("beszel/systems-records.json")),
      [ALERTS]: page(recording("beszel/alerts-records.json")),
      [DISKS]: page(recording("beszel/smart_devices-records.json")),
    },
  });
  return Object.assign(sim, {
    expire: () => void (valid = "another"),
    logins: () => sim.requests.filter((request) => request.startsWith("POST")).length,
  });
}

const PASSWORD = "p4ss word";

const beszelAt = (url: string, world = {}) =>
  createBeszel(
    { url, email: "bot@lan.example", password_file: "beszel" },
    outside({ readTextFile: () => Promise.resolve(`${PASSWORD}\n`), ...world }),
  );

const rowOf = ({ rows }: Report, name: string) => {
  const row = rows.find((each) => each.name === name);
  return row && `${row.level} ${row.text}`;
};

Deno.test("beszel: each system has its row: what stands out first, alerts before values", async () => {
  await using sim = hub();
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(
    rowOf(report, "nas"),
    "warn CPU 94 % · RAM 92 % · disk 67 % · 71 °C",
  );
  assertEquals(
    rowOf(report, "pve"),
    "warn backup 93 % · 1 service failed · CPU 12 % · RAM 61 % · disk 44 % · 59 °C",
  );
  assertEquals(rowOf(report, "nas · CPU alert"), "warn over 80 %");
  assertEquals(rowOf(report, "pve · Disk alert"), "warn over 90 %");
  assertEquals(rowOf(report, "mgmt (LXC)"), "ok CPU 0 % · RAM 23 % · disk 32 %");
  assertEquals(
    rowOf(report, "pve, more"),
    "ok up 22 d · load 0.91 0.84 0.7 · tank 81 % · backup 93 % · agent 0.18.8",
  );
  assertEquals(report.level, "bad");
  assertEquals(
    report.summary,
    "1 down: old-pi · 2 to look at: pve, nas · 3 of 6 up · 1 paused · 1 pending",
  );
});

Deno.test("beszel: of a system that is down or paused no old values are shown", async () => {
  await using sim = hub();
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(rowOf(report, "old-pi"), "bad down for 4 h");
  assertEquals(rowOf(report, "laptop"), "unknown paused for 3 d");
  assertEquals(rowOf(report, "brand-new"), "unknown has not reported yet");
  const rows = report.rows.filter(({ key, name }) =>
    key?.startsWith("system") && /^(old-pi|laptop|brand-new)/.test(name)
  );
  assertEquals(rows.length, 3);
});

Deno.test("beszel: a name narrows it down", async () => {
  await using sim = hub();
  const report = await beszelAt(sim.url).check(NEVER, "LXC");
  assertEquals([report.level, report.summary, report.rows.length], ["ok", "1 of 1 up", 3]);
});

Deno.test("beszel: the number of threads is no temperature; a load of old agents is read", async () => {
  const page = JSON.parse(recording("beszel/systems-records.json"));
  page.items = [{ ...page.items[0], info: { t: 97, cpu: 1, mp: 2, dp: 3, l1: 1, l5: 2, l15: 3 } }];
  page.totalItems = 1;
  await using sim = startHomelab({
    routes: { [LOGIN]: { json: { token: "t" } }, [SYSTEMS]: { json: page }, [ALERTS]: EMPTY },
  });
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(rowOf(report, "pve"), "ok CPU 1 % · RAM 2 % · disk 3 %");
  assertEquals(rowOf(report, "pve, more"), "ok load 1 2 3");
});

Deno.test("beszel: one login serves many checks, until shortly before its end", async () => {
  await using sim = hub([tokenUntil(THEN + 120_000), tokenUntil(THEN + 600_000)]);
  let now = THEN;
  const probe = beszelAt(sim.url, { clock: { ...outside().clock, now: () => now } });
  await probe.check(NEVER);
  await probe.check(NEVER);
  assertEquals(sim.logins(), 1);
  now += 61_000;
  await probe.check(NEVER);
  assertEquals(sim.logins(), 2);
});

Deno.test("beszel: a check and a picture at the same time log in once", async () => {
  await using sim = hub();
  const probe = beszelAt(sim.url);
  await Promise.all([probe.check(NEVER), probe.chart?.(NEVER, "nas")]);
  assertEquals(sim.logins(), 1);
});

Deno.test("beszel: an expired token, answered with 200 and nothing, is noticed and renewed", async () => {
  await using sim = hub();
  const probe = beszelAt(sim.url);
  await probe.check(NEVER);
  sim.expire();
  const report = await probe.check(NEVER);
  assertEquals(sim.logins(), 2);
  assertStringIncludes(report.summary, "3 of 6 up");
});

Deno.test("beszel: a user who may see nothing is told what to do, after one login alone", async () => {
  await using sim = startHomelab({
    routes: { [LOGIN]: { json: { token: "t" } }, [SYSTEMS]: EMPTY, [ALERTS]: EMPTY },
  });
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(report.level, "unknown");
  assertMatch(report.summary, /no systems to bot@lan\.example: .*SHARE_ALL_SYSTEMS/);
  assertEquals(sim.requests.filter((request) => request.startsWith("POST")).length, 1);
});

Deno.test("beszel: alerts are those of its own user, which is said where there are none", async () => {
  const systems = recording("beszel/systems-records.json");
  await using sim = startHomelab({
    routes: { [LOGIN]: { json: { token: "t" } }, [SYSTEMS]: systems, [ALERTS]: EMPTY },
  });
  const report = await beszelAt(sim.url).check(NEVER);
  assertMatch(rowOf(report, "Beszel's alerts")!, /none that bot@lan\.example has set/);
});

const GOOD = { cpu: 1, mp: 2, dp: 3, v: "0.18.8", bb: 1, u: 9 };
const system = (id: string, change = {}) => ({
  ...{ id, name: `host ${id}`, host: "10.0.0.1", status: "up", info: GOOD },
  ...{ updated: "2026-11-20 18:39:00.000Z", ...change },
});

Deno.test("beszel: every state of a system has its level, and any other is not known", async () => {
  const levels = { up: "ok", down: "bad", paused: "unknown", pending: "unknown", new: "unknown" };
  assertEquals(Object.keys(levels).slice(0, -1), [...STATUSES]);
  for (const [status, level] of Object.entries(levels)) {
    await using sim = startBeszelSim({ systems: [system("a", { status })], alerts: [] });
    const report = await beszelAt(sim.url).check(NEVER);
    assertEquals([status, report.level], [status, level]);
  }
});

Deno.test("beszel: a record that says hardly anything costs its own row", async () => {
  await using sim = startBeszelSim({
    systems: [system("a"), { id: "b", status: "up" }],
    alerts: [{ id: "x", system: "a", name: "CPU", value: "odd" }],
  });
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(rowOf(report, "host a"), "ok CPU 1 % · RAM 2 % · disk 3 %");
  assertEquals(rowOf(report, "?"), "unknown CPU, RAM, disk not told by its agent");
  assertEquals(
    rowOf(report, "host a · CPU alert"),
    "unknown Beszel does not say whether it fires",
  );
});

Deno.test("beszel: every state of a disk has its level, and any other is not known", async () => {
  const states = { PASSED: "ok", WARNING: "warn", FAILED: "bad", UNKNOWN: "ok", "": "unknown" };
  for (const [state, level] of Object.entries({ ...states, FAILING: "unknown" })) {
    await using sim = startBeszelSim({
      ...{ systems: [system("a")], alerts: [] },
      smart_devices: [{ id: "d", system: "a", name: "sda", model: "WD", state, temp: 41 }],
    });
    const report = await beszelAt(sim.url).check(NEVER);
    assertEquals([state, report.level], [state, level]);
  }
});

Deno.test("beszel: a disk that SMART calls failed is told", async () => {
  await using sim = startBeszelSim({
    ...{ systems: [system("a"), system("b")], alerts: [] },
    smart_devices: [
      { id: "d1", system: "a", name: "sda", model: "WD Red", state: "FAILED", temp: 41 },
      { id: "d2", system: "b", name: "nvme0", model: "", state: "PASSED", temp: 0 },
    ],
  });
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(rowOf(report, "host a · sda"), "bad SMART FAILED · WD Red · 41 °C");
  assertEquals([report.level, report.summary], ["bad", "1 to look at: host a · sda · 2 of 2 up"]);
  assertEquals((await beszelAt(sim.url).check(NEVER, "host b")).level, "ok");
});

Deno.test("beszel: 620 systems are all seen, and so is the last one's trouble", async () => {
  const systems = Array.from({ length: 620 }, (_, index) => system(`${index}`));
  systems[619] = system("619", { status: "down" });
  await using sim = startBeszelSim({ systems, alerts: [] });
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals([report.level, report.summary], ["bad", "1 down: host 619 · 619 of 620 up"]);
});

Deno.test("beszel: a hub before 0.17 has no disks, and that is no trouble", async () => {
  await using sim = startBeszelSim({ systems: [system("a")], alerts: [] });
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals([report.level, rowOf(report, "SMART")], ["ok", "ok told by Beszel from 0.17 on"]);
});

Deno.test("beszel: an alert that fires no more is well, not gone", async () => {
  let triggered: unknown = true;
  const alerts = [{
    id: "x",
    system: "a",
    name: "LoadAvg5",
    value: 4,
    get triggered() {
      return triggered;
    },
  }];
  await using sim = startBeszelSim({ systems: [system("a")], alerts });
  const probe = beszelAt(sim.url);
  assertEquals(rowOf(await probe.check(NEVER), "host a · LoadAvg5 alert"), "warn over 4");
  triggered = false;
  assertEquals(rowOf(await probe.check(NEVER), "host a · LoadAvg5 alert"), "ok not over 4");
});

/** A hub on which everything is in trouble, and something well. */
const TROUBLED: Records = {
  systems: [
    system("a"),
    system("b", { status: "down" }),
    system("c", { info: { ...GOOD, dp: 97 } }),
    system("d", { info: { ...GOOD, sv: [9, 1] } }),
  ],
  alerts: [{ id: "x", system: "a", name: "CPU", value: 80, triggered: true }],
  smart_devices: [{ id: "y", system: "a", name: "sda", state: "FAILED" }],
};

Deno.test("beszel: no answer, record or value that is taken away makes a line greener", async () => {
  const look = async (collections: Records, fault: string | null = null) => {
    await using sim = startBeszelSim(collections);
    if (fault !== null) sim.misbehave(fault, { kind: "status", status: 403, text: "{}" });
    return await bounded(beszelAt(sim.url), outside().clock).check(NEVER);
  };
  const whole = await look(TROUBLED);
  const check = (report: Report, what: string) => {
    const greener = report.rows.filter((row) =>
      row.level === "ok" && whole.rows.some((each) => each.key === row.key && each.level !== "ok")
    );
    assertEquals(greener, [], what);
  };
  for (const name of Object.keys(TROUBLED)) {
    const blind = await look(TROUBLED, `/${name}/`);
    check(blind, name);
    assert(blind.level !== "ok", name);
    const only: Records = { ...TROUBLED, systems: [system("a")] };
    assert((await look({ ...only, [name]: only[name]! }, `/${name}/`)).level !== "ok", name);
    for (const [index, record] of TROUBLED[name]!.entries()) {
      const rest = TROUBLED[name]!.filter((_, each) => each !== index);
      check(await look({ ...TROUBLED, [name]: rest }), `${name} ${index}`);
      for (const key of Object.keys(record).filter((key) => key !== "id" && key !== "system")) {
        const { [key]: _, ...less } = record;
        const records = TROUBLED[name]!.map((each) => each === record ? less : each);
        check(await look({ ...TROUBLED, [name]: records }), `${name} ${index} ${key}`);
      }
    }
  }
  for (const value of ["cpu", "mp", "dp"]) {
    const { [value as "cpu"]: _, ...info } = { ...GOOD, dp: 97 };
    const report = await look({ ...TROUBLED, systems: [system("c", { info })] });
    assert(report.rows.find(({ key }) => key === "system c")?.level !== "ok", value);
  }
});

Deno.test("beszel: alerts that cannot be read cost their own row", async () => {
  await using sim = hub();
  sim.misbehave("/alerts/", { kind: "status", status: 500, text: "boom" });
  const report = await beszelAt(sim.url).check(NEVER);
  assertMatch(rowOf(report, "Beszel's alerts")!, /^unknown answered with status 500/);
  assertMatch(rowOf(report, "nas")!, /^warn CPU 94 %/);
});

const REFUSED = [
  [400, "auth-failed-400.json", /does not accept the password of bot@lan/],
  [401, "auth-mfa-401.json", /wants a second factor/],
  [403, "auth-disabled-403.json", /logins by password are off/],
  [403, "auth-unverified-403.json", /not verified/],
  [502, null, /answered the login with status 502/],
] as const;

for (const [status, file, sentence] of REFUSED) {
  Deno.test(`beszel: a login that ends with ${status} (${file}) is explained`, async () => {
    await using sim = startHomelab({ routes: {} });
    const text = file === null ? "<html>" : recording(`beszel/${file}`);
    sim.misbehave(LOGIN, { kind: "status", status, text });
    const error = await assertRejects(() => beszelAt(sim.url).check(NEVER), ServiceError);
    assertMatch(error.message, sentence);
    assert(!error.message.includes(PASSWORD));
  });
}

Deno.test("beszel: a token or password that the hub sends back is not shown", async () => {
  const token = tokenUntil(THEN + 3_600_000);
  await using sim = hub([token]);
  sim.misbehave(SYSTEMS, { kind: "status", status: 500, text: `bad ${token} ${PASSWORD}` });
  const error = await assertRejects(() => beszelAt(sim.url).check(NEVER), ServiceError);
  assertStringIncludes(error.message, "bad [redacted] [redacted]");
});

Deno.test("beszel: a password file that cannot be read is named", async () => {
  const probe = beszelAt("http://127.0.0.1:1", { readTextFile: () => Promise.reject(new Error()) });
  const error = await assertRejects(() => probe.check(NEVER), ServiceError);
  assertEquals(error.message, "has no password: 'beszel' cannot be read");
});

Deno.test("beszel: a name that no system has is no good news", async () => {
  await using sim = hub();
  const report = await beszelAt(sim.url).check(NEVER, "nosuch");
  assertEquals([report.level, report.summary], ["unknown", "nothing here is named 'nosuch'"]);
});

Deno.test("beszel: what is paused costs no green, and many that are down take a line's room", async () => {
  const [up, paused] = [system("a"), system("b", { status: "paused" })];
  await using calm = startBeszelSim({ systems: [up, paused], alerts: [] });
  const report = await beszelAt(calm.url).check(NEVER);
  assertEquals([report.level, report.summary], ["ok", "1 of 2 up · 1 paused"]);
  const systems = Array.from(
    { length: 600 },
    (_, index) => system(`${index}`, { status: "down", name: "x".repeat(500) + index }),
  );
  await using sim = startBeszelSim({ systems, alerts: [] });
  const { summary } = await beszelAt(sim.url).check(NEVER);
  assertMatch(summary, /^600 down: .* and 595 more · 0 of 600 up$/);
  assert(summary.length < 300, summary);
});

Deno.test("beszel: an alert whose limit is no number says so", async () => {
  for (const value of ["odd", "", null, "NaN", "1e999"]) {
    const alert = { id: "x", system: "a", name: "CPU", value, triggered: true };
    await using sim = startBeszelSim({ systems: [system("a")], alerts: [alert] });
    const report = await beszelAt(sim.url).check(NEVER);
    assertEquals(rowOf(report, "host a · CPU alert"), "warn over a limit that is not told");
  }
});
