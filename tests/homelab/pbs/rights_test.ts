/** What PBS tells of its jobs to a token that may see all, and to one that may not. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { datastoreChart } from "../../../lib/homelab/pbs/chart.ts";
import { AUDITOR, type SyncJob } from "../../sim/homelab/pbs.ts";
import { DAY_S, homelab, HOUR_S, S, store, task } from "../proxmox/models.ts";
import { line, lines, NOW } from "../proxmox/stage.ts";

const failed = (hours: number, state: string) => ({
  ...{ kind: "finished" as const, upid: `UPID:pbs:sync:${state}`, state },
  endtime: S - hours * HOUR_S,
});

const PULL: SyncJob = {
  ...{ id: "s-pull", store: "main", remote: "off", "remote-store": "x", schedule: "hourly" },
  run: failed(2, "connection refused"),
};
const PUSH: SyncJob = {
  ...{ id: "s-push", store: "main", remote: "off", "remote-store": "y", schedule: "daily" },
  ...{ "sync-direction": "push", run: failed(3, "permission denied") },
};
const FAILED = task({
  ...{ upid: "UPID:pbs:sync:connection refused", worker_type: "syncjob", worker_id: "s-pull" },
  status: "connection refused",
});

Deno.test("pbs: role Audit does not see a sync with a remote, and the right that is missing is named", async () => {
  await using lab = homelab({ access: AUDITOR, sync: [PULL, PUSH] });
  const found = await lab.ask("pbs");
  assertEquals(
    line(found, "sync"),
    "unknown | sync | unknown: token lacks Remote.Audit on /remote (role RemoteAudit); " +
      "sync jobs with a remote are not shown",
  );
  assertEquals(found.level, "unknown");
  assertMatch(
    found.summary,
    /^sync: unknown: token lacks Remote\.Audit on \/remote \(role RemoteAudit\)/,
  );
});

Deno.test("pbs: a sync task that failed is told though no job is listed", async () => {
  await using lab = homelab({ access: AUDITOR, sync: [PULL], tasks: [FAILED] });
  const found = await lab.ask("pbs");
  assertEquals(
    line(found, "syncjob s-pull"),
    "bad | syncjob s-pull | failed 1 h ago: connection refused",
  );
});

Deno.test("pbs: with RemoteAudit syncs that failed are red, pull and push, and each once", async () => {
  await using lab = homelab({ sync: [PULL, PUSH], tasks: [FAILED] });
  const found = await lab.ask("pbs");
  assertEquals(lines(found).filter((each) => /sync/.test(each)), [
    "bad | sync main | failed 2 h ago: connection refused; was due 1 h ago and has not run since",
    "bad | sync main (push) | failed 3 h ago: permission denied",
  ]);
});

Deno.test("pbs: a task that failed after what its job tells is told beside it", async () => {
  const job = { ...PULL, run: { ...PULL.run, upid: "UPID:pbs:older", state: "OK" } } as SyncJob;
  await using lab = homelab({ sync: [job], tasks: [{ ...FAILED, endtime: S - HOUR_S }] });
  assertStringIncludes(line(await lab.ask("pbs"), "syncjob s-pull"), "bad | syncjob s-pull");
});

Deno.test("pbs: one that knows no direction is asked without", async () => {
  await using lab = homelab({ sync: [PULL] });
  const text = "parameter verification errors\n\nparameter 'sync-direction': schema does not allow";
  lab.pbs.misbehave("sync-direction", { kind: "status", status: 400, text });
  assertStringIncludes(line(await lab.ask("pbs"), "sync main"), "bad | sync main | failed 2 h ago");
});

Deno.test("pbs: rights that could not be asked for are not taken for all rights", async () => {
  await using lab = homelab();
  assertEquals((await lab.ask("pbs")).level, "ok", lines(await lab.ask("pbs")).join("\n"));
  lab.pbs.misbehave("/access/permissions", { kind: "status", status: 500 });
  assertMatch(line(await lab.ask("pbs"), "rights"), /^unknown \| rights \| not known: .*left out$/);
});

Deno.test("pbs: a token for one datastore says so; own tasks alone are named", async () => {
  const grants = [{ path: "/datastore/main", role: "DatastoreAudit" }];
  await using lab = homelab({
    access: { user: grants, token: grants },
    stores: [store("main"), store("other", { used: 4e12 })],
  });
  const found = await lab.ask("pbs");
  assertStringIncludes(line(found, "main"), "ok | main");
  assertEquals(line(found, "other"), "");
  assertStringIncludes(line(found, "datastores"), "token lacks Datastore.Audit on /datastore");
  assertStringIncludes(line(found, "tasks"), "token lacks Sys.Audit on /system/tasks");
  assertStringIncludes(line(await lab.ask("backups"), "PBS"), "backups that it may not see");
});

Deno.test("pbs: the least rights are enough", async () => {
  const grants = [
    { path: "/datastore", role: "DatastoreAudit" },
    { path: "/system/tasks", role: "Audit" },
    { path: "/system/status", role: "Audit" },
    { path: "/remote", role: "RemoteAudit" },
  ];
  await using lab = homelab({ access: { user: grants, token: grants } });
  const found = await lab.ask("pbs");
  assertEquals(found.level, "ok", lines(found).join("\n"));
});

Deno.test("pbs: the report and its chart say the same of when a datastore is full", async () => {
  for (const days of [0.4, 1, 5.6, 13.9, 40, 200, 729, 731, -3]) {
    const full = Math.round(S + days * DAY_S);
    await using lab = homelab({ stores: [store("main", { full })] });
    const [, said = ""] = /(full in [^|·]*)$/.exec(line(await lab.ask("pbs"), "main")) ?? [];
    const usage = {
      ...{ store: "main", total: 4e12, used: 1e12, history: [0.2, 0.25] },
      ...{ "history-start": S - 7200, "history-delta": 3600, "estimated-full-date": full },
    };
    const note = datastoreChart([usage], NOW)?.panels[0]?.note ?? "";
    assertEquals(note, said === "" ? "25 %" : `25 %, ${said}`, `${days} d`);
    assert((said === "") === (days < 0 || days > 730));
  }
});
