import type { BackgroundTask, PromptId, ToolState, TurnEvent } from "./events.ts";
import { BackgroundTasks } from "./background_tasks.ts";
import { retrying, unsaved, verdictOf } from "./failures.ts";
import type { Block, FromCli, RateLimit, Result, System } from "./protocol.ts";
import { toolInput, toolOutput, toolSummary } from "./tools.ts";
import { continues, limitWindows, rateLimit, usageOf } from "./usage.ts";

/** The CLI's own answers and error texts carry this instead of a model's name. */
const SYNTHETIC = "<synthetic>";

interface Turn {
  readonly prompts: Set<PromptId>;
  /** The tools that were called, by the call's id. */
  readonly tools: Map<string, { name: string; summary: string; input: string }>;
  spoke: boolean;
  /** True once it was said that the turn goes on after a limit. */
  continues: boolean;
}

/**
 * Turns what the CLI says into {@linkcode TurnEvent}s and knows which prompts a turn answers.
 *
 * The uuids decide, nothing is counted: a prompt belongs to the turn before or in which its
 * lifecycle said `started`, or whose `result` names it. A prompt that the CLI closes while no turn
 * holds it is `dropped` (a uuid it has seen before, a line that an interrupt took back).
 */
export class TurnAccounting {
  /** Sent, and not yet part of a turn that ended. */
  readonly #pending = new Set<PromptId>();
  /** Started before their turn showed itself. */
  #starting: PromptId[] = [];
  /** Said to be completed in a running turn that did not start them. */
  readonly #completed = new Map<PromptId, boolean>();
  #turn: Turn | null = null;
  #sessionId: string | null = null;
  readonly #tasks = new BackgroundTasks();
  /** When the limit that stopped the last turn ends, as it was said; null while none did. */
  #limit: { readonly resetsAt: number | null } | null = null;
  #mode: string | null = null;
  #costSoFar = 0;

  /** A prompt's line is about to be written. */
  sent(prompt: PromptId): void {
    this.#pending.add(prompt);
  }

  /** The prompts that were sent and have no end yet. */
  get pending(): readonly PromptId[] {
    return [...this.#pending];
  }

  /** True while a turn runs, or is bound to begin because a prompt was sent. */
  get busy(): boolean {
    return this.#turn !== null || this.#pending.size > 0;
  }

  /** The tasks that run in the background. */
  get tasks(): readonly BackgroundTask[] {
    return this.#tasks.running;
  }

  /** The permission mode as the CLI last named it. */
  get mode(): string | null {
    return this.#mode;
  }

  /** The events that `message` is to the person; often none. */
  accept(message: FromCli): TurnEvent[] {
    switch (message.type) {
      case "command_lifecycle":
        return this.#lifecycle(message.command_uuid, message.state);
      case "system":
        return this.#system(message);
      case "stream_event":
        if (message.parent_tool_use_id) return [];
        return this.#stream(message.event.type, message.event.delta);
      case "assistant":
        if (message.parent_tool_use_id) return [];
        return this.#assistant(
          message.message.content,
          message.error !== undefined,
          message.message.model,
        );
      case "user":
        if (typeof message.message.content === "string") return [];
        if (message.parent_tool_use_id) return touched(message.message.content);
        return this.#toolResults(message.message.content, message.tool_result_meta ?? []);
      case "result":
        return this.#result(message);
      case "rate_limit_event":
        return this.#rateLimit(message);
      case "control_request":
      case "control_response":
      case "control_cancel_request":
        return []; // The process answers these.
      default:
        return message satisfies never;
    }
  }

  #lifecycle(prompt: PromptId, state: string): TurnEvent[] {
    if (!this.#pending.has(prompt)) return []; // Ended with its result already, or not ours.
    if (state === "started") {
      if (this.#turn === null) this.#starting.push(prompt);
      else return this.#join(prompt);
      return [];
    }
    if (state !== "completed" && state !== "cancelled") return [];
    // In a running turn the result, which is still to come, has the last word.
    if (this.#turn !== null) {
      this.#completed.set(prompt, state === "cancelled");
      return [];
    }
    return [this.#drop(prompt, state === "cancelled")];
  }

  #join(prompt: PromptId): TurnEvent[] {
    if (this.#turn === null || this.#turn.prompts.has(prompt)) return [];
    this.#turn.prompts.add(prompt);
    return [{ type: "joined", prompt }];
  }

  #drop(prompt: PromptId, cancelled: boolean): TurnEvent {
    this.#pending.delete(prompt);
    this.#starting = this.#starting.filter((id) => id !== prompt);
    return { type: "dropped", prompt, cancelled };
  }

  /** Opens a turn if none is open: `init`, an answer or a result prove that one runs. */
  #open(): TurnEvent[] {
    if (this.#turn !== null) return [];
    const prompts = this.#starting;
    this.#starting = [];
    this.#turn = { prompts: new Set(prompts), tools: new Map(), spoke: false, continues: false };
    const reports = this.#tasks.turnBegins(prompts.length > 0);
    const started = {
      type: "started",
      prompts,
      ...(reports.length === 0 ? {} : { reports }),
    } as const;
    const isReport = reports.length > 0 || this.tasks.length > 0;
    return prompts.length > 0 || isReport ? [started] : [started, ...this.#continues()];
  }

  /** The event of a turn that began by itself after a limit had stopped one; once. */
  #continues(): TurnEvent[] {
    const limit = this.#limit;
    this.#limit = null;
    if (limit === null) return [];
    this.#turn!.continues = true;
    return [continues(limit.resetsAt)];
  }

  #rateLimit(message: RateLimit): TurnEvent[] {
    const { status, resetsAt } = message.rate_limit_info;
    if (status === "rejected") {
      this.#limit = { resetsAt: resetsAt === undefined ? null : resetsAt * 1000 };
    }
    return [...rateLimit(message.rate_limit_info), ...limitWindows(message)];
  }

