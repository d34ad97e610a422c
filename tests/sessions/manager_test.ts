import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import {
  PersonaNotFoundError,
  SessionBusyError,
  SessionExistsError,
  SessionNotFoundError,
} from "../../lib/sessions/mod.ts";
import { makeHome, managerOf, readJson, tree } from "./fixture.ts";

const uuid = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

Deno.test("sessions: a new session has its metadata, its persona and a folder for files", async () => {
  await using home = await makeHome();
  const made = await home.manager.create("proxmox", "homelab");
  assertEquals(made, await home.manager.get("proxmox"));
  assertEquals(await readJson(home.path("sessions/proxmox/metadata.json")), {
    name: "proxmox",
    created: "2026-11-20T18:00:00.000Z",
    last_active: "2026-11-20T18:00:00.000Z",
    persona: "homelab",
    status: "idle",
    pid: null,
    claude_session_id: null,
    idle_timeout: 600,
    output: "normal",
    model: null,
    permission_mode: null,
    effort: null,
    claude_session_ids: [],
  });
  assertEquals((await home.manager.persona("proxmox")).name, "Homelab");
  assertEquals(await tree(home.path("sessions")), [
    home.path("sessions/proxmox/"),
    home.path("sessions/proxmox/files/"),
    home.path("sessions/proxmox/metadata.json"),
    home.path("sessions/proxmox/persona.json"),
  ]);
  assertEquals(await tree(home.path("state")), [home.path("state/tmp/")]);
});

Deno.test("sessions: only the owner can read what is made", async () => {
  await using home = await makeHome();
  await home.manager.create("secret");
  await home.manager.switch("secret");
  const modes: [string, number][] = [
    ["sessions", 0o700],
    ["sessions/secret", 0o700],
    ["sessions/secret/files", 0o700],
    ["sessions/secret/metadata.json", 0o600],
    ["sessions/secret/persona.json", 0o600],
    ["state", 0o700],
    ["state/current.json", 0o600],
  ];
  for (const [path, mode] of modes) {
    assertEquals(((await Deno.stat(home.path(path))).mode ?? 0) & 0o777, mode, path);
  }
});

Deno.test("sessions: a name that is taken is refused, in whatever case, and nothing is replaced", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("Notes");
  await Deno.mkdir(home.path("sessions/empty"));
  await Deno.writeTextFile(home.path("sessions/file"), "mine");
  await Deno.symlink("/nowhere", home.path("sessions/link"));
  const before = await tree(home.home);
  for (const name of ["Notes", "notes", "NOTES", "empty", "file", "link"]) {
    await assertRejects(() => manager.create(name), SessionExistsError, "already exists");
  }
  assertEquals(await tree(home.home), before);
});

Deno.test("sessions: of many who create the same name at once, one succeeds", async () => {
  await using home = await makeHome();
  const other = managerOf(home.home, home.now, home.journal);
  const tries = Array.from({ length: 20 }, (_, i) => (i % 2 ? other : home.manager).create("one"));
  const settled = await Promise.allSettled(tries);
  assertEquals(settled.filter((result) => result.status === "fulfilled").length, 1);
  for (const result of settled) {
    if (result.status === "rejected") assertInstanceOf(result.reason, SessionExistsError);
  }
  assertEquals((await home.manager.list()).sessions.length, 1);
});

Deno.test("sessions: an unknown persona makes no session and names those there are", async () => {
  await using home = await makeHome();
  const create = () => home.manager.create("x", "sailor");
  await assertRejects(
    create,
    PersonaNotFoundError,
    "brainstorm, default, homelab, planner, research",
  );
  assertEquals(await tree(home.home), []);
});

Deno.test("sessions: an unknown name is answered with the ones that are near", async () => {
  await using home = await makeHome();
  for (const name of ["proxmox", "prose", "garden"]) await home.manager.create(name);
  const cases: [string, string][] = [
    ["Proxmox", "Did you mean 'proxmox'?"],
    ["promox", "Did you mean 'proxmox'?"],
    ["gard", "Did you mean 'garden'?"],
    ["zebra", "Use /sessions"],
  ];
  for (const [name, hint] of cases) {
    await assertRejects(() => home.manager.get(name), SessionNotFoundError, hint);
    await assertRejects(() => home.manager.switch(name), SessionNotFoundError, hint);
    await assertRejects(() => home.manager.touch(name), SessionNotFoundError, hint);
    await assertRejects(() => home.manager.dir(name), SessionNotFoundError, hint);
  }
});

Deno.test("sessions: the list begins with the newest activity", async () => {
  await using home = await makeHome();
  const { manager } = home;
  for (const name of ["a", "b", "c"]) await manager.create(name);
  await manager.touch("a");
  assertEquals((await manager.list()).sessions.map(({ name }) => name), ["a", "c", "b"]);
});

