import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { OutsideError, resolveInside } from "../../lib/sessions/mod.ts";
import {
  readInside,
  readRegularFile,
  removeTree,
  UnsafeFileError,
  writeAtomically,
} from "../../lib/sessions/safe_file.ts";
import { type Home, makeHome, randomNumbers, tree } from "./fixture.ts";

/** A root with something to find in it, and something beside it that is not to be found. */
async function makeRoot(home: Home): Promise<string> {
  const root = home.path("root");
  await Deno.mkdir(join(root, "files/deep"), { recursive: true });
  await Deno.writeTextFile(join(root, "files/photo.jpg"), "");
  await Deno.mkdir(home.path("root-beside"));
  await Deno.writeTextFile(home.path("secret"), "");
  const links = {
    inner: "files/photo.jpg",
    folder: "files",
    secret: "../secret",
    out: "..",
    absolute: "/etc",
    dangling: "../not-there-yet",
    loop: "loop",
    twice: "out/root/files",
    chain: "secret",
  };
  for (const [name, target] of Object.entries(links)) await Deno.symlink(target, join(root, name));
  return root;
}

Deno.test("resolveInside: gives the real path of what is inside", async () => {
  await using home = await makeHome();
  const root = await makeRoot(home);
  const cases: [string, string][] = [
    [".", ""],
    ["", ""],
    ["files/photo.jpg", "files/photo.jpg"],
    ["files/../files/photo.jpg", "files/photo.jpg"],
    ["inner", "files/photo.jpg"],
    ["folder/photo.jpg", "files/photo.jpg"],
    ["twice/photo.jpg", "files/photo.jpg"],
    ["files/new.txt", "files/new.txt"],
    ["folder/new.txt", "files/new.txt"],
    [join(root, "files"), "files"],
  ];
  for (const [path, expected] of cases) {
    assertEquals(await resolveInside(root, path), join(root, expected), path);
  }
});

Deno.test("resolveInside: refuses what leads out, by name or by link, there or not", async () => {
  await using home = await makeHome();
  const root = await makeRoot(home);
  const paths = [
    "..",
    "../secret",
    "../root-beside",
    "/",
    "/etc/passwd",
    "files/../../secret",
    "secret",
    "out",
    "out/secret",
    "absolute",
    "absolute/passwd",
    "absolute/new",
    "dangling",
    "loop",
    "loop/x",
    "chain",
    "out/new",
    "../new",
    "a\0b",
    "out/root-beside/new",
  ];
  for (const path of paths) {
    await assertRejects(() => resolveInside(root, path), OutsideError, "not inside");
  }
  await assertRejects(() => resolveInside(root, "none/new"), Deno.errors.NotFound);
});

Deno.test("resolveInside: a root that is reached through a link is inside itself", async () => {
  await using home = await makeHome();
  const root = await makeRoot(home);
  await Deno.symlink(root, home.path("alias"));
  const alias = home.path("alias");
  assertEquals(await resolveInside(alias, "files"), join(root, "files"));
  assertEquals(await resolveInside(alias, join(alias, "files")), join(root, "files"));
});

Deno.test("resolveInside: of 2000 random paths none leads out", async () => {
  await using home = await makeHome();
  const root = await makeRoot(home);
  const random = randomNumbers(3);
  const parts = [
    "..",
    ".",
    "",
    "files",
    "deep",
    "out",
    "folder",
    "root",
    "twice",
    "secret",
    "x",
    "/",
  ];
  let inside = 0;
  for (let i = 0; i < 2000; i++) {
    const length = 1 + Math.floor(random() * 5);
    const pick = () => parts[Math.floor(random() * parts.length)];
    const path = Array.from({ length }, pick).join("/");
    try {
      const real = await resolveInside(root, path);
      assertEquals(real === root || real.startsWith(`${root}/`), true, path);
      inside++;
    } catch {
      // Outside or missing.
    }
  }
  assertEquals(inside > 200, true, `${inside}`);
});

Deno.test("files: one that is replaced while it is being opened is not read", async () => {
  await using home = await makeHome();
  const path = home.path("metadata.json");
  await Deno.writeTextFile(home.path("secret"), "secret");
  let running = true;
  const swapping = (async () => {
    while (running) {
      await Deno.writeTextFile(home.path("plain"), "plain");
      await Deno.rename(home.path("plain"), path);
      await Deno.symlink(home.path("secret"), home.path("link"));
      await Deno.rename(home.path("link"), path);
    }
  })();
  for (let i = 0; i < 500; i++) {
    const text = await readRegularFile(path).catch((error) => {
      const expected = error instanceof UnsafeFileError || error instanceof Deno.errors.NotFound;
      if (!expected) throw error;
      return "plain";
    });
    assertEquals(text, "plain");
  }
  running = false;
  await swapping;
});

Deno.test("files: a write replaces a link instead of following it", async () => {
  await using home = await makeHome();
  await Deno.writeTextFile(home.path("victim"), "untouched");
  await Deno.symlink(home.path("victim"), home.path("a.json"));
  await writeAtomically(home.path("a.json"), "new");
  assertEquals(await Deno.readTextFile(home.path("victim")), "untouched");
  assertEquals(await readRegularFile(home.path("a.json")), "new");
});

Deno.test("files: a write that fails leaves no other file", async () => {
  await using home = await makeHome();
  await Deno.mkdir(home.path("a.json/full"), { recursive: true });
  const before = await tree(home.home);
  await assertRejects(() => writeAtomically(home.path("a.json"), "new"));
  assertEquals(await tree(home.home), before);
});

Deno.test("files: a tree is removed with its read-only folders, and no link is followed", async () => {
  await using home = await makeHome();
  await Deno.mkdir(home.path("kept/inside"), { recursive: true });
  await Deno.mkdir(home.path("gone/locked/deep"), { recursive: true });
  await Deno.writeTextFile(home.path("gone/locked/deep/file"), "");
  await Deno.symlink(home.path("kept"), home.path("gone/locked/link"));
  for (const path of ["gone/locked/deep", "gone/locked"]) await Deno.chmod(home.path(path), 0o500);
  await removeTree(home.path("gone"));
  await removeTree(home.path("gone"));
  assertEquals(await tree(home.home), [home.path("kept/"), home.path("kept/inside/")]);
});

Deno.test("files: a text inside is read, by either kind of path; nothing else is", async () => {
  const home = await Deno.makeTempDir({ prefix: "switchboard-existing-" });
  try {
    const root = join(home, "session");
    await Deno.mkdir(join(root, "sub"), { recursive: true });
    await Deno.writeTextFile(join(home, "secret"), "secret");
    await Deno.writeTextFile(join(root, "a.txt"), "ä\n");
    await Deno.writeTextFile(join(root, "binary"), "a\0b");
    await Deno.writeTextFile(join(root, "huge"), "x".repeat(1024 * 1024 + 1));
    await Deno.symlink(join(home, "secret"), join(root, "out"));
    await Deno.symlink("../a.txt", join(root, "sub", "in"));
    const paths = ["a.txt", join(root, "a.txt"), "sub/in"];
    for (const path of paths) assertEquals(await readInside(root, path), "ä\n", path);
    const refused = ["none", "sub", "binary", "huge", "out", "../secret", join(home, "secret")];
    for (const path of refused) assertEquals(await readInside(root, path), null, path);
    assertEquals(await readInside(root, "a\0"), null);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
