import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { ArchiveError, ArchiveNotFoundError, SessionExistsError } from "../../lib/sessions/mod.ts";
import { makeArchiveHome } from "./archive_fixture.ts";
import { tree } from "./fixture.ts";
import { offer, withExtra } from "./hostile_fixture.ts";
import { gzip, tarball } from "./tar_builder.ts";

const ONE = "11111111-1111-4111-8111-111111111111";

Deno.test("restore: a session that is there is not touched, in whatever case its name", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await home.addTranscript("a", ONE);
  const { file } = await home.archives.archive("a");
  await home.manager.create("A");
  const before = await tree(home.outside);
  await assertRejects(() => home.archives.restore(file), SessionExistsError, "'A' already exists");
  assertEquals(await tree(home.outside), before);
});

Deno.test("restore: a transcript that is there is not replaced", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await home.addTranscript("a", ONE);
  const { file } = await home.archives.archive("a");
  const transcript = join(home.transcripts("a"), `${ONE}.jsonl`);
  await Deno.writeTextFile(transcript, "newer");
  await home.archives.restore(file);
  assertEquals(await Deno.readTextFile(transcript), "newer");
});

Deno.test("restore: without room for it, nothing is unpacked", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await Deno.truncate(await touchFile(home.path("sessions/a/big")), 3_000_000);
  const { file } = await home.archives.archive("a");
  const before = await tree(home.outside);
  const archives = home.with({ freeSpace: 2_500_000 });
  await assertRejects(() => archives.restore(file), ArchiveError, "only 2.5 MB are free");
  assertEquals(await tree(home.outside), before);
  await home.with({ freeSpace: 10_000_000 }).restore(file);
});

async function touchFile(path: string): Promise<string> {
  await Deno.writeTextFile(path, "");
  return path;
}

Deno.test("restore: to a home that lies elsewhere, the history comes along", async () => {
  await using first = await makeArchiveHome();
  await using second = await makeArchiveHome();
  await first.manager.create("a");
  await first.addTranscript("a", ONE);
  const { path } = await first.archives.archive("a");
  await Deno.mkdir(second.path("sessions_archive"));
  await Deno.copyFile(path, second.path("sessions_archive/moved.tar.gz"));
  await second.archives.restore("moved.tar.gz");
  const said = await Deno.readTextFile(join(second.transcripts("a"), `${ONE}.jsonl`));
  assertStringIncludes(said, ONE);
});

Deno.test("restore: only an archive in its folder can be named, and no link", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  const { path, file } = await home.archives.archive("a");
  await Deno.rename(path, join(home.outside, "away.tar.gz"));
  await Deno.symlink(join(home.outside, "away.tar.gz"), home.path("sessions_archive/l.tar.gz"));
  await Deno.mkdir(home.path("sessions_archive/d.tar.gz"));
  const names = [
    file,
    "l.tar.gz",
    "d.tar.gz",
    "../../away.tar.gz",
    join(home.outside, "away.tar.gz"),
    "",
    ".",
    "..",
    "a\0.tar.gz",
    "/away.tar.gz",
    ".tar.gz",
    "-",
    "--help",
  ];
  for (const name of names) {
    await assertRejects(() => home.archives.restore(name), ArchiveNotFoundError);
  }
});

Deno.test("restore: a planted folder of the same name is not replaced", async () => {
  await using home = await makeArchiveHome();
  const file = await offer(home, await gzip(tarball(withExtra())));
  await Deno.mkdir(home.path("sessions/evil"), { recursive: true });
  await assertRejects(() => home.archives.restore(file), SessionExistsError);
  await Deno.remove(home.path("sessions/evil"));
  await Deno.symlink(home.outside, home.path("sessions/evil"));
  await assertRejects(() => home.archives.restore(file), SessionExistsError);
  assertEquals(await Deno.readLink(home.path("sessions/evil")), home.outside);
});
