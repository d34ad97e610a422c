/** The doors beside a project's configuration: git, further directories, schedules, linked memory. */
import { join } from "@std/path";
import { Arena, sample, SESSION, write } from "./arena.ts";
import { judged } from "./open.ts";
import { makeRepository, plantAll, shell } from "./planting.ts";
import { MEMORY_LINK, PLANTS } from "./plants.ts";

/** What makes git run a command that nobody typed, in a repository of somebody else's. */
const GIT_KINDS: Readonly<Record<string, (canary: string) => string>> = {
  "core.fsmonitor": (run) => `git config core.fsmonitor '${run}; false'`,
  "core.hooksPath": (run) =>
    `mkdir hooks; printf '#!/bin/sh\\n${run}\\n' > hooks/post-index-change
     chmod +x hooks/post-index-change; git config core.hooksPath hooks`,
  "a hook": (run) =>
    `printf '#!/bin/sh\\n${run}\\n' > .git/hooks/post-index-change
     chmod +x .git/hooks/post-index-change`,
  "a filter": (run) =>
    `git config filter.x.clean '${run}; cat'; echo '*.txt filter=x' > .gitattributes`,
  "textconv": (run) =>
    `git config diff.x.textconv '${run}; cat'; echo '*.txt diff=x' > .git/info/attributes`,
  "a diff driver": (run) =>
    `git config diff.x.command '${run}; true'; echo '*.txt diff=x' > .gitattributes`,
  "diff.external": (run) => `git config diff.external '${run}; true'`,
  "an included file": (run) =>
    `printf '[core]\\n\\tfsmonitor = "${run}; false"\\n' > more; git config include.path ../more`,
  "a file included on a condition": (run) =>
    `printf '[core]\\n\\tfsmonitor = "${run}; false"\\n' > more
     git config 'includeIf.gitdir:/.path' "$PWD/more"`,
  "the configuration of a worktree": (run) =>
    `git config extensions.worktreeConfig true
     git config --worktree core.fsmonitor '${run}; false'`,
  "a .git that is a file": (run) =>
    `git config core.fsmonitor '${run}; false'; mv .git away; echo 'gitdir: away' > .git`,
  "a .git that is a link": (run) =>
    `git config core.fsmonitor '${run}; false'; mv .git away; ln -s away .git`,
  "a configuration that is a link": (run) =>
    `git config core.fsmonitor '${run}; false'; mv .git/config away; ln -s ../away .git/config`,
  "a section in other letters": (run) =>
    `printf '[CORE]\\n  FsMonitor = "${run}; false"\\n' >> .git/config`,
  "a value over two lines": (run) =>
    `printf '[core] ; \\\\\\n# x\\nfsmonitor = \\\\\\n"${run}; false"\\n' >> .git/config`,
  "a section and a key on one line": (run) =>
    `printf '[user]name=x\\n[core]fsmonitor="${run}; false"\\n' >> .git/config`,
  "the program that checks signatures": (run) =>
    `printf '#!/bin/sh\\n${run}\\n' > check; chmod +x check
     git config gpg.program "$PWD/check"; git config log.showSignature true`,
};

const LOOKS = ["git status", "git diff", "git log -p -3", "git show", "git blame one.txt"]
  .map((command) => `TOOL:bash:${command}`);

Deno.test("attacks: no repository makes git run what nobody typed", async () => {
  await using arena = await Arena.make();
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  const effects: string[] = [];
  let number = 0;
  for (const [kind, plant] of sample(Object.entries(GIT_KINDS), 4)) {
    const canary = `git-${++number}`;
    await shell(
      arena.cwd,
      "rm -rf .git .gitattributes hooks more away check one.txt one.md",
    );
    await makeRepository(arena.cwd);
    await shell(arena.cwd, plant(arena.touch(canary)));
    await arena.turn(`TOOL:bash:echo ${number}`);
    // Preparing it may have set it off; Claude has not looked yet.
    arena.forget();
    await arena.turn(...LOOKS);
    if (arena.ran(canary)) effects.push(kind);
  }
  judged("git", effects);
});

Deno.test("attacks: git in one's own repository asks no more than before", async () => {
  await using arena = await Arena.make();
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await makeRepository(arena.cwd);
  await shell(
    arena.cwd,
    "git remote add origin https://example.org/ada/one.git",
    "git config branch.main.remote origin",
    "git config branch.main.merge refs/heads/main",
  );
  const asked = await arena.turn(...LOOKS);
  judged("one's own repository", asked.map(({ text }) => `asked: ${text}`));
});

Deno.test("attacks: a further directory gives its files and nothing else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "switchboard-further-" });
  try {
    await using arena = await Arena.make({
      personas: {
        further: {
          name: "Further",
          system_prompt: "Be good.",
          settings: { add_dirs: [folder] },
        },
      },
    });
    await plantAll(arena, PLANTS, folder);
    await write(join(folder, "note.txt"), "MARK-OF-THE-NOTE");
    await arena.bench.start();
    await arena.call(`/new ${SESSION} further`);
    arena.forget();
    const asked = await arena.turn(
      `TOOL:read:${join(folder, "note.txt")}`,
      'TOOL:json:Skill:{"skill":"planted-skill"}',
    );
    for (const call of ["/planted-skill", "/planted-command"]) await arena.call(call);
    const effects = PLANTS.filter((plant) => plant.worked(arena)).map(({ name }) => name);
    if (asked.some(({ text }) => text.includes("note.txt"))) effects.push("asked for the note");
    if (!arena.sent().includes("MARK-OF-THE-NOTE")) effects.push("the note was not read");
    judged("a further directory", effects);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("attacks: a CLAUDE.md that is a link to a file outside is not read", async () => {
  await using arena = await Arena.make();
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await arena.bench.end("SIGTERM");
  await plantAll(arena, [MEMORY_LINK], arena.cwd, { git: false });
  await arena.bench.start();
  await arena.turn();
  judged("linked memory", MEMORY_LINK.worked(arena) ? [MEMORY_LINK.name] : []);
});

Deno.test("attacks: what was approved at a terminal once starts no server, and stops nothing", async () => {
  const record = { enabledMcpjsonServers: ["planted"], disabledMcpjsonServers: ["other"] };
  await using arena = await Arena.make({ record });
  await arena.bench.start();
  await arena.call(`/new ${SESSION}`);
  await plantAll(arena, PLANTS.filter(({ name }) => name === ".mcp.json"), arena.cwd);
  const effects: string[] = [];
  for (let start = 0; start < 3; start++) {
    if (start > 0) await arena.restart();
    const answer = await arena.call("SAY:started");
    if (answer !== "started") effects.push(`not started: ${answer.slice(0, 30)}`);
  }
  if (arena.ran("mcp")) effects.push("the server was started");
  judged("approved at a terminal", effects);
});
