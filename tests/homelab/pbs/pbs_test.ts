import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createPbs } from "../../../lib/homelab/pbs/probe.ts";
import { type DatastoreUsage, storeRows } from "../../../lib/homelab/pbs/stores.ts";
import { type Job, jobRows, type Task, taskRows } from "../../../lib/homelab/pbs/tasks.ts";
import { keyOf } from "../../../lib/homelab/report.ts";
import { homelab, store, task as aTask } from "../proxmox/models.ts";
import { recording } from "../../sim/homelab/homelab.ts";
import {
  DAY,
  HOUR,
  line,
  lines,
  NOW,
  pbsApi,
  pbsReport,
  pbsSettings,
  report,
  SECRET,
  startPbs,
  world,
} from "../proxmox/stage.ts";

const TiB = 1024 ** 4;

function rowsOf(rows: ReturnType<typeof storeRows>): string[] {
  return rows.map(({ level, name, text }) => `${level} | ${name} | ${text}`);
}

Deno.test("pbs: the recorded server, thing by thing", async () => {
  await using sim = startPbs();
  const found = await pbsReport(sim);
  assertEquals(lines(found), [
    "ok | main | ██████░░░░ 63 % · 1.6 TB free · full in 212 d",
    "ok (detail) | main chunks | 12.9× deduplicated to 2.6 TB",
    "bad | nearly-full | ██████████ 96 % · 38.7 GB free · full in 6 d",
    "bad | nearly-full chunks | 3 corrupt · 4.8× deduplicated to 923 GB",
    "ok | shrinking | █░░░░░░░░░ 10 % · 966 GB free",
    "unknown (detail) | usb | not mounted (removable)",
    "bad | broken | unable to open chunk store 'broken' at \"/mnt/broken/.chunks\" - No such file or " +
    "directory (os error 2)",
    "warn | cold maintenance | in maintenance (offline): disk swap",
    "ok (detail) | garbage collection main | went well 14 h ago, next in 6 h",
    "ok (detail) | garbage collection nearly-full | no schedule",
    "bad | verify main | failed 9 h ago: verification failed - please check the log for details",
    "ok (detail) | prune main | went well 10 h ago, next in 7 h",
    "warn | sync main/offsite | had 2 warnings 15 h ago, next in 1 h",
    "ok (detail) | backup main:ct/102 | running for 2 min",
    "bad | backup main:ct/105 | failed 14 h ago: connection error: Broken pipe (os error 32)",
    "warn | logrotate | was cut off 17 h ago",
    "ok | host | CPU 3 % · memory 63 % · root disk 38 % · up 22 d",
  ]);
  assertEquals(found.level, "bad");
  assertStringIncludes(found.summary, "nearly-full: ");
  assertStringIncludes(found.summary, "(and 7 more)");
});

Deno.test("pbs: a datastore whose name is that of another line is not taken for it", async () => {
  const stores = ["host", "tasks", "datastores", "maintenance", "logrotate", "sync"];
  await using lab = homelab({
    stores: stores.map((name) => store(name, { maintenance: "read-only", stillBad: 1 })),
    tasks: [aTask({ worker_type: "logrotate", worker_id: null, status: "unknown" })],
  });
  const { rows } = await lab.ask("pbs");
  const keys = rows.map(keyOf);
  assertEquals(keys.filter((key, index) => keys.indexOf(key) !== index), []);
  const parts = rows.flatMap(({ part }) => part ?? []);
  const ofStores = rows.filter(({ part }) => part === "datastores" || part === "maintenance");
  assertEquals(ofStores.map(keyOf).filter((key) => parts.includes(key)), []);
});

Deno.test("pbs: a running task is no failed one, even where PBS lists it among the errors", () => {
  const { data } = JSON.parse(recording("pbs/nodes-localhost-tasks-errors1.json"));
  const running = taskRows(data, NOW).filter(({ name }) => name === "backup main:ct/102");
  assertEquals(rowsOf(running), ["ok | backup main:ct/102 | running for 2 min"]);
});

function task(change: Partial<Task> = {}): Task {
  const upid = `UPID:${JSON.stringify(change)}`;
  const began = NOW / 1000 - 2 * 3600;
  const done = { starttime: began, endtime: began + 60, status: "OK" };
  return { upid, worker_type: "backup", worker_id: "main:ct/1", ...done, ...change };
}

const secondsAgo = (ms: number) => (NOW - ms) / 1000;

Deno.test("pbs: a failure counts by when it ended, and PBS is asked for those that began long before", async () => {
  const failed = { status: "no space left", starttime: secondsAgo(40 * HOUR) };
  const told = taskRows([task({ ...failed, endtime: secondsAgo(HOUR) })], NOW);
  assertEquals(rowsOf(told), ["bad | backup main:ct/1 | failed 1 h ago: no space left"]);
  assertEquals(taskRows([task({ ...failed, endtime: secondsAgo(25 * HOUR) })], NOW), []);
  await using sim = startPbs();
  await pbsReport(sim);
  const since = NOW / 1000 - 72 * 3600;
  assert(sim.requests.some((each) => each.includes(`/tasks?limit=0&since=${since}`)));
  assert(!sim.requests.some((each) => each.includes("errors=")));
});

