import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readInside } from "../../lib/sessions/existing.ts";

Deno.test("existing: a text inside is read, by either kind of path; nothing else is", async () => {
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
