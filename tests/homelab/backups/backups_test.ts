import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Collected } from "../../../lib/homelab/backups/pbs.ts";
import { backupRows } from "../../../lib/homelab/backups/rows.ts";
import type { Snapshot } from "../../../lib/homelab/backups/snapshots.ts";
import { subjectsOf, unlisted } from "../../../lib/homelab/backups/subjects.ts";
import type { Guest } from "../../../lib/homelab/pve/guests.ts";
import type { Row } from "../../../lib/homelab/report.ts";
import { recording } from "../../sim/homelab/homelab.ts";
import {
  backupsReport,
  DAY,
  HOUR,
  line,
  lines,
  NOW,
  SECRET,
  snapshotsOf,
  startPbs,
  startPve,
} from "../proxmox/stage.ts";

Deno.test("backups: the recorded backups against the recorded guests", async () => {
  await using pbs = startPbs();
  await using pve = startPve();
  const found = await backupsReport(pbs, pve);
  assertEquals(lines(found), [
    "ok | ct/102 | mgmt · 15 h ago · verified",
    "bad | ct/105 | defrag-test · newest backup (3 d ago) is corrupt, no good one",
    "warn | ct/114 | no backup, in no backup job (cold is in maintenance (offline): disk swap)",
    "ok (detail) | ct/999 | no such guest, nothing finished, one began 10 min ago",
    "bad | host/laptop | late: 20 d ago · not verified yet",
    "ok | vm/200 | win11 · 15 h ago · not verified yet",
    "ok (detail) | datastore usb | not mounted; its backups are not counted",
    "unknown | datastore cold | in maintenance (offline): disk swap; its backups are not counted",
  ]);
  assertEquals(found.level, "bad");
  assertStringIncludes(found.summary, "ct/105: ");
});

Deno.test("backups: without PVE the missing ones are not noticed, and that is said", async () => {
  await using pbs = startPbs();
  const found = await backupsReport(pbs, null);
  assertEquals(line(found, "ct/114"), "");
  assertEquals(line(found, "ct/999"), "warn | ct/999 | no finished backup, one began 10 min ago");
  assertStringIncludes(line(found, "PVE"), "ok (detail) | PVE | guests without any backup");
});

const guest = (id: string, change: Partial<Guest> = {}): Guest => ({
  id,
  vmid: Number(id.split("/")[1]),
  name: "",
  node: "pve",
  pool: "",
  status: "running",
  uptimeMs: 30 * DAY,
  ...{ lock: "", ha: null },
  ...change,
});

const backup = (age: number, change: Partial<Snapshot> = {}): Snapshot => ({
  at: NOW - age,
  finished: true,
  verified: "ok",
  ...change,
});

interface Case {
  ages?: readonly (number | Snapshot)[];
  guests?: readonly Guest[] | null | "missing";
  /** When its job was due; no job without it. */
  runs?: readonly number[];
  /** In no job at all. */
  unprotected?: boolean;
  missing?: Collected["missing"];
  away?: Collected["away"];
  unread?: string;
  lateHours?: Record<string, number>;
}

const JOB_OF_ALL = { all: 1, storage: "pbs", schedule: "daily" };
const PBS_STORAGE = { storage: "pbs", type: "pbs", datastore: "main" };

/** The rows for `ct/1` with backups of these ages, newest first; PVE knows it unless said otherwise. */
function rows(given: Case): Row[] {
  const {
    ages = [],
    guests = [guest("ct/1")],
    runs = null,
    unprotected = false,
    missing = [],
    away = [],
    lateHours = {},
    unread = null,
  } = given;
  const snapshots = ages.map((age) => typeof age === "number" ? backup(age) : age);
  const one = { guest: "ct/1", comment: "", store: "main", ns: "", snapshots, unread };
  const series = ages.length === 0 ? [] : [one];
  const collected = { series, missing, away, stores: ["main"] };
  const { schedule, ...unscheduled } = JOB_OF_ALL;
  const jobs = unprotected ? [] : [runs === null ? unscheduled : { ...unscheduled, schedule }];
  const known = guests !== null && guests !== "missing";
  const subjects = known
    ? subjectsOf(collected, {
      ...{ guests, jobs, contents: new Map(), hidden: false, unsure: null, notes: [] },
      storages: new Map([["pbs", PBS_STORAGE]]),
    }, "pbs.lan")
    : unlisted(series);
  return backupRows(subjects, {
    due: (_, after) => ({
      data: (runs ?? []).toSorted((a, b) => a - b).filter((at) => at > after),
    }),
    covered: known ? new Set(unprotected ? [] : guests.map(({ id }) => id)) : null,
    blind: guests === "missing" ? "PVE could not be asked" : null,
    ...{ collected, lateHours, now: NOW },
  });
}

