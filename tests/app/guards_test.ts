import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import { ProcessRules } from "../../lib/claude/permissions.ts";
import { StartError } from "../../lib/claude/failures.ts";
import { Guards, type Looked } from "../../lib/app/guards.ts";
import { openJournal } from "../../lib/journal/mod.ts";
import { settle } from "../fake_clock.ts";

const NOTHING: Looked = { git: [], memory: { excludes: ["/d/x"], links: [], tooLarge: false } };
const EVIL = "[core] fsmonitor = ./evil";

/** A session's directory, its process, and what its person is told. */
class Stage implements Disposable {
  found: Looked = NOTHING;
  accepted: string[] = [];
  /** What the process refuses to apply. */
  refuses = false;
  looks = 0;
  fullDisk = false;
  created = "2026-11-27";
  gate: Promise<void> = Promise.resolve();
  readonly applied: Record<string, unknown>[] = [];
  readonly done: string[] = [];
  readonly told: string[] = [];
  readonly #journal = openJournal(":memory:");
  readonly guards: Guards;
  readonly process;

  constructor() {
    this.guards = this.guardsAnew();
    const control = (request: { subtype: string; settings?: unknown }) => {
      const last = this.applied.findLast((each) => "permissions" in each) ?? {};
      if (request.subtype === "get_settings") {
        return Promise.resolve({ ok: true, response: { effective: last } });
      }
      if (this.refuses) return Promise.resolve(undefined);
      this.applied.push(request.settings as Record<string, unknown>);
      return Promise.resolve({ ok: true, response: undefined });
    };
    this.process = {
      rules: new ProcessRules({ control }),
      ...{ mode: "default", alive: true, control },
      close: () => Promise.resolve(void this.done.push("closed")),
      interrupt: () => Promise.resolve(this.done.push("interrupted") > 0),
    };
  }

  guardsAnew(): Guards {
    return new Guards({
      look: async () => {
        this.looks++;
        const { found } = this;
        await this.gate;
        return found;
      },
      place: () => Promise.resolve({ directory: "/d", created: this.created }),
      accepted: () => Promise.resolve(this.accepted),
      warnings: {
        ...this.#journal.warnings,
        isNew: (...words) => {
          if (this.fullDisk) throw new Error("database or disk is full");
          return this.#journal.warnings.isNew(...words);
        },
      },
      tell: (_, event) => void this.told.push(event.type === "warning" ? event.text : "?"),
    });
  }

  before = () => this.guards.before("den", this.process);
  hears = (event: TurnEvent) => this.guards.heard("den", this.process, event);

  get asks(): unknown[] {
    return this.applied.flatMap(({ permissions }) =>
      permissions === undefined ? [] : [(permissions as { ask: unknown }).ask]
    );
  }

  [Symbol.dispose](): void {
    this.#journal.close();
  }
}

const BASH: TurnEvent = { type: "tool", id: "1", name: "Bash", summary: "", state: "done" };

Deno.test("guards: where there is nothing to be careful about, nothing is applied or told", async () => {
  using stage = new Stage();
  await stage.guards.memoryExcludes("den");
  await stage.before();
  assertEquals([stage.applied, stage.told], [[], []]);
});

Deno.test("guards: git asks while its configuration is not harmless, and the lines are told once", async () => {
  using stage = new Stage();
  await stage.guards.memoryExcludes("den");
  stage.found = { ...NOTHING, git: [EVIL] };
  await stage.before();
  await stage.before();
  assertEquals(stage.asks, [["Bash(git:*)"]]);
  assertEquals(stage.told.length, 1);
  assertStringIncludes(stage.told[0]!, EVIL);
  assertStringIncludes(stage.told[0]!, "asks you first");
  await stage.guardsAnew().before("den", stage.process); // After a restart.
  assertEquals(stage.told.length, 1);
  stage.created = "2026-11-28"; // Another session of its name.
  await stage.before();
  assertEquals(stage.told.length, 2);
  stage.found = NOTHING;
  await stage.before();
  assertEquals(stage.asks.at(-1), []);
  stage.found = { ...NOTHING, git: [EVIL] };
  await stage.before();
  assertEquals(stage.told.length, 3);
});

Deno.test("guards: what is trusted does not ask, any other line beside it does", async () => {
  using stage = new Stage();
  stage.accepted = [EVIL];
  stage.found = { ...NOTHING, git: [EVIL] };
  await stage.before();
  assertEquals([stage.asks, stage.told], [[], []]);
  stage.found = { ...NOTHING, git: [EVIL, "[core] pager = x"] };
  await stage.before();
  assertEquals(stage.asks, [["Bash(git:*)"]]);
  assertEquals([stage.told[0]!.includes("pager"), stage.told[0]!.includes("evil")], [true, false]);
});

