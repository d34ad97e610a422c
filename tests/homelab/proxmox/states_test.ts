/** Every state of every enum in the sources of PBS and PVE has a level, and what is none has "unknown". */
import { assertEquals, assertMatch } from "@std/assert";
import { maintenanceOf, storeRows } from "../../../lib/homelab/pbs/stores.ts";
import { jobRows, taskRows } from "../../../lib/homelab/pbs/tasks.ts";
import { guestState, haGuestState, haNodeState } from "../../../lib/homelab/pve/states.ts";
import type { Level } from "../../../lib/level.ts";
import { DAY_S, group, guest, homelab, HOUR_S, nightly, pveModel, S, store } from "./models.ts";
import { line, NOW } from "./stage.ts";

type Table = Readonly<Record<string, Level>>;

/** proxmox-rest-server f3305009 `TaskState`; an error is its message. */
const TASKS: Table = {
  ...{ OK: "ok", "WARNINGS: 1": "warn", "WARNINGS: 12": "warn", unknown: "warn" },
  ...{ "connection error": "bad", "WARNINGS: many": "bad" },
};

Deno.test("states: how a task ended", () => {
  for (const [status, level] of Object.entries(TASKS)) {
    const ended = { starttime: S - 100, endtime: S - 50, worker_type: "backup", worker_id: "x" };
    const [row] = taskRows([{ upid: "u", status, ...ended }], NOW);
    assertEquals(row?.level ?? "ok", level, status);
    const job = { id: "a", store: "main", schedule: "daily", "next-run": S + 60 };
    const [told] = jobRows("verify", [
      { ...job, "last-run-state": status, "last-run-endtime": S - 50 },
    ], NOW);
    assertEquals(told?.level, level, status);
  }
});

/** pbs-api-types 1.0.18 `MaintenanceType`, as `datastore.cfg` has it. */
const MAINTENANCE: Table = {
  ...{
    "read-only": "warn",
    offline: "warn",
    delete: "warn",
    unmount: "warn",
    "s3-refresh": "warn",
  },
  ...{ frozen: "unknown", "": "unknown" },
};

Deno.test("states: maintenance of a datastore, with its key and without", () => {
  for (const [type, level] of Object.entries(MAINTENANCE)) {
    for (
      const text of [`type=${type}`, `${type},message=why`, `message="a, \\"b\\"",type=${type}`]
    ) {
      assertEquals(maintenanceOf(text)?.level, level, text);
    }
  }
  assertEquals(maintenanceOf(null), null);
  assertMatch(maintenanceOf('offline,message="a, b"')?.text ?? "", /\(offline\): a, b$/);
  assertMatch(maintenanceOf("offline,message=50%25 done")?.text ?? "", /: 50% done$/);
  assertMatch(maintenanceOf("offline,message=100%")?.text ?? "", /: 100%$/);
});

/** pbs-api-types 1.0.18 `DataStoreMountStatus`. */
const MOUNTS: Table = {
  mounted: "ok",
  notmounted: "unknown",
  nonremovable: "ok",
  mounting: "unknown",
};

Deno.test("states: whether a datastore is mounted", () => {
  for (const [status, level] of Object.entries(MOUNTS)) {
    const [row] = storeRows([{ store: "s", total: 10, used: 1, "mount-status": status }], NOW);
    assertEquals(row?.level, level, status);
  }
});