function row(given: Case): string {
  return rows(given).map(({ level, text, detail }) => `${level}${detail ? "!" : ""} | ${text}`)
    .join("\n");
}

const level = (given: Case) => rows(given)[0]?.level;

Deno.test("backups: without a schedule or a history, daily is expected", () => {
  assertEquals(level({ ages: [25.9 * HOUR] }), "ok");
  assertEquals(level({ ages: [26.1 * HOUR] }), "warn");
  assertEquals(level({ ages: [50.1 * HOUR] }), "bad");
});

Deno.test("backups: what is late follows from how it went so far", () => {
  const every = (gap: number, newest: number) => [0, 1, 2, 3].map((n) => newest + n * gap);
  const week = 7 * DAY;
  assertEquals(level({ ages: every(week, 7.5 * DAY) }), "ok");
  assertEquals(level({ ages: every(week, 7.7 * DAY) }), "warn");
  assertEquals(level({ ages: every(week, 15 * DAY) }), "bad");
  assertEquals(level({ ages: every(HOUR, 2 * HOUR) }), "ok");
  assertEquals(level({ ages: every(HOUR, 3.1 * HOUR) }), "warn");
  const byHand = [25 * HOUR, 25.2 * HOUR, 49 * HOUR, 73 * HOUR];
  assertEquals(level({ ages: byHand }), "ok");
});

Deno.test("backups: the schedule of PVE's jobs goes before the history", () => {
  const runs = (...ages: number[]) => ages.map((age) => NOW - age);
  const monday = 71 * HOUR; // Mon–Fri: on a Monday evening the last one is of Friday.
  const history = [monday, monday + DAY, monday + 2 * DAY];
  assertEquals(level({ ages: history }), "bad");
  assertEquals(level({ ages: history, runs: runs(monday + 60_000) }), "ok");
  const daily = runs(14 * HOUR, 38 * HOUR, 62 * HOUR);
  assertEquals(level({ ages: [13.9 * HOUR], runs: daily }), "ok");
  assertEquals(level({ ages: [37.9 * HOUR], runs: daily }), "warn");
  assertEquals(level({ ages: [61.9 * HOUR], runs: daily }), "bad");
  const justBegun = runs(HOUR, 25 * HOUR);
  assertEquals(level({ ages: [24.9 * HOUR], runs: justBegun }), "ok");
});

Deno.test("backups: the owner's hours go before both", () => {
  const lateHours = { "ct/1": 200 };
  assertEquals(level({ ages: [199 * HOUR], lateHours }), "ok");
  assertEquals(level({ ages: [201 * HOUR], lateHours }), "warn");
  assertEquals(level({ ages: [401 * HOUR], lateHours }), "bad");
});

Deno.test("backups: one that is not finished is none, and one that is corrupt is no good one", () => {
  const running = backup(HOUR, { finished: false, verified: "never" });
  assertEquals(
    row({ ages: [running, 49 * HOUR] }),
    "warn | late: 2 d ago · verified, one began 1 h ago",
  );
  const corrupt = backup(HOUR, { verified: "failed" });
  assertEquals(
    row({ ages: [corrupt, 25 * HOUR] }),
    "bad | newest backup (1 h ago) is corrupt, last good one 25 h ago",
  );
  const older = backup(25 * HOUR, { verified: "failed" });
  assertEquals(row({ ages: [HOUR, older] }), "ok | 1 h ago · verified");
});

