import type { RunForText } from "../../lib/programs.ts";
import { assertEquals } from "@std/assert";
import { createOrphans, HOME_ID, homeIdOf, marked } from "../../lib/claude/orphans.ts";
import { fakeClock } from "../fake_clock.ts";

const OURS = "3f0c1e9a-0000-4000-8000-000000000001";

const line = (pid: number, command: string, homeId: string = OURS) =>
  `${String(pid).padStart(7)} ${command} PATH=/bin ${HOME_ID}=${homeId} HOME=/root`;

const LISTINGS: [string, string, number[]][] = [
  ["a process with the id", line(41, "claude -p --verbose"), [41]],
  ["the id as the last variable", `  42 sleep 60 A=1 ${HOME_ID}=${OURS}`, [42]],
  ["the id as the first variable", `43 sleep 60 ${HOME_ID}=${OURS} A=1`, [43]],
  ["no environment shown", "44 sleep 60", []],
  ["another home's id", line(45, "claude", "3f0c1e9a-0000-4000-8000-000000000002"), []],
  ["an id that only begins like ours", line(46, "claude", `${OURS}0`), []],
  ["a variable that only ends like ours", `47 claude NOT_${HOME_ID}=${OURS}`, []],
  ["the id within another value", `48 claude NOTE=see:${HOME_ID}=${OURS}`, []],
  ["ps and kill of our own, which do not carry it", "49 ps axeww -o pid=,command=\n50 kill 41", []],
  ["several, others between", [line(1, "a"), "2 b X=1", line(3, "c")].join("\n"), [1, 3]],
  ["the id among the arguments, which ps does not tell apart", `51 env ${HOME_ID}=${OURS} sh`, [
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
  const [spaced] = marked(`7 claude WORDS=one two three ${HOME_ID}=${OURS}`, OURS);
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

Deno.test("marked: a home has one id, and its copy elsewhere another", () => {
  const homeId = homeIdOf("/home/a", OURS);
  assertEquals(homeId, homeIdOf("/home/a", OURS));
  const others = [homeIdOf("/home/b", OURS), homeIdOf("/home/a", `${OURS}0`)];
  assertEquals(new Set([homeId, ...others]).size, 3);
  assertEquals(marked(line(41, "claude", homeId), homeId).length, 1);
});

/** A machine whose processes end on certain signals. */
function machine(processes: Record<number, "TERM" | "KILL">) {
  const calls: string[] = [];
  const alive = new Map(Object.entries(processes));
  const run: RunForText = (program, args) => {
    if (program === "ps") {
      const stdout = ["1 init", ...[...alive.keys()].map((pid) => line(Number(pid), "claude -p"))];
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
  assertEquals(await createOrphans(OURS, run, fakeClock()).sweep(), []);
  assertEquals(calls, []);
});

Deno.test("sweep: what ends on SIGTERM is not killed, and the sweep does not wait longer", async () => {
  const clock = fakeClock();
  const { run, calls, alive } = machine({ 41: "TERM", 42: "TERM" });
  const sweep = createOrphans(OURS, run, clock).sweep();
  await clock.advance(100);
  assertEquals((await sweep).map(({ pid }) => pid), [41, 42]);
  assertEquals(calls, ["kill -TERM 41 42"]);
  assertEquals([alive.size, clock.timers], [0, 0]);
});

Deno.test("sweep: what ignores SIGTERM gets SIGKILL when the patience is over, alone", async () => {
  const clock = fakeClock();
  const { run, calls, alive } = machine({ 41: "TERM", 42: "KILL" });
  const sweep = createOrphans(OURS, run, clock).sweep(1_000);
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
  assertEquals(await createOrphans("another", run, clock).sweep(), []);
  assertEquals(calls, []);
});

Deno.test("sweep: where ps cannot tell, nothing is found and nothing is signalled", async () => {
  const calls: string[] = [];
  const run: RunForText = (program) => {
    calls.push(program);
    return Promise.resolve({ code: 1, stdout: line(41, "claude"), stderr: "unknown option" });
  };
  assertEquals(await createOrphans(OURS, run, fakeClock()).sweep(), []);
  assertEquals(calls, ["ps"]);
});

Deno.test("sweep: this program is spared, even when its own Claude started it", async () => {
  const clock = fakeClock();
  const { run, calls } = machine({ 41: "TERM", 77: "TERM" });
  const sweep = createOrphans(OURS, run, clock, 77).sweep();
  await clock.advance(100);
  assertEquals((await sweep).map(({ pid }) => pid), [41]);
  assertEquals(calls, ["kill -TERM 41"]);
  assertEquals(await createOrphans(OURS, machine({ [Deno.pid]: "TERM" }).run, clock).sweep(), []);
});

/** A process behind a stop: a shell of `claude` with the pid 40, or what one of them has started. */
interface Shell {
  readonly pid: number;
  readonly parent: number;
  /** Its start, in ticks; the stop is noted at 1,000. */
  readonly start: number;
}

function afterStop(...shells: Shell[]) {
  const signalled: string[] = [];
  const run: RunForText = (program, args) => {
    const left = shells.filter(({ pid }) => !signalled.includes(String(pid)));
    const statOf = ({ pid, parent, start }: Shell) =>
      `${pid} (a) b) S ${parent} ${"0 ".repeat(17)}${start} 0 0`;
    const answers: Record<string, () => string[]> = {
      cat: () =>
        args[0] === "/proc/self/stat"
          ? [statOf({ pid: 99, parent: 1, start: 1_000 })]
          : left.filter(({ pid }) => args.includes(`/proc/${pid}/stat`)).map(statOf),
      ps: () =>
        args[0] === "ax"
          ? ["  40   7", ...left.map(({ pid, parent }) => `${pid} ${parent}`)]
          : left.map(({ pid }) => `${line(pid, "sleep 83")} CLAUDE_PID=40 A=1`),
      kill: () => (signalled.push(...args), []),
    };
    const stdout = answers[program]!().join("\n");
    return Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  const clock = fakeClock();
  const orphans = createOrphans(OURS, run, clock);
  return { signalled, clock, orphans, over: orphans.watchStop(40) };
}

Deno.test("sweep: after the close no stop is watched any more", async () => {
  const stopped = afterStop({ pid: 41, parent: 1, start: 1_001 });
  const swept = stopped.over();
  stopped.orphans.close();
  assertEquals([await swept, stopped.signalled, stopped.clock.timers], [[], [], 0]);
});

Deno.test("sweep: behind a stop, what was forked since and has lost its shell is ended", async () => {
  const { signalled, clock, over } = afterStop(
    { pid: 41, parent: 1, start: 1_001 },
    { pid: 42, parent: 41, start: 1_002 },
    { pid: 43, parent: 1, start: 998 }, // The stop was noted a little late.
  );
  const swept = over();
  await clock.advance(400);
  assertEquals(signalled, [], "the CLI is given its time");
  await clock.advance(200);
  assertEquals((await swept).map(({ pid }) => pid), [41, 42, 43]);
  assertEquals(signalled, ["-TERM", "41", "42", "43"]);
});

const SPARED: [string, Shell[]][] = [
  ["a tool that runs on under its claude", [
    { pid: 42, parent: 40, start: 1_050 },
    { pid: 43, parent: 42, start: 1_051 },
  ]],
  ["what is under it by way of others that carry no id", [{ pid: 43, parent: 40, start: 1_050 }]],
  ["a server that was left on purpose, and its new children", [
    { pid: 44, parent: 1, start: 900 },
    { pid: 45, parent: 44, start: 1_100 },
  ]],
  ["nothing", []],
];

for (const [what, shells] of SPARED) {
  Deno.test(`sweep: behind a stop, spared is ${what}`, async () => {
    const { signalled, clock, over } = afterStop(...shells);
    const swept = over();
    await clock.advance(500);
    assertEquals([await swept, signalled], [[], []]);
  });
}
