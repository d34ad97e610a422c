/** The stand-in `claude`: sessions, faults, and what the recordings do not show. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ClaudeProcess, type OutLine, STREAM_FLAGS } from "./process.ts";
import { signatures } from "./replay.ts";

/** Runs `fn` with an empty folder that is gone afterwards. */
async function inFolder(fn: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "sim-claude-" });
  try {
    await fn(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const PROMPTS = ["--permission-prompt-tool", "stdio"];

function start(dir: string, flags: readonly string[] = PROMPTS, env = {}): ClaudeProcess {
  return new ClaudeProcess({
    cwd: dir,
    flags: [...STREAM_FLAGS, ...flags],
    env: { CLAUDE_CONFIG_DIR: `${dir}/cfg`, SIM_CLAUDE_LOG: `${dir}/log`, ...env },
  });
}

type Scene = (claude: ClaudeProcess, dir: string) => Promise<void>;

function scene(name: string, fn: Scene, flags?: readonly string[], env = {}): void {
  Deno.test(`stand-in claude: ${name}`, () =>
    inFolder(async (dir) => {
      await using claude = start(dir, flags, env);
      await fn(claude, dir);
    }));
}

/** What the process wrote down about itself. */
function recorded(dir: string, event: string): OutLine[] {
  return Deno.readTextFileSync(`${dir}/log`).trim().split("\n")
    .map((line): OutLine => JSON.parse(line)).filter((line) => line.event === event);
}

const UUIDS = [..."abcdef"].map((letter) => `00000000-0000-4000-8000-00000000000${letter}`);
const [A, B, C] = UUIDS as [string, string, string];
const ID = "11111111-1111-4111-8111-111111111111";

Deno.test("stand-in claude: a resumed session knows what was said, and goes on with its costs", () =>
  inFolder(async (dir) => {
    await using first = start(dir, ["--session-id", ID]);
    await first.user("hello", { uuid: A });
    const before = await first.result();
    assertEquals(before.result, "ok #1: hello");
    assertEquals(await first.close(), 0);

    await using second = start(dir, ["--resume", ID]);
    await second.user("again", { uuid: B });
    const after = await second.result();
    assertEquals([after.result, after.session_id], ["ok #2: again", ID]);
    assert(Number(after.total_cost_usd) > Number(before.total_cost_usd));
    await second.user("hello", { uuid: A });
    const line = await second.lines.next((line) => line.type === "command_lifecycle");
    assertEquals(line.state, "completed");

    await using third = start(dir, ["--session-id", ID]);
    assertEquals(await third.close(), 1);
    assertStringIncludes(third.stderr, `Session ID ${ID} is already in use.`);
  }));

Deno.test("stand-in claude: after a kill, only a prompt whose tool had begun is taken for done", () =>
  inFolder(async (dir) => {
    for (const [prompt, runsAgain] of [["SLOW:50 LONG:500", true], ["TOOL:bash:sleep 60", false]]) {
      const id = crypto.randomUUID();
      const uuid = crypto.randomUUID();
      await using killed = start(dir, ["--session-id", id, "--include-partial-messages"]);
      await killed.user(prompt, { uuid });
      await killed.lines.next(runsAgain ? isDelta : isAssistant);
      killed.kill("SIGKILL");
      assertEquals((await killed.status).signal, "SIGKILL");

      await using resumed = start(dir, ["--resume", id]);
      await resumed.user("SAY:again", { uuid });
      const line = await resumed.lines.next((line) => line.type === "command_lifecycle");
      assertEquals(line.state, runsAgain ? "queued" : "completed");
      killLeftovers(dir);
    }
  }));

const isAssistant = (line: OutLine) => line.type === "assistant";
const isRequest = (line: OutLine) => line.type === "control_request";
const isDelta = (line: OutLine) =>
  JSON.stringify(line.event ?? null).includes("content_block_delta");

/** Ends the commands that a killed process left behind, as a test must. */
function killLeftovers(dir: string): void {
  for (const folder of Deno.readDirSync("/proc")) {
    try {
      const environ = Deno.readTextFileSync(`/proc/${folder.name}/environ`);
      if (environ.includes(`CLAUDE_CONFIG_DIR=${dir}/cfg`)) {
        Deno.kill(Number(folder.name), "SIGKILL");
      }
    } catch {
      // Not a process, not ours, or gone.
    }
  }
}

scene(
  "a rule for the session stops the questions, one for the project is written down",
  async (claude, dir) => {
    const rule = (destination: string, ruleContent: string) => ({
      behavior: "allow",
      updatedPermissions: [{
        type: "addRules",
        rules: [{ toolName: "Bash", ruleContent }],
        behavior: "allow",
        destination,
      }],
    });
    await claude.user("TOOL:bash:touch one;;TOOL:bash:touch two;;TOOL:bash:mkdir three");
    await claude.answer(
      (await claude.lines.next(isRequest)).request_id,
      rule("session", "touch *"),
    );
    const second = await claude.lines.next(isRequest);
    assertEquals((second.request as OutLine).input, {
      command: "mkdir three",
      description: "fake",
    });
    await claude.answer(second.request_id, rule("localSettings", "mkdir three *"));
    await claude.result();
    assertStringIncludes(
      Deno.readTextFileSync(`${dir}/.claude/settings.local.json`),
      "mkdir three",
    );
    for (const name of ["one", "two", "three"]) assert(await exists(`${dir}/${name}`));
  },
);

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

scene("what is sent later or at once takes its own turn", async (claude) => {
  await claude.user("TOOL:bash:sleep 0.3;;SAY:first", { uuid: A });
  await claude.lines.next(isAssistant);
  await claude.user("later", { uuid: B, priority: "later" });
  assertEquals((await claude.result()).user_message_uuids, [A]);
  assertEquals((await claude.result()).user_message_uuids, [B]);
  await claude.user("SLOW:50 LONG:2000", { uuid: C });
  await claude.lines.next((line) => line.subtype === "init");
  await claude.user("SAY:urgent", { uuid: UUIDS[3], priority: "now" });
  assertEquals((await claude.result()).terminal_reason, "aborted_streaming");
  assertEquals((await claude.result()).result, "urgent");
});

scene("what comes during a tool joins the turn, and the model is told", async (claude) => {
  await claude.user("TOOL:bash:sleep 0.3", { uuid: A });
  await claude.lines.next(isAssistant);
  await claude.user("turn left", { uuid: B });
  const { result, user_message_uuids } = await claude.result();
  assertEquals(user_message_uuids, [A, B]);
  assertEquals(result, "done after 1 step(s); also got: turn left");
});

scene("SIGTERM ends it with 143, its commands too", async (claude, dir) => {
  await claude.user("TOOL:bash:echo $$ > pid && exec sleep 60");
  await claude.answer((await claude.lines.next(isRequest)).request_id, { behavior: "allow" });
  const pid = await untilFile(`${dir}/pid`);
  claude.kill("SIGTERM");
  assertEquals((await claude.status).code, 143);
  await untilGone(pid);
});

scene("a command lives on when the process is killed", async (claude, dir) => {
  await claude.user("TOOL:bash:echo $$ > pid && exec sleep 60");
  await claude.answer((await claude.lines.next(isRequest)).request_id, { behavior: "allow" });
  const pid = await untilFile(`${dir}/pid`);
  claude.kill("SIGKILL");
  await claude.status;
  const alive = isAlive(pid);
  killLeftovers(dir);
  assertEquals(alive, true);
});

async function untilFile(path: string): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.trim()) return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`The command did not write "${path}"`);
}

