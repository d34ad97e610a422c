/**
 * A stand-in for the `claude` command. It speaks what the real one speaks with
 * `claude -p --input-format stream-json --output-format stream-json --verbose …`, and answers what
 * the script in the prompt says; README.md says more.
 *
 * Start it as `[Deno.execPath(), "run", "-A", "--no-config", "--no-lock", thisFile, …flags]`.
 */

import type { Block } from "../messages_api/decide.ts";
import type { Context } from "./context.ts";
import { blocksOf } from "./conversation.ts";
import { handleControl } from "./control.ts";
import { readFlags, Refusal, VERSION } from "./flags.ts";
import type { Inbox } from "./inbox.ts";
import { Ledger } from "./ledger.ts";
import { forever } from "./mischief.ts";
import { openRecorder } from "./record.ts";
import { openSession, type Session } from "./session.ts";
import { complain, type Line, lineBatches, Wire } from "./wire.ts";

const env = (name: string) => Deno.env.get(name);
/** Starts in a directory whose path holds this are neither recorded nor hit by faults of the start. */
const passedOver = env("SIM_CLAUDE_PASS_OVER");
const isPassedOver = passedOver !== undefined && Deno.cwd().includes(passedOver);
const record = openRecorder(isPassedOver ? undefined : env("SIM_CLAUDE_LOG"));

async function main(): Promise<void> {
  if (Deno.args.includes("--version") || Deno.args.includes("-v")) {
    return new Wire(() => "").raw(`${VERSION} (Claude Code)\n`);
  }
  const { cwd, args } = { cwd: Deno.cwd(), args: Deno.args };
  record("start", { argv: args, cwd, env: Object.keys(Deno.env.toObject()).sort() });
  await delayedStart();
  const { context, inbox } = await open();
  listenToSignals(context, inbox);
  for await (const batch of lineBatches(Deno.stdin.readable)) {
    for (const line of batch) {
      if (!context.silent) await take(context, inbox, line);
    }
  }
  await finish(context, inbox);
}

/** Faults at the start, for tests: slow, or not at all. */
async function delayedStart(): Promise<void> {
  if (isPassedOver) return;
  const delay = Number(env("SIM_CLAUDE_START_DELAY_MS") ?? 0);
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
  const words = env("SIM_CLAUDE_START_FAIL");
  if (words !== undefined) await refuse(new Refusal(words));
}

async function open(): Promise<Session> {
  try {
    return openSession(readFlags(Deno.args, env), env, record);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return await refuse(error);
  }
}

async function refuse(refusal: Refusal): Promise<never> {
  complain(refusal.message);
  const asked = env("CLAUDE_CODE_STARTUP_FAILURE_RESULTS") === "1";
  const words = refusal.result ?? (asked ? refusal.message : undefined);
  if (words !== undefined) {
    const wire = new Wire(() => crypto.randomUUID());
    const { reason } = refusal;
    wire.emit(
      new Ledger().result(
        {
          subtype: "error_during_execution",
          isError: true,
          errors: [words],
          numTurns: 0,
          stopReason: null,
          denials: [],
          uuids: [],
          startedAt: performance.now(),
          ...(reason === undefined ? {} : { more: { startup_failure_reason: reason } }),
        },
        0,
        false,
      ),
    );
    await wire.flush();
  }
  record("exit", { code: 1 });
  Deno.exit(1);
}

async function take(ctx: Context, inbox: Inbox, text: string): Promise<void> {
  const line = await parseLine(ctx, text);
  switch (line.type) {
    case "user":
      return await takeUser(ctx, inbox, line);
    case "control_request":
      return handleControl(ctx, inbox, String(line.request_id), (line.request ?? {}) as Line);
    case "control_response":
      return ctx.permissions.answer((line.response ?? {}) as Line);
  }
}

/** A line that is not an object ends the process, as with the real one; an array is harmless. */
async function parseLine(ctx: Context, text: string): Promise<Line> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
    if (parsed === null) throw new TypeError("null");
  } catch (error) {
    const type = text.match(/"type"\s*:\s*"(\w+)"/)?.[1] ?? "unknown";
    const name = error instanceof Error ? error.name : "Error";
    return await broken(
      ctx,
      `Error parsing streaming input line (type=${type}, ${text.length} chars): ${name}`,
    );
  }
  return typeof parsed === "object" ? parsed as Line : {};
}

async function broken(ctx: Context, words: string): Promise<never> {
  complain(words);
  ctx.tasks.killAll();
  return await ctx.exit(1);
}

async function takeUser(ctx: Context, inbox: Inbox, line: Line): Promise<void> {
  const message = (line.message ?? {}) as Line;
  if (message.role !== "user") {
    return await broken(ctx, `Error: Expected message role 'user', got '${message.role}'`);
  }
  const content = (message.content ?? "") as string | readonly Block[];
  const uuid = typeof line.uuid === "string" ? line.uuid : undefined;
  const priority = line.priority === "now" || line.priority === "later" ? line.priority : "next";
  const text = blocksOf(content).map((block) => block.text ?? "").join("\n");
  record("user", { uuid, text, priority, session: ctx.conversation.id });
  inbox.add({
    uuid,
    content,
    priority,
    literal: line.client_composed === true,
    query: line.shouldQuery !== false,
  });
}

/** stdin was closed: the work is finished first, tasks in the background included. */
async function finish(ctx: Context, inbox: Inbox): Promise<void> {
  if (ctx.silent) return await forever();
  ctx.permissions.close();
  await inbox.whenIdle();
  while (ctx.tasks.background.length > 0) {
    await Promise.race(ctx.tasks.background.map((task) => task.shell.done));
    await new Promise((resolve) => setTimeout(resolve, 10));
    await inbox.whenIdle();
  }
  await ctx.exit(ctx.ledger.lastWasError ? 1 : 0);
}

function listenToSignals(ctx: Context, inbox: Inbox): void {
  const die = (code: number) => {
    if (ctx.ignoreTerm) return;
    ctx.tasks.killAll();
    void ctx.tasks.whenGone().then(() => ctx.exit(code));
  };
  Deno.addSignalListener("SIGTERM", () => die(143));
  Deno.addSignalListener("SIGHUP", () => die(129));
  Deno.addSignalListener("SIGINT", async () => {
    inbox.interrupt(true, "signal");
    await inbox.whenIdle();
    ctx.tasks.killAll();
    await ctx.exit(0);
  });
}

await main();
