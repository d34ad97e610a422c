import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { ArchiveError, ArchiveNotFoundError, SessionExistsError } from "../../lib/sessions/mod.ts";
import { type ArchiveHome, makeArchiveHome, sh } from "./archive_fixture.ts";
import { randomNumbers, readJson, tree } from "./fixture.ts";
import { gzip, type Member, tarball } from "./tar_builder.ts";

const ID = "11111111-1111-4111-8111-111111111111";
const SETUID = 0o4755;

const METADATA = {
  name: "evil",
  created: "2026-11-20T18:00:00Z",
  last_active: "2026-11-20T18:00:00Z",
  persona: "default",
  status: "active",
  pid: 1,
  idle_timeout: 600,
  claude_session_ids: [ID],
};
const PERSONA = { name: "Evil", system_prompt: "Be good." };

const metadata: Member = { name: "session/metadata.json", content: JSON.stringify(METADATA) };
const persona: Member = { name: "session/persona.json", content: JSON.stringify(PERSONA) };
const folder: Member = { name: "session/", type: "5" };

function manifest(entries: number, name = "evil"): Member {
  const content = {
    format: 1,
    name,
    created: "2026-11-20T18:00:00Z",
    cwd: "/x",
    claude_session_ids: [ID],
    entries,
    bytes: 0,
    skipped: [],
  };
  return { name: "manifest.json", content: JSON.stringify(content) };
}

/** What a whole archive holds, and some more. */
function withExtra(...extra: Member[]): Member[] {
  return [manifest(3 + extra.length), folder, metadata, persona, ...extra];
}

async function offer(home: ArchiveHome, bytes: Uint8Array): Promise<string> {
  await Deno.mkdir(home.path("sessions_archive"), { recursive: true });
  await Deno.writeFile(home.path("sessions_archive/offered.tar.gz"), bytes);
  return "offered.tar.gz";
}

/** Restores what has to be refused; nothing may be there afterwards that was not before. */
async function refused(home: ArchiveHome, bytes: Uint8Array, expected?: string): Promise<void> {
  const file = await offer(home, bytes);
  const before = await tree(home.outside);
  await assertRejects(() => home.archives.restore(file), ArchiveError, expected);
  const left = (await tree(home.outside)).filter((path) => !isBareFolder(home, path));
  assertEquals(left, before.filter((path) => !isBareFolder(home, path)));
}

/** The folders for temporary files and for sessions, which an attempt may make. */
function isBareFolder(home: ArchiveHome, path: string): boolean {
  return ["state/", "state/tmp/", "sessions/"].some((folder) =>
    path === home.path() + "/" + folder
  );
}

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

Deno.test("restore: refused is what is no archive, and it says so", async () => {
  await using home = await makeArchiveHome();
  const random = randomNumbers(7);
  const noise = Uint8Array.from({ length: 5000 }, () => random() * 256);
  const cases = [
    new Uint8Array(),
    noise,
    await gzip(noise),
    await gzip(new Uint8Array()),
    tarball(withExtra()),
    await gzip(await gzip(tarball(withExtra()))),
  ];
  for (const bytes of cases) await refused(home, bytes);
});

Deno.test("restore: refused is an archive that was cut short, wherever", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await Deno.writeFile(
    home.path("sessions/a/noise"),
    crypto.getRandomValues(new Uint8Array(20_000)),
  );
  const { path } = await home.archives.archive("a");
  const whole = await Deno.readFile(path);
  for (let part = 1; part < 20; part++) {
    await refused(home, whole.subarray(0, Math.floor(whole.length * part / 20)));
  }
  await refused(home, whole.subarray(0, whole.length - 1));
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

Deno.test("restore: of 200 damaged archives none writes outside, and what it refuses leaves nothing", async () => {
  await using home = await makeArchiveHome();
  const random = randomNumbers(20261120);
  const whole = tarball(withExtra(
    { name: "session/x", type: "2", link: "metadata.json" },
    { name: "session/h", type: "1", link: "session/persona.json" },
    { name: "session/d/", type: "5" },
    { name: "session/d/f", content: "hello" },
    { name: `transcript/${ID}.jsonl`, content: "{}" },
  ));
  const beside = async () => (await tree(home.outside)).filter((path) => !mayChange(home, path));
  await offer(home, await gzip(whole));
  const before = await beside();
  let refusals = 0;
  for (let i = 0; i < 200; i++) {
    const file = await offer(home, await gzip(mutated(whole, random)));
    try {
      const { metadata: { name } } = await home.archives.restore(file);
      await sh("rm", "-rf", home.path("sessions", name), join(home.config, "projects"));
    } catch (error) {
      assert(error instanceof ArchiveError, String(error));
      refusals++;
      assertEquals(await tree(home.path("sessions")).catch(() => []), []);
    }
    assertEquals(await tree(home.path("state")).catch(() => []), [home.path("state/tmp/")]);
    assertEquals(await beside(), before);
  }
  assert(refusals > 100, `${refusals} refusals`);
});

function mayChange(home: ArchiveHome, path: string): boolean {
  return ["sessions/", "state/", "state/tmp/"].some((folder) => path === `${home.home}/${folder}`);
}

/** Some bytes of one header are others, mostly such as mean something there. */
function mutated(whole: Uint8Array<ArrayBuffer>, random: () => number): Uint8Array<ArrayBuffer> {
  const bytes = whole.slice();
  const headers = Array.from({ length: bytes.length / 512 }, (_, i) => i * 512)
    .filter((offset) =>
      new TextDecoder().decode(bytes.subarray(offset + 257, offset + 262)) === "ustar"
    );
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const offset = pick(headers) ?? 0;
  const fields = [0, 0, 0, 100, 124, 136, 156, 156, 157, 157, 257, 345];
  const texts = [
    "../",
    "/",
    "../../../../evil",
    "/etc/evil",
    "\0",
    "1",
    "2",
    "3",
    "L",
    "K",
    "x",
    "g",
    "S",
    "session/x/evil",
    "session",
    "\xff\xff",
    "77777777777",
    "\n",
    "\x80",
  ];
  for (let n = 0; n <= random() * 3; n++) {
    const text = pick(texts) ?? "";
    bytes.set(Uint8Array.from(text, (char) => char.charCodeAt(0)), offset + (pick(fields) ?? 0));
  }
  const block = bytes.subarray(offset, offset + 512);
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
  return bytes;
}
