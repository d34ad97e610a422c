import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  MetadataError,
  PersonaNotFoundError,
  SessionNotFoundError,
} from "../../lib/sessions/mod.ts";
import { makeHome, tree } from "./fixture.ts";

Deno.test("persona change: the session gets a copy of its own, and says which", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("lab");
  const before = await manager.persona("lab");
  const metadata = await manager.changePersona("lab", "planner");
  assertEquals([metadata.persona, (await manager.get("lab")).persona], ["planner", "planner"]);
  const after = await manager.persona("lab");
  assert(after.system_prompt !== before.system_prompt);
  assertEquals(after, await manager.loadPersona("planner"));
});

Deno.test("persona change: one that is not there changes nothing", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("lab");
  const before = await manager.persona("lab");
  await assertRejects(() => manager.changePersona("lab", "butler"), PersonaNotFoundError);
  await assertRejects(() => manager.changePersona("den", "planner"), SessionNotFoundError);
  assertEquals([await manager.persona("lab"), (await manager.get("lab")).persona], [
    before,
    "default",
  ]);
});

Deno.test("persona change: a link in the persona's place is replaced, never followed", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("lab");
  const victim = `${home.outside}/victim.json`;
  await Deno.writeTextFile(victim, "mine");
  await Deno.remove(home.path("sessions/lab/persona.json"));
  await Deno.symlink(victim, home.path("sessions/lab/persona.json"));
  await manager.changePersona("lab", "planner");
  assertEquals(await Deno.readTextFile(victim), "mine");
  assert((await Deno.lstat(home.path("sessions/lab/persona.json"))).isFile);
});

Deno.test("persona change: a session whose directory is a link is left alone", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("lab");
  await Deno.rename(home.path("sessions/lab"), `${home.outside}/elsewhere`);
  await Deno.symlink(`${home.outside}/elsewhere`, home.path("sessions/lab"));
  const before = await tree(`${home.outside}/elsewhere`);
  await assertRejects(() => manager.changePersona("lab", "planner"), MetadataError);
  assertEquals(await tree(`${home.outside}/elsewhere`), before);
});

Deno.test("persona change: an activity at the same time is not lost", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("lab");
  await Promise.all([
    manager.changePersona("lab", "planner"),
    manager.update("lab", { model: "haiku" }),
    manager.touch("lab"),
    manager.changePersona("lab", "research"),
  ]);
  const { persona, model } = await manager.get("lab");
  assertEquals(model, "haiku");
  assertEquals(await manager.persona("lab"), await manager.loadPersona(persona));
});

Deno.test("persona change: who reads a session while it is written sees the old or the new", async () => {
  await using home = await makeHome();
  const { manager } = home;
  await manager.create("lab");
  let writing = true;
  const writes = (async () => {
    for (let n = 0; n < 60; n++) await manager.update("lab", { model: `m${n}` });
    writing = false;
  })();
  while (writing) {
    const { model } = await manager.get("lab");
    assert(model === null || /^m\d+$/.test(model));
  }
  await writes;
});
