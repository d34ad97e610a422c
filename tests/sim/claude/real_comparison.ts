/**
 * The real CLI against the Messages API stand-in: that the harness works, and that the recordings
 * and the stand-in `claude` still say what the real one does. Needs npm and several hundred
 * megabytes; so it is run by name: `deno test -A tests/sim/claude/real_comparison.ts`.
 */

import { assertEquals } from "@std/assert";
import { claudeEnv, realClaude } from "../real_claude.ts";
import { startMessagesApi } from "../messages_api/server.ts";
import { ClaudeProcess, type OutLine, STREAM_FLAGS } from "./process.ts";
import { replay, signatures } from "./replay.ts";

async function inFolder(fn: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "real-claude-" });
  try {
    await fn(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("real claude: one turn against the Messages API stand-in", () =>
  inFolder(async (dir) => {
    await using api = await startMessagesApi();
    await using claude = new ClaudeProcess({
      command: [await realClaude()],
      cwd: dir,
      env: claudeEnv(api, dir),
    });
    await claude.user("hello", { uuid: crypto.randomUUID() });
    assertEquals((await claude.result()).result, "ok #1: hello");
    assertEquals(await claude.close(), 0);
    const paths = new Set(api.requests.map((seen) => seen.path));
    assertEquals([...paths], ["/v1/messages"]);
  }));

const RECORDINGS = ["a1-persistent-basic", "b-partial-messages", "c2-question-and-plan"];

for (const name of RECORDINGS) {
  Deno.test(`real claude: still answers as recorded in ${name}`, () =>
    inFolder(async (dir) => {
      await using api = await startMessagesApi();
      const { CLAUDE_CONFIG_DIR: _, ...env } = claudeEnv(api, dir);
      const { actual, expected } = await replay(name, dir, { command: [await realClaude()], env });
      assertEquals(actual, expected);
    }));
}

type Talk = (claude: ClaudeProcess) => Promise<void>;

const PARTIAL = ["--include-partial-messages"];

const isPrompt = (line: OutLine) => line.type === "control_request";
const isAssistant = (line: OutLine) => line.type === "assistant";
const isDelta = (line: OutLine) =>
  JSON.stringify(line.event ?? null).includes("content_block_delta");

/** Conversations that both are led through; their lines must come in the same order. */
const TALKS: readonly [name: string, talk: Talk, flags?: readonly string[]][] = [
  ["a repeated uuid", async (claude) => {
    const uuid = crypto.randomUUID();
    await claude.user("hello", { uuid });
    await claude.lines.next((line) => line.state === "completed");
    await claude.user("hello", { uuid });
    await claude.user("other", { uuid: crypto.randomUUID() });
    await claude.result();
  }],
  ["a denied tool, then an interrupted question", async (claude) => {
    await claude.user("TOOL:bash:touch x;;TOOL:ask:Which?|A|B", { uuid: crypto.randomUUID() });
    const { request_id } = await claude.lines.next(isPrompt);
    await claude.answer(request_id, { behavior: "deny", message: "no" });
    await claude.lines.next(isPrompt);
    await claude.control("stop", { subtype: "interrupt", cancel_queued: true });
    await claude.result();
  }],
  ["steering, and a command that waits its turn", async (claude) => {
    await claude.user("TOOL:bash:sleep 1;;SAY:end", { uuid: crypto.randomUUID() });
    await claude.lines.next(isAssistant);
    await claude.user("/cost", { uuid: crypto.randomUUID() });
    await claude.user("turn left", { uuid: crypto.randomUUID() });
    await claude.result();
    await claude.result();
  }],
  ["an urgent message during a stream", async (claude) => {
    await claude.user("SLOW:50 LONG:4000", { uuid: crypto.randomUUID() });
    await claude.lines.next(isDelta);
    await claude.user("SAY:urgent", { uuid: crypto.randomUUID(), priority: "now" });
    await claude.result();
    await claude.result();
  }, PARTIAL],
  ["an urgent message before the model has said anything", async (claude) => {
    await claude.user("TTFT:3000 SAY:slow", { uuid: crypto.randomUUID() });
    await claude.lines.next((line) => line.status === "requesting");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await claude.user("SAY:urgent", { uuid: crypto.randomUUID(), priority: "now" });
    await claude.result();
    await claude.result();
  }, PARTIAL],
];

for (const [name, talk, more = []] of TALKS) {
  Deno.test(`real claude: the stand-in does the same with ${name}`, () =>
    inFolder(async (dir) => {
      await using api = await startMessagesApi();
      const heard: string[][] = [];
      for (const command of [{ command: [await realClaude()] }, {}]) {
        const flags = [...STREAM_FLAGS, "--permission-prompt-tool", "stdio", ...more];
        await using claude = new ClaudeProcess({
          ...command,
          cwd: dir,
          flags,
          env: claudeEnv(api, dir),
        });
        await talk(claude);
        await claude.close();
        heard.push(withoutIds(signatures(claude.lines.all)));
      }
      assertEquals(heard[1], heard[0]);
    }));
}

/** Uuids are fresh in each run: they are numbered in the order of their coming. */
function withoutIds(lines: readonly string[]): string[] {
  const seen: string[] = [];
  return lines.map((line) =>
    line.replace(/(?<=^lifecycle )\S+/, (id) => {
      if (!seen.includes(id)) seen.push(id);
      return `#${seen.indexOf(id)}`;
    })
  );
}
