import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Usage } from "../../lib/claude/events.ts";
import { type Watch } from "../../lib/journal/mod.ts";
import { bookedUnder, Watches, type WatchRun } from "../../lib/schedule/mod.ts";
import { Stage } from "./stage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const usageOf = (costUsd: number): Usage => ({
  ...{ costUsd, inputTokens: 900, outputTokens: 9, durationMs: 1_000 },
  models: [{ model: "haiku", costUsd, inputTokens: 900, outputTokens: 9 }],
});

const says = (text: string, costUsd = 0.01): WatchRun => ({
  failure: null,
  text,
  usage: usageOf(costUsd),
});

const NOTHING = says("NOTHING_FOUND");

/** Watches whose runs a test answers. */
class WatchStage extends Stage {
  readonly prompts: string[] = [];
  readonly budgets: number[] = [];
  /** How runs end, one after the other; the last repeats. */
  runs: ((signal: AbortSignal) => Promise<WatchRun>)[] = [];
  facts = "";
  watches = this.restart();

  answers(...runs: WatchRun[]): void {
    this.runs = runs.map((run) => () => Promise.resolve(run));
  }

  restart(budgetUsdPerDay: number | null = null): Watches {
    this.watches = new Watches({
      journal: this.journal,
      clock: this.clock,
      notify: this.notify,
      facts: () => Promise.resolve(this.facts),
      budgetUsdPerDay,
      run: (prompt, budget, signal) => {
        this.prompts.push(prompt);
        this.budgets.push(budget);
        const [run = () => Promise.resolve(NOTHING), ...more] = this.runs;
        if (more.length > 0) this.runs = more;
        return run(signal);
      },
    });
    return this.watches;
  }

  add(schedule: string, change: { task?: string; budgetUsd?: number } = {}): Watch {
    const { task = "is a disk full?", budgetUsd = 0.25 } = change;
    const place = { chat: 1, thread: 7 };
    const id = this.journal.watches.add(
      { schedule, task, budgetUsd, place, user: 1 },
      this.clock.now(),
    );
    this.watches.look();
    return this.journal.watches.get(id)!;
  }

  get(watch: Watch): Watch {
    return this.journal.watches.get(watch.id)!;
  }
}

Deno.test("watches: one that finds nothing runs on its schedule and says nothing", async () => {
  using stage = new WatchStage();
  const watch = stage.add("every 30m");
  await stage.clock.advance(2 * HOUR + MINUTE);
  assertEquals(stage.prompts.length, 4);
  assertEquals(stage.texts, []);
  assertStringIncludes(stage.prompts[0]!, "Check this, and nothing else: is a disk full?");
  const session = bookedUnder(watch.id);
  assertEquals(stage.journal.spending.total({ session }).costUsd, 0.04);
  await stage.watches.close();
  assertEquals(stage.clock.timers, 0);
});

const SILENT = [
  "NOTHING_FOUND",
  "  `NOTHING_FOUND`.\n",
  "I looked at all disks.\n\n**NOTHING_FOUND**",
];

for (const text of SILENT) {
  Deno.test(`watches: '${text.trim().replaceAll("\n", " ")}' is silence`, async () => {
    using stage = new WatchStage();
    stage.answers(says(text));
    stage.add("every 30m");
    await stage.clock.advance(31 * MINUTE);
    assertEquals([stage.prompts.length, stage.texts.length], [1, 0]);
    await stage.watches.close();
  });
}

Deno.test("watches: a finding is told where it was set up, with a button that goes on", async () => {
  using stage = new WatchStage();
  stage.answers(says("**/var is full**: 97 %"));
  stage.add("every 30m");
  await stage.clock.advance(31 * MINUTE);
  assertEquals(stage.notices.length, 1);
  assertStringIncludes(stage.texts[0]!, "found something:\n\n/var is full: 97 %");
  const sent = stage.journal.deliveries.next(1)?.payload;
  assertEquals(sent?.["message_thread_id"], 7);
  assertStringIncludes(JSON.stringify(sent), '"t:c1"');
  assertEquals(stage.journal.watches.finding(1)?.text, "**/var is full**: 97 %");
  await stage.watches.close();
});

Deno.test("watches: what is known is not told again, until it was gone", async () => {
  using stage = new WatchStage();
  stage.answers(
    ...[says("/var is full"), says("NOTHING_NEW"), says("/var is full"), NOTHING],
    ...[says("/var is full"), NOTHING],
  );
  const watch = stage.add("every 30m");
  await stage.clock.advance(2 * HOUR + MINUTE);
  assertEquals(stage.texts.length, 1);
  assertStringIncludes(stage.prompts[1]!, "the person knows it:\n\n/var is full");
  assertEquals(stage.get(watch).finding, null);
  await stage.clock.advance(30 * MINUTE);
  assertEquals(stage.texts.length, 2);
  await stage.watches.close();
});

Deno.test("watches: what the homelab's own checks say is part of the prompt", async () => {
  using stage = new WatchStage();
  stage.facts = "Ping: 3 of 4 up";
  stage.add("every 30m");
  await stage.clock.advance(31 * MINUTE);
  assertStringIncludes(stage.prompts[0]!, "checks say now:\n\nPing: 3 of 4 up");
  await stage.watches.close();
});

