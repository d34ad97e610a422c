import { assertEquals } from "@std/assert";
import { makeHome, managerOf, readJson, tree } from "./fixture.ts";

Deno.test("sessions: each place has a current session of its own, and switch tells the one before", async () => {
  await using home = await makeHome();
  const { manager } = home;
  for (const name of ["a", "b"]) await manager.create(name);
  const chat = { chat: -100 }, topic = { chat: -100, thread: 7 };
  assertEquals(await manager.switch("a"), null);
  assertEquals(await manager.switch("a"), null);
  assertEquals(await manager.switch("b"), "a");
  assertEquals(await manager.switch("a", chat), null);
  assertEquals(await manager.switch("b", topic), null);
  assertEquals(await manager.switch("a", topic), "b");
  const again = managerOf(home.home, home.now, home.journal);
  assertEquals(
    [await again.active(), await again.active(chat), await again.active(topic)],
    ["b", "a", "a"],
  );
  assertEquals(await again.active({ chat: 1 }), null);
  assertEquals(await readJson(home.path("state/current.json")), {
    default: "b",
    "-100": "a",
    "-100:7": "a",
  });
});

Deno.test("sessions: a current session whose directory is gone counts as none", async () => {
  await using home = await makeHome();
  for (const name of ["a", "b"]) await home.manager.create(name);
  await home.manager.switch("a");
  await Deno.remove(home.path("sessions/a"), { recursive: true });
  assertEquals(await home.manager.active(), null);
  assertEquals(await home.manager.switch("b"), null);
});

Deno.test("sessions: a damaged current.json means that no session is current", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  const damaged = ["", "{", "[]", "null", '{"default": 5}', '{"default": "../a"}'];
  for (const text of damaged) {
    await Deno.mkdir(home.path("state"), { recursive: true });
    await Deno.writeTextFile(home.path("state/current.json"), text);
    assertEquals(await home.manager.active(), null, text);
  }
  await home.manager.switch("a");
  assertEquals(await home.manager.active(), "a");
});

Deno.test("sessions: the status follows from the process and the places", async () => {
  await using home = await makeHome();
  const { manager } = home;
  const status = async () => (await manager.get("a")).status;
  for (const name of ["a", "b"]) await manager.create(name);
  await manager.switch("a");
  assertEquals(await status(), "idle");
  await manager.setProcess("a", 4711);
  assertEquals(await status(), "active");
  await manager.switch("a", { chat: 5 });
  await manager.switch("b");
  assertEquals(await status(), "active");
  await manager.switch("b", { chat: 5 });
  assertEquals(await status(), "suspended");
  await manager.switch("a");
  assertEquals(await status(), "active");
  await manager.setProcess("a", null);
  assertEquals([await status(), (await manager.get("a")).pid], ["idle", null]);
  assertEquals((await manager.get("b")).status, "idle");
});

Deno.test("sessions: at the start statuses are put right and leftovers are cleared", async () => {
  await using home = await makeHome();
  const { manager } = home;
  for (const name of ["a", "b", "c", "gone"]) await manager.create(name);
  await manager.switch("b");
  await manager.switch("gone", { chat: 3 });
  await manager.setProcess("a", 1);
  home.journal.sessions.remove("c");
  await Deno.writeTextFile(home.path("sessions/c/metadata.json"), "{");
  await Deno.remove(home.path("sessions/gone"), { recursive: true });
  await Deno.mkdir(home.path("state/tmp/sessions-of-a-crash/half"), { recursive: true });
  await Deno.writeTextFile(home.path("state/tmp/others"), "not ours");
  await manager.reconcile(new Map([["b", 22], ["unknown", 23]]));
  const told = (await manager.list()).sessions.map(({ name, status, pid }) => [name, status, pid]);
  assertEquals(told.sort(), [["a", "idle", null], ["b", "active", 22]]);
  assertEquals(home.journal.sessions.names(), ["a", "b"]);
  assertEquals(await readJson(home.path("state/current.json")), { default: "b" });
  assertEquals(await tree(home.path("state/tmp")), [home.path("state/tmp/others")]);
});
