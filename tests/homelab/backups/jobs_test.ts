/** Backups against a PBS and a PVE that were written from their sources. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { renderReport } from "../../../lib/telegram/features/homelab/render.ts";
import { readTaskLog } from "../../../lib/homelab/backups/task_logs.ts";
import { isOurs } from "../../../lib/homelab/backups/subjects.ts";
import {
  DAY_S,
  group,
  guest,
  homelab,
  HOUR_S,
  LAST_NIGHT,
  nightly,
  NIGHTLY_JOB,
  PBS_STORAGE,
  S,
  store,
  vzdump,
} from "../proxmox/models.ts";
import { line, lines } from "../proxmox/stage.ts";
import { PVE_AUDITOR, type PveModel, type PveTask } from "../../sim/homelab/pve.ts";

const NAS = { storage: "nas", type: "nfs", shared: true, content: "backup" };
const LISTS = {
  user: [{ path: "/", role: "Lists" }],
  token: [{ path: "/", role: "Lists" }],
};

Deno.test("backups: what ran in time is well, by the jobs of PVE", async () => {
  await using lab = homelab();
  assertEquals(lines(await lab.ask("backups")), [
    "ok | ct/101 | guest101 · 17 h ago · verified",
    "ok | vm/102 | guest102 · 17 h ago · verified",
  ]);
});

Deno.test("backups: one vmid in two namespaces is two guests, each with its own age", async () => {
  const old = nightly(3, LAST_NIGHT - 12 * DAY_S + 41);
  const namespaces = {
    "": [],
    a: [group("ct/101"), group("vm/102")],
    b: [group("ct/101", old)],
  };
  const stores = [store("main", { namespaces })];
  await using lab = homelab({ stores }, { storages: [{ ...PBS_STORAGE, namespace: "a" }] });
  const found = await lab.ask("backups");
  assertStringIncludes(line(found, "ct/101"), "ok | ct/101 | guest101 · 17 h ago");
  assertStringIncludes(line(found, "ct/101 in main/b"), "bad | ct/101 in main/b | late: 12 d ago");
  const alone = await lab.ask("alone");
  assertStringIncludes(line(alone, "ct/101 in main/a"), "ok | ");
  assertStringIncludes(line(alone, "ct/101 in main/b"), "bad | ct/101 in main/b | late: 12 d ago");
  assertStringIncludes(line(alone, "vm/102"), "ok | vm/102");
});

Deno.test("backups: a copy that a sync made is no other guest", async () => {
  const namespaces = { "": [group("ct/101"), group("vm/102")], off: [group("ct/101", nightly(3))] };
  await using lab = homelab({ stores: [store("main", { namespaces })] });
  for (const name of ["backups", "alone"] as const) {
    const found = await lab.ask(name);
    assertEquals(found.rows.filter(({ detail }) => !detail).map((row) => row.name), [
      "ct/101",
      "vm/102",
    ], name);
    assertEquals(line(found, "ct/101 in main/off"), "ok (detail) | ct/101 in main/off | 17 h ago");
  }
});

Deno.test("backups: a weekly job to PBS and a daily one to a NAS are judged where they write to", async () => {
  const sunday = LAST_NIGHT - 5 * DAY_S; // 2026-11-15
  const stores = [store("main", {
    namespaces: { "": [group("ct/101", nightly(1, sunday)), group("vm/102", nightly(1, sunday))] },
  })];
  const jobs = [
    { id: "weekly", storage: "pbs", schedule: "sun 02:00", vmid: "101,102", enabled: 1 },
    { id: "daily", storage: "nas", schedule: "02:00", vmid: "101,103", enabled: 1 },
  ];
  const guests = [guest("ct/101"), guest("vm/102"), guest("ct/103")];
  const backups = [
    { type: "lxc", vmid: 101, ctime: LAST_NIGHT + 60 },
    { type: "lxc", vmid: 103, ctime: LAST_NIGHT + 90 },
  ] as const;
  await using lab = homelab(
    { stores },
    { jobs, guests, storages: [PBS_STORAGE, { ...NAS, backups }], access: LISTS },
  );
  const found = await lab.ask("backups");
  assertEquals(found.level, "ok", lines(found).join("\n"));
  assertStringIncludes(line(found, "ct/103"), "ok | ct/103 | guest103 · 17 h ago");
  assertStringIncludes(line(found, "vm/102"), "ok | vm/102 | guest102 · 5 d ago");
  assertMatch(line(found, "ct/101"), /ok \| ct\/101 \| guest101 · main: 5 d ago.*nas: 17 h ago/);
  lab.pve.model.storages = [PBS_STORAGE, {
    ...NAS,
    backups: [{ ...backups[0], ctime: S - 3 * DAY_S }],
  }];
  const late = await lab.ask("backups");
  assertMatch(
    line(late, "ct/101"),
    /^bad \| ct\/101 \| guest101 · nas: late: 3 d ago; main: 5 d ago/,
  );
  assertStringIncludes(line(late, "ct/103"), "bad | ct/103 | guest103 · no backup");
});

/** Guests 101 to 103 go to a NAS each night; an auditor looks. */
const toNas = (nodeTasks: PveTask[], change: Partial<PveModel> = {}) =>
  homelab({ stores: [store("main")] }, {
    guests: ["ct/101", "vm/102", "ct/103"].map((each) => guest(each)),
    jobs: [{ ...NIGHTLY_JOB, storage: "nas" }],
    ...{ storages: [NAS], nodeTasks, ...change },
  });
