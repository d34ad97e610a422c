import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MetadataError } from "../../lib/sessions/mod.ts";
import { type Home, makeHome, readJson } from "./fixture.ts";

const file = (home: Home) => home.path("sessions/a/metadata.json");

async function rewrite(home: Home, change: Record<string, unknown>): Promise<void> {
  const text = JSON.stringify({ ...await readJson(file(home)), ...change });
  await Deno.writeTextFile(file(home), text);
}

/** The session is one that the journal does not know. */
const forget = (home: Home) => home.journal.sessions.remove("a");

Deno.test("metadata: what somebody adds, and what is no setting, is no news and goes", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  const before = await Deno.readTextFile(file(home));
  await rewrite(home, { more: [1], pid: 7, status: "active", created: "2001-01-01T00:00:00Z" });
  assertEquals(await home.manager.look("a"), null);
  assertEquals(await Deno.readTextFile(file(home)), before);
});

Deno.test("metadata: what an older version did not write has its default", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  const { name, created, last_active, persona, idle_timeout } = await home.manager.get("a");
  const old = { name, created, last_active, persona, idle_timeout };
  forget(home);
  await Deno.writeTextFile(file(home), JSON.stringify(old));
  assertEquals(await home.manager.get("a"), {
    ...old,
    status: "idle",
    pid: null,
    claude_session_id: null,
    output: "normal",
    model: null,
    permission_mode: null,
    effort: null,
    claude_session_ids: [],
  });
});

const damages: [string, (home: Home) => Promise<void>, string][] = [
  ["not JSON", (home) => Deno.writeTextFile(file(home), '{"name": "a"'), "not JSON"],
  ["empty", (home) => Deno.writeTextFile(file(home), ""), "not JSON"],
  ["not an object", (home) => Deno.writeTextFile(file(home), "[]"), "metadata.json"],
  ["missing", (home) => Deno.remove(file(home)), "missing"],
  ["of wrong types", (home) => rewrite(home, { status: 5, pid: "x" }), "status"],
  [
    "with an id that names a file",
    (home) => rewrite(home, { claude_session_ids: ["../x"] }),
    "UUID",
  ],
  ["another session's", (home) => rewrite(home, { name: "b" }), "that of session 'b'"],
  ["huge", (home) => rewrite(home, { filler: "x".repeat(1024 * 1024) }), "over 1.0 MB"],
  ["a directory", async (home) => {
    await Deno.remove(file(home));
    await Deno.mkdir(file(home));
  }, "not a regular file"],
  ["a link", async (home) => {
    await Deno.rename(file(home), home.path("elsewhere.json"));
    await Deno.symlink(home.path("elsewhere.json"), file(home));
  }, "symbolic link"],
  ["in a directory that is a link", async (home) => {
    await Deno.rename(home.path("sessions/a"), home.path("elsewhere"));
    await Deno.symlink(home.path("elsewhere"), home.path("sessions/a"));
  }, "symbolic link"],
];

for (const [what, damage, expected] of damages) {
  Deno.test(`metadata: a file that is ${what} is named and hides no other session`, async () => {
    await using home = await makeHome();
    for (const name of ["a", "good"]) await home.manager.create(name);
    await home.manager.switch("a");
    forget(home);
    await damage(home);
    const error = await assertRejects(() => home.manager.get("a"), MetadataError, expected);
    assertStringIncludes(error.message, "Session 'a'");
    await assertRejects(() => home.manager.update("a", { output: "quiet" }), MetadataError);
    const { sessions, broken } = await home.manager.list();
    assertEquals([sessions.map(({ name }) => name), broken.map(({ name }) => name)], [["good"], [
      "a",
    ]]);
    await home.manager.switch("good");
    await home.manager.reconcile(new Map([["a", 5]]));
    assertEquals(await home.manager.active(), "good");
  });

  // A directory that is a link is no session, whoever knows it.
  if (what.includes("directory that is a link")) continue;
  Deno.test(`metadata: of a known session, a file that is ${what} is made anew`, async () => {
    await using home = await makeHome();
    await home.manager.create("a", "planner");
    await home.manager.update("a", { model: "haiku", permission_mode: "plan" });
    const before = await home.manager.get("a");
    await damage(home);
    assertEquals(await home.manager.get("a"), before);
    await home.manager.reconcile(new Map());
    assertEquals(await home.manager.get("a"), before);
    if (what === "a directory") return; // It stands in the way until somebody removes it.
    assertEquals(await readJson(file(home)), { ...before });
    assert((await Deno.lstat(file(home))).isFile);
  });
}

Deno.test("metadata: a pipe in its place is refused at once instead of read forever", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  forget(home);
  await Deno.remove(file(home));
  await new Deno.Command("mkfifo", { args: [file(home)] }).output();
  await assertRejects(() => home.manager.get("a"), MetadataError, "not a regular file");
});
