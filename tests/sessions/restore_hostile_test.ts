import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeArchiveHome } from "./archive_fixture.ts";
import { readJson } from "./fixture.ts";
import { HOSTILE, ID, offer, refused, withExtra } from "./hostile_fixture.ts";
import { gzip, tarball } from "./tar_builder.ts";

const SETUID = 0o4755;

Deno.test("restore: an archive made elsewhere is taken, with no process and no lent rights", async () => {
  await using home = await makeArchiveHome();
  const file = await offer(
    home,
    await gzip(tarball(withExtra(
      { name: "session/tool", mode: SETUID, content: "#!/bin/sh\n" },
      { name: "session/shared", type: "5", mode: 0o3777 },
      { name: "session/away", type: "2", link: "/etc" },
      { name: `transcript/${ID}.jsonl`, content: "{}\n" },
      { name: `transcript/${ID}/deep/large.txt`, content: "x" },
    ))),
  );
  await home.archives.restore(file);
  const written = await readJson(home.path("sessions/evil/metadata.json"));
  assertEquals([written["pid"], written["status"]], [null, "idle"]);
  for (const name of ["tool", "shared"]) {
    const { mode } = await Deno.stat(home.path("sessions/evil", name));
    assertEquals((mode ?? 0) & 0o7022, 0, name);
  }
  assertEquals(((await Deno.stat(home.path("sessions/evil"))).mode ?? 0) & 0o777, 0o700);
  assertEquals(await Deno.readLink(home.path("sessions/evil/away")), "/etc");
  assertEquals((await Deno.lstat(home.path("sessions/evil/files"))).isDirectory, true);
  assertEquals(await Deno.readTextFile(join(home.transcripts("evil"), `${ID}.jsonl`)), "{}\n");
});

for (const [what, members, expected] of HOSTILE) {
  Deno.test(`restore: refused is ${what}`, async () => {
    await using home = await makeArchiveHome();
    await refused(home, await gzip(tarball(members)), expected);
    assertEquals(await Deno.lstat("/tmp/switchboard-evil").catch(() => "none"), "none");
  });
}
