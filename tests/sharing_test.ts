import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeEmptyConfigRoot } from "../lib/claude/config_root.ts";
import { prepareHome } from "../lib/app/home.ts";
import { Copies, createSessionManager } from "../lib/sessions/mod.ts";
import { openJournal } from "../lib/journal/mod.ts";
import { BUILTIN_PERSONAS } from "./sessions/fixture.ts";
import { removeTree } from "../lib/sessions/safe_file.ts";
import { openTree } from "../lib/sharing.ts";

const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o7777;

async function inHome(test: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "switchboard-sharing-" });
  try {
    await test(home);
  } finally {
    await removeTree(home);
  }
}

/** The modes of what Switchboard makes in a home. */
async function made(home: string): Promise<Record<string, string>> {
  await prepareHome(home);
  using journal = openJournal(":memory:");
  const manager = createSessionManager({
    ...{
      home,
      records: journal.sessions,
      builtinPersonas: BUILTIN_PERSONAS,
      now: () => new Date(),
    },
    ...{ rules: { permissionMode: "default", allowBypass: false }, idleTimeoutSeconds: 600 },
  });
  await manager.create("work");
  const copies = new Copies(join(home, "trust"), () => "1");
  const copy = await copies.make({ files: new Map([["a/b", new Uint8Array([1])]]) }, "shown");
  const paths = {
    ...{ sessions: "sessions", work: "sessions/work", files: "sessions/work/files" },
    ...{ state: "state", trust: "trust", empty: "trust/empty" },
    ...{ copy: `trust/${copy}/root`, inCopy: `trust/${copy}/root/a/b` },
  };
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [name, modeOf(join(home, path)).toString(8)]),
  );
}

Deno.test("sharing: a home is its owner's alone, whatever modes it was copied with", () =>
  inHome(async (home) => {
    for (const name of ["sessions", "trust"]) {
      await Deno.mkdir(join(home, name));
      await Deno.chmod(join(home, name), 0o777);
    }
    const closed = { sessions: "700", work: "700", files: "700", state: "700", trust: "700" };
    assertEquals(await made(home), { ...closed, empty: "500", copy: "500", inCopy: "400" });
  }));

Deno.test("sharing: what is made in a home that is shared with a group is open to it, and to nobody else", () =>
  inHome(async (home) => {
    for (const name of ["sessions", "trust", "state"]) {
      await Deno.mkdir(join(home, name));
      await Deno.chmod(join(home, name), 0o2777);
    }
    const sessions = { sessions: "2750", work: "2770", files: "2770" };
    const trust = { trust: "2750", empty: "550", copy: "550", inCopy: "440" };
    assertEquals(await made(home), { ...sessions, state: "700", ...trust });
    await Deno.chmod(join(home, "trust/empty"), 0o777);
    await makeEmptyConfigRoot(home);
    assertEquals(modeOf(join(home, "trust/empty")), 0o550);
  }));

Deno.test("sharing: a link in a directory that came from elsewhere opens nothing", () =>
  inHome(async (home) => {
    const [directory, outside] = [join(home, "in"), join(home, "out")];
    await Deno.mkdir(join(directory, "sub"), { recursive: true });
    await Deno.mkdir(outside, { mode: 0o700 });
    await Deno.writeTextFile(join(outside, "secret"), "x", { mode: 0o600 });
    await Deno.symlink(outside, join(directory, "folder"));
    await Deno.symlink(join(outside, "secret"), join(directory, "sub/file"));
    await Deno.writeTextFile(join(directory, "run"), "x", { mode: 0o4711 });
    await openTree(directory, Deno.gid(), "writes");
    assertEquals([outside, join(outside, "secret")].map(modeOf), [0o700, 0o600]);
    assertEquals([modeOf(join(directory, "sub")), modeOf(join(directory, "run"))], [0o2770, 0o770]);
  }));

Deno.test("sharing: nobody else may write anywhere in a tree before all of it is open", () =>
  inHome(async (home) => {
    const tree = join(home, "tree");
    await Deno.mkdir(join(tree, "sub"), { recursive: true, mode: 0o700 });
    for (const file of ["a", "sub/b"]) await Deno.writeTextFile(join(tree, file), file);
    const opened: string[] = [];
    const chmod = Deno.chmod;
    using _ = { [Symbol.dispose]: () => void (Deno.chmod = chmod) };
    Deno.chmod = async (path, mode) => {
      opened.push(String(path));
      await chmod(path, mode);
    };
    await openTree(tree, Deno.gid(), "writes");
    const before = (path: string) => opened.indexOf(join(tree, path));
    assertEquals(opened.at(-1), tree);
    assertEquals(before("sub/b") < before("sub"), true, opened.join(" "));
  }));
