import { assert, assertEquals } from "@std/assert";
import { personaLibrary } from "../../lib/sessions/library.ts";
import { ownPersona } from "../../lib/sessions/persona.ts";
import WATCH from "../../lib/schedule/watch_persona.json" with { type: "json" };
import type { WatchRun } from "../../lib/schedule/mod.ts";
import { watchRuns } from "../../lib/app/watch_runs.ts";
import { type FakeChild, type Nursery, nursery, WATCHDOG_MS } from "../claude/fake_child.ts";
import { type FakeClock, fakeClock, settle } from "../fake_clock.ts";

const BUILTIN = new URL("../../personas", import.meta.url).pathname;

/** A run that has begun, in a home of its own; the test is the CLI. */
class Run implements AsyncDisposable {
  readonly clock: FakeClock = fakeClock();
  readonly stop = new AbortController();
  readonly children: Nursery;
  /** Whose shells were swept. */
  readonly swept: number[] = [];
  readonly #home = Deno.makeTempDirSync();

  constructor(behaviour: Parameters<typeof nursery>[0] = {}, persona?: Record<string, unknown>) {
    this.children = nursery(behaviour);
    if (persona === undefined) return;
    const text = JSON.stringify({ name: "Mine", ...persona });
    Deno.writeTextFileSync(`${this.#home}/watch.json`, text);
  }

  readonly result = Promise.withResolvers<WatchRun>();

  async begin(): Promise<FakeChild> {
    const run = watchRuns({
      home: this.#home,
      sessions: {
        loadPersona: (id) => personaLibrary({ owner: this.#home, builtin: BUILTIN }).load(id),
      },
      process: {
        ...{ command: ["claude"], env: {}, spawn: this.children.spawn, clock: this.clock },
        watchdogMs: WATCHDOG_MS,
      },
      rights: { paths: ["/var/log/app.log"], commands: ["docker logs --tail 9 web"] },
      configRoot: () => Promise.resolve("/home/trust/empty"),
      uuid: () => "p1",
      sweep: (pid) => Promise.resolve(this.swept.push(pid)),
    });
    run("is a disk full?", 0.25, this.stop.signal).then(
      this.result.resolve,
      this.result.reject,
    );
    while (this.children.children.length === 0 || this.#prompts.length === 0) await settle();
    const child = this.children.children[0]!;
    child.begin("p1");
    await settle();
    return child;
  }

  get #prompts() {
    return this.children.children[0]?.linesOf("user") ?? [];
  }

  async end() {
    await this.clock.advance(30_000);
    return await this.result.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#home, { recursive: true });
  }
}

Deno.test("watch run: reads only, in a conversation of its own, with its budget, and leaves no process", async () => {
  await using run = new Run();
  const child = await run.begin();
  const command = run.children.commands[0]!.join(" ");
  for (
    const part of [
      ...["--permission-mode default", "--tools Read,Grep,Bash", "--model haiku"],
      ...["--no-session-persistence", "--max-budget-usd 0.2500", "--strict-mcp-config"],
    ]
  ) assert(command.includes(part), `${part} in ${command}`);
  assert(!/--resume|--add-dir/.test(command));
  assert(command.includes("--project-config-root /home/trust/empty"));
  child.say({
    type: "assistant",
    message: { model: "haiku", content: [{ type: "text", text: "Let me look." }] },
  });
  child.finish("p1", "NOTHING_FOUND");
  const { failure, text } = await run.end();
  assertEquals([failure, text], [null, "NOTHING_FOUND"]);
  assert(child.stdinClosed);
});

Deno.test("watch run: its persona allows nothing by itself, and takes a small model", () => {
  const { settings } = ownPersona(WATCH);
  assertEquals([settings.model, settings.permission_mode], ["haiku", "default"]);
  assertEquals([settings.allowed_tools, settings.add_dirs], [[], []]);
});

Deno.test("watch run: the owner's persona of that name wins", async () => {
  await using run = new Run({}, { system_prompt: "Mine.", settings: { model: "opus" } });
  const child = await run.begin();
  const command = run.children.commands[0]!.join(" ");
  for (const part of ["--model opus", "--permission-mode dontAsk", "--tools Read,Grep,Glob,Bash"]) {
    assert(command.includes(part), `${part} in ${command}`);
  }
  child.ask("r1", { command: "df -h" }); // What its own words do not allow is not ours to allow.
  await settle();
  assert(child.chunks.join("").includes('"behavior":"deny"'));
  child.finish("p1", "done");
  await run.end();
});

Deno.test("watch run: what asks for permission is denied", async () => {
  await using run = new Run();
  const child = await run.begin();
  child.ask("r1", { command: "rm -r /" });
  await settle();
  assert(child.chunks.join("").includes('"behavior":"deny"'));
  child.ask("r2", { command: "docker logs --tail 9 web" });
  await settle();
  assert(child.chunks.join("").includes('"behavior":"allow"'));
  child.finish("p1", "done");
  await run.end();
});

Deno.test("watch run: a CLI that ends in the middle is a failure with its words", async () => {
  await using run = new Run();
  const child = await run.begin();
  child.complain("out of memory");
  child.end(1);
  const { failure } = await run.end();
  assertEquals(failure, "Claude Code ended in the middle of it: out of memory");
});

Deno.test("watch run: it is interrupted when it is to stop", async () => {
  await using run = new Run();
  const child = await run.begin();
  run.stop.abort();
  await settle();
  assert(child.requestId("interrupt") !== "undefined");
  child.end(0);
  assert((await run.end()).failure !== null);
});

Deno.test("watch run: a CLI that reacts to nothing is killed when it is to stop, and swept behind", async () => {
  await using run = new Run({ endsOnEof: false, endsOnTerm: false });
  const child = await run.begin();
  run.stop.abort();
  await run.clock.advance(8_000);
  const { failure } = await run.result.promise;
  assertEquals(child.signals, ["SIGTERM", "SIGKILL"]);
  assert(failure !== null);
  assertEquals(run.swept, [4711]);
});

Deno.test("watch run: it ends even if its process cannot be killed", async () => {
  await using run = new Run({ endsOnEof: false, endsOnTerm: false });
  const child = await run.begin();
  child.kill = () => {};
  run.stop.abort();
  await run.clock.advance(8_000);
  assertEquals((await run.result.promise).failure, "it was stopped");
  child.end(137, "SIGKILL");
});

Deno.test("watch run: what an interrupted one has cost is told", async () => {
  await using run = new Run();
  const child = await run.begin();
  run.stop.abort();
  await settle();
  child.answer(child.requestId("interrupt"));
  child.finish("p1", "stopped in the middle");
  assert((await run.end()).usage !== null);
});