/** proxmox-backup 4.2.3 `JobState`, through `compute_schedule_status`. */
Deno.test("states: how a job stands", async () => {
  const job = { store: "main", schedule: "daily" };
  const upid = "UPID:pbs:x";
  await using lab = homelab({
    verify: [
      { ...job, id: "created", run: { kind: "created", time: S - HOUR_S } },
      { ...job, id: "started", run: { kind: "started", upid, starttime: S - 5 * DAY_S } },
      { ...job, id: "ok", run: { kind: "finished", upid, endtime: S - HOUR_S, state: "OK" } },
      { ...job, id: "bad", run: { kind: "finished", upid, endtime: S - HOUR_S, state: "oh" } },
      { ...job, id: "none", run: { kind: "unknown" } },
      { ...job, id: "unreadable", run: { kind: "unreadable" } },
      { ...job, id: "missed", run: { kind: "created", time: S - 3 * DAY_S } },
    ],
    prune: [{ ...job, id: "off", disable: true, run: { kind: "created", time: S - 3 * DAY_S } }],
  });
  const found = await lab.ask("pbs");
  const level = (name: string) => found.rows.find((row) => row.name === name)?.level;
  const levels = ["created", "started", "ok", "bad", "none", "unreadable", "missed"]
    .map((id) => level(`verify main (${id})`));
  assertEquals(levels, ["ok", "ok", "ok", "bad", "ok", "unknown", "warn"]);
  assertEquals(level("prune main"), "ok");
});

/** pbs-api-types 1.0.18 `VerifyState`; a manifest may have none. */
const VERIFIED = { ok: "ok", failed: "bad", none: "ok", halfway: "unknown" } as const;

Deno.test("states: whether a backup is verified", async () => {
  for (const [state, level] of Object.entries(VERIFIED)) {
    const verified = state === "none" ? {} : { verified: state as "ok" };
    const one = nightly(3).map(({ time }) => ({ time, ...verified }));
    await using lab = homelab({
      stores: [store("main", { namespaces: { "": [group("ct/101", one)] } })],
    }, { guests: [guest("ct/101")] });
    assertMatch(line(await lab.ask("backups"), "ct/101"), new RegExp(`^${level} \\|`), state);
  }
});

/** QEMU's `RunState` (qapi/run-state.json), which pvestatd hands on, and PVE's own. */
const GUESTS: Table = {
  ...{ running: "ok", stopped: "ok", suspended: "ok", paused: "warn", prelaunch: "warn" },
  ...{ inmigrate: "ok", postmigrate: "ok", "finish-migrate": "ok", "restore-vm": "ok" },
  ...{ "save-vm": "ok", colo: "ok", debug: "warn", shutdown: "warn", "io-error": "bad" },
  ...{ "internal-error": "bad", "guest-panicked": "bad", watchdog: "bad" },
  ...{ unknown: "unknown", frobnicating: "unknown" },
};

/** pve-ha-manager b71218f `$valid_service_states`, and `state` of a resource's configuration. */
const HA: Table = {
  ...{ stopped: "ok", request_stop: "ok", request_start: "ok", request_start_balance: "ok" },
  ...{ started: "ok", fence: "bad", recovery: "bad", migrate: "ok", relocate: "ok" },
  ...{ freeze: "warn", error: "bad", enabled: "ok", disabled: "ok", ignored: "ok" },
  ...{ dreaming: "unknown" },
};

/** pve-ha-manager b71218f `$valid_node_states`. */
const HA_NODES: Table = {
  ...{ online: "ok", maintenance: "warn", unknown: "ok", fence: "bad", gone: "warn" },
  ...{ elsewhere: "unknown" },
};

Deno.test("states: of guests, of HA's guests and of HA's nodes", () => {
  const levels = (table: Table, read: (state: string) => { level: Level }) =>
    Object.fromEntries(Object.keys(table).map((state) => [state, read(state).level]));
  assertEquals(levels(GUESTS, guestState), GUESTS);
  assertEquals(levels(HA, haGuestState), HA);
  assertEquals(levels(HA_NODES, haNodeState), HA_NODES);
  assertEquals(guestState("constructor").level, "unknown");
});

Deno.test("states: what HA says of a guest and of a node is told", async () => {
  await using lab = homelab({}, {
    nodes: [{ node: "pve1", ha: "maintenance" }],
    guests: [
      guest("vm/101", { ha: "error" }),
      guest("vm/102", { status: "stopped", ha: "started" }),
      guest("vm/103", { status: "stopped", ha: "stopped", onboot: true }),
      guest("vm/104", { status: "prelaunch", lock: "backup" }),
    ],
  });
  const found = await lab.ask("pve");
  assertMatch(line(found, "vm/101"), /^bad \| vm\/101 \| guest101 · HA state error/);
  assertMatch(line(found, "vm/102"), /^warn .* stopped, but HA should run it/);
  assertMatch(line(found, "vm/103"), /^ok \(detail\)/);
  assertMatch(line(found, "vm/104"), /^ok \(detail\) .* being backed up/);
  assertMatch(line(found, "node pve1"), /^warn \| node pve1 \| in HA maintenance · CPU/);
});