Deno.test("guards: in dontAsk the person reads that git is denied", async () => {
  using stage = new Stage();
  stage.process.mode = "dontAsk";
  stage.found = { ...NOTHING, git: [EVIL] };
  await stage.before();
  assertStringIncludes(stage.told[0]!, "every git command is denied");
});

Deno.test("guards: lines of others stay in their block, however many and long they are", async () => {
  using stage = new Stage();
  const lines = Array.from({ length: 50 }, (_, n) => `${n} ${"`".repeat(4)} ${"x".repeat(900)}`);
  stage.found = { ...NOTHING, git: lines };
  await stage.before();
  const [text = ""] = stage.told;
  assertEquals(text.split("\n").filter((line) => /^`{5}$/.test(line)).length, 2);
  assertEquals(text.length < 2_000, true);
  assertStringIncludes(text, "and 42 more");
});

Deno.test("guards: a process that does not take the rule gets no prompt", async () => {
  using stage = new Stage();
  stage.found = { ...NOTHING, git: [EVIL] };
  stage.refuses = true;
  await assertRejects(stage.before, StartError, "did not take the rules");
  assertEquals(stage.done, ["closed"]);
});

const CHANGES: [string, TurnEvent, boolean][] = [
  ["a shell command ended", BASH, true],
  ["one failed", { ...BASH, state: "failed" }, true],
  ["one began", { ...BASH, state: "running" }, false],
  ["a file was read", { ...BASH, name: "Read" }, false],
  ["a server's tool ended", { ...BASH, name: "mcp__x__y" }, true],
  ["a subagent's tool ended", { type: "touched" }, true],
  ["a background task reports", { type: "started", prompts: [], reports: ["x"] }, true],
  ["a turn began", { type: "started", prompts: ["p"] }, false],
  ["text came", { type: "text", delta: "x" }, false],
];
for (const [what, event, looks] of CHANGES) {
  Deno.test(`guards: in a turn, ${what}: ${looks ? "looked at" : "not looked at"} again`, async () => {
    using stage = new Stage();
    await stage.before();
    stage.found = { ...NOTHING, git: [EVIL] };
    stage.hears(event);
    await settle();
    assertEquals(stage.asks, looks ? [["Bash(git:*)"]] : []);
  });
}

Deno.test("guards: a hundred tools at once cost two looks, and the last of them counts", async () => {
  using stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.gate = promise;
  for (let n = 0; n < 100; n++) stage.hears(BASH);
  stage.found = { ...NOTHING, git: [EVIL] };
  resolve();
  await settle();
  assertEquals([stage.looks, stage.asks], [2, [["Bash(git:*)"]]]);
});

Deno.test("guards: a disk that refuses the note stops neither the rule nor the prompt, and it is told later", async () => {
  using stage = new Stage();
  stage.found = { ...NOTHING, git: [EVIL] };
  stage.fullDisk = true;
  await stage.before();
  assertEquals([stage.asks, stage.told, stage.done], [[["Bash(git:*)"]], [], []]);
  stage.fullDisk = false;
  await stage.before();
  assertEquals(stage.told.length, 1);
});

Deno.test("guards: a turn whose process does not take the rule is interrupted", async () => {
  using stage = new Stage();
  await stage.before();
  stage.found = { ...NOTHING, git: [EVIL] };
  stage.refuses = true;
  stage.hears(BASH);
  await settle();
  assertEquals(stage.done, ["interrupted"]);
});

Deno.test("guards: memory that leads out is left out at the start, later in the running process, and told", async () => {
  using stage = new Stage();
  const memory = { excludes: ["/d/CLAUDE.md"], links: ["CLAUDE.md"], tooLarge: false };
  stage.found = { git: [], memory };
  assertEquals(await stage.guards.memoryExcludes("den"), ["/d/CLAUDE.md"]);
  await stage.before();
  assertEquals(stage.applied, []); // It was started with them.
  assertStringIncludes(stage.told[0]!, "leads out of this directory");
  stage.found = { git: [], memory: { ...memory, excludes: ["/d/CLAUDE.md", "/d/sub/CLAUDE.md"] } };
  stage.hears(BASH);
  await settle();
  assertEquals(stage.applied, [{ claudeMdExcludes: ["/d/CLAUDE.md", "/d/sub/CLAUDE.md"] }]);
});

Deno.test("guards: the rule for git stands beside what the session is given", async () => {
  using stage = new Stage();
  const given = {
    allow: ["Bash(ls:*)"],
    ask: ["Read"],
    deny: ["WebFetch"],
    additionalDirectories: [],
  };
  stage.found = { ...NOTHING, git: [EVIL] };
  await stage.process.rules.give(given);
  await stage.guards.memoryExcludes("den");
  await stage.before();
  assertEquals(stage.applied.at(-1), { permissions: { ...given, ask: ["Read", "Bash(git:*)"] } });
  await stage.process.rules.give({ ...given, allow: [] });
  assertEquals(stage.asks.at(-1), ["Read", "Bash(git:*)"]);
});
