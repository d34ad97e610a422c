import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { SessionBusyError, SessionNotFoundError } from "../../lib/sessions/mod.ts";
import { makeArchiveHome, run, sh, snapshot } from "./archive_fixture.ts";
import { tree } from "./fixture.ts";

const ONE = "11111111-1111-4111-8111-111111111111";
const TWO = "22222222-2222-4222-8222-222222222222";
const OTHER = "33333333-3333-4333-8333-333333333333";

/** Names and kinds of files that have broken archives of others. */
async function fillWithOddities(session: string): Promise<void> {
  const at = (name: string) => join(session, name);
  const names = [
    "new\nline",
    "-rf",
    "--checkpoint-action=exec=false",
    '"quoted"',
    "it's",
    "back\\slash",
    " ",
    "ünï 😀",
    "a -> b",
    "tab\t",
    "star*?[x]",
    "session",
    "transcript",
    "n".repeat(255),
    "x,y;s,a,b,",
  ];
  for (const name of names) await Deno.writeTextFile(at(name), `in ${name}`);
  await sh("bash", "-c", `printf raw > "$1"/$'latin\\xe9'`, "-", session);
  const deep = "deep/" +
    Array.from({ length: 20 }, (_, i) => `level-${i}-of-a-long-path`).join("/");
  await Deno.mkdir(at(deep), { recursive: true });
  await Deno.writeTextFile(at(`${deep}/file`), "far down");
  await Deno.mkdir(at("empty"));
  await Deno.writeTextFile(at("script"), "#!/bin/sh\n", { mode: 0o755 });
  await Deno.writeTextFile(at("private"), "0600", { mode: 0o600 });
  await Deno.mkdir(at("read-only"));
  await Deno.writeTextFile(at("read-only/inside"), "x", { mode: 0o444 });
  await Deno.chmod(at("read-only"), 0o555);
  await Deno.link(at("script"), at("hard"));
  const links = { dangling: "nowhere", up: "../../..", absolute: "/etc/passwd", loop: "loop" };
  for (const [name, target] of Object.entries(links)) await Deno.symlink(target, at(name));
  await Deno.truncate(at("-rf"), 5_000_000);
}

Deno.test("archive: a session comes back as it was, whatever lies in it", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("odd", "planner");
  await fillWithOddities(home.path("sessions/odd"));
  await home.addTranscript("odd", ONE);
  await home.addTranscript("odd", TWO);
  const before = await snapshot(home.path("sessions/odd"));
  const said = await snapshot(home.transcripts("odd"));
  const metadata = await home.manager.get("odd");

  const archived = await home.archives.archive("odd");
  assertEquals([archived.transcripts, archived.skipped], [2, []]);
  assertEquals(archived.size, (await Deno.stat(archived.path)).size);
  assertEquals(await home.manager.exists("odd"), false);
  assertEquals(await tree(home.transcripts("odd")), []);

  const restored = await home.archives.restore(archived.file);
  assertEquals(restored, { metadata, files: archived.files, transcripts: 2 });
  assertEquals(await home.manager.get("odd"), metadata);
  assertEquals(withoutOwnFiles(await snapshot(home.path("sessions/odd"))), withoutOwnFiles(before));
  assertEquals(await snapshot(home.transcripts("odd")), said);
  assertEquals((await home.manager.persona("odd")).name, "Planner");
  assertEquals(await tree(home.path("state/tmp")), []);
});

/** Metadata and persona are written anew by a restore, so their times differ. */
function withoutOwnFiles(lines: string): string[] {
  return lines.split("\n").filter((line) => !/ (metadata|persona)\.json$/.test(line));
}

Deno.test("archive: its name tells session and time, and only the owner can read it", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("-a"); // At 18:00.
  const { file, path } = await home.archives.archive("-a");
  assertEquals(file, "-a-20261120T180100Z.tar.gz");
  assertEquals(path, home.path("sessions_archive", file));
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  assertEquals((await sh("tar", "-tzf", path)).trim().split("\n").sort(), [
    "manifest.json",
    "session/",
    "session/files/",
    "session/metadata.json",
    "session/persona.json",
  ]);
});

