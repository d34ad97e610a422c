import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { memoryLinks } from "../../lib/sessions/memory_links.ts";

async function inDirectory(test: (dir: string, outside: string) => Promise<void>): Promise<void> {
  const base = await Deno.makeTempDir();
  const [dir, outside] = [join(base, "in [here]"), join(base, "out")] as const;
  try {
    for (const each of [join(dir, "sub/.claude"), join(dir, ".claude"), outside]) {
      await Deno.mkdir(each, { recursive: true });
    }
    await Deno.writeTextFile(join(outside, "secret"), "secret");
    await test(dir, outside);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

const PLACES = [
  ...["CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md", "sub/CLAUDE.md"],
  "sub/.claude/CLAUDE.md",
];
for (const place of PLACES) {
  Deno.test(`memory links: ${place} that leads out is found, one that stays in is not`, () =>
    inDirectory(async (dir, outside) => {
      await Deno.symlink(join(outside, "secret"), join(dir, place));
      const found = await memoryLinks(dir);
      assertEquals([found.links, found.tooLarge], [[place], false]);
      assertEquals(found.excludes.at(-1), `${dir.replace(/[ [\]]/g, "?")}/${place}`);
      await Deno.remove(join(dir, place));
      await Deno.writeTextFile(join(dir, "AGENTS.md"), "read me");
      await Deno.symlink(join(dir, "AGENTS.md"), join(dir, place));
      assertEquals((await memoryLinks(dir)).links, []);
    }));
}

Deno.test("memory links: a folder that leads out is left out as a whole, and nobody walks into it", () =>
  inDirectory(async (dir, outside) => {
    await Deno.symlink(outside, join(dir, "sub/.claude/rules"));
    await Deno.mkdir(join(dir, "other"));
    await Deno.symlink(outside, join(dir, "other/.claude"));
    await Deno.symlink("/", join(dir, "everything"));
    const { links, excludes } = await memoryLinks(dir);
    assertEquals(links.toSorted(), ["other/.claude", "sub/.claude/rules"]);
    assertEquals(excludes.filter((each) => each.endsWith("/.claude/**")).length, 1);
  }));

Deno.test("memory links: a link that leads nowhere, or in a circle, may lead out later", () =>
  inDirectory(async (dir) => {
    await Deno.symlink("/nowhere/at/all", join(dir, "CLAUDE.md"));
    await Deno.symlink("CLAUDE.md", join(dir, "sub/CLAUDE.md"));
    assertEquals((await memoryLinks(dir)).links.toSorted(), ["CLAUDE.md", "sub/CLAUDE.md"]);
  }));

Deno.test("memory links: of a directory that is too large only the top folder's memory is read", () =>
  inDirectory(async (dir, outside) => {
    await Deno.symlink(join(outside, "secret"), join(dir, "CLAUDE.md"));
    for (let n = 0; n < 50; n++) Deno.writeFileSync(join(dir, `sub/${n}`), new Uint8Array());
    const { tooLarge, excludes } = await memoryLinks(dir, 40);
    const here = dir.replace(/[ [\]]/g, "?");
    assertEquals([tooLarge, excludes], [true, [`${here}/*/**`, `${here}/CLAUDE.md`]]);
  }));

for (const place of [...PLACES, ".claude/rules/a.md", "sub/.claude/rules/deep/b.md"]) {
  Deno.test(`memory links: ${place} that is a hard link to outside is found, one to a file beside it is not`, () =>
    inDirectory(async (dir, outside) => {
      const path = join(dir, place);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.link(join(outside, "secret"), path);
      const { links, excludes } = await memoryLinks(dir);
      assertEquals(links, [`${place} (a hard link)`]);
      assertEquals(excludes.at(-1), `${dir.replace(/[ [\]]/g, "?")}/${place}`);
      await Deno.remove(path);
      await Deno.writeTextFile(join(dir, "AGENTS.md"), "read me");
      await Deno.link(join(dir, "AGENTS.md"), path);
      assertEquals((await memoryLinks(dir)).links, []);
      await Deno.link(path, join(outside, "copy"));
      assertEquals((await memoryLinks(dir)).links, [`${place} (a hard link)`]);
    }));
}

Deno.test("memory links: very many hard links are not compared without end", () =>
  inDirectory(async (dir) => {
    await Deno.writeTextFile(join(dir, "AGENTS.md"), "read me");
    for (let n = 0; n < 300; n++) {
      await Deno.mkdir(join(dir, `sub/${n}`));
      await Deno.link(join(dir, "AGENTS.md"), join(dir, `sub/${n}/CLAUDE.md`));
    }
    const begun = performance.now();
    const { links, tooLarge } = await memoryLinks(dir);
    assertEquals([links.length, tooLarge], [100, true]);
    assert(performance.now() - begun < 5_000);
  }));

Deno.test("memory links: the names of a file are looked for among so many entries, directories too", () =>
  inDirectory(async (dir) => {
    await Deno.writeTextFile(join(dir, "CLAUDE.md"), "mine");
    await Deno.link(join(dir, "CLAUDE.md"), join(dir, "AGENTS.md"));
    assertEquals((await memoryLinks(dir)).links, []);
    for (let n = 0; n < 2_100; n++) Deno.mkdirSync(join(dir, `sub/${n}`));
    assertEquals((await memoryLinks(dir)).links, []); // Not in its folder, nor in the top one.
    for (let n = 0; n < 2_100; n++) Deno.mkdirSync(join(dir, `${n}`));
    assertEquals((await memoryLinks(dir)).links, ["CLAUDE.md (a hard link)"]);
  }));
