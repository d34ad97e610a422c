/** The copies of what is trusted: made whole or not, damaged, outdated, taken away. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { hook, Stage } from "./stage.ts";

const FILES = { ".claude/settings.json": hook("echo 1"), ".claude/commands/a.md": "a" };

Deno.test("trust copies: read-only, and named by what is in them", async () => {
  await using stage = await Stage.make(FILES);
  await stage.use();
  const [name] = await stage.copies();
  const copy = join(stage.home, "trust", name!);
  for (
    const [path, mode] of [
      ["", 0o500],
      ["root/.claude/commands", 0o500],
      ["root/.claude/commands/a.md", 0o400],
      ["shown.txt", 0o400],
    ] as const
  ) assertEquals((await Deno.stat(join(copy, path))).mode! & 0o777, mode, path);
  await stage.use();
  assertEquals(await stage.copies(), [name]);
});

Deno.test("trust copies: what changed between the look and the tap is not trusted", async () => {
  await using stage = await Stage.make(FILES);
  const { brought } = await stage.trust.view("work");
  await stage.write(".claude/commands/a.md", "b");
  const other = await stage.trust.use("work", brought.digest, "shown", 1);
  assertNotEquals(other?.digest, brought.digest);
  assertEquals([await stage.trust.forProcess("work"), await stage.copies()], [null, []]);
});

Deno.test("trust copies: a secret that changes is a change, though it is not shown", async () => {
  await using stage = await Stage.make({ ".claude/settings.json": '{"env":{"MY_KEY":"one"}}' });
  const { brought } = await stage.trust.view("work");
  await stage.write(".claude/settings.json", '{"env":{"MY_KEY":"two"}}');
  const after = (await stage.trust.view("work")).brought;
  assertEquals(after.text, brought.text);
  assertNotEquals(after.digest, brought.digest);
});

Deno.test("trust copies: a damaged one gives nothing but what it forbade, and is told once", async () => {
  const damages: Record<string, (copy: string) => Promise<unknown>> = {
    changed: (copy) => Deno.writeTextFile(join(copy, "root/.claude/commands/a.md"), "b"),
    gone: (copy) => Deno.remove(copy, { recursive: true }),
    more: (copy) => Deno.writeTextFile(join(copy, "root/.mcp.json"), "{}"),
    link: (copy) => Deno.symlink("/etc/passwd", join(copy, "root/x")),
  };
  for (const [how, damage] of Object.entries(damages)) {
    await using stage = await Stage.make({
      ...FILES,
      ".claude/settings.local.json":
        '{"permissions":{"allow":["Bash(ls)"],"deny":["Bash(rm:*)"],"ask":["Read(x)"]}}',
    });
    await stage.use();
    const [name] = await stage.copies();
    const copy = join(stage.home, "trust", name!);
    await new Deno.Command("chmod", { args: ["-R", "u+w", copy] }).output();
    await damage(copy);
    const permissions = {
      allow: [],
      ask: ["Read(x)"],
      deny: ["Bash(rm:*)"],
      additionalDirectories: [],
    };
    assertEquals(await stage.trust.forProcess("work"), { configRoot: null, permissions }, how);
    const news = await stage.trust.news("work");
    assertEquals(news?.kind, "damaged");
    stage.trust.told("work", news!);
    assertEquals(await stage.trust.news("work"), null);
    await stage.use();
    assert((await stage.trust.forProcess("work"))?.configRoot !== null);
    assertEquals(await stage.trust.news("work"), null);
  }
});

Deno.test("trust news: what arrives is told once, and again when it was gone", async () => {
  await using stage = await Stage.make();
  const tell = async () => {
    const news = await stage.trust.news("work");
    if (news !== null) stage.trust.told("work", news);
    return news?.kind ?? null;
  };
  assertEquals(await tell(), null);
  await stage.write(".claude/settings.json", hook("evil"));
  assertEquals([await tell(), await tell()], ["brings", null]);
  await stage.write(".claude/settings.json", hook("other"));
  assertEquals(await tell(), null);
  await Deno.remove(join(stage.directory, ".claude"), { recursive: true });
  assertEquals(await tell(), null);
  await stage.write(".mcp.json", '{"mcpServers":{"a":{"command":"b"}}}');
  assertEquals(await tell(), "brings");
});

Deno.test("trust news: each later change is told once, with what was trusted beside it", async () => {
  await using stage = await Stage.make({
    ".claude/settings.json": hook("scripts/fmt.sh"),
    "scripts/fmt.sh": "#!/bin/sh\necho one\n",
  });
  await stage.use();
  const given = await stage.given();
  assertEquals(await stage.trust.news("work"), null);
  await stage.write("scripts/fmt.sh", "#!/bin/sh\necho two\n");
  const news = await stage.trust.news("work");
  assert(news?.kind === "changed");
  assert(news.before.includes("│ echo one") && news.after.includes("│ echo two"));
  stage.trust.told("work", news);
  assertEquals([await stage.trust.news("work"), await stage.given()], [null, given]);
  await stage.write("scripts/fmt.sh", "#!/bin/sh\necho one\n");
  assertEquals(await stage.trust.news("work"), null);
  await stage.write("scripts/fmt.sh", "#!/bin/sh\necho two\n");
  assertEquals((await stage.trust.news("work"))?.kind, "changed");
});

Deno.test("trust: ignoring takes it back, its copy goes, and it is not told of again", async () => {
  await using stage = await Stage.make(FILES);
  await stage.use();
  assertEquals(await stage.trust.ignore("work"), true);
  assertEquals([await stage.trust.forProcess("work"), await stage.copies()], [null, []]);
  assertEquals([await stage.trust.news("work"), await stage.trust.ignore("work")], [null, false]);
});

Deno.test("trust: a copy that a process runs with stays until it has ended", async () => {
  await using stage = await Stage.make(FILES);
  await stage.use();
  await stage.trust.forProcess("work");
  await stage.trust.ignore("work");
  assertEquals((await stage.copies()).length, 1);
  stage.trust.ended("work");
  await stage.trust.clean();
  assertEquals(await stage.copies(), []);
});

Deno.test("trust: a start cleans what a crash left half made, and what nobody trusts any more", async () => {
  await using stage = await Stage.make(FILES);
  await stage.use();
  const kept = await stage.copies();
  for (const name of ["making-1", "a".repeat(64)]) {
    await Deno.mkdir(join(stage.home, "trust", name, "root"), { recursive: true });
    await Deno.chmod(join(stage.home, "trust", name), 0o500);
  }
  await stage.trust.clean(() => Promise.resolve(true));
  assertEquals(await stage.copies(), kept);
  await stage.trust.clean(() => Promise.resolve(false));
  assertEquals([await stage.copies(), stage.rows.size], [[], 0]);
});

Deno.test("trust: a later session of the same name trusts nothing", async () => {
  await using stage = await Stage.make(FILES);
  await stage.use();
  stage.created = "2026-02-02T00:00:00.000Z";
  assertEquals(await stage.trust.forProcess("work"), null);
  assertEquals((await stage.trust.view("work")).row, null);
});

Deno.test("trust: without the lock nothing is trusted", async () => {
  await using stage = await Stage.make(FILES);
  await stage.use();
  stage.unavailable = "Claude Code 9 has no such flag.";
  assertEquals(await stage.trust.forProcess("work"), null);
});

Deno.test("trust: what the settings trust always is used as it is at each start, and no longer", async () => {
  await using stage = await Stage.make({ ".claude/settings.json": hook("npm run one") });
  stage.always = true;
  assert((await stage.given())[".claude/settings.json"]?.includes("npm run one"));
  stage.trust.ended("work");
  await stage.write(".claude/settings.json", hook("npm run two"));
  assert((await stage.given())[".claude/settings.json"]?.includes("npm run two"));
  assertEquals(await stage.trust.news("work"), null);
  assertEquals((await stage.copies()).length, 1);
  stage.always = false;
  assertEquals(await stage.trust.forProcess("work"), null);
  assertEquals((await stage.trust.news("work"))?.kind, "brings");
});