Deno.test("backups: copies of one backup are one, and the good copy counts", () => {
  const unverified = (age: number) => backup(age, { verified: "never" });
  const copied = [HOUR, HOUR, 25 * HOUR, 25 * HOUR, 49 * HOUR, 49 * HOUR].map((age) => age + HOUR);
  assertEquals(level({ ages: copied.map((age) => age + 12 * HOUR) }), "ok");
  const corrupt = backup(HOUR, { verified: "failed" });
  assertEquals(row({ ages: [corrupt, unverified(HOUR)] }), "ok | 1 h ago · not verified yet");
  assertEquals(row({ ages: [unverified(HOUR), HOUR] }), "ok | 1 h ago · verified");
});

Deno.test("backups: a guest without any backup is never passed over", () => {
  assertEquals(row({}), "bad | no backup");
  assertEquals(row({ guests: [guest("ct/1", { uptimeMs: HOUR })] }), "warn | no backup");
  const away = guest("ct/1", { status: "unknown", uptimeMs: 0 });
  assertEquals(row({ guests: [away] }), "warn | no backup");
  const unprotected = true;
  assertEquals(row({ unprotected }), "warn | no backup, in no backup job");
  assertEquals(
    row({ ages: [3 * DAY], unprotected }),
    "bad | late: 3 d ago · verified · in no backup job",
  );
});

Deno.test("backups: one that began in time and still runs makes nobody late", () => {
  const running = (age: number) => backup(age, { finished: false, verified: "never" });
  const runs = [53, 29, 5].map((hours) => NOW - hours * HOUR);
  const given = { ages: [running(4 * HOUR), 28.9 * HOUR], runs };
  assertEquals(row(given), "ok | 28 h ago · verified, one began 4 h ago");
  assertEquals(level({ ...given, ages: [28.9 * HOUR] }), "warn");
  assertEquals(level({ ages: [running(5 * HOUR), 29 * HOUR] }), "ok", "by its rhythm");
  const [late, broken] = [[running(HOUR), 29 * HOUR], [running(13 * HOUR), 37 * HOUR]];
  assertEquals(level({ ages: late }), "warn", "it began too late");
  assertEquals(level({ ages: broken }), "warn", "it was broken off");
  assertEquals(level({ ...given, ages: [running(4 * HOUR), 52.9 * HOUR] }), "bad");
});

Deno.test("backups: while PVE cannot be asked nobody is late, and a corrupt one is corrupt", () => {
  const guests = "missing" as const;
  const doubt = "(PVE could not be asked)";
  assertEquals(row({ guests, ages: [HOUR] }), `unknown | 1 h ago · verified ${doubt}`);
  assertEquals(
    row({ guests, ages: [45 * DAY] }),
    `unknown | late: 45 d ago · verified ${doubt}`,
  );
  assertEquals(level({ guests, ages: [backup(HOUR, { verified: "failed" })] }), "bad");
  assertEquals(level({ guests: null, ages: [45 * DAY] }), "bad", "without PVE in the settings");
});

Deno.test("backups: what was not looked at closer is neither well nor late nor corrupt", () => {
  const unread = "did not answer";
  const listed = (age: number) => backup(age, { verified: "unknown" });
  assertEquals(
    row({ unread, ages: [listed(HOUR)] }),
    "unknown | 1 h ago, unknown if good (main did not answer)",
  );
  assertEquals(
    row({ unread, ages: [listed(20 * DAY)] }),
    "unknown | late: 20 d ago (main did not answer)",
  );
  const runs = [30, 26, 2.5].map((hours) => NOW - hours * HOUR);
  const late = { unread, runs, ages: [listed(3 * DAY)] };
  assertEquals(row(late), "bad | late: 3 d ago (main did not answer)", "by its schedule");
  assertEquals(level({ ...late, ages: [listed(25 * HOUR)] }), "unknown", "one may be running");
});