const ALL = ["ct/101", "vm/102", "ct/103"];
const linesOf = ({ log = [] }: PveTask) => log === "refused" ? [] : log;
const daysAgo = (days: number) => LAST_NIGHT + 60 - days * DAY_S;

Deno.test("backups: what an auditor may not list on a NAS, the task logs tell", async () => {
  const failed = ["vm/102"];
  await using lab = toNas([
    vzdump(daysAgo(0), ALL, { failed }),
    vzdump(daysAgo(1), ALL, { failed }),
    vzdump(daysAgo(2), ALL),
    vzdump(daysAgo(3), ["ct/101"], { options: "--storage other" }),
  ]);
  const found = await lab.ask("backups");
  assertEquals(line(found, "ct/101"), "ok | ct/101 | guest101 · 17 h ago · by its task log");
  assertEquals(line(found, "vm/102"), "bad | vm/102 | guest102 · late: 2 d ago · by its task log");
  assertMatch(line(found, "ct/103"), /^ok \| ct\/103 \| guest103 · 17 h ago/);
  const asked = lab.pve.requests.length;
  await lab.ask("backups");
  const again = lab.pve.requests.slice(asked).filter((each) => each.includes("/log"));
  assertEquals(again, []); // What has ended changes no more.
});

for (
  const [what, nodeTasks, change, said] of [
    ["there is no log", [], {}, /no task log of pve1 tells of a backup on nas/],
    ["it went elsewhere", [vzdump(daysAgo(0), ALL, { options: "--storage other" })], {}, /no task/],
    [
      "it went to a directory",
      [vzdump(daysAgo(0), ALL, { options: "--dumpdir /x" })],
      {},
      /no task/,
    ],
    ["it failed", [vzdump(daysAgo(0), ALL, { failed: ALL })], {}, /no task log/],
    [
      "it was deleted",
      [vzdump(daysAgo(0), ALL), {
        ...{ node: "pve1", type: "imgdel", id: "101@nas", starttime: S - 60, endtime: S - 59 },
      }],
      {},
      /something of it was deleted from nas since/,
    ],
    ["its node is offline", [vzdump(daysAgo(0), ALL)], {
      nodes: [{ node: "pve1", online: false }, { node: "pve2" }],
    }, /the task logs of pve1 are not known: it is offline/],
    ["the token lacks the right", [vzdump(daysAgo(0), ALL)], {
      access: {
        ...PVE_AUDITOR,
        token: [{ path: "/", role: "PVEAuditor" }, { path: "/nodes", role: "NoAccess" }],
      },
    }, /token lacks Sys.Audit on \/nodes\/pve1/],
    ["the NAS is gone", [vzdump(daysAgo(0), ALL)], {
      storages: [{ ...NAS, away: true }],
    }, /storage nas is not available/],
  ] as const
) {
  Deno.test(`backups: on a NAS that nobody may list a guest is unknown when ${what}`, async () => {
    await using lab = toNas([...nodeTasks], change as Partial<PveModel>);
    const found = line(await lab.ask("backups"), "ct/101");
    assertMatch(found, /^unknown \| ct\/101 \| (guest101 · )?.*unknown/);
    assertMatch(found, said);
  });
}