Deno.test("pbs: what went well later is no failure any more, what runs again still is", () => {
  const failed = task({ status: "no space left", endtime: secondsAgo(3 * HOUR) });
  const well = task({ endtime: secondsAgo(HOUR) });
  const later = taskRows([well, failed], NOW);
  assertEquals(rowsOf(later), ["ok | backup main:ct/1 | went well 1 h ago"]);
  assertEquals(later[0]?.detail, true);
  assertEquals(taskRows([well], NOW), []);
  const running: Task = {
    ...task({ starttime: secondsAgo(120_000) }),
    endtime: null,
    status: null,
  };
  assertEquals(rowsOf(taskRows([running, failed], NOW)), [
    "bad | backup main:ct/1 | failed 3 h ago: no space left; running for 2 min",
  ]);
});

Deno.test("pbs: a task that came twice is one, and the answer that knows its end counts", () => {
  const ended = task();
  const running: Task = { ...ended, endtime: null, status: null };
  assertEquals(taskRows([ended, running], NOW), []);
  assertEquals(taskRows([running, ended], NOW), []);
});

Deno.test("pbs: jobs by how they ended, and one that did not run when it was due", () => {
  const job = (change: Partial<Job>): Job => ({
    id: "a",
    store: "main",
    schedule: "daily",
    ...change,
  });
  const ended = { "last-run-endtime": secondsAgo(HOUR) };
  const cases: [Partial<Job>, string][] = [
    [{ ...ended, "last-run-state": "OK" }, "ok | verify main | went well 1 h ago"],
    [{ ...ended, "last-run-state": "WARNINGS: 1" }, "warn | verify main | had a warning 1 h ago"],
    [{ ...ended, "last-run-state": "x\ny" }, "bad | verify main | failed 1 h ago: x y"],
    [{ "next-run": secondsAgo(-HOUR) }, "ok | verify main | has not run yet"],
    [{}, "unknown | verify main | unknown: PBS tells neither its last run nor its next ('daily')"],
    [{ disable: true }, "ok | verify main | switched off"],
    [
      { "last-run-upid": "UPID:x", "next-run": secondsAgo(5 * HOUR) },
      "ok | verify main | running",
    ],
    [{ schedule: null }, "ok | verify main | no schedule"],
    [
      { ...ended, "last-run-state": "OK", "next-run": secondsAgo(5 * HOUR) },
      "warn | verify main | was due 5 h ago and has not run",
    ],
  ];
  for (const [change, expected] of cases) {
    assertEquals(rowsOf(jobRows("verify", [job(change)], NOW)), [expected]);
  }
  const two = jobRows("verify", [job({}), job({ id: "b" }), job({ ns: "x" })], NOW);
  assertEquals(two.map(({ name }) => name), [
    "verify main (a)",
    "verify main (b)",
    "verify main/x",
  ]);
});

Deno.test("pbs: datastores turn yellow and red where Proxmox's own interface does", () => {
  const store = (used: number, change: Partial<DatastoreUsage> = {}): DatastoreUsage => ({
    store: "s",
    total: TiB,
    used: TiB * used,
    avail: TiB * (1 - used),
    ...change,
  });
  const level = (usage: DatastoreUsage) => storeRows([usage], NOW)[0]?.level;
  const full = (ms: number) => ({ "estimated-full-date": (NOW + ms) / 1000 });
  assertEquals([0.79, 0.8, 0.94, 0.95, 1].map((used) => level(store(used))), [
    ..."ok warn warn bad bad".split(" "),
  ] as ReturnType<typeof level>[]);
  assertEquals(level(store(0.5, full(13 * DAY))), "warn");
  assertEquals(level(store(0.5, full(15 * DAY))), "ok");
  for (const never of [{ "estimated-full-date": 0 }, full(-DAY), {}]) {
    assertEquals(rowsOf(storeRows([store(0.5, never)], NOW)), [
      "ok | s | █████░░░░░ 50 % · 550 GB free",
    ]);
  }
  const away = store(0, { error: "datastore is in offline maintenance mode: disk swap" });
  assertEquals(level(away), "warn");
  assertEquals(level({ store: "s" }), "unknown");
});

Deno.test("pbs: version 3 tells less, and is understood", async () => {
  const usage = recording("pbs/status-datastore-usage-pbs3.json");
  await using sim = startPbs({ "/status/datastore-usage": usage });
  const found = await pbsReport(sim, "main");
  assertEquals(line(found, "main"), "ok | main | ██████░░░░ 63 % · 1.6 TB free");
});

const PARTS = [
  ["/status/datastore-usage", "datastores"],
  ["/nodes/localhost/status", "host"],
  ["/nodes/localhost/tasks", "tasks"],
  ["/admin/gc", "garbage collection"],
  ["/admin/verify", "verify"],
  ["/admin/prune", "prune"],
  ["/admin/sync", "sync"],
] as const;

