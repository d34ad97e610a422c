import type { RunProgram } from "../../lib/programs.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ArchiveError } from "../../lib/sessions/mod.ts";
import { makeArchiveHome, run } from "./archive_fixture.ts";
import { tree } from "./fixture.ts";

const ONE = "11111111-1111-4111-8111-111111111111";

/** A runner that does something before, or instead of, the tar call that has this argument. */
function interfere(
  argument: string,
  how: () => Promise<Awaited<ReturnType<RunProgram>> | undefined>,
): RunProgram {
  return async (command, args, options) =>
    (args.includes(argument) ? await how() : undefined) ?? await run(command, args, options);
}

const failure = (code: number, stderr: string) => () =>
  Promise.resolve({ code, stdout: new Uint8Array(), stderr });

const failures: [string, string, ReturnType<typeof failure>, string][] = [
  ["tar is missing", "--create", failure(127, ""), "GNU tar is needed"],
  [
    "the disk is full",
    "--format=posix",
    failure(2, "tar: x: Cannot write: No space left"),
    "No space",
  ],
  ["tar is killed while it reads back", "--list", failure(143, ""), "without a word"],
  ["the archive differs", "--compare", failure(1, "tar: session/x: Contents differ"), "differ"],
];

for (const [what, argument, how, expected] of failures) {
  Deno.test(`archive: if ${what}, the session stays and nothing else is left`, async () => {
    await using home = await makeArchiveHome();
    await home.manager.create("a");
    await home.addTranscript("a", ONE);
    const before = await tree(home.outside);
    const archives = home.with({ run: interfere(argument, how) });
    await assertRejects(() => archives.archive("a"), ArchiveError, expected);
    const after = await tree(home.outside);
    assertEquals(after.filter((path) => !path.endsWith("/sessions_archive/")), before);
    await home.manager.touch("a");
  });
}

const changes: [string, (session: string) => Promise<void>][] = [
  [
    "a file grows",
    (session) => Deno.writeTextFile(`${session}/persona.json`, "\n", { append: true }),
  ],
  ["a file changes in place", async (session) => {
    const { mtime } = await Deno.stat(`${session}/notes`);
    await Deno.writeTextFile(`${session}/notes`, "two");
    if (mtime) await Deno.utime(`${session}/notes`, mtime, mtime);
  }],
  ["a file goes", (session) => Deno.remove(`${session}/notes`)],
];

for (const [what, change] of changes) {
  Deno.test(`archive: if ${what} meanwhile, the session stays`, async () => {
    await using home = await makeArchiveHome();
    await home.manager.create("a");
    await Deno.writeTextFile(home.path("sessions/a/notes"), "one");
    const meanwhile = async () => void await change(home.path("sessions/a"));
    const archives = home.with({
      run: interfere("--compare", async () => {
        await meanwhile();
        return undefined;
      }),
    });
    await assertRejects(() => archives.archive("a"), ArchiveError);
    assertEquals([await home.manager.exists("a"), await home.archives.archives()], [true, []]);
  });
}

Deno.test("archive: if a file comes in meanwhile, the session stays", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  const archives = home.with({
    run: interfere("--format=posix", async () => {
      await Deno.writeTextFile(home.path("sessions/a/late"), "");
      return undefined;
    }),
  });
  await assertRejects(() => archives.archive("a"), ArchiveError, "changed while");
  assertEquals(await home.manager.exists("a"), true);
});

Deno.test("archive: it can be stopped, and then nothing has happened", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  const controller = new AbortController();
  const archives = home.with({
    run: interfere("--compare", () => {
      controller.abort(new Error("stopped by hand"));
      return Promise.resolve(undefined);
    }),
  });
  const { signal } = controller;
  await assertRejects(() => archives.archive("a", { signal }), Error, "stopped by hand");
  assertEquals([await home.manager.exists("a"), await home.archives.archives()], [true, []]);
  assertEquals(await tree(home.path("sessions_archive")), []);
});

Deno.test("archive: transcripts that cannot be removed are told", async () => {
  await using home = await makeArchiveHome();
  await home.manager.create("a");
  await home.addTranscript("a", ONE);
  const how = failure(2, "tar: ./x: Cannot unlink: Permission denied");
  const archives = home.with({ run: interfere("--remove-files", how) });
  const { skipped } = await archives.archive("a");
  assertStringIncludes(skipped.join(), "transcripts not removed: tar: ./x: Cannot unlink");
});
