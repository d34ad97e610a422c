import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openJournal } from "../../lib/journal/mod.ts";
import { keepHomeId, readHomeId } from "../../lib/app/home.ts";

async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "switchboard-mark-" });
  try {
    await test(join(dir, "mark"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("home id: a new journal takes the one that lies beside it", async () => {
  await withFile(async (path) => {
    using first = openJournal(":memory:");
    await keepHomeId(path, await readHomeId(path), first);
    const homeId = await readHomeId(path);
    using second = openJournal(":memory:");
    await keepHomeId(path, homeId, second);
    assertEquals(second.fact("mark", () => "another"), homeId);
    assertEquals(await readHomeId(path), homeId);
  });
});

Deno.test("home id: one that is damaged is written anew from the journal", async () => {
  await withFile(async (path) => {
    using journal = openJournal(":memory:");
    const homeId = journal.fact("mark", () => "mine");
    for (const text of ["", "two words", "x".repeat(99)]) {
      await Deno.writeTextFile(path, text);
      assertEquals(await readHomeId(path), null);
      await keepHomeId(path, null, journal);
      assertEquals(await readHomeId(path), homeId);
    }
  });
});