/** pve-manager 9.2 API2/Cluster.pm `get_status`: what a cluster says of its quorum. */
const QUORUM = [
  [{ name: "home", quorate: 1 }, /^ok \(detail\) \| quorum \| home · 2 of 3 nodes online$/],
  [{ name: "home", quorate: 0 }, /^bad \| quorum \| home · lost: 2 of 3 nodes online; no guest/],
  [{ name: "home" }, /^unknown \| quorum \| unknown: PVE does not tell it/],
] as const;

Deno.test("states: of a cluster's quorum", async () => {
  const nodes = [{ node: "pve1" }, { node: "pve2" }, { node: "pve3", online: false }];
  for (const [cluster, text] of QUORUM) {
    await using lab = homelab({}, { nodes, cluster });
    assertMatch(line(await lab.ask("pve"), "quorum"), text);
  }
  await using alone = homelab();
  assertEquals((await alone.ask("pve")).rows.filter(({ name }) => name === "quorum"), []);
});

/** pve-manager 9.2 API2/Replication.pm, pve-guest-common `ReplicationState`. */
const REPLICATION = [
  [{ state: { last_sync: S - 60, fail_count: 0 } }, "ok", /last went well 1 min ago to pve2/],
  [{ state: {} }, "ok", /has not run yet/],
  [{ state: { last_sync: S - 60, pid: 7 } }, "ok", /running/],
  [{ state: { fail_count: 1 }, disable: true }, "ok", /switched off/],
  [{ state: { fail_count: 1 }, remove_job: "full" }, "ok", /being removed/],
  [
    { state: { fail_count: 1, error: "boom" } },
    "bad",
    /failed once to pve2, never went well: boom/,
  ],
  [{ state: { last_sync: S - 7200, fail_count: 4 } }, "bad", /failed 4 times.*2 h ago/],
  [{ state: { error: "locked" } }, "bad", /locked/],
] as const;

Deno.test("states: of replication", async () => {
  for (const [change, level, text] of REPLICATION) {
    await using lab = homelab({}, {
      nodes: [{ node: "pve1" }, { node: "pve2" }],
      replication: [{ id: "101-0", guest: 101, target: "pve2", ...change }],
    });
    const row = line(await lab.ask("pve"), "replication 101-0");
    assertMatch(row, new RegExp(`^${level}`));
    assertMatch(row, text);
  }
});

Deno.test("states: a guest that stopped is told unless somebody stopped it", async () => {
  await using lab = homelab({}, { guests: [guest("ct/101"), guest("vm/102")] });
  assertEquals((await lab.ask("pve")).level, "ok");
  const stopped = { status: "stopped" };
  lab.pve.model.guests = [guest("ct/101", stopped), guest("vm/102", stopped)];
  lab.pve.model.tasks = [{ type: "qmshutdown", id: "102", starttime: S - 5, upid: "U", user: "x" }];
  const found = await lab.ask("pve");
  assertMatch(line(found, "ct/101"), /^warn .* stopped, but it ran .* ago, and no task stopped it/);
  assertMatch(line(found, "vm/102"), /^ok \(detail\) .* stopped/);
  lab.pve.model.tasks = [];
  assertMatch(line(await lab.ask("pve"), "vm/102"), /^ok \(detail\)/, "it stays explained");
  lab.pve.model.guests = pveModel().guests;
  assertEquals((await lab.ask("pve")).level, "ok");
  lab.pve.model.guests = [guest("ct/101", { status: "stopped", onboot: true })];
  assertMatch(line(await lab.ask("pve"), "ct/101"), /^warn .* it should start with its node/);
});
