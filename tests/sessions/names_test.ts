import { assert, assertEquals, assertRejects } from "@std/assert";
import { InvalidNameError, PersonaNotFoundError } from "../../lib/sessions/mod.ts";
import { makeHome, randomNumbers, tree } from "./fixture.ts";

Deno.test("sessions: what cannot be a name is refused before anything is touched", async () => {
  await using home = await makeHome();
  const names = [
    "",
    ".",
    "..",
    "../x",
    "/etc",
    "a/b",
    "a b",
    "a\n",
    "a\0",
    "ä",
    "a".repeat(51),
    "*",
    "~",
    "a.json",
    "a\\b",
    "%2e%2e",
    "a:b",
    "٣",
    "ａ",
    "a\u200b",
  ];
  for (const name of names) {
    assertEquals(await home.manager.exists(name), false);
    await assertRejects(() => home.manager.create(name), InvalidNameError, "cannot be the name");
    await assertRejects(() => home.manager.get(name), InvalidNameError);
    await assertRejects(() => home.manager.dir(name), InvalidNameError);
    await assertRejects(() => home.manager.switch(name), InvalidNameError);
    await assertRejects(() => home.manager.update(name, {}), InvalidNameError);
    await assertRejects(() => home.manager.setProcess(name, 1), InvalidNameError);
    await assertRejects(() => home.manager.retire(name, () => Promise.resolve()), InvalidNameError);
  }
  assertEquals(await tree(home.outside), [home.path() + "/"]);
});

Deno.test("sessions: odd names that are allowed work like others", async () => {
  await using home = await makeHome();
  const names = ["-rf", "--help", "__proto__", "constructor", "0", "_", "-", "A".repeat(50)];
  for (const name of names) {
    await home.manager.create(name);
    await home.manager.switch(name);
    await home.manager.touch(name);
    assertEquals([await home.manager.active(), (await home.manager.get(name)).name], [name, name]);
  }
  assertEquals((await home.manager.list()).sessions.length, names.length);
});

Deno.test("sessions: of 5000 random names none touches a path outside of home", async () => {
  await using home = await makeHome();
  const random = randomNumbers(20261120);
  const pieces = [
    "..",
    "/",
    ".",
    "a",
    "Z",
    "-",
    "_",
    "\\",
    "\0",
    "\n",
    " ",
    "é",
    "😀",
    "~",
    "%2f",
    "$",
  ];
  const outsideBefore = (await tree(home.outside)).length;
  let made = 0;
  for (let i = 0; i < 5000; i++) {
    const length = 1 + Math.floor(random() * 6);
    const name = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join(
      "",
    );
    if (/^[A-Za-z0-9_-]{1,50}$/.test(name)) {
      made++;
      continue;
    }
    await assertRejects(() => home.manager.create(name), InvalidNameError);
    await assertRejects(() => home.manager.dir(name), InvalidNameError);
    if (i % 20 === 0) {
      await assertRejects(() => home.manager.loadPersona(name), PersonaNotFoundError);
    }
  }
  assert(made > 0 && made < 1000);
  assertEquals((await tree(home.outside)).length, outsideBefore);
});