/** Resolves when the process is gone; a kill takes effect a little after it was sent. */
async function untilGone(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 200 && isAlive(pid); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(isAlive(pid), false);
}

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has collected yet counts as gone.
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

scene("CRASH says something on stderr, and ends with the code", async (claude) => {
  await claude.user("CRASH:3@2 CHUNK:5 LONG:100");
  assertEquals((await claude.status).code, 3);
  assertEquals(await claude.close(), 3);
  assertStringIncludes(claude.stderr, "crashed");
  assertEquals(claude.lines.all.filter(isDelta).length, 2);
}, ["--include-partial-messages"]);

scene("CRASHSIG ends it by a signal", async (claude) => {
  await claude.user("CRASHSIG");
  assertEquals((await claude.status).signal, "SIGKILL");
});

scene("EXIT ends it without a result", async (claude) => {
  await claude.user("EXIT");
  assertEquals(await claude.close(), 0);
  assertEquals(claude.lines.all.filter((line) => line.type === "result"), []);
});

scene("GARBAGE comes between lines that are fine", async (claude) => {
  await claude.user("GARBAGE SAY:still here");
  assertEquals((await claude.result()).result, "still here");
  assert(claude.garbage.length >= 4);
});

scene("SILENT neither answers nor obeys an interrupt", async (claude) => {
  await claude.user("SILENT");
  await claude.lines.next((line) => line.subtype === "init");
  await claude.control("i", { subtype: "interrupt", cancel_queued: true });
  const answered = claude.lines.next((line) => line.type === "control_response").catch(() => {});
  const waited = new Promise((resolve) => setTimeout(() => resolve("nothing"), 200));
  assertEquals(await Promise.race([answered, waited]), "nothing");
  claude.kill("SIGTERM");
  assertEquals((await claude.status).code, 143);
});

