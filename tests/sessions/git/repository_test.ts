/** With real git: what it writes in ordinary use is harmless, and what it would obey is named. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { gitTroubles } from "../../../lib/sessions/git/repository.ts";

class Place implements AsyncDisposable {
  private constructor(readonly dir: string) {}

  static async make(): Promise<Place> {
    const place = new Place(await Deno.realPath(await Deno.makeTempDir()));
    for (const setting of ["user.name=Ada", "user.email=a@b", "protocol.file.allow=always"]) {
      await place.git(".", "config", "--global", ...setting.split("="));
    }
    await place.git(".", "init", "-q", "own");
    await Deno.writeTextFile(place.path("own/a"), "a\n");
    await place.git("own", "add", "a");
    await place.git("own", "commit", "-qm", "a");
    return place;
  }

  path = (path: string) => join(this.dir, path);

  async git(cwd: string, ...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await new Deno.Command("git", {
      ...{ args, cwd: this.path(cwd), clearEnv: true },
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: this.dir, GIT_CONFIG_NOSYSTEM: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${said}`);
    return said;
  }

  troubles = (cwd: string) => gitTroubles(this.path(cwd));

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

const ORDINARY: [string, (place: Place) => Promise<string>][] = [
  ["a directory without a repository", async (place) => {
    await Deno.mkdir(place.path("none"));
    return "none";
  }],
  ["init, a remote, branches, tags, a stash and a worktree", async (place) => {
    const git = (...args: string[]) => place.git("own", ...args);
    await git("remote", "add", "origin", "https://example.org/x.git");
    await git("config", "user.name", "Me");
    await git("checkout", "-q", "-b", "f");
    await git("branch", "-q", "--set-upstream-to=master", "f").catch(() =>
      git("branch", "-q", "--set-upstream-to=main", "f")
    );
    await git("config", "branch.f.description", "mine");
    await git("config", "pull.rebase", "true");
    await git("tag", "v1");
    await Deno.writeTextFile(place.path("own/a"), "b\n");
    await git("stash", "-q");
    await git("worktree", "add", "-q", "../other", "-b", "w");
    return "own";
  }],
  ["a clone, with its submodules", async (place) => {
    await place.git(".", "clone", "-q", "own", "top");
    await place.git("top", "submodule", "--quiet", "add", "../own", "lib/sub");
    await place.git("top", "commit", "-qm", "s");
    await place.git(".", "clone", "-q", "--recurse-submodules", "top", "clone");
    assertMatch(await Deno.readTextFile(place.path("clone/lib/sub/.git")), /gitdir/);
    return "clone";
  }],
  ["a shallow, sparse clone", async (place) => {
    await place.git(".", "clone", "-q", "--depth", "1", `file://${place.path("own")}`, "shallow");
    await place.git("shallow", "sparse-checkout", "set", "x");
    return "shallow";
  }],
  ["an index of version 4, and names by SHA-256", async (place) => {
    await place.git(".", "init", "-q", "--object-format=sha256", "long");
    for (const name of ["a", "b/c", "b/d"]) {
      await Deno.mkdir(place.path("long/b"), { recursive: true });
      await Deno.writeTextFile(place.path(`long/${name}`), name);
    }
    await place.git("long", "add", ".");
    await place.git("long", "update-index", "--index-version", "4");
    return "long";
  }],
  ["attributes that name a driver which nothing defines", async (place) => {
    await Deno.writeTextFile(place.path("own/.gitattributes"), "* filter=x diff=x\n");
    return "own";
  }],
];
for (const [what, make] of ORDINARY) {
  Deno.test(`git: nothing asks in ${what}`, async () => {
    await using place = await Place.make();
    assertEquals(await place.troubles(await make(place)), []);
  });
}

/** What is planted, and what names it. Where `runs`, git is seen to obey it in a plain `git status`. */
const PLANTED: [string, (place: Place, command: string) => Promise<unknown>, RegExp, boolean][] = [
  [
    "fsmonitor",
    (place, command) => place.git("own", "config", "core.fsmonitor", command),
    /^\[core\] fsmonitor = /,
    true,
  ],
  [
    "a filter",
    async (place, command) => {
      await place.git("own", "config", "filter.x.clean", command);
      await Deno.writeTextFile(place.path("own/.gitattributes"), "* filter=x\n");
      await Deno.writeTextFile(place.path("own/a"), "b\n"); // As long as before.
    },
    /^\[filter "x"\] clean = /,
    true,
  ],
  [
    "a hook",
    async (place, command) => {
      const hook = place.path("own/.git/hooks/post-index-change");
      await Deno.writeTextFile(hook, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
      await Deno.utime(place.path("own/a"), 1, 1);
    },
    /^\.git\/hooks\/post-index-change \(sha256 [0-9a-f]{32}\)$/,
    true,
  ],
  [
    "the configuration of a submodule",
    async (place, command) => {
      await place.git("own", "submodule", "--quiet", "add", place.path("own"), "deep/sub");
      await place.git("own/deep/sub", "config", "core.fsmonitor", command);
    },
    /^\.git\/modules\/deep\/sub\/config: \[core\] fsmonitor = /,
    true,
  ],
  [
    "a repository within, that the index names",
    async (place, command) => {
      await place.git("own", "clone", "-q", place.path("own"), "in side");
      await place.git("own", "add", "in side");
      await place.git("own/in side", "config", "core.fsmonitor", command);
    },
    /^in side\/\.git\/config: \[core\] fsmonitor = /,
    true,
  ],
  [
    "a configuration of the worktree",
    async (place, command) => {
      await place.git("own", "config", "extensions.worktreeConfig", "true");
      await place.git("own", "config", "--worktree", "core.fsmonitor", command);
    },
    /^\.git\/config\.worktree: \[core\] fsmonitor = /,
    true,
  ],
  [
    "a .git that leads elsewhere",
    async (place, command) => {
      await place.git("own", "config", "core.fsmonitor", command);
      await Deno.rename(place.path("own/.git"), place.path("elsewhere"));
      await Deno.writeTextFile(place.path("own/.git"), `gitdir: ${place.path("elsewhere")}\n`);
    },
    /^\.git is no directory$/,
    true,
  ],
  [
    "a .git that is a link",
    async (place, command) => {
      await place.git("own", "config", "core.fsmonitor", command);
      await Deno.rename(place.path("own/.git"), place.path("elsewhere"));
      await Deno.symlink(place.path("elsewhere"), place.path("own/.git"));
    },
    /^\.git is no directory$/,
    true,
  ],
  [
    "a config that is a link",
    async (place, command) => {
      await place.git("own", "config", "core.fsmonitor", command);
      await Deno.rename(place.path("own/.git/config"), place.path("config"));
      await Deno.symlink(place.path("config"), place.path("own/.git/config"));
    },
    /^\.git\/config cannot be read$/,
    true,
  ],
  [
    "a common directory elsewhere",
    async (place) => {
      await Deno.writeTextFile(place.path("own/.git/commondir"), "../../x\n");
    },
    /^\.git\/commondir is there$/,
    false,
  ],
  [
    "an index that is split",
    (place) => place.git("own", "update-index", "--split-index"),
    /^\.git\/index cannot be read$/,
    false,
  ],
  [
    "an endless config",
    (place) => Deno.writeTextFile(place.path("own/.git/config"), "#".repeat(300_000)),
    /^\.git\/config cannot be read$/,
    false,
  ],
];
for (const [what, plant, words, runs] of PLANTED) {
  Deno.test(`git: ${what} is named`, async () => {
    await using place = await Place.make();
    const mark = place.path("mark");
    await plant(place, `touch '${mark}'`);
    const [line = "", ...more] = await place.troubles("own");
    assertMatch(line, words);
    assertEquals(more, []);
    if (!runs) return;
    await Deno.remove(mark).catch(() => {}); // Planting it may have run it.
    await place.git("own", "status");
    assertEquals((await Deno.stat(mark)).isFile, true, "git does not obey it: this proves nothing");
  });
}

Deno.test("git: another content of a hook is another line", async () => {
  await using place = await Place.make();
  const lines: string[] = [];
  for (const content of ["one", "two"]) {
    await Deno.writeTextFile(place.path("own/.git/hooks/pre-commit"), content);
    lines.push(...await place.troubles("own"));
  }
  assertEquals(new Set(lines).size, 2);
});