Deno.test("backups: of 400 task logs no more are read than say which backups are the newest", async () => {
  const daily = Array.from({ length: 30 }, (_, day) => vzdump(daysAgo(day), ALL));
  const others = Array.from(
    { length: 370 },
    (_, n) => vzdump(daysAgo(1) - n * 5_000, ["ct/900"], { options: "--storage other" }),
  );
  await using lab = toNas([...daily, ...others]);
  for (let look = 0; look < 4; look++) await lab.ask("backups");
  assertMatch(line(await lab.ask("backups"), "ct/101"), /^ok /);
  const logs = lab.pve.requests.filter((each) => each.includes("/log"));
  assert(logs.length <= 12, `${logs.length} logs were read`);
  // A guest without any is looked for in all of them, a few at each look.
  lab.pve.model.guests = [...lab.pve.model.guests, guest("ct/104")];
  const before = lab.pve.requests.length;
  const found = await lab.ask("backups");
  assertMatch(line(found, "ct/104"), /^unknown .* not all task logs of pve1 are read yet/);
  assertMatch(line(found, "ct/101"), /^ok /);
  const more = lab.pve.requests.slice(before).filter((each) => each.includes("/log"));
  assert(more.length <= 12, `${more.length} logs were read at once`);
});

Deno.test("backups: the log of a task tells when each guest was saved, whatever a guest's files are called", () => {
  const task = vzdump(daysAgo(0), ALL);
  const [head, ...rest] = linesOf(task);
  const lines = [
    head!,
    "INFO: Finished Backup of VM 999 (00:00:01)", // None began.
    "INFO: tar: ./INFO: Starting Backup of VM 998 (lxc): file changed as we read it",
    ...rest,
  ];
  const { storage, guests } = readTaskLog(lines, { ...task, upid: "x" });
  assertEquals(storage, "nas");
  const at = daysAgo(0) * 1000;
  assertEquals([...guests], [["ct/101", at], ["vm/102", at + 600_000], ["ct/103", at + 1_200_000]]);
});

Deno.test("backups: a guest that goes to a NAS nobody may list is well when PBS has a copy in time", async () => {
  const jobs = [{ ...NIGHTLY_JOB, storage: "nas" }];
  await using lab = homelab({}, { jobs, storages: [NAS] });
  assertStringIncludes(
    line(await lab.ask("backups"), "ct/101"),
    "ok | ct/101 | guest101 · 17 h ago · verified · in main",
  );
});

for (
  const [maintenance, said] of [
    ["offline,message=disk swap", "main is in maintenance (offline): disk swap"],
    [
      'type=offline,message="swap, then scrub"',
      "main is in maintenance (offline): swap, then scrub",
    ],
    ["unmount", "main is being unmounted"],
    ["delete", "main is being deleted"],
    ["s3-refresh", "main is in maintenance (its S3 cache is refreshed)"],
  ] as const
) {
  Deno.test(`backups: in '${maintenance}' its guests are unknown, and one late elsewhere is late`, async () => {
    const stores = [
      store("main", { maintenance, namespaces: { "": [group("ct/101"), group("vm/102")] } }),
      store("other", { namespaces: { "": [group("ct/103", nightly(3, LAST_NIGHT - 5 * DAY_S))] } }),
    ];
    const other = { ...PBS_STORAGE, storage: "other", datastore: "other" };
    const jobs = [
      { ...NIGHTLY_JOB, all: 0, vmid: "101,102" },
      { ...NIGHTLY_JOB, all: 0, vmid: "103", storage: "other" },
    ];
    const guests = [guest("ct/101"), guest("vm/102"), guest("ct/103")];
    await using lab = homelab({ stores }, { jobs, guests, storages: [PBS_STORAGE, other] });
    const found = await lab.ask("backups");
    assertEquals(line(found, "ct/101"), `unknown | ct/101 | guest101 · unknown, ${said}`);
    assertStringIncludes(line(found, "ct/103"), "bad | ct/103 | guest103 · late: 5 d ago");
    assertStringIncludes(line(found, "datastore main"), said.replace("main is ", ""));
    const pbs = await lab.ask("pbs");
    assertStringIncludes(line(pbs, "main maintenance"), said.replace("main is ", ""));
    assert(pbs.level !== "ok");
  });
}

Deno.test("backups: in read-only maintenance all can be read, and late is late", async () => {
  const stores = [store("main", {
    maintenance: "read-only",
    namespaces: { "": [group("ct/101", nightly(3, LAST_NIGHT - 2 * DAY_S)), group("vm/102")] },
  })];
  await using lab = homelab({ stores });
  assertStringIncludes(line(await lab.ask("backups"), "ct/101"), "bad | ct/101 | guest101 · late");
  assertStringIncludes(
    line(await lab.ask("pbs"), "main maintenance"),
    "warn | main maintenance | in",
  );
});