  #system(message: System): TurnEvent[] {
    this.#mode = message.permissionMode ?? this.#mode;
    switch (message.subtype) {
      case "init":
        return [...this.#open(), ...this.#identity(message)];
      case "status":
        return message.status === "compacting"
          ? [{ type: "notice", kind: "compacting", text: "Compacting the conversation" }]
          : [];
      case "thinking_tokens":
        return [{ type: "thinking", tokens: message.estimated_tokens ?? 0 }];
      case "api_retry":
        return retrying(message);
      case "informational":
        return message.content ? [{ type: "notice", kind: "info", text: message.content }] : [];
      case "session_writes_lost":
        return [unsaved(message)];
      case "background_tasks_changed":
        return [{ type: "background", tasks: this.#tasks.changed(message.tasks ?? []) }];
      case "task_notification":
        this.#tasks.finished(message.task_id, message.status, this.#turn === null);
        return [];
      default:
        return [];
    }
  }

  #identity(init: System): TurnEvent[] {
    const events: TurnEvent[] = this.#session(init.session_id);
    if (init.model) events.push({ type: "model", name: init.model });
    return events;
  }

  #session(id: string | undefined): TurnEvent[] {
    if (id === undefined || id === this.#sessionId) return [];
    this.#sessionId = id;
    return [{ type: "session", id }];
  }

  #stream(
    type: string,
    delta: { type?: string | undefined; text?: string | undefined } | undefined,
  ): TurnEvent[] {
    if (type === "message_start") return [...this.#open(), { type: "text_reset" }];
    if (type !== "content_block_delta" || delta?.type !== "text_delta" || !delta.text) return [];
    return [...this.#open(), { type: "text", delta: delta.text }];
  }

  #assistant(blocks: readonly Block[], isError: boolean, model: string | undefined): TurnEvent[] {
    const events = this.#open();
    for (const block of blocks) {
      if (block.type === "text" && block.text && !(isError && model === SYNTHETIC)) {
        this.#turn!.spoke = true;
        events.push({ type: "message", text: block.text });
      }
      if (block.type === "thinking" && block.thinking?.trim()) {
        events.push({ type: "thought", text: block.thinking });
      }
      if (block.type === "tool_use") events.push(this.#toolCall(block));
    }
    return events;
  }

  #toolCall(block: Block): TurnEvent {
    const name = block.name ?? "a tool";
    const summary = toolSummary(name, block.input ?? {});
    const id = block.id ?? crypto.randomUUID();
    const call = { name, summary, input: toolInput(name, block.input ?? {}) };
    this.#turn?.tools.set(id, call);
    return { type: "tool", id, ...call, state: "running" };
  }

  #toolResults(
    blocks: readonly Block[],
    meta: readonly { id: string; non_execution_kind?: string | undefined }[],
  ): TurnEvent[] {
    return blocks.flatMap((block): TurnEvent[] => {
      const call = block.tool_use_id ? this.#turn?.tools.get(block.tool_use_id) : undefined;
      if (block.type !== "tool_result" || call === undefined) return [];
      const denied = meta.some((each) => each.id === block.tool_use_id && each.non_execution_kind);
      const state: ToolState = denied ? "denied" : block.is_error ? "failed" : "done";
      const output = toolOutput(block.content);
      return [{ type: "tool", id: block.tool_use_id!, ...call, state, output }];
    });
  }

  #result(result: Result): TurnEvent[] {
    const events: TurnEvent[] = [...this.#session(result.session_id), ...this.#open()];
    const turn = this.#turn!;
    const verdict = verdictOf(result);
    if (verdict.outcome === "answered" && !turn.spoke && result.result) {
      events.push({ type: "message", text: result.result });
    }
    for (const id of [result.user_message_uuid, ...(result.user_message_uuids ?? [])]) {
      if (id !== undefined && this.#pending.has(id)) turn.prompts.add(id);
    }
    for (const id of turn.prompts) this.#pending.delete(id);
    this.#turn = null;
    const prompts = [...turn.prompts];
    if (prompts.length > 0 && verdict.outcome === "answered") this.#limit = null;
    const byItself = prompts.length === 0 && result.origin?.kind === "auto-continuation";
    if (byItself && !turn.continues) events.push(continues(null));
    events.push({ type: "ended", prompts, ...verdict, usage: usageOf(result, this.#costSoFar) });
    this.#costSoFar = result.total_cost_usd;
    for (const [id, cancelled] of this.#completed) {
      if (this.#pending.has(id)) events.push(this.#drop(id, cancelled));
    }
    this.#completed.clear();
    return events;
  }
}

const touched = (blocks: readonly Block[]): TurnEvent[] =>
  blocks.some(({ type }) => type === "tool_result") ? [{ type: "touched" }] : [];