Deno.test("archive: the list begins with the newest and shows only whole archives", async () => {
  await using home = await makeArchiveHome();
  assertEquals(await home.archives.archives(), []);
  for (const name of ["a", "b"]) await home.manager.create(name);
  for (const name of ["a", "b"]) await home.archives.archive(name);
  for (const name of [".unfinished.part", ".hidden.tar.gz", "readme"]) {
    await Deno.writeTextFile(home.path("sessions_archive", name), "");
  }
  await Deno.symlink("/etc/passwd", home.path("sessions_archive/link.tar.gz"));
  const listed = await home.archives.archives();
  assertEquals(listed.map(({ file }) => file), [
    "b-20261120T180300Z.tar.gz",
    "a-20261120T180200Z.tar.gz",
  ]);
  assertEquals(listed[0]?.time.toISOString(), "2026-11-20T18:03:00.000Z");
});

Deno.test("archive: only the session's own transcripts go, though others share their folder", async () => {
  await using home = await makeArchiveHome();
  for (const name of ["a_b", "a-b"]) await home.manager.create(name);
  assertEquals(home.transcripts("a_b"), home.transcripts("a-b"));
  await home.addTranscript("a_b", ONE);
  await home.addTranscript("a-b", OTHER);
  await home.archives.archive("a_b");
  const left = (await tree(home.transcripts("a-b"))).map((path) => path.split("/projects/")[1]);
  const folder = home.transcripts("a-b").split("/projects/")[1];
  assertEquals(left, [
    `${folder}/${OTHER}.jsonl`,
    `${folder}/${OTHER}/`,
    `${folder}/${OTHER}/large.txt`,
  ]);
});

Deno.test("archive: missing transcripts are told, and do not hinder", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await home.manager.update("a", { claude_session_id: ONE });
  const first = await home.archives.archive("a"); // Without any folder for transcripts.
  assertEquals(first.skipped, [`no transcript of conversation ${ONE}`]);
  await home.archives.restore(first.file);
  await home.addTranscript("a", TWO);
  const second = await home.archives.archive("a");
  assertEquals([second.transcripts, second.skipped], [1, [`no transcript of conversation ${ONE}`]]);
});

Deno.test("archive: sockets and pipes are left out and told", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  const pipes = ["pipe", "pi\npe", "pi*pe", "pi[p]e\\", "pïpe"];
  for (const pipe of pipes) await sh("mkfifo", home.path("sessions/a", pipe));
  await Deno.link(home.path("sessions/a/pipe"), home.path("sessions/a/second-name"));
  await sh("bash", "-c", `mkfifo "$1"/$'p\\xe9pe'`, "-", home.path("sessions/a"));
  await Deno.writeTextFile(home.path("sessions/a/pixpe"), "kept: it only looks like a pattern");
  using _socket = Deno.listen({ transport: "unix", path: home.path("sessions/a/sock") });
  const { skipped, file } = await home.archives.archive("a");
  assertEquals(skipped.length, 8, skipped.join("; "));
  assert(skipped.includes("a socket: sessions/a/sock"));
  assert(skipped.includes("not a file: sessions/a/second-name"));
  assert(skipped.includes("not a file: sessions/a/pi\\npe"));
  await home.archives.restore(file);
  assertEquals((await tree(home.path("sessions/a"))).map((path) => path.split("/a/")[1]), [
    "files/",
    "metadata.json",
    "persona.json",
    "pixpe",
  ]);
});

Deno.test("archive: places that showed the session show none", async () => {
  await using home = await makeArchiveHome();
  for (const name of ["a", "b"]) await home.manager.create(name);
  await home.manager.switch("a");
  await home.manager.switch("b", { chat: 1 });
  const { file } = await home.archives.archive("a");
  assertEquals([await home.manager.active(), await home.manager.active({ chat: 1 })], [null, "b"]);
  await home.archives.restore(file);
  assertEquals(await home.manager.active(), null);
});

Deno.test("archive: refused are a session that works and one that is not there", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await home.manager.setProcess("a", 4711);
  await assertRejects(() => home.archives.archive("a"), SessionBusyError, "running process");
  await assertRejects(() => home.archives.archive("b"), SessionNotFoundError);
  assertEquals(await home.manager.exists("a"), true);
  assertEquals(await home.archives.archives(), []);
});

Deno.test("archive: pigz is taken where it is", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  const programs: string[] = [];
  const there = Promise.resolve({ code: 0, stdout: new Uint8Array(), stderr: "" });
  const archives = home.with({
    run: (command, args, options) => {
      const used = args.find((arg) => arg.startsWith("--use-compress-program="));
      if (used !== undefined) programs.push(used);
      return command === "pigz" ? there : run(command, args, options);
    },
  });
  await archives.archive("a").catch(() => {}); // Where pigz is not really there.
  assertEquals(new Set(programs), new Set(["--use-compress-program=pigz"]));
});
