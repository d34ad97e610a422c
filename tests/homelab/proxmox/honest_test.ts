/**
 * A report is true or says that it does not know: whatever is taken away of what PBS and PVE tell (an
 * answer, a right, a row), no line turns greener.
 */
import { assert } from "@std/assert";
import type { Level } from "../../../lib/level.ts";
import type { Report } from "../../../lib/homelab/report.ts";
import type { Access, Grant } from "../../sim/homelab/rights.ts";
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
  task,
  vzdump,
} from "./models.ts";
import { lines } from "./stage.ts";

const NAMES = ["pbs", "backups", "alone", "pve"] as const;
type Name = typeof NAMES[number];
type Lab = ReturnType<typeof homelab>;
type Reports = Readonly<Record<Name, Report>>;

const finished = (state: string, hours: number) => ({
  ...{ kind: "finished" as const, upid: `UPID:pbs:job:${state}:${hours}`, state },
  endtime: S - hours * HOUR_S,
});

/** A homelab in which nearly everything is wrong in its own way. */
function sick(hurry = 1): Lab {
  const late = nightly(4, LAST_NIGHT - 4 * DAY_S + 77);
  const corrupt = nightly().map((each, index) =>
    index === 0 ? { ...each, verified: "failed" as const } : each
  );
  return homelab({
    stores: [
      store("main", {
        ...{ used: 3.9e12, stillBad: 3, full: S + 5 * DAY_S },
        gc: { schedule: "daily", run: finished("gc failed", 5) },
        namespaces: {
          "": [group("ct/101", corrupt), group("vm/102"), group("ct/103", late)],
          b: [group("ct/101", nightly(3, LAST_NIGHT - 12 * DAY_S + 13))],
        },
      }),
      store("cold", { maintenance: "offline,message=swap", namespaces: { "": [group("ct/105")] } }),
      store("ro", { maintenance: "read-only" }),
      store("usb", { mounted: false }),
    ],
    sync: [
      {
        ...{ id: "s-pull", store: "main", remote: "r1", "remote-store": "x", schedule: "hourly" },
        run: finished("connection refused", 2),
      },
      {
        ...{ id: "s-push", store: "main", remote: "r1", "remote-store": "y", schedule: "daily" },
        ...{ "sync-direction": "push", run: finished("permission denied", 3) },
      },
    ],
    verify: [{ id: "v1", store: "main", schedule: "daily", run: finished("verify failed", 9) }],
    prune: [{
      ...{ id: "p1", store: "main", schedule: "daily" },
      run: { kind: "created", time: S - 3 * DAY_S },
    }],
    tasks: [
      task({ status: "no space left" }),
      task({ worker_type: "syncjob", worker_id: "s-pull", status: "connection refused" }),
      task({ worker_type: "logrotate", worker_id: null, status: "unknown" }),
    ],
  }, {
    access: { user: [{ path: "/", role: "Lists" }], token: [{ path: "/", role: "Lists" }] },
    nodes: [{ node: "pve1" }, { node: "pve2", online: false }],
    cluster: { name: "home", quorate: 0 },
    guests: [
      ...[guest("ct/101"), guest("vm/102"), guest("ct/103"), guest("ct/104"), guest("ct/105")],
      guest("ct/106", { node: "pve2" }),
      guest("ct/107", { status: "stopped", onboot: true }),
      guest("vm/108", { status: "stopped", ha: "error" }),
      guest("vm/109", { status: "io-error" }),
      guest("vm/110", { status: "paused", pool: "web" }),
    ],
    storages: [
      PBS_STORAGE,
      { ...PBS_STORAGE, storage: "cold", datastore: "cold" },
      {
        ...{ storage: "nas", type: "nfs", shared: true },
        backups: [{ type: "lxc", vmid: 104, ctime: S - 3 * DAY_S }],
      },
      { storage: "gone", type: "nfs", shared: true, away: true },
    ],
    jobs: [
      { ...NIGHTLY_JOB, all: 0, vmid: "101,102,103,107,108,109" },
      { ...NIGHTLY_JOB, id: "nas", all: 0, vmid: "104", storage: "nas" },
      { ...NIGHTLY_JOB, id: "cold", all: 0, vmid: "105", storage: "cold" },
      { ...NIGHTLY_JOB, id: "web", all: 0, pool: "web" },
    ],
    replication: [{
      ...{ id: "101-0", guest: 101, target: "pve2" },
      state: { last_sync: S - DAY_S, fail_count: 3, error: "no route to host" },
    }],
  }, hurry);
}

