import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { emptyConfigRoot, makeEmptyConfigRoot } from "../../lib/claude/config_root.ts";
import { StartError } from "../../lib/claude/failures.ts";

async function inHome(work: (home: string, root: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await makeEmptyConfigRoot(home);
    await work(home, join(home, "trust/empty"));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("config root: it is empty, read-only, and outside of state and sessions", () =>
  inHome(async (home, root) => {
    assertEquals(await emptyConfigRoot(home), root);
    assertEquals((await Deno.stat(root)).mode! & 0o777, 0o500);
  }));

Deno.test("config root: what was made writable is closed again at the start", () =>
  inHome(async (home, root) => {
    await Deno.chmod(root, 0o700);
    await makeEmptyConfigRoot(home);
    assertEquals((await Deno.stat(root)).mode! & 0o777, 0o500);
  }));

Deno.test("config root: what was put into it is taken away before a start", () =>
  inHome(async (home, root) => {
    await Deno.chmod(root, 0o700);
    await Deno.mkdir(join(root, ".claude"));
    await Deno.writeTextFile(join(root, ".claude/settings.local.json"), "{}");
    await Deno.symlink("/etc", join(root, "link"));
    await Deno.chmod(root, 0o500);
    assertEquals(await emptyConfigRoot(home), root);
    assertEquals([...Deno.readDirSync(root)], []);
    assertEquals((await Deno.stat(root)).mode! & 0o777, 0o500);
    assertEquals((await Deno.stat("/etc/passwd")).isFile, true);
  }));

const SPOILT: [string, (root: string) => Promise<void>, string][] = [
  ["can be written to", (root) => Deno.chmod(root, 0o720), "can be written to"],
  ["is missing", (root) => Deno.remove(root), "is missing"],
  [
    "is a link",
    async (root) => {
      await Deno.remove(root);
      await Deno.symlink("/etc", root);
    },
    "is not a directory",
  ],
  [
    "is a file",
    async (root) => {
      await Deno.remove(root);
      await Deno.writeTextFile(root, "");
    },
    "is not a directory",
  ],
];
for (const [what, spoil, words] of SPOILT) {
  Deno.test(`config root: nothing is started with one that ${what}`, () =>
    inHome(async (home, root) => {
      await Deno.chmod(root, 0o700);
      await spoil(root);
      await assertRejects(() => emptyConfigRoot(home), StartError, words);
    }));
}
