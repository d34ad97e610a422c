import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MetadataError } from "../../lib/sessions/mod.ts";
import { type Home, makeHome, readJson } from "./fixture.ts";

const file = (home: Home) => home.path("sessions/a/metadata.json");

async function rewrite(home: Home, change: Record<string, unknown>): Promise<void> {
  const text = JSON.stringify({ ...await readJson(file(home)), ...change });
  await Deno.writeTextFile(file(home), text);
}

Deno.test("metadata: fields of another version are kept on rewrite", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  await rewrite(home, { from_the_future: { deep: [1, null] } });
  await home.manager.touch("a");
  await home.manager.update("a", { output: "quiet" });
  const after = await readJson(file(home));
  assertEquals([after["from_the_future"], after["output"]], [{ deep: [1, null] }, "quiet"]);
});

Deno.test("metadata: what an older version did not write has its default", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  const { name, created, last_active, persona, idle_timeout } = await home.manager.get("a");
  const old = { name, created, last_active, persona, idle_timeout };
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
  ["huge", (home) => rewrite(home, { filler: "x".repeat(1024 * 1024) }), "over 1 MB"],
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
}

Deno.test("metadata: a pipe in its place is refused at once instead of read forever", async () => {
  await using home = await makeHome();
  await home.manager.create("a");
  await Deno.remove(file(home));
  await new Deno.Command("mkfifo", { args: [file(home)] }).output();
  await assertRejects(() => home.manager.get("a"), MetadataError, "not a regular file");
});