Deno.test("backups: a narrowed report speaks of what it shows", async () => {
  await using pbs = startPbs({ "/admin/datastore": { json: { data: [{ store: "main" }] } } });
  await using pve = startPve();
  const one = await backupsReport(pbs, pve, {}, "CT/102");
  assertEquals([one.level, one.summary], ["ok", "ct/102: mgmt · 15 h ago · verified"]);
  const some = await backupsReport(pbs, null, {}, "15 h ago");
  assertEquals([some.level, some.summary], ["ok", "all 2 well"]);
  const none = await backupsReport(pbs, pve, {}, "nosuch");
  assertEquals([none.level, none.summary], ["unknown", "nothing here is named 'nosuch'"]);
  pve.misbehave("/cluster/resources", { kind: "status", status: 500, ms: 0 });
  const open = await backupsReport(pbs, pve, {}, "nosuch");
  assertStringIncludes(open.summary, "PVE: answered with status 500");
});

Deno.test("backups: a guest that PVE does not show is doubted for a month, then a leftover", () => {
  const guests = [guest("ct/2")];
  const of = (age: number) => row({ ages: [age], guests }).split("\n")[0];
  assertEquals(of(HOUR), "ok | 1 h ago · verified");
  assertEquals(of(3 * DAY), "unknown | late: 3 d ago · verified · PVE shows no such guest");
  assertEquals(of(31 * DAY), "ok! | late: 31 d ago · verified · left of a guest that is gone");
});

Deno.test("backups: what could not be read may hold the missing one, so nothing is claimed", () => {
  const missing = [{ store: "usb", ns: null, reason: "x" }];
  assertEquals(row({ missing }), "unknown | no backup (usb could not be read)");
  assertEquals(level({ missing, ages: [3 * DAY] }), "unknown");
  assertEquals(level({ missing, ages: [HOUR] }), "ok");
  const corrupt = backup(HOUR, { verified: "failed" });
  assertEquals(level({ missing, ages: [corrupt] }), "bad");
});

Deno.test("backups: the newest counts wherever it is, and the other places are told on demand", async () => {
  const groups = JSON.parse(recording("pbs/admin-datastore-main-groups.json"));
  const [ct102] = groups.data;
  const older = { ...ct102, "last-backup": ct102["last-backup"] - 86_400 };
  const all = recording("pbs/admin-datastore-main-snapshots.json");
  const inNamespace = JSON.parse(all).data.map((snapshot: { "backup-time": number }) => ({
    ...snapshot,
    "backup-time": snapshot["backup-time"] - 86_400,
  }));
  const path = "/admin/datastore/main";
  await using pbs = startPbs({
    [`${path}/groups?ns=pve1`]: { json: { data: [older] } },
    [`${path}/snapshots?backup-type=ct&backup-id=102&ns=pve1`]: snapshotsOf(
      JSON.stringify({ data: inNamespace }),
    ),
  });
  const found = await backupsReport(pbs, null);
  assertEquals(line(found, "ct/102"), "ok | ct/102 | mgmt · 15 h ago · verified");
  assertEquals(line(found, "ct/102 in main"), "ok (detail) | ct/102 in main | 15 h ago");
  assertEquals(line(found, "ct/102 in main/pve1"), "ok (detail) | ct/102 in main/pve1 | 39 h ago");
  assert(pbs.requests.some((each) => each.includes("ns=pve1%2Foffsite")));
});

const JOBS = [
  { id: "a", storage: "pbs", schedule: "mon..fri 02:30", enabled: 1, all: 1, exclude: "105,200" },
  { id: "b", storage: "pbs", schedule: "sun 01:00", vmid: "200", enabled: 1 },
  { id: "c", storage: "pbs", schedule: "00:00", vmid: "105", enabled: 0 },
];