for (const [path, name] of PARTS) {
  Deno.test(`pbs: without ${path} one row is missing, and no other`, async () => {
    await using sim = startPbs();
    const whole = await pbsReport(sim);
    sim.misbehave(path, { kind: "text", text: "not today" });
    const found = await pbsReport(sim);
    const said = "not known: answered something other than JSON: not today";
    assertEquals(line(found, name), `unknown | ${name} | ${said}`);
    const others = found.rows.filter((row) => row.name !== name).map((row) => row.name);
    const before = whole.rows.map((row) => row.name);
    // The failed runs of jobs are told by the tasks when the jobs themselves are not.
    assertEquals(others.filter((other) => !before.includes(other) && !/job/.test(other)), []);
    assert(others.length >= 8, others.join());
  });
}

Deno.test("pbs: an endpoint that hangs, is slow or cut costs its row, within the time of a check", async () => {
  await using sim = startPbs();
  sim.misbehave("/admin/sync", { kind: "hang" });
  sim.misbehave("/admin/prune", { kind: "truncated" });
  sim.misbehave("/admin/gc", { kind: "slow", ms: 50 });
  sim.misbehave("/admin/verify", { kind: "status", status: 403, text: "permission check failed" });
  const found = await pbsReport(sim);
  assertEquals(line(found, "sync"), "unknown | sync | not known: did not answer within 4 s");
  assertStringIncludes(line(found, "prune"), "broke off in the middle");
  assertStringIncludes(line(found, "garbage collection main"), "went well");
  assertStringIncludes(line(found, "verify"), "no right to this (403)");
  assertStringIncludes(line(found, "verificationjob main:v-2b7f1c55-aa01"), "bad");
  assertStringIncludes(line(found, "host"), "ok | host");
});

Deno.test("pbs: a token that is refused, late as PBS does it, is one row without the token", async () => {
  await using sim = startPbs();
  const text = `authentication failed for ${SECRET}`;
  sim.misbehave("/", { kind: "status", status: 401, text, ms: 100 });
  const found = await pbsReport(sim);
  assertEquals(lines(found), [
    "unknown | Proxmox Backup Server | does not accept the token or login (401): " +
    "authentication failed for [redacted]",
  ]);
  assert(!JSON.stringify(found).includes(SECRET));
});

Deno.test("pbs: a server that is gone or hangs is bad, in one row", async () => {
  const url = await (async () => {
    await using sim = startPbs();
    sim.misbehave("/", { kind: "hang" });
    const hung = await pbsReport(sim);
    assertEquals([hung.level, lines(hung).length], ["bad", 1]);
    assertStringIncludes(hung.summary, "did not answer within 4 s");
    return sim.url;
  })();
  const gone = await pbsReport({ url });
  assertEquals([gone.level, lines(gone).length], ["bad", 1]);
  assertStringIncludes(gone.summary, "refuses connections");
});

Deno.test("pbs: an empty list is no good news", async () => {
  await using sim = startPbs();
  sim.misbehave("/status/datastore-usage", { kind: "empty" });
  const row = line(await pbsReport(sim), "datastores");
  assertStringIncludes(row, "unknown | datastores | shows no datastore");
});

Deno.test("pbs: a shape that nobody knows is named, not guessed at", async () => {
  await using sim = startPbs({ "/admin/gc": { json: { data: [{ store: 5 }] } } });
  assertStringIncludes(
    line(await pbsReport(sim), "garbage collection"),
    "answered /admin/gc in a shape that is not known (data.0.store)",
  );
});

Deno.test("pbs: a token file that is missing or holds something else is named, and not shown", async () => {
  const settings = pbsSettings({ url: "http://127.0.0.1:9" });
  const missing = await report(
    createPbs(pbsApi({ ...settings, token_file: "gone" }), world.clock),
  );
  assertStringIncludes(missing.summary, "token_file: no such file: gone");
  const odd = { ...world, readTextFile: () => Promise.resolve("hunter2") };
  const { summary } = await report(createPbs(pbsApi(settings, odd), world.clock));
  assertStringIncludes(summary, "'pbs-token' does not hold a token");
  assert(!summary.includes("hunter2"));
});

Deno.test("pbs: a name narrows the report, and its level with it", async () => {
  await using sim = startPbs();
  const found = await pbsReport(sim, "MAIN CHUNK");
  assertEquals(found.rows.map(({ name }) => name), ["main chunks"]);
  assertEquals([found.level, found.summary], [
    "ok",
    "main chunks: 12.9× deduplicated to 2.6 TB",
  ]);
  const none = await pbsReport(sim, "nosuch");
  assertEquals([none.level, none.summary], ["unknown", "nothing here is named 'nosuch'"]);
  sim.misbehave("/status/datastore-usage", { kind: "truncated" });
  const open = await pbsReport(sim, "nosuch");
  assertStringIncludes(open.summary, "datastores: not known");
});