scene("IGNORETERM outlives SIGTERM", async (claude) => {
  await claude.user("IGNORETERM SAY:try it");
  await claude.result();
  claude.kill("SIGTERM");
  await claude.user("SAY:here");
  assertEquals((await claude.result()).result, "here");
});

scene("BIGLINE and STDERR do what they say", async (claude) => {
  await claude.user("BIGLINE:2;;SAY:unreached");
  const big = await claude.lines.next((line) => line.subtype === "big_line");
  assertEquals(String(big.padding).length, 2 * 1024 * 1024);
  await claude.result();
  await claude.user("STDERR:a warning to all SAY:fine");
  assertEquals((await claude.result()).result, "fine");
  await claude.close();
  assertStringIncludes(claude.stderr, "a warning to all");
});

scene(
  "an old version has no lifecycle lines and no capabilities",
  async (claude) => {
    await claude.user("hello", { uuid: A });
    await claude.result();
    const init = claude.lines.all.find((line) => line.subtype === "init");
    assertEquals([init?.capabilities, init?.claude_code_version], [undefined, "2.1.197"]);
    assertEquals(claude.lines.all.filter((line) => line.type === "command_lifecycle"), []);
  },
  [],
  { SIM_CLAUDE_OLD: "1" },
);

scene("errors with names: not logged in, a limit reached, a prompt too long", async (claude) => {
  const texts = [];
  for (const word of ["nologin", "limit", "toolong"]) {
    await claude.user(`ERR:${word}`);
    const { result, is_error, subtype, terminal_reason } = await claude.result();
    texts.push([String(result).slice(0, 20), is_error, subtype, terminal_reason]);
  }
  assertEquals(texts, [
    ["Not logged in · Plea", true, "success", "api_error"],
    ["You've hit your 5-ho", true, "success", "api_error"],
    ["Prompt is too long", true, "success", "prompt_too_long"],
  ]);
  assertEquals(await claude.close(), 1);
});

scene("the turns of one prompt are limited", async (claude) => {
  await claude.user("TOOL:bash:echo 1;;TOOL:bash:echo 2;;TOOL:bash:echo 3");
  assertEquals((await claude.result()).subtype, "error_max_turns");
  await claude.user("SAY:alive");
  assertEquals((await claude.result()).result, "alive");
}, ["--max-turns", "2"]);

