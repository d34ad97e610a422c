/** Folders that are exchanged for links while a file in them is read or written. */
import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { SessionDirectories } from "../../lib/sessions/directories.ts";
import { MetadataError, SessionNotFoundError } from "../../lib/sessions/errors.ts";
import {
  readInside,
  readRegularFile,
  UnsafeFileError,
  writeAtomically,
} from "../../lib/sessions/safe_file.ts";
import { DirectoryFiles, UnreadableError } from "../../lib/sessions/trust/files.ts";

/** `SWITCHBOARD_SWAPS=100000` for the long run. */
const TIMES = Number(Deno.env.get("SWITCHBOARD_SWAPS") ?? 1_500);

const SWAPPER = fromFileUrl(new URL("./swapper.ts", import.meta.url));

/** Runs `work` while `root/sub` is exchanged for a link to a folder outside of `root`. */
async function whileSwapped(work: (root: string, outside: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "switchboard-swapped-" });
  const [root, outside] = [join(home, "sessions"), join(home, "outside")];
  await Deno.mkdir(join(root, "sub"), { recursive: true });
  await Deno.mkdir(outside);
  await Deno.writeTextFile(join(root, "sub", "file"), "inside");
  await Deno.writeTextFile(join(outside, "file"), "outside");
  const swapper = new Deno.Command(Deno.execPath(), { args: ["run", "-A", SWAPPER, root] }).spawn();
  try {
    const seen = new Set<boolean>();
    const deadline = Date.now() + 30_000;
    while (seen.size < 2) { // It is at work.
      assert(Date.now() < deadline, "the swapper does not swap");
      const info = await Deno.lstat(join(root, "sub")).catch(() => null);
      if (info !== null) seen.add(info.isSymlink);
    }
    await work(root, outside);
  } finally {
    swapper.kill("SIGKILL");
    await swapper.status;
    await Deno.remove(home, { recursive: true });
  }
}

/** How often `read` gave each text; `expected` says which failures there may be. */
async function counted(
  read: () => Promise<string | null>,
  expected: (error: unknown) => boolean = () => false,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = { inside: 0, outside: 0, none: 0 };
  for (let time = 0; time < TIMES; time++) {
    const text = await read().catch((error) => {
      if (expected(error)) return null;
      throw error;
    });
    counts[text ?? "none"]!++;
  }
  return counts;
}

const isRefused = (error: unknown) =>
  error instanceof UnsafeFileError || error instanceof UnreadableError ||
  error instanceof Deno.errors.NotFound || error instanceof SessionNotFoundError;

Deno.test("swapped folder: the text before a change is never one from outside", async () => {
  await whileSwapped(async (root) => {
    const counts = await counted(() => readInside(root, "sub/file"));
    assertEquals(counts.outside, 0, JSON.stringify(counts));
    assert(counts.inside! > 0, JSON.stringify(counts));
  });
});

Deno.test("swapped folder: a session's file is never read through a link on its way", async () => {
  await whileSwapped(async (root) => {
    const read = () => readRegularFile(join(root, "sub", "file"), root);
    const counts = await counted(read, isRefused);
    assertEquals(counts.outside, 0, JSON.stringify(counts));
    assert(counts.inside! > 0, JSON.stringify(counts));
  });
});

Deno.test("swapped folder: what a directory brings is never read from outside", async () => {
  await whileSwapped(async (root) => {
    const read = async () => {
      const bytes = await (await DirectoryFiles.of(root)).bytes("sub/file");
      return bytes && new TextDecoder().decode(bytes);
    };
    const counts = await counted(read, isRefused);
    assertEquals(counts.outside, 0, JSON.stringify(counts));
    assert(counts.inside! > 0, JSON.stringify(counts));
  });
});

Deno.test("swapped folder: a view is never written outside", async () => {
  await whileSwapped(async (root, outside) => {
    for (let time = 0; time < TIMES / 3; time++) {
      await writeAtomically(join(root, "sub", "view"), "view", { root }).catch((error) => {
        if (!isRefused(error)) throw error;
      });
    }
    for await (const { name } of Deno.readDir(outside)) {
      assert(name !== "view", "a view lies outside");
      assertEquals(name === "file" ? "" : await Deno.readTextFile(join(outside, name)), "", name);
    }
  });
});

Deno.test("swapped folder: what is known of a session is neither read nor written through a link", async () => {
  await whileSwapped(async (root, outside) => {
    await Deno.writeTextFile(join(outside, "metadata.json"), "outside");
    const directories = new SessionDirectories(dirname(root)); // Of which "sub" is a session.
    let shown = 0;
    for (let time = 0; time < TIMES / 3; time++) {
      await directories.write("sub", "metadata.json", "inside", time % 2 === 0).catch((error) => {
        if (!isRefused(error) && !(error instanceof MetadataError)) throw error;
      });
      const text = await directories.read("sub", "metadata.json").catch((error) => {
        if (!isRefused(error)) throw error;
        return null;
      });
      assert(text !== "outside", "it was read outside");
      if (text === "inside") shown++;
    }
    assert(shown > 0);
    assertEquals(await Deno.readTextFile(join(outside, "metadata.json")), "outside");
  });
});