Deno.test("backups: PVE computes when the jobs of a guest should have run", async () => {
  const asked: string[] = [];
  await using pbs = startPbs();
  await using pve = startPve({
    "/cluster/backup": { json: { data: JOBS } },
    "/cluster/jobs/schedule-analyze": (request) => {
      const { searchParams } = new URL(request.url);
      asked.push(searchParams.get("schedule") ?? "");
      const ages = searchParams.get("schedule") === "sun 01:00"
        ? [8 * DAY, -DAY]
        : [5 * HOUR, -HOUR];
      const from = Number(searchParams.get("starttime"));
      const data = ages.map((age) => ({ timestamp: (NOW - age) / 1000 }));
      return Response.json({ data: data.filter(({ timestamp }) => timestamp > from) });
    },
  });
  const found = await backupsReport(pbs, pve);
  assertEquals(new Set(asked), new Set(["mon..fri 02:30", "sun 01:00"]));
  assertStringIncludes(line(found, "ct/102"), "warn | ct/102 | mgmt · late: 15 h ago");
  assertStringIncludes(line(found, "vm/200"), "ok | vm/200");
});

Deno.test("backups: without PVE's answer the backups are still told, and the gap is named", async () => {
  await using pbs = startPbs();
  await using pve = startPve();
  for (
    const fault of [
      { kind: "hang" },
      { kind: "empty" },
      { kind: "text", text: "Starting" },
      { kind: "status", status: 401, ms: 100 },
    ] as const
  ) {
    pve.misbehave("/cluster/resources", fault);
    const found = await backupsReport(pbs, pve);
    assertMatch(line(found, "PVE"), /^unknown \| PVE \| .*; no backup can be judged$/);
    assertEquals(
      line(found, "ct/102"),
      "unknown | ct/102 | mgmt · 15 h ago · verified (PVE could not be asked)",
    );
  }
  pve.misbehave("/cluster/resources", null);
  pve.misbehave("/cluster/backup", { kind: "hang" });
  assertMatch(line(await backupsReport(pbs, pve), "PVE"), /^unknown \| PVE \| did not answer/);
});

Deno.test("backups: snapshots that are too slow leave what the group itself tells", async () => {
  await using pbs = startPbs();
  pbs.misbehave("/snapshots", { kind: "hang" });
  const found = await backupsReport(pbs, null);
  assertEquals(
    line(found, "ct/102"),
    "unknown | ct/102 | mgmt · 15 h ago, unknown if good (main is still being read)",
  );
  assertEquals(line(found, "ct/999"), "unknown | ct/999 | unknown: main is still being read");
  assertStringIncludes(
    line(found, "datastore main"),
    "unknown | datastore main | the backups of 5 guests were not read whole: it is still being read",
  );
});

Deno.test("backups: a namespace that is not told makes nobody late, and is named", async () => {
  await using pbs = startPbs();
  await using pve = startPve();
  pbs.misbehave("/groups?ns=pve1", { kind: "truncated" });
  const found = await backupsReport(pbs, pve);
  assertStringIncludes(line(found, "datastore main/pve1"), "could not be read: broke off");
  assertStringIncludes(line(found, "ct/114"), "unknown | ct/114");
  assertStringIncludes(line(found, "ct/105"), "bad | ct/105");
});

Deno.test("backups: an empty PBS is no good news, and a dead one is one row", async () => {
  await using pbs = startPbs();
  await using pve = startPve();
  pbs.misbehave("/groups", { kind: "empty" });
  const none = await backupsReport(pbs, pve);
  assertStringIncludes(line(none, "ct/102"), "warn | ct/102 | mgmt · no backup, in no backup job");
  assertStringIncludes(line(none, "PBS"), "shows no backups at all");
  pbs.misbehave("/admin/datastore", { kind: "empty" });
  const blind = await backupsReport(pbs, pve);
  assertEquals([blind.level, lines(blind).length], ["unknown", 1]);
  pbs.misbehave("/admin/datastore", { kind: "status", status: 401, text: SECRET, ms: 100 });
  const refused = await backupsReport(pbs, pve);
  assertEquals([refused.level, lines(refused).length], ["unknown", 1]);
  assert(!JSON.stringify(refused).includes(SECRET));
  pbs.misbehave("/admin/datastore", { kind: "hang" });
  assertEquals((await backupsReport(pbs, pve)).level, "bad");
});