scene("a subagent's lines carry the call they belong to", async (claude) => {
  await claude.user("TOOL:task:TOOL:bash:echo from-sub");
  await claude.result();
  const inner = claude.lines.all.filter((line) => line.parent_tool_use_id);
  assertEquals(signatures(inner), ["user text", "assistant Bash", "user tool_result"]);
});

scene("a plan carries its text and its file, and is sent back or approved", async (claude) => {
  await claude.user("TOOL:plan:# My plan;;TOOL:plan:# Another;;SAY:going");
  const first = await claude.lines.next(isRequest);
  const { input } = first.request as { input: { plan: string; planFilePath: string } };
  assertEquals(input.plan, "# My plan");
  assertEquals(Deno.readTextFileSync(input.planFilePath), "# My plan");
  await claude.answer(first.request_id, { behavior: "deny", message: "add tests" });
  const second = await claude.lines.next(isRequest);
  const mode = { type: "setMode", mode: "acceptEdits", destination: "session" };
  await claude.answer(second.request_id, { behavior: "allow", updatedPermissions: [mode] });
  const status = await claude.lines.next((line) => line.subtype === "status");
  assertEquals(status.permissionMode, "acceptEdits");
  assertEquals((await claude.result()).result, "going");
}, [...PROMPTS, "--permission-mode", "plan"]);

Deno.test("stand-in claude: the appended system prompt stays, unless snapshots are off", () =>
  inFolder(async (dir) => {
    const said: unknown[] = [];
    const runs = [
      ["--session-id", ID, "--append-system-prompt", "one"],
      ["--resume", ID, "--append-system-prompt", "two"],
      ["--resume", ID, "--append-system-prompt", "three", "--system-prompt-snapshot", "off"],
    ];
    for (const flags of runs) {
      await using claude = start(dir, flags);
      await claude.user("ECHO");
      said.push(JSON.parse(String((await claude.result()).result)).system);
      await claude.close();
    }
    assertEquals(said, ["one", "one", "three"]);
  }));

scene("it writes down what a checker needs", async (claude, dir) => {
  await claude.user("TOOL:bash:echo hi;;SAY:done", { uuid: A });
  await claude.result();
  await claude.close();
  assertEquals(recorded(dir, "user").map((e) => [e.uuid, e.text]), [[
    A,
    "TOOL:bash:echo hi;;SAY:done",
  ]]);
  assertEquals(recorded(dir, "turn").map((e) => e.uuids), [[A]]);
  assertEquals(recorded(dir, "turn_end").map((e) => e.uuids), [[A]]);
  assertEquals(recorded(dir, "tool").map((e) => e.name), ["Bash"]);
  assertEquals(recorded(dir, "exit").map((e) => e.code), [0]);
  const [start] = recorded(dir, "start");
  assert((start?.env as string[]).includes("CLAUDE_CONFIG_DIR"));
});

scene("/clear goes on under a new id, which can be resumed", async (claude, dir) => {
  await claude.user("hello");
  const before = await claude.result();
  await claude.user("/clear");
  const after = await claude.result();
  assert(after.session_id !== before.session_id);
  await claude.close();
  await using resumed = start(dir, ["--resume", String(after.session_id)]);
  await resumed.user("anyone?");
  assertEquals((await resumed.result()).result, "ok #1: anyone?");
});

scene(
  "the demo introduces itself as a stand-in, and asks before it runs",
  async (claude) => {
    await claude.user("hi");
    assertStringIncludes(String((await claude.result()).result), "not the real Claude");
    await claude.user("please run something");
    const asked = await claude.lines.next(isRequest);
    assertEquals((asked.request as OutLine).tool_name, "Bash");
    await claude.answer(asked.request_id, { behavior: "deny", message: "no" });
    assertStringIncludes(String((await claude.result()).result), "no");
  },
  PROMPTS,
  { SIM_CLAUDE_DEMO: "1" },
);
