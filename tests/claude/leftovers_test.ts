import { assertEquals } from "@std/assert";
import { createLeftovers, MARK, marked, markOf, type Run } from "../../lib/claude/leftovers.ts";
import { fakeClock } from "../fake_clock.ts";

const OURS = "3f0c1e9a-0000-4000-8000-000000000001";

const line = (pid: number, command: string, mark: string = OURS, parent = 1, age = 9) =>
  `${String(pid).padStart(7)} ${parent} ${age} ${command} PATH=/bin ${MARK}=${mark} HOME=/root`;

const LISTINGS: [string, string, number[]][] = [
  ["a process with the mark", line(41, "claude -p --verbose"), [41]],
  ["the mark as the last variable", `  42 1 9 sleep 60 A=1 ${MARK}=${OURS}`, [42]],
  ["the mark as the first variable", `43 1 9 sleep 60 ${MARK}=${OURS} A=1`, [43]],
  ["no environment shown", "44 1 9 sleep 60", []],
  ["another home's mark", line(45, "claude", "3f0c1e9a-0000-4000-8000-000000000002"), []],
  ["a mark that only begins like ours", line(46, "claude", `${OURS}0`), []],
  ["a variable that only ends like ours", `47 1 9 claude NOT_${MARK}=${OURS}`, []],
  ["the mark within another value", `48 1 9 claude NOTE=see:${MARK}=${OURS}`, []],
  ["ps and kill of our own, which do not carry it", "49 1 9 ps axeww\n50 1 9 kill 41", []],
  ["several, others between", [line(1, "a"), "2 1 9 b X=1", line(3, "c")].join("\n"), [1, 3]],
  ["the mark among the arguments, which ps does not tell apart", `51 1 9 env ${MARK}=${OURS} sh`, [
    51,
  ]],
  ["nothing", "", []],
  ["an empty last line", line(7, "a") + "\n", [7]],
];

for (const [what, listing, pids] of LISTINGS) {
  Deno.test(`marked: ${what}`, () =>
    assertEquals(marked(listing, OURS).map(({ pid }) => pid), pids));
}

Deno.test("marked: the command is told without its environment, and not at length", () => {
  const [found] = marked(line(41, "/usr/bin/claude -p --secret hidden"), OURS);
  assertEquals(found?.command, "/usr/bin/claude -p --secret");
  const [spaced] = marked(`7 1 9 claude WORDS=one two three ${MARK}=${OURS}`, OURS);
  assertEquals(spaced?.command, "claude");
  const [long] = marked(line(42, "x".repeat(500)), OURS);
  assertEquals(long?.command.length, 80);
});

Deno.test("marked: of one claude's shells, only those that name it", () => {
  const listing = [41, 42].map((pid) => `${line(pid, "sleep 9")} CLAUDE_PID=${pid}0 A=1`).join(
    "\n",
  );
  assertEquals(marked(listing, OURS, 410).map(({ pid }) => pid), [41]);
  assertEquals(marked(listing, OURS, 41).length, 0);
  assertEquals(marked(line(43, "claude"), OURS, 43), []);
});

Deno.test("marked: a home has one mark, and its copy elsewhere another", () => {
  const mark = markOf("/home/a", OURS);
  assertEquals(mark, markOf("/home/a", OURS));
  const others = [markOf("/home/b", OURS), markOf("/home/a", `${OURS}0`)];
  assertEquals(new Set([mark, ...others]).size, 3);
  assertEquals(marked(line(41, "claude", mark), mark).length, 1);
});

/** A machine whose processes end on certain signals. */
function machine(processes: Record<number, "TERM" | "KILL">) {
  const calls: string[] = [];
  const alive = new Map(Object.entries(processes));
  const run: Run = (program, args) => {
    if (program === "ps") {
      const stdout = [
        "1 0 9 init",
        ...[...alive.keys()].map((pid) => line(Number(pid), "claude -p")),
      ];
      return Promise.resolve({ code: 0, stdout: stdout.join("\n"), stderr: "" });
    }
    const [signal, ...pids] = args;
    calls.push(`${program} ${args.join(" ")}`);
    for (const pid of pids) {
      if (signal === "-KILL" || alive.get(pid) === "TERM") alive.delete(pid);
    }
    return Promise.resolve({ code: 0, stdout: "", stderr: "" });
  };
  return { run, calls, alive };
}