const SCHEDULES: readonly (readonly [string, number, string])[] = [
  ["*-*-01 03:00", 19.6 * DAY_S, "ok"], // 1 November, 04:00
  ["*-*-01 03:00", 25 * DAY_S, "warn"],
  ["*-*-01 03:00", 60 * DAY_S, "bad"],
  ["yearly", 300 * DAY_S, "ok"],
  ["02-29 02:00", 900 * DAY_S, "ok"], // June 2024; the next is in 2028.
  ["02-29 02:00", 1000 * DAY_S, "warn"],
  ["2020-01-01", 2000 * DAY_S, "ok"], // Never again.
  ["hourly", 2 * HOUR_S, "ok"],
  ["hourly", 3 * HOUR_S, "warn"],
  ["hourly", 20 * HOUR_S, "bad"],
  ["*/2:00", 3 * HOUR_S, "ok"],
  ["*/2:00", 10 * HOUR_S, "bad"],
  ["*:*", 1 * HOUR_S, "ok"],
  ["*:*", 30 * DAY_S, "bad"],
  ["mon..fri 02:00", 17.6 * HOUR_S, "ok"],
];

for (const [schedule, age, level] of SCHEDULES) {
  Deno.test(`backups: '${schedule}', newest ${Math.round(age / HOUR_S)} h ago: ${level}`, async () => {
    const one = [{ time: Math.round(S - age), verified: "ok" as const }];
    const stores = [store("main", { namespaces: { "": [group("ct/101", one)] } })];
    const guests = [guest("ct/101")];
    await using lab = homelab({ stores }, { guests, jobs: [{ ...NIGHTLY_JOB, schedule }] });
    assertMatch(line(await lab.ask("backups"), "ct/101"), new RegExp(`^${level} \\|`));
    assert(lab.pve.requests.length <= 6, lab.pve.requests.join("\n"));
  });
}

Deno.test("backups: the guests of one run share what PVE says of their schedule, and it is remembered", async () => {
  const ids = Array.from({ length: 60 }, (_, index) => 200 + index);
  const groups = ids.map((id, index) => group(`ct/${id}`, nightly(2, LAST_NIGHT + index * 60)));
  const guests = ids.map((id) => guest(`ct/${id}`));
  await using lab = homelab({ stores: [store("main", { namespaces: { "": groups } })] }, {
    guests,
  });
  const analyzed = () =>
    lab.pve.requests.filter((each) => each.includes("schedule-analyze")).length;
  assertEquals((await lab.ask("backups")).level, "ok");
  assertEquals(analyzed(), 1);
  await lab.ask("backups");
  assertEquals(analyzed(), 1);
});

Deno.test("backups: 10,000 manifests of 8 ms are read behind the look, and remembered", async () => {
  const groups = Array.from(
    { length: 100 },
    (_, index) => group(`ct/${200 + index}`, nightly(100)),
  );
  const guests = Array.from({ length: 100 }, (_, index) => guest(`ct/${200 + index}`));
  const stores = [store("main", { namespaces: { "": groups } })];
  // A look ends five times sooner here, and so does a manifest.
  await using lab = homelab({ stores, manifestMs: 8 / 5 }, { guests }, 5);
  const first = await lab.probes.backups.check(new AbortController().signal);
  assert(
    first.rows.every(({ level }) => level !== "bad" && level !== "warn"),
    lines(first).join("\n"),
  );
  const open = first.rows.filter(({ level, note }) => level === "unknown" && !note);
  assert(open.length > 0, "it was too slow to be read whole");
  assertMatch(open[0]!.text, /17 h ago, unknown if good \(main is still being read\)/);
  const [, second] = renderReport(first).text.split("\n");
  assertMatch(second ?? "", /^⚪ datastore main: the backups of \d+ guests were not read whole/);
  for (let look = 0; look < 20; look++) {
    const next = await lab.probes.backups.check(new AbortController().signal);
    if (next.level === "ok") break;
  }
  const asked = lab.pbs.requests.length;
  assertEquals((await lab.ask("backups")).level, "ok");
  assertEquals(lab.pbs.requests.slice(asked).filter((each) => each.includes("/snapshots")), []);
});

