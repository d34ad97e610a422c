import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeArchiveHome } from "./archive_fixture.ts";
import { readJson } from "./fixture.ts";
import {
  folder,
  ID,
  manifest,
  metadata,
  offer,
  persona,
  refused,
  withExtra,
} from "./hostile_fixture.ts";
import { gzip, type Member, tarball } from "./tar_builder.ts";

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

const evil = (name: string, more: Partial<Member> = {}): Member => ({
  name,
  content: "evil",
  ...more,
});

const hostile: [string, Member[], string?][] = [
  ["a name that climbs", withExtra(evil("session/../../../evil")), "plain path"],
  ["a name that climbs from the top", withExtra(evil("../evil")), "plain path"],
  [
    "a name that ends in ..",
    withExtra(evil("session/x/..", { type: "5", content: "" })),
    "plain path",
  ],
  ["an absolute name", withExtra(evil("/tmp/switchboard-evil")), "plain path"],
  ["a name with a dot", withExtra(evil("session/./x")), "plain path"],
  ["a name with two slashes", withExtra(evil("session//x")), "plain path"],
  ["a file beside the session", withExtra(evil("evil")), "does not belong"],
  ["a file with a name like the session's", withExtra(evil("sessions/x")), "does not belong"],
  ["a device for blocks", withExtra(evil("session/sda", { type: "4", content: "" })), "device"],
  ["a device for bytes", withExtra(evil("session/null", { type: "3", content: "" })), "device"],
  ["a pipe", withExtra(evil("session/pipe", { type: "6", content: "" })), "device"],
  ["a kind nobody knows", withExtra(evil("session/x", { type: "Z" }))],
  ["a part of a volume", withExtra(evil("session/x", { type: "M" }))],
  [
    "a hard link to the outside",
    withExtra(evil("session/h", { type: "1", content: "", link: "/etc/passwd" })),
    "hard link",
  ],
  [
    "a hard link that climbs",
    withExtra(evil("session/h", { type: "1", content: "", link: "session/../../../x" })),
    "hard link",
  ],
  [
    "a hard link to what is not there",
    withExtra(evil("session/h", { type: "1", content: "", link: "session/x" })),
    "hard link",
  ],
  [
    "a hard link to a symbolic one",
    withExtra(
      evil("session/l", { type: "2", content: "", link: "/etc/passwd" }),
      evil("session/h", { type: "1", content: "", link: "session/l" }),
    ),
    "hard link",
  ],
  [
    "a hard link between the tops",
    withExtra(
      evil(`transcript/${ID}.jsonl`, { type: "1", content: "", link: "session/metadata.json" }),
    ),
    "hard link",
  ],
  [
    "a file through a link",
    withExtra(
      evil("session/l", { type: "2", content: "", link: "../../../.." }),
      evil("session/l/evil"),
    ),
    "below something",
  ],
  [
    "a link in the place of a folder that comes first",
    withExtra(
      evil("session/d/evil"),
      evil("session/d", { type: "2", content: "", link: "/tmp" }),
    ),
  ],
  [
    "a name twice, first a link",
    withExtra(
      evil("session/x", { type: "2", content: "", link: "/tmp/switchboard-evil" }),
      evil("session/x"),
    ),
    "twice",
  ],
  ["the session itself as a link", [
    manifest(3),
    { name: "session", type: "2", link: "/tmp" },
    metadata,
    persona,
  ], "below something"],
  ["metadata as a link", [
    manifest(3),
    folder,
    persona,
    { name: "session/metadata.json", type: "2", link: "persona.json" },
  ], "symbolic link"],
  ["a persona as a link", [
    manifest(3),
    folder,
    metadata,
    { name: "session/persona.json", type: "2", link: "/etc/passwd" },
  ], "symbolic link"],
  [
    "files/ as a link",
    withExtra({ name: "session/files", type: "2", link: "/tmp" }),
    "not a folder",
  ],
  ["no persona", [manifest(2), folder, metadata], "missing"],
  [
    "metadata of another name",
    [manifest(3, "other"), folder, metadata, persona],
    "that of session",
  ],
  ["a name that is none", [manifest(3, "../evil"), folder, metadata, persona], "manifest"],
  ["a manifest that counts wrong", [manifest(9), folder, metadata, persona], "manifest says"],
  ["no manifest", [folder, metadata, persona], "not the archive of a session"],
  ["a manifest that is a link", [
    { name: "manifest.json", type: "2", link: "/etc/passwd" },
    folder,
    metadata,
    persona,
  ], "not a file"],
  [
    "another session's transcript",
    withExtra(evil("transcript/22222222-2222-4222-8222-222222222222.jsonl")),
    "not this session's",
  ],
  [
    "a transcript of no conversation",
    withExtra(evil("transcript/settings.json")),
    "not this session's",
  ],
  ["transcripts that are a file", withExtra(evil("transcript")), "not this session's"],
  [
    "a link among the transcripts",
    withExtra(
      evil(`transcript/${ID}`, { type: "2", content: "", link: "/tmp" }),
    ),
    "link among",
  ],
  ["a size beyond everything", withExtra(evil("session/x", { content: "", size: 0o77777777777 }))],
];

for (const [what, members, expected] of hostile) {
  Deno.test(`restore: refused is ${what}`, async () => {
    await using home = await makeArchiveHome();
    await refused(home, await gzip(tarball(members)), expected);
    assertEquals(await Deno.lstat("/tmp/switchboard-evil").catch(() => "none"), "none");
  });
}
