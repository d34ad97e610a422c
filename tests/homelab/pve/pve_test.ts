import { assertEquals, assertStringIncludes } from "@std/assert";
import { guestsOf } from "../../../lib/homelab/pve/guests.ts";
import { line, lines, pveReport, startPve } from "../proxmox/stage.ts";

function cluster(...data: unknown[]) {
  return startPve({ "/cluster/resources": { json: { data } } });
}

const node = {
  type: "node",
  node: "pve",
  status: "online",
  cpu: 0.1,
  mem: 1,
  maxmem: 4,
  uptime: 3600,
};

Deno.test("pve: the recorded cluster, thing by thing", async () => {
  await using sim = startPve();
  const found = await pveReport(sim);
  assertEquals(lines(found), [
    "ok | node pve | CPU 7 % · memory 63 % of 68.7 GB · up 22 d",
    "bad | node pve2 | offline",
    "warn | storage pve/local-zfs | 89 % of 966 GB",
    "warn | storage pbs | not available",
    "ok (detail) | ct/102 | mgmt · up 5 d",
    "ok (detail) | ct/105 | defrag-test · stopped",
    "ok (detail) | vm/200 | win11 · up 5 d · locked: backup",
    "unknown | ct/114 | unknown: its node pve2 is offline",
  ]);
  assertEquals([found.level, found.summary], ["bad", "node pve2: offline (and 3 more)"]);
});

Deno.test("pve: a guest whose node is away has no template mark, and is not overlooked", () => {
  const guest = { type: "lxc", vmid: 114, node: "pve2", status: "unknown" };
  const template = { type: "qemu", vmid: 9000, template: 1 };
  const listed = [guest, template, { ...guest, vmid: 7, template: 0 }, { type: "sdn" }];
  assertEquals(guestsOf(listed).map(({ id, status }) => `${id} ${status}`), [
    "ct/114 unknown",
    "ct/7 unknown",
  ]);
});

Deno.test("pve: a shared storage is one thing, and says on which nodes it is missing", async () => {
  const nfs = {
    type: "storage",
    storage: "nfs",
    shared: 1,
    disk: 96,
    maxdisk: 100,
    status: "available",
  };
  const local = { ...nfs, storage: "local", shared: 0, disk: 1, node: "pve" };
  await using full = cluster(node, { ...nfs, node: "a" }, { ...nfs, node: "b" }, local);
  const found = await pveReport(full);
  assertEquals(line(found, "storage nfs"), "bad | storage nfs | 96 % of 100 B");
  assertEquals(line(found, "storage pve/local"), "ok (detail) | storage pve/local | 1 % of 100 B");
  await using away = cluster(node, { ...nfs, node: "a" }, { ...nfs, node: "b", status: "unknown" });
  assertEquals(
    line(await pveReport(away), "storage nfs"),
    "warn | storage nfs | not available on b",
  );
});

Deno.test("pve: what the token may not see is not taken for all being well", async () => {
  const { cpu: _cpu, mem: _mem, ...bare } = node;
  await using without = cluster(bare);
  assertEquals(lines(await pveReport(without)), ["unknown | node pve | online, tells no numbers"]);
  await using empty = cluster();
  const found = await pveReport(empty);
  assertEquals(found.level, "unknown");
  assertStringIncludes(found.summary, "PVEAuditor");
});

Deno.test("pve: a quiet cluster is told in one line, and a name narrows it down", async () => {
  const guest = { type: "qemu", vmid: 1, node: "pve", name: "nas", status: "running", uptime: 60 };
  const other = { ...guest, vmid: 2, name: "x", status: "stopped" };
  await using sim = startPve({
    "/cluster/resources": { json: { data: [node, guest, other] } },
    "/nodes/pve/qemu/2/config": { json: { data: { name: "x" } } },
  });
  const found = await pveReport(sim);
  assertEquals([found.level, found.summary], ["ok", "1 node, 1 of 2 guests running"]);
  assertEquals(lines(await pveReport(sim, "NAS")), ["ok (detail) | vm/1 | nas · up 1 min"]);
});

Deno.test("pve: a refusal with its reason in the status line alone is a sentence", async () => {
  await using sim = startPve();
  sim.misbehave("/", { kind: "status", status: 401, ms: 50 });
  assertEquals((await pveReport(sim)).summary, "does not accept the token or login (401)");
  sim.misbehave("/", { kind: "hang" });
  const hung = await pveReport(sim);
  assertEquals([hung.level, hung.summary], ["bad", "did not answer within 4 s"]);
});

Deno.test("pve: a name that nothing has is no good news", async () => {
  await using sim = startPve();
  const found = await pveReport(sim, "nosuch");
  assertEquals([found.level, found.summary], ["unknown", "nothing here is named 'nosuch'"]);
});