Deno.test("watches: a failure is told once, and again after a run that went well", async () => {
  using stage = new WatchStage();
  const failed: WatchRun = { failure: "Please run /login", text: "", usage: null };
  const broken = () => Promise.reject(new Error("'claude' is not there"));
  stage.runs = [
    ...[() => Promise.resolve(failed), broken, () => Promise.resolve(NOTHING)],
    ...[broken, () => Promise.resolve(failed)],
  ];
  stage.add("every 30m");
  await stage.clock.advance(3 * HOUR);
  assertEquals(stage.texts.map((text) => /failed: (.*)$/.exec(text)?.[1]), [
    "Please run /login",
    "'claude' is not there",
  ]);
  await stage.watches.close();
});

Deno.test("watches: a used up budget ends the day's runs, and is told once", async () => {
  using stage = new WatchStage("2026-11-20T12:00:00");
  stage.answers(says("NOTHING_FOUND", 0.1));
  stage.add("every 30m", { budgetUsd: 0.25 });
  await stage.clock.advance(6 * HOUR);
  assertEquals(stage.budgets.map((usd) => usd.toFixed(2)), ["0.25", "0.15", "0.05"]);
  assertEquals(stage.texts.length, 1);
  assertStringIncludes(stage.texts[0]!, "has used up its $0.25 for today");
  await stage.clock.advance(7 * HOUR);
  assertEquals(stage.budgets.length > 3, true);
  await stage.watches.close();
});

Deno.test("watches: the day's budget of everything bounds them too", async () => {
  using stage = new WatchStage();
  await stage.watches.close();
  stage.restart(5);
  stage.journal.spending.add({ ...usageOf(5), session: "lab" }, stage.clock.now());
  stage.add("every 30m");
  await stage.clock.advance(2 * HOUR);
  assertEquals(stage.prompts, []);
  assertEquals(stage.texts.length, 1);
  assertStringIncludes(stage.texts[0]!, "today's budget of $5");
  await stage.watches.close();
});

Deno.test("watches: one that takes too long is stopped, told, and runs again", async () => {
  using stage = new WatchStage();
  const { promise, resolve } = Promise.withResolvers<WatchRun>();
  stage.runs = [
    (signal) => {
      signal.addEventListener("abort", () => resolve({ ...says(""), failure: "interrupted" }));
      return promise;
    },
    () => Promise.resolve(NOTHING),
  ];
  stage.add("every 30m");
  await stage.clock.advance(36 * MINUTE);
  assertEquals(stage.texts.length, 1);
  assertStringIncludes(stage.texts[0]!, "longer than 5 minutes");
  await stage.clock.advance(30 * MINUTE);
  assertEquals(stage.prompts.length, 2);
  await stage.watches.close();
});

Deno.test("watches: two that are due run one after the other", async () => {
  using stage = new WatchStage();
  let [alive, most] = [0, 0];
  stage.runs = [async () => {
    most = Math.max(most, ++alive);
    await new Promise<void>((resolve) => stage.clock.after(MINUTE, resolve));
    alive--;
    return NOTHING;
  }];
  stage.add("every 30m");
  stage.add("every 30m", { task: "another" });
  await stage.clock.advance(35 * MINUTE);
  assertEquals([most, stage.prompts.length], [1, 2]);
  await stage.watches.close();
});

Deno.test("watches: a restart runs again what a stop has cut off, and a missed one once", async () => {
  using stage = new WatchStage();
  const watch = stage.add("every 30m");
  const { promise, resolve } = Promise.withResolvers<WatchRun>();
  stage.runs = [(signal) => {
    signal.addEventListener("abort", () => resolve({ ...NOTHING, failure: "interrupted" }));
    return promise;
  }];
  await stage.clock.advance(31 * MINUTE);
  await stage.watches.close(); // In the middle of its run.
  assertEquals(stage.texts, []);
  const session = bookedUnder(watch.id);
  assertEquals(stage.journal.spending.total({ session }).costUsd, 0.01, "what it has cost");
  stage.answers(NOTHING);
  stage.restart().look();
  await stage.clock.advance(10 * MINUTE);
  assertEquals(stage.prompts.length, 2);
  await stage.watches.close();
  await stage.clock.advance(5 * HOUR);
  stage.restart().look();
  await stage.clock.advance(10 * MINUTE);
  assertEquals(stage.prompts.length, 3);
  assertEquals(stage.get(watch).lastRunAt! > watch.createdAt + 5 * HOUR, true);
  await stage.watches.close();
});

Deno.test("watches: a paused one does not run, a removed one says nothing any more", async () => {
  using stage = new WatchStage();
  const [paused, removed] = [stage.add("every 30m"), stage.add("every 1h")];
  stage.journal.watches.change(paused.id, { paused: true });
  stage.watches.look();
  stage.runs = [() => {
    stage.journal.watches.remove(removed.id);
    return Promise.resolve(says("found it"));
  }];
  await stage.clock.advance(3 * HOUR);
  assertEquals([stage.prompts.length, stage.texts.length], [1, 0]);
  await stage.watches.close();
});
