import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openJournal } from "../lib/journal/mod.ts";
import { keepMark, readMark } from "../lib/mark.ts";

async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-mark-" });
  try {
    await test(join(dir, "mark"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("mark: a new journal takes the one that lies beside it", async () => {
  await withFile(async (path) => {
    using first = openJournal(":memory:");
    await keepMark(path, await readMark(path), first);
    const mark = await readMark(path);
    using second = openJournal(":memory:");
    await keepMark(path, mark, second);
    assertEquals(second.fact("mark", () => "another"), mark);
    assertEquals(await readMark(path), mark);
  });
});

Deno.test("mark: one that is damaged is written anew from the journal", async () => {
  await withFile(async (path) => {
    using journal = openJournal(":memory:");
    const mark = journal.fact("mark", () => "mine");
    for (const text of ["", "two words", "x".repeat(99)]) {
      await Deno.writeTextFile(path, text);
      assertEquals(await readMark(path), null);
      await keepMark(path, null, journal);
      assertEquals(await readMark(path), mark);
    }
  });
});
