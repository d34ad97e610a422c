/**
 * A session of 200 MB and many files goes and comes back. Not among the quick tests:
 * `deno test -A tests/sessions/archive_large_test.slow.ts`.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeArchiveHome, snapshot } from "./archive_fixture.ts";

const MB = 1024 * 1024;

/** Bytes that do not compress, so that the archive is large as well. */
async function writeNoise(path: string, megabytes: number): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const block = new Uint8Array(MB);
  for (let i = 0; i < megabytes; i++) {
    for (let offset = 0; offset < MB; offset += 65536) {
      crypto.getRandomValues(block.subarray(offset, offset + 65536));
    }
    await file.write(block);
  }
}

Deno.test("archive: a file of 200 MB and 10,000 small ones come back as they were", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("large");
  const session = home.path("sessions/large");
  await writeNoise(join(session, "disk.img"), 200);
  await Deno.mkdir(join(session, "many"));
  for (let i = 0; i < 10_000; i++) await Deno.writeTextFile(join(session, "many", `${i}`), `${i}`);
  const lines = (all: string) =>
    all.split("\n").filter((line) => !/(metadata|persona)\.json$/.test(line));
  const before = lines(await snapshot(session));
  const memory = Deno.memoryUsage().rss;
  const { file, files, size } = await home.archives.archive("large");
  assertEquals([await home.manager.exists("large"), files], [false, 10_003]);
  assert(size > 200 * MB);
  assertEquals((await home.archives.restore(file)).files, 10_003);
  const grown = (Deno.memoryUsage().rss - memory) / MB;
  assert(grown < 150, `memory grew by ${grown} MB`);
  assertEquals(lines(await snapshot(session)), before);
});
