import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createBeszel } from "../../lib/homelab/beszel.ts";
import { ServiceError } from "../../lib/homelab/http.ts";
import type { Report } from "../../lib/homelab/report.ts";
import { recording, startHomelab } from "../sim/homelab/homelab.ts";
import { NEVER, outside, THEN } from "./outside.ts";

const LOGIN = "/api/collections/users/auth-with-password";
const SYSTEMS = "/api/collections/systems/records";
const ALERTS = "/api/collections/alerts/records";
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
    "warn alert: CPU over 80 % · CPU 94 % · RAM 92 % · disk 67 % · 71 °C",
  );
  assertEquals(
    rowOf(report, "pve"),
    "warn alert: Disk over 90 % · backup 93 % · 1 service failed · CPU 12 % · RAM 61 % · disk 44 % · 59 °C",
  );
  assertEquals(rowOf(report, "mgmt (LXC)"), "ok CPU 0 % · RAM 23 % · disk 32 %");
  assertEquals(
    rowOf(report, "pve, more"),
    "ok up 22 d · load 0.91 0.84 0.7 · tank 81 % · backup 93 % · agent 0.18.8",
  );
  assertEquals(report.level, "bad");
  assertEquals(report.summary, "3 of 6 up, 1 down, 1 paused, 1 pending: old-pi, pve, nas");
});

Deno.test("beszel: of a system that is down or paused no old values are shown", async () => {
  await using sim = hub();
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(rowOf(report, "old-pi"), "bad down for 4 h");
  assertEquals(rowOf(report, "laptop"), "ok paused for 3 d");
  assertEquals(rowOf(report, "brand-new"), "unknown has not reported yet");
  assertEquals(report.rows.filter(({ name }) => /^(old-pi|laptop|brand-new)/.test(name)).length, 3);
});

Deno.test("beszel: a name narrows it down", async () => {
  await using sim = hub();
  const report = await beszelAt(sim.url).check(NEVER, "LXC");
  assertEquals([report.level, report.summary, report.rows.length], ["ok", "1 of 1 up", 2]);
});

Deno.test("beszel: the number of threads is no temperature; a load of old agents is read", async () => {
  const page = JSON.parse(recording("beszel/systems-records.json"));
  page.items = [{ ...page.items[0], info: { t: 97, cpu: 1, l1: 1, l5: 2, l15: 3 } }];
  await using sim = startHomelab({
    routes: { [LOGIN]: { json: { token: "t" } }, [SYSTEMS]: { json: page }, [ALERTS]: EMPTY },
  });
  const report = await beszelAt(sim.url).check(NEVER);
  assertEquals(rowOf(report, "pve"), "ok CPU 1 %");
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
