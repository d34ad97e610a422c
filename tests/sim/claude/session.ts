/** Puts the parts together for one process. */

import { ScriptReader } from "../messages_api/script.ts";
import { type Context, sleep } from "./context.ts";
import { Conversation, type ConversationPlace, findTranscript } from "./conversation.ts";
import { type Flags, Refusal } from "./flags.ts";
import { Inbox } from "./inbox.ts";
import { Ledger } from "./ledger.ts";
import { resolveModel } from "./lines.ts";
import { WORDS } from "./mischief.ts";
import { Permissions } from "./permissions.ts";
import type { Recorder } from "./record.ts";
import { Tasks } from "./tasks.ts";
import { complain, Wire } from "./wire.ts";

const EFFORTS = ["low", "medium", "high", "xhigh", "max"];

export interface Session {
  readonly context: Context;
  readonly inbox: Inbox;
}

/** @throws {Refusal} when the session exists already, or does not exist. */
export function openSession(
  flags: Flags,
  env: (name: string) => string | undefined,
  record: Recorder,
): Session {
  const configDir = env("CLAUDE_CONFIG_DIR") ?? `${env("HOME") ?? Deno.cwd()}/.claude`;
  const place = { configDir, cwd: Deno.cwd(), persistent: flags.persistence };
  const conversation = openConversation(flags, place);
  const wire = new Wire(() => conversation.id);
  const ledger = new Ledger();
  ledger.totalUsd = conversation.costUsd;
  const self = () => context;
  const inbox = new Inbox(self);
  const context: Context = {
    flags,
    env,
    cwd: place.cwd,
    configDir,
    old: env("SIM_CLAUDE_OLD") === "1",
    settings: {
      model: resolveModel(flags.model),
      mode: flags.mode,
      effort: knownEffort(flags.effort),
      title: undefined,
    },
    wire,
    record,
    reader: new ScriptReader(WORDS),
    conversation,
    ledger,
    permissions: new Permissions(self, flags.allowedTools, flags.disallowedTools),
    tasks: new Tasks(self, ({ id, description, toolUseId }) =>
      inbox.add({
        uuid: undefined,
        content:
          `<task-notification>\n<task-id>${id}</task-id>\n<tool-use-id>${toolUseId}</tool-use-id>\n<summary>${description}</summary>\n</task-notification>`,
        priority: "next",
        literal: true,
        query: true,
        origin: { kind: "task-notification", producer: "session-task", runId: `sim-${id}` },
      })),
    failures: new Map(),
    silent: false,
    ignoreTerm: false,
    state: stateReporter(env, wire),
    exit: (code) => leave(context, code),
  };
  adoptSystemPrompt(flags, conversation);
  return { context, inbox };
}

function openConversation(flags: Flags, place: ConversationPlace): Conversation {
  if (flags.resume === undefined) {
    const id = flags.sessionId ?? crypto.randomUUID();
    if (flags.sessionId !== undefined && findTranscript(place, id) !== undefined) {
      throw new Refusal(`Error: Session ID ${id} is already in use.`);
    }
    return new Conversation(place, id);
  }
  const path = findTranscript(place, flags.resume);
  if (path === undefined) {
    const words = `No conversation found with session ID: ${flags.resume}`;
    throw new Refusal(words, words);
  }
  const forked = flags.sessionId ?? crypto.randomUUID();
  return Conversation.load(place, path, flags.forkSession ? forked : flags.resume);
}

/** The appended prompt is recorded with the session, and later ones count only without snapshot. */
function adoptSystemPrompt(flags: Flags, conversation: Conversation): void {
  const given = flags.appendSystemPrompt;
  if (given === undefined) return;
  if (conversation.systemPrompt === undefined || !flags.systemPromptSnapshot) {
    conversation.systemPrompt = given;
  }
}

function knownEffort(effort: string | undefined): string {
  if (effort === undefined || EFFORTS.includes(effort)) return effort ?? "medium";
  complain(
    `Warning: Unknown --effort value '${effort}' — ignoring it and using the default effort. Valid values: ${
      EFFORTS.join(", ")
    }.`,
  );
  return "medium";
}

function stateReporter(
  env: (name: string) => string | undefined,
  wire: Wire,
): (state: "running" | "requires_action" | "idle") => void {
  let last: string = "idle";
  return (state) => {
    if (state === last || env("CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS") !== "1") return;
    last = state;
    wire.emit({ type: "system", subtype: "session_state_changed", state });
  };
}

async function leave(ctx: Context, code: number): Promise<never> {
  ctx.record("exit", { code });
  // A parent that does not read must not keep the process from ending.
  await Promise.race([ctx.wire.flush(), sleep(1000)]);
  Deno.exit(code);
}