Deno.test("backups: 3 datastores of 60 namespaces never ask more at once than a server is asked", async () => {
  const namespaces = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [index === 0 ? "" : `ns${index}`, [
      group(`ct/${300 + index}`),
    ]]),
  );
  const stores = ["a", "b", "c"].map((name) => store(name, { namespaces }));
  await using lab = homelab({ stores, manifestMs: 1 });
  await Promise.all([lab.ask("alone"), lab.ask("pbs")]);
  assert(lab.pbs.requests.length > 200, `${lab.pbs.requests.length}`);
  assert(lab.pbs.most <= 12, `${lab.pbs.most} at once`);
});

Deno.test("backups: a datastore that hangs costs its own guests, and no other", async () => {
  const hung = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [index === 0 ? "" : `ns${index}`, []]),
  );
  const stores = [
    store("main", { namespaces: { "": [group("ct/101"), group("vm/102")] } }),
    store("dead", { namespaces: hung }),
  ];
  await using lab = homelab({ stores }, {}, 2);
  lab.pbs.misbehave("/dead/groups", { kind: "hang" });
  const found = await lab.ask("backups");
  assertStringIncludes(line(found, "ct/101"), "ok | ct/101");
  assertStringIncludes(
    line(found, "datastore dead"),
    "unknown | datastore dead | could not be read",
  );
});

Deno.test("backups: PVE that does not answer is remembered for a day, and that is said", async () => {
  await using lab = homelab();
  assertEquals((await lab.ask("backups")).level, "ok");
  lab.pve.misbehave("/", { kind: "status", status: 500 });
  const found = await lab.ask("backups");
  assertStringIncludes(line(found, "ct/101"), "ok | ct/101");
  assertMatch(line(found, "PVE"), /^unknown \| PVE \| .*judged by what it said/);
  assertEquals(found.level, "unknown");
});

Deno.test("backups: a new backup is asked about anew, and a corrupt one is found", async () => {
  await using lab = homelab();
  assertEquals((await lab.ask("backups")).level, "ok");
  const newer = [{ time: S - HOUR_S, verified: "failed" as const }, ...nightly()];
  lab.pbs.model.stores = [
    store("main", { namespaces: { "": [group("ct/101", newer), group("vm/102")] } }),
  ];
  assertStringIncludes(
    line(await lab.ask("backups"), "ct/101"),
    "bad | ct/101 | guest101 · newest backup (1 h ago) is corrupt, last good one 17 h ago",
  );
});

Deno.test("backups: a manifest that cannot be read is no good backup", async () => {
  const broken = [{ time: S - HOUR_S, broken: true }, ...nightly()];
  const stores = [
    store("main", { namespaces: { "": [group("ct/101", broken), group("vm/102")] } }),
  ];
  await using lab = homelab({ stores });
  assertStringIncludes(
    line(await lab.ask("backups"), "ct/101"),
    "bad | ct/101 | guest101 · newest backup (1 h ago) is without a manifest that can be read",
  );
});

Deno.test("backups: a job that writes elsewhere from now on makes nobody late before it has run", async () => {
  const namespaces = {
    "": [group("ct/101"), group("vm/102", nightly(3, LAST_NIGHT - DAY_S))],
    new: [],
  };
  const moved = { ...PBS_STORAGE, storage: "new", namespace: "new" };
  await using lab = homelab(
    { stores: [store("main", { namespaces })] },
    { storages: [PBS_STORAGE, moved], jobs: [{ ...NIGHTLY_JOB, storage: "new" }] },
  );
  const found = await lab.ask("backups");
  assertStringIncludes(
    line(found, "ct/101"),
    "ok | ct/101 | guest101 · 17 h ago · verified · in main",
  );
  assertStringIncludes(line(found, "vm/102"), "bad | vm/102 | guest102 · no backup");
});

Deno.test("backups: a target that never gets anything is not hidden by another job's backups", async () => {
  const jobs = [NIGHTLY_JOB, { ...NIGHTLY_JOB, id: "second", storage: "nas" }];
  await using lab = homelab({}, { jobs, storages: [PBS_STORAGE, NAS], access: LISTS });
  const found = await lab.ask("backups");
  assertMatch(
    line(found, "ct/101"),
    /^bad \| ct\/101 \| guest101 · nas: no backup; main: 17 h ago/,
  );
});

