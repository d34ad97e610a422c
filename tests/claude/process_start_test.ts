import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { TurnEvent } from "../../lib/claude/events.ts";
import type { Launch, Spawn } from "../../lib/claude/launch.ts";
import { ClaudeProcess } from "../../lib/claude/process.ts";
import { StartError } from "../../lib/claude/failures.ts";
import { fakeClock, settle } from "../fake_clock.ts";
import { type Behaviour, type FakeChild, launch, nursery } from "./fake_child.ts";
import { complaints, printed } from "./recording.ts";

const ID = launch().conversation.id;

/** A child that refuses to start as the CLI of a recording did. */
const refuses = (name: string): Partial<Behaviour> => ({
  initializes: false,
  born(child: FakeChild) {
    child.complain(complaints(name));
    for (const line of printed(name)) child.print(line + "\n");
    child.end(1);
  },
});

const IN_USE = refuses("f-session-id-in-use");
const UNKNOWN = refuses("f-resume-unknown");

function start(
  state: Launch["conversation"]["state"],
  spawn: Spawn,
  clock = fakeClock(),
  events: TurnEvent[] = [],
) {
  return ClaudeProcess.start(launch({ conversation: { id: ID, state } }), {
    command: ["setpriv", "--pdeathsig", "TERM", "--", "claude"],
    env: { A: "1" },
    spawn,
    clock,
    watchdogMs: 60_000,
    onEvent: (event) => events.push(event),
  });
}

/** How the conversation was taken up by each start. */
const ways = (commands: readonly (readonly string[])[]) =>
  commands.map((command) => command.find((word) => /^--(resume|session-id)$/.test(word)));

Deno.test("start: the process is up when it has answered, and nothing else was written", async () => {
  const { spawn, children, commands } = nursery();
  const process = await start("new", spawn);
  assertEquals(process.pid, 4711);
  assert(process.alive && !process.busy);
  assertEquals(commands[0]?.slice(0, 6), ["setpriv", "--pdeathsig", "TERM", "--", "claude", "-p"]);
  const [hello, ...more] = children[0]!.lines;
  assertEquals(hello?.["request"], { subtype: "initialize" });
  assertEquals(more, []);
  await process.close("closed");
});

Deno.test("start: the directory and the environment are the given ones alone", async () => {
  const { spawn } = nursery();
  const given: unknown[] = [];
  const process = await start("new", (command, options) => {
    given.push(options);
    return spawn(command, options);
  });
  assertEquals(given, [{ cwd: "/home/sessions/one", env: { A: "1" } }]);
  await process.close("closed");
});

const FALLBACKS: [string, Launch["conversation"]["state"], Partial<Behaviour>[], string[]][] = [
  ["a new conversation is founded", "new", [], ["--session-id"]],
  ["one that is there already is resumed", "new", [IN_USE], ["--session-id", "--resume"]],
  ["one that was begun is resumed", "begun", [], ["--resume"]],
  ["one that was begun in vain is founded", "begun", [UNKNOWN], ["--resume", "--session-id"]],
  ["one that has turns is resumed", "kept", [], ["--resume"]],
];

for (const [what, state, behaviours, expected] of FALLBACKS) {
  Deno.test(`start: ${what}`, async () => {
    const { spawn, commands } = nursery(...behaviours);
    const process = await start(state, spawn);
    assertEquals(ways(commands), expected);
    await process.close("closed");
  });
}

const FAILURES: [
  string,
  Launch["conversation"]["state"],
  Partial<Behaviour>[],
  { kind: StartError["kind"]; message: RegExp; starts: number },
][] = [
  [
    "a conversation with turns that is lost is not founded anew",
    "kept",
    [UNKNOWN],
    {
      kind: "unknown-conversation",
      message: /no longer has the conversation.*nothing was sent.*Start afresh/,
      starts: 1,
    },
  ],
  [
    "one that is held by another is not taken from it",
    "kept",
    [IN_USE],
    { kind: "in-use", message: /already in use/, starts: 1 },
  ],
  [
    "the second try is the last",
    "new",
    [IN_USE, UNKNOWN],
    { kind: "unknown-conversation", message: /no longer has/, starts: 2 },
  ],
  [
    "a flag that the CLI does not know is told in its words",
    "new",
    [refuses("g-unknown-flag")],
    {
      kind: "other",
      message: /^Claude Code could not be started: error: unknown option '--no-such-flag'$/,
      starts: 1,
    },
  ],
  [
    "a refusal that comes as a result is told",
    "new",
    [refuses("g-root-skip-permissions-startup-results")],
    { kind: "other", message: /cannot be used with root\/sudo privileges/, starts: 1 },
  ],
  [
    "an end without a word is told",
    "new",
    [{ initializes: false, born: (child) => child.end(1) }],
    { kind: "other", message: /ended without a word/, starts: 1 },
  ],
  [
    "a command that setpriv does not find is told",
    "new",
    [{
      initializes: false,
      born(child) {
        child.complain("setpriv: failed to execute claude: No such file or directory\n");
        child.end(127);
      },
    }],
    { kind: "other", message: /command of Claude Code was not found.*PATH/, starts: 1 },
  ],
];

for (const [what, state, behaviours, expected] of FAILURES) {
  Deno.test(`start: ${what}`, async () => {
    const { spawn, children } = nursery(...behaviours);
    const clock = fakeClock();
    const error = await assertRejects(() => start(state, spawn, clock), StartError);
    assertEquals(error.kind, expected.kind);
    assertMatch(error.message, expected.message);
    assertEquals(children.length, expected.starts);
    assertEquals(clock.timers, 0);
  });
}

Deno.test("start: a program that is not there is told, whatever else goes wrong too", async () => {
  const missing = () => {
    throw new Deno.errors.NotFound("entity not found");
  };
  const error = await assertRejects(() => start("new", missing), StartError, "was not found");
  assertEquals(error.kind, "other");
  const denied = () => {
    throw new Deno.errors.PermissionDenied("not allowed");
  };
  await assertRejects(() => start("new", denied), StartError, "could not be started: not allowed");
});

Deno.test("start: a process that says nothing for a minute is killed", async () => {
  const clock = fakeClock();
  const { spawn, children } = nursery({ initializes: false });
  const failed = assertRejects(() => start("new", spawn, clock), StartError, "within a minute");
  await clock.advance(59_000);
  assertEquals(children[0]?.signals, []);
  await clock.advance(1_000);
  await failed;
  assertEquals(children[0]?.signals, ["SIGKILL"]);
  assertEquals(clock.timers, 0);
});

Deno.test("start: noise before the answer does no harm", async () => {
  const { spawn, children } = nursery({
    initializes: false,
    born: (child) => child.print("npm notice\n{]\n\n"),
  });
  const starting = start("new", spawn);
  await settle();
  children[0]?.answer(children[0].requestId("initialize"));
  const process = await starting;
  await process.close("closed");
});

Deno.test("start: one that is broken off kills its child, or never has one", async () => {
  const { spawn, children } = nursery({ initializes: false });
  const clock = fakeClock();
  const stop = new AbortController();
  const options = { command: ["claude"], env: {}, spawn, clock, watchdogMs: 60_000 };
  const begin = () =>
    ClaudeProcess.start(launch(), { ...options, signal: stop.signal, onEvent: () => {} });
  const failed = assertRejects(begin, StartError);
  await settle();
  stop.abort();
  await failed;
  assertEquals([children[0]?.signals, clock.timers], [["SIGKILL"], 0]);
  await assertRejects(begin, StartError, "could not be started");
  assertEquals(children.length, 1);
});