Deno.test("sweep: where nothing was left, nothing is signalled", async () => {
  const { run, calls } = machine({});
  assertEquals(await createLeftovers(OURS, run, fakeClock()).sweep(), []);
  assertEquals(calls, []);
});

Deno.test("sweep: what ends on SIGTERM is not killed, and the sweep does not wait longer", async () => {
  const clock = fakeClock();
  const { run, calls, alive } = machine({ 41: "TERM", 42: "TERM" });
  const sweep = createLeftovers(OURS, run, clock).sweep();
  await clock.advance(100);
  assertEquals((await sweep).map(({ pid }) => pid), [41, 42]);
  assertEquals(calls, ["kill -TERM 41 42"]);
  assertEquals([alive.size, clock.timers], [0, 0]);
});

Deno.test("sweep: what ignores SIGTERM gets SIGKILL when the patience is over, alone", async () => {
  const clock = fakeClock();
  const { run, calls, alive } = machine({ 41: "TERM", 42: "KILL" });
  const sweep = createLeftovers(OURS, run, clock).sweep(1_000);
  await clock.advance(900);
  assertEquals(calls, ["kill -TERM 41 42"]);
  await clock.advance(200);
  assertEquals((await sweep).map(({ pid }) => pid), [41, 42]);
  assertEquals(calls, ["kill -TERM 41 42", "kill -KILL 42"]);
  assertEquals(alive.size, 0);
});

Deno.test("sweep: another home's processes are left alone", async () => {
  const clock = fakeClock();
  const { run, calls } = machine({ 41: "TERM" });
  assertEquals(await createLeftovers("another", run, clock).sweep(), []);
  assertEquals(calls, []);
});

Deno.test("sweep: where ps cannot tell, nothing is found and nothing is signalled", async () => {
  const calls: string[] = [];
  const run: Run = (program) => {
    calls.push(program);
    return Promise.resolve({ code: 1, stdout: line(41, "claude"), stderr: "unknown option" });
  };
  assertEquals(await createLeftovers(OURS, run, fakeClock()).sweep(), []);
  assertEquals(calls, ["ps"]);
});

Deno.test("sweep: this program is spared, even when its own Claude started it", async () => {
  const clock = fakeClock();
  const { run, calls } = machine({ 41: "TERM", 77: "TERM" });
  const sweep = createLeftovers(OURS, run, clock, 77).sweep();
  await clock.advance(100);
  assertEquals((await sweep).map(({ pid }) => pid), [41]);
  assertEquals(calls, ["kill -TERM 41"]);
  assertEquals(await createLeftovers(OURS, machine({ [Deno.pid]: "TERM" }).run, clock).sweep(), []);
});

/** Shells of the `claude` with the pid 40, in one listing. */
function afterStop(...lines: string[]) {
  const signalled: string[] = [];
  const shells = lines.map((each) => `${each} CLAUDE_PID=40 A=1`);
  const run: Run = (program, args) => {
    if (program === "kill") signalled.push(...args);
    const left = shells.filter((each) => !signalled.includes(each.trim().split(" ")[0]!));
    const stdout = ["1 0 999 init", line(40, "claude -p", OURS, 30), ...left].join("\n");
    return Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  const clock = fakeClock();
  const swept = createLeftovers(OURS, run, clock).sweepStopped(40, clock.steady());
  return { signalled, clock, swept };
}

Deno.test("sweep: behind a stop, only what was forked since and has lost its shell is ended", async () => {
  const { signalled, clock, swept } = afterStop(
    line(41, "sleep 83", OURS, 1, 0),
    line(42, "/bin/bash -c running", OURS, 40, 0),
    line(43, "its child", OURS, 42, 0),
    line(44, "a server, left on purpose", OURS, 1, 2),
    line(45, "a child of what is ended", OURS, 41, 0),
  );
  await clock.advance(400);
  assertEquals(signalled, [], "the CLI is given its time");
  await clock.advance(200);
  assertEquals((await swept).map(({ pid }) => pid), [41, 45]);
  assertEquals(signalled, ["-TERM", "41", "45"]);
});

Deno.test("sweep: behind a stop that missed nothing, nothing is signalled", async () => {
  const { signalled, clock, swept } = afterStop(line(42, "/bin/bash -c task", OURS, 40, 0));
  await clock.advance(500);
  assertEquals([await swept, signalled], [[], []]);
});