Deno.test("sessions: without any directory there is nothing, and no error", async () => {
  await using home = await makeHome();
  assertEquals(await home.manager.list(), { sessions: [], broken: [] });
  assertEquals(await home.manager.active(), null);
  assertEquals(await home.manager.exists("x"), false);
  await home.manager.reconcile(new Map());
  assertEquals(await tree(home.home), []);
});

Deno.test("sessions: every conversation id that a session had is kept", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("a");
  for (const n of [1, 2, 2, 1]) await manager.update("a", { claude_session_id: uuid(n) });
  await manager.update("a", { claude_session_id: null });
  assertEquals((await manager.get("a")).claude_session_ids, [uuid(1), uuid(2)]);
  assertEquals((await manager.get("a")).claude_session_id, null);
});

Deno.test("sessions: a hundred changes at once lose nothing, and every read sees a whole file", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("busy");
  await manager.switch("busy");
  const ids = Array.from({ length: 100 }, (_, i) => uuid(i));
  await Promise.all(ids.flatMap((id, i) => [
    manager.update("busy", { claude_session_id: id, model: `m${i}` }),
    i % 10 === 0 ? manager.setProcess("busy", i + 1) : manager.get("busy"),
    i % 10 === 1 ? manager.touch("busy") : manager.list(),
  ]));
  const after = await manager.get("busy");
  assertEquals([...after.claude_session_ids].sort(), ids);
  assertEquals([after.pid, after.status, after.model], [91, "active", "m99"]);
  assertEquals((await tree(home.path("sessions/busy"))).length, 3);
});

Deno.test("sessions: values that metadata cannot hold are refused and leave the file as it was", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  const before = await Deno.readTextFile(home.path("sessions/a/metadata.json"));
  const patches = [{ claude_session_id: "../../etc" }, { idle_timeout: -1 }, { output: "" }];
  for (const patch of patches) {
    await assertRejects(() => home.manager.update("a", patch), Error, "wrong values");
  }
  assertEquals(await Deno.readTextFile(home.path("sessions/a/metadata.json")), before);
  assertEquals((await tree(home.path("sessions/a"))).length, 3);
});

Deno.test("sessions: a session that is being taken away can be read, but not changed", async () => {
  await using home = await makeHome();
  const { manager } = home;
  for (const name of ["a", "b"]) await manager.create(name);
  await manager.switch("a");
  const told = await manager.retire("a", async (directory) => {
    assertEquals(directory, home.path("sessions/a"));
    assertEquals((await manager.get("a")).name, "a");
    await assertRejects(() => manager.touch("a"), SessionBusyError, "being archived");
    await assertRejects(() => manager.switch("a"), SessionBusyError);
    await assertRejects(() => manager.retire("a", () => Promise.resolve()), SessionBusyError);
    assertEquals((await manager.touch("b")).name, "b");
    return "kept";
  });
  assertEquals(told, "kept");
  assertEquals([await manager.exists("a"), await manager.active()], [false, null]);
  assertEquals(await readJson(home.path("state/current.json")), {});
});

Deno.test("sessions: a session whose taking away fails stays as it was", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  const before = await tree(home.home);
  const fail = () => home.manager.retire("a", () => Promise.reject(new Error("disk full")));
  await assertRejects(fail, Error, "disk full");
  assertEquals(await tree(home.home), before);
  await home.manager.touch("a");
});

/** Has a session's directory refuse writes, as one of another user's does, for root too. */
function unwritable(directory: string): Disposable {
  const rename = Deno.rename;
  Deno.rename = async (from, to) => {
    if (`${to}`.startsWith(`${directory}/`)) {
      throw new Deno.errors.PermissionDenied(`rename '${to}'`);
    }
    await rename(from, to);
  };
  return { [Symbol.dispose]: () => void (Deno.rename = rename) };
}

Deno.test("sessions: one whose files cannot be written goes on, and is shown later", async () => {
  await using home = await makeHome();
  for (const name of ["a", "b"]) {
    await home.manager.create(name);
    await home.manager.setProcess(name, 7);
  }
  await home.manager.switch("a");
  const shown = () => readJson(home.path("sessions/a/metadata.json"));
  {
    using _ = unwritable(home.path("sessions/a"));
    await home.manager.reconcile(new Map());
    await home.manager.update("a", { model: "haiku" });
    assertEquals(await home.manager.switch("b"), "a");
    assertEquals([(await shown())["pid"], (await shown())["model"]], [7, null]);
  }
  const { sessions } = await home.manager.list();
  const told = sessions.map(({ name, pid, model }) => [name, pid, model]);
  assertEquals(told.sort(), [["a", null, "haiku"], ["b", null, null]]);
  await home.manager.touch("a");
  assertEquals([(await shown())["pid"], (await shown())["model"]], [null, "haiku"]);
});