/** One in which all is well, and everything is there. */
function well(hurry = 1): Lab {
  return homelab({
    stores: [store("main", {
      gc: { schedule: "daily", run: finished("OK", 5) },
      namespaces: { "": [group("ct/101"), group("vm/102"), group("ct/103")] },
    })],
    sync: [{
      ...{ id: "s1", store: "main", remote: "r1", "remote-store": "x", schedule: "daily" },
      run: finished("OK", 2),
    }],
    verify: [{ id: "v1", store: "main", schedule: "daily", run: finished("OK", 9) }],
    prune: [{ id: "p1", store: "main", schedule: "daily", run: finished("OK", 9) }],
  }, {
    replication: [{ id: "101-0", guest: 101, target: "pve1b", state: { last_sync: S - 60 } }],
    guests: [
      ...[guest("ct/101"), guest("vm/102"), guest("ct/103", { status: "stopped" })],
      guest("ct/104"),
    ],
    storages: [PBS_STORAGE, { storage: "nas", type: "nfs", shared: true }],
    jobs: [
      { ...NIGHTLY_JOB, exclude: "104" },
      { ...NIGHTLY_JOB, id: "nas", all: 0, vmid: "104", storage: "nas" },
    ],
    nodeTasks: [vzdump(LAST_NIGHT + 60, ["ct/104"])],
  }, hurry);
}

async function reportsOf(lab: Lab): Promise<Reports> {
  const all = await Promise.all(NAMES.map(async (name) => [name, await lab.ask(name)] as const));
  for (const { name, level, text } of all.flatMap(([, { rows }]) => rows)) {
    // "Unknown" alone says nothing: a reason follows.
    if (level === "unknown") {
      assert(!/(^|· )unknown$/.test(text) && text.length > 12, `${name}: ${text}`);
    }
  }
  return Object.fromEntries(all) as Record<Name, Report>;
}

const URGENCY: readonly Level[] = ["ok", "unknown", "warn", "bad"];
const greener = (before: Level, after: Level) =>
  after !== "unknown" && before !== after && URGENCY.indexOf(after) < URGENCY.indexOf(before);

/** What turned greener, as sentences; a line that is gone counts unless `mayGo` lets it. */
function turnedGreener(before: Report, after: Report, mayGo: (name: string) => boolean): string[] {
  const levels = (report: Report) => new Map(report.rows.map(({ name, level }) => [name, level]));
  const now = levels(after);
  return [...levels(before)].flatMap(([name, level]) => {
    const found = now.get(name);
    if (level === "ok" || mayGo(name)) return [];
    if (found === undefined) {
      const told = after.rows.some((row) => row.level !== "ok");
      return told ? [] : [`${name}: ${level} is gone`];
    }
    return greener(level, found) ? [`${name}: ${level} became ${found}`] : [];
  });
}

function assertNotGreener(
  before: Reports,
  after: Reports,
  without: string,
  mayGo: (name: string) => boolean = () => false,
): void {
  for (const name of NAMES) {
    const found = turnedGreener(before[name], after[name], mayGo);
    // Its level is that of the worst line; what is not known stands beside it.
    const open = after[name].level !== "ok" &&
      after[name].rows.some(({ level }) => level === "unknown");
    const whole = greener(before[name].level, after[name].level) && !open && !mayGo("")
      ? [`/${name}: ${before[name].level} became ${after[name].level}`]
      : [];
    const told = [...found, ...whole];
    assert(
      told.length === 0,
      `without ${without}, in ${name}:\n${told.join("\n")}\n${lines(after[name]).join("\n")}`,
    );
  }
}

/** The paths that a lab is asked for, without what differs from guest to guest. */
function pathsOf(requests: readonly string[]): string[] {
  return [...new Set(requests.map((each) => each.replace(/^GET \/api2\/json/, "").split("?")[0]!))];
}

const FAULTS = [
  { kind: "status", status: 500, text: "internal error" },
  { kind: "status", status: 403, text: "permission check failed" },
  { kind: "text", text: "Starting" },
  { kind: "truncated" },
  { kind: "hang" },
] as const;