Deno.test("backups: two PBS with a datastore of one name are told apart by the server's", async () => {
  const storages = [
    { ...PBS_STORAGE, server: "127.0.0.1" },
    { ...PBS_STORAGE, storage: "far", server: "pbs2.lan" },
  ];
  const jobs = [{ ...NIGHTLY_JOB, all: 0, vmid: "101" }, {
    ...{ ...NIGHTLY_JOB, storage: "far", all: 0, vmid: "103" },
  }];
  const guests = [guest("ct/101"), guest("ct/103")];
  await using lab = homelab({}, { storages, jobs, guests });
  const found = await lab.ask("backups");
  assertStringIncludes(line(found, "ct/101"), "ok | ");
  assertStringIncludes(
    line(found, "ct/103"),
    "unknown | ct/103 | guest103 · unknown: token may not",
  );
});

for (
  const [server, hostname, same] of [
    ["fd00::6", "[fd00::6]", true],
    ["FD00:0:0::6", "[fd00::6]", true],
    ["[fd00::6]", "[fd00::6]", true],
    ["PBS.lan", "pbs.lan", true],
    ["pbs.lan.", "pbs.lan", true],
    ["fe80::6%vmbr0", "[fe80::7]", false],
    ["fd00::7", "[fd00::6]", false],
    ["10.0.0.66", "10.0.0.6", false],
  ] as const
) {
  Deno.test(`backups: storage on '${server}' is ${same ? "" : "not "}in the PBS at ${hostname}`, () => {
    const pbs = { type: "pbs", datastore: "main" };
    const storage = { ...pbs, storage: "pbs", server };
    const stores = ["main"];
    // Another one has the name that is asked, or one that is none of it.
    const here = { ...pbs, storage: "here", server: hostname };
    const there = { ...pbs, storage: "there", server: "elsewhere.lan" };
    assertEquals(isOurs(storage, [storage, here], { hostname, stores }), same);
    if (same) assertEquals(isOurs(there, [storage, there], { hostname, stores }), false);
  });
}

Deno.test("backups: a guest of a pool is in its job, and 'exclude' is not for pools", async () => {
  const guests = [guest("ct/101", { pool: "web" }), guest("vm/102")];
  const jobs = [{ ...NIGHTLY_JOB, all: undefined, pool: "web", exclude: "101" }];
  await using lab = homelab({}, { guests, jobs });
  const old = nightly(2, LAST_NIGHT - 2 * DAY_S);
  lab.pbs.model.stores = [store("main", { namespaces: { "": [group("ct/101", old)] } })];
  const found = await lab.ask("backups");
  assertStringIncludes(line(found, "ct/101"), "bad | ct/101 | guest101 · late");
  assertStringIncludes(
    line(found, "vm/102"),
    "warn | vm/102 | guest102 · no backup, in no backup job",
  );
});

Deno.test("backups: a guest whose backup the log calls failed is not saved by it", () => {
  const task = vzdump(daysAgo(0), ALL);
  const late = "ERROR: Backup of VM 102 failed - hook script failed";
  const lines = linesOf(task).flatMap((line) =>
    line.startsWith("INFO: Finished Backup of VM 102") ? [line, late] : [line]
  );
  const { guests } = readTaskLog(lines, { ...task, upid: "x" });
  assertEquals([...guests.keys()], ["ct/101", "ct/103"]);
});

Deno.test("backups: a log that PVE does not give is named with the reason", async () => {
  await using lab = toNas([
    { ...vzdump(daysAgo(0), ALL), log: "refused" },
    vzdump(daysAgo(1), ALL),
  ]);
  const found = line(await lab.ask("backups"), "ct/101");
  assertMatch(
    found,
    /^(warn|unknown) .*a task log of pve1 cannot be read: answered with status 500/,
  );
  assert(!found.includes("yet"), found);
});

Deno.test("backups: where more was deleted than PVE lists, nobody knows what is left", async () => {
  const deletions = (count: number, from: number) =>
    Array.from({ length: count }, (_, n): PveTask => ({
      ...{ node: "pve1", type: "imgdel", id: "900@nas" },
      ...{ starttime: from - n, endtime: from - n },
    }));
  for (
    const [count, from, said] of [
      [499, S - 60, /^ok /],
      [600, S - 60, /^unknown .*pve1 does not list all that was deleted since/],
      [600, daysAgo(1), /^ok /], // All since the backup are listed.
    ] as const
  ) {
    await using lab = toNas([vzdump(daysAgo(0), ALL), ...deletions(count, from)]);
    assertMatch(line(await lab.ask("backups"), "ct/101"), said, `${count}`);
  }
});
