/** What a session's directory must not bring by itself, with the real CLI behind the whole program. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { type Bench, buttons } from "../e2e/harness.ts";
import type { MessagesApi } from "../sim/messages_api/server.ts";
import { REAL_VERSIONS, realClaude } from "../sim/real_claude.ts";
import { realBench } from "./bench.ts";

interface Scene {
  readonly bench: Bench;
  readonly messages: MessagesApi;
  /** The session's directory. */
  readonly dir: string;
  /** Runs a program there, as an archive or an approved command would bring what it does. */
  run(program: string, ...args: string[]): Promise<void>;
  exists(name: string): Promise<boolean>;
}

for (const version of REAL_VERSIONS) {
  const test = (what: string, body: (scene: Scene) => Promise<void>) =>
    Deno.test(`real ${version}: ${what}`, async () => {
      await using real = await realBench({}, version);
      const { bench, messages } = real;
      await bench.start();
      bench.say("/new work");
      await bench.hears(/Made work/);
      const dir = join(bench.home, "sessions/work");
      await body({
        ...{ bench, messages, dir },
        async run(program, ...args) {
          const { code, stderr } = await new Deno.Command(program, { args, cwd: dir }).output();
          if (code !== 0) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
        },
        exists: (name) => Deno.stat(join(dir, name)).then(() => true, () => false),
      });
    });

  const sent = ({ messages }: Scene) => JSON.stringify(messages.requests.map(({ body }) => body));

  test("git asks only while its configuration could run something, and what it names never runs", async (scene) => {
    const { bench, run, exists } = scene;
    await run("git", "init", "-q");
    await run("git", "remote", "add", "origin", "https://example.org/x.git");
    bench.say("TOOL:bash:git status;; SAY:looked");
    await bench.hears(/looked/);
    await run("git", "config", "core.fsmonitor", "touch ran");
    bench.say("TOOL:bash:git status;; SAY:denied");
    const asks = await bench.hears(/work (asks|wants)[\s\S]*git status/);
    assertMatch((await bench.hears(/git would obey/)).text, /\[core\] fsmonitor = touch ran/);
    await bench.presses(buttons(asks).find((label) => label.startsWith("Deny"))!);
    await bench.hears(/denied/);
    assertEquals(await exists("ran"), false);
    await run("git", "config", "--unset", "core.fsmonitor");
    bench.say("TOOL:bash:git log --oneline -1 || true;; SAY:looked again");
    await bench.hears(/looked again/);
  });

  test("what a tool of the running turn brings is asked about in the same turn", async (scene) => {
    const { bench, exists } = scene;
    bench.say(
      "TOOL:bash:git init -q . && git config core.fsmonitor 'touch ran';;" +
        "TTFT:1500 TOOL:bash:git status;; SAY:over",
    );
    const first = await bench.hears(/work (asks|wants)[\s\S]*git init/);
    await bench.presses(buttons(first).find((label) => label.startsWith("Allow once"))!);
    await bench.hears(/work (asks|wants)[\s\S]*git status/);
    assertEquals(await exists("ran"), false);
  });

  test("memory that is a link to outside never reaches the model, at the start and later", async (scene) => {
    const { bench, dir } = scene;
    const secret = join(bench.home, "secret");
    await Deno.writeTextFile(secret, "the word is mangosteen");
    await Deno.mkdir(join(dir, "sub"));
    await Deno.writeTextFile(join(dir, "sub/f"), "f");
    await Deno.writeTextFile(join(dir, "AGENTS.md"), "the inner word is quince");
    await Deno.symlink("AGENTS.md", join(dir, "CLAUDE.local.md"));
    await Deno.symlink(secret, join(dir, "CLAUDE.md"));
    const other = join(bench.home, "other");
    await Deno.writeTextFile(other, "the other word is durian");
    await Deno.mkdir(join(dir, ".claude/rules"), { recursive: true });
    for (const place of [".claude/CLAUDE.md", ".claude/rules/r.md"]) {
      await Deno.link(other, join(dir, place));
    }
    // The process that /new warmed up has read its memory already.
    await bench.end("SIGTERM");
    await bench.start();
    bench.say("hello");
    await bench.hears(/ok #1: hello/);
    assertMatch((await bench.hears(/leads out of this directory/)).text, /CLAUDE\.md/);
    await Deno.symlink(secret, join(dir, "sub/CLAUDE.md"));
    await Deno.link(other, join(dir, "sub/CLAUDE.local.md"));
    bench.say(`TOOL:read:${dir}/sub/f;; SAY:read it`);
    await bench.hears(/read it/);
    const words = sent(scene);
    const found = ["mangosteen", "durian", "quince"].map((word) => words.includes(word));
    assertEquals(found, [false, false, true]);
  });

  test("Claude cannot note for the next conversation what nobody saw", async (scene) => {
    const { bench, dir } = scene;
    const config = join(bench.home, "claude-config");
    const slug = dir.replace(/[^A-Za-z0-9]/g, "-");
    for (
      const path of [`projects/${slug}/memory/MEMORY.md`, "agent-memory/a/MEMORY.md"]
    ) {
      bench.say(`TOOL:write:${config}/${path}=planted;; SAY:tried ${path}`);
      await bench.hears(new RegExp(`tried ${path}`));
      const written = await Deno.stat(join(config, path)).then(() => true, () => false);
      assertEquals(written, false, path);
    }
  });
}

for (const version of REAL_VERSIONS) {
  Deno.test(`real ${version}: one that lacks the flag gets the fallback: nothing planted runs, CLAUDE.md is read, /status says it`, async () => {
    const binary = await realClaude(version);
    const wrapper = await Deno.makeTempFile();
    await Deno.writeTextFile(
      wrapper,
      `case " $* " in *" --project-config-root "*)
         echo "error: unknown option '--project-config-root'" >&2; exit 1;; esac
       exec '${binary}' "$@"`,
    );
    await using real = await realBench({ claude: ["/bin/sh", wrapper] });
    const { bench, messages } = real;
    const dir = join(bench.home, "sessions/work");
    await bench.start();
    bench.say("/new work");
    await bench.hears(/Made work/);
    await bench.end("SIGTERM");
    await Deno.mkdir(join(dir, ".claude"));
    const touch = [{ hooks: [{ type: "command", command: `touch '${dir}/ran'` }] }];
    const planted = { hooks: { SessionStart: touch, UserPromptSubmit: touch } };
    await Deno.writeTextFile(join(dir, ".claude/settings.json"), JSON.stringify(planted));
    await Deno.writeTextFile(join(dir, "CLAUDE.md"), "the word is quince");
    await bench.start();
    bench.say("hello");
    await bench.hears(/ok #1: hello/);
    const sent = JSON.stringify(messages.requests.map(({ body }) => body));
    assertEquals(sent.includes("quince"), true, "CLAUDE.md was not read");
    assertEquals(await Deno.stat(join(dir, "ran")).then(() => true, () => false), false);
    bench.say("/status");
    await bench.hears(
      /this version of Claude Code has no --project-config-root/,
    );
    await Deno.remove(wrapper);
  });
}