for (const fault of FAULTS) {
  const said = "status" in fault ? fault.status : fault.kind;
  const hurry = fault.kind === "hang" ? 10 : 1;
  Deno.test(`honest: without any one answer (${said}) no line turns greener`, async () => {
    await using lab = sick();
    const before = await reportsOf(lab);
    for (const side of ["pbs", "pve"] as const) {
      for (const path of pathsOf(lab[side].requests)) {
        await using other = sick(hurry);
        other[side].misbehave(`/api2/json${path}`, fault);
        assertNotGreener(before, await reportsOf(other), `${side} ${path}`);
      }
    }
  });

  Deno.test(`honest: where all is well, an answer that is missing (${said}) is seen`, async () => {
    await using lab = well();
    const before = await reportsOf(lab);
    for (const name of NAMES) {
      assert(before[name].level === "ok", lines(before[name]).join("\n"));
    }
    for (const side of ["pbs", "pve"] as const) {
      for (const path of pathsOf(lab[side].requests)) {
        await using other = well(hurry);
        other[side].misbehave(`/api2/json${path}`, fault);
        const after = await reportsOf(other);
        const seen = NAMES.some((name) => after[name].level !== "ok");
        assert(seen, `without ${side} ${path} all is green`);
        for (const name of NAMES) {
          const invented = after[name].rows.filter(({ level, name: row, service }) =>
            (level === "bad" || level === "warn") && !service &&
            before[name].rows.find((each) => each.name === row)?.level === "ok"
          );
          assert(invented.length === 0, `without ${side} ${path}: ${JSON.stringify(invented)}`);
        }
      }
    }
  });
}

const PRIVILEGES = {
  pbs: ["Sys.Audit", "Datastore.Audit", "Remote.Audit"],
  pve: [
    "Sys.Audit",
    "VM.Audit",
    "Datastore.Audit",
    "Pool.Audit",
    "Datastore.AllocateSpace",
    "VM.Backup",
  ],
};
const PLACES = {
  pbs: ["/datastore", "/datastore/main", "/datastore/main/b", "/remote", "/remote/r1", "/system"],
  pve: ["/vms", "/vms/101", "/storage", "/storage/nas", "/storage/pbs", "/nodes", "/pool"],
};

for (const side of ["pbs", "pve"] as const) {
  for (const who of ["user", "token"] as const) {
    Deno.test(`honest: without any one right of the ${who} in ${side} no line turns greener`, async () => {
      await using lab = sick();
      const before = await reportsOf(lab);
      const all: Grant[] = [{ path: "/", role: `=${PRIVILEGES[side].join(",")}` }];
      const takeAway: [string, Grant[]][] = [
        ...PRIVILEGES[side].map((privilege): [string, Grant[]] => [privilege, [{
          path: "/",
          role: `=${PRIVILEGES[side].filter((each) => each !== privilege).join(",")}`,
        }]]),
        ...PLACES[side].map((path): [string, Grant[]] => [
          `all on ${path}`,
          [...all, { path, role: "NoAccess" }],
        ]),
        ["propagation", [{ ...all[0]!, propagate: false }]],
        ["all", []],
      ];
      for (const [what, grants] of takeAway) {
        await using other = sick();
        const access: Access = { user: all, token: all, [who]: grants };
        other[side].model.access = access;
        // A thing that is hidden by itself cannot be known of; what hides a kind of things is named.
        const single = /^all on \/\w+\/./.test(what);
        assertNotGreener(
          before,
          await reportsOf(other),
          `${what} (${who})`,
          (name) => single && name !== "",
        );
      }
    });
  }
}

Deno.test("honest: without any one row of any list no other line turns greener", async () => {
  await using lab = sick();
  const before = await reportsOf(lab);
  for (const side of ["pbs", "pve"] as const) {
    for (const path of pathsOf(lab[side].requests)) {
      let rows = 0;
      await using counting = sick();
      counting[side].model.edit = (asked, data) => {
        if (asked === path && Array.isArray(data)) rows = Math.max(rows, data.length);
        return data;
      };
      await reportsOf(counting);
      for (let row = 0; row < rows; row++) {
        await using other = sick();
        let gone = "";
        other[side].model.edit = (asked, data) => {
          if (asked !== path || !Array.isArray(data)) return data;
          gone += JSON.stringify(data[row] ?? "");
          return data.toSpliced(row, 1);
        };
        const after = await reportsOf(other);
        // What the row itself was of goes with it; and so may the line that sums all up.
        const own = (name: string) =>
          name === "" || path === "/cluster/backup" ||
          name.split(/[ /()]/).every((word) => gone.includes(word));
        assertNotGreener(before, after, `row ${row} of ${side} ${path}: ${gone}`, own);
      }
    }
  }
});
