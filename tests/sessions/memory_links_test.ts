import { assertEquals } from "@std/assert";
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
