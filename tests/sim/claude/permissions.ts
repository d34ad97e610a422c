/** Asking the parent for consent, and what it answers. */

import type { ToolCall } from "../messages_api/script.ts";
import { changeMode, type Context } from "./context.ts";
import type { Mode } from "./flags.ts";
import { isYes, wordsGiven } from "./given.ts";
import { requestLine, toolRequest, withdrawalLine } from "./lines.ts";
import { judge, parseRule, type Rule, type Verdict } from "./rules.ts";
import { suggestions } from "./suggestions.ts";
import type { Line } from "./wire.ts";

export type Answer =
  | { readonly kind: "allow"; readonly input: Record<string, unknown> }
  | { readonly kind: "deny"; readonly message: string; readonly interrupt: boolean }
  /** No valid answer: an error, nonsense, or stdin was closed. */
  | { readonly kind: "failed"; readonly message: string }
  /** Taken back by an interrupt or by an urgent message. */
  | { readonly kind: "withdrawn" };

interface Pending {
  readonly subtype: unknown;
  readonly settle: (reply: Reply) => void;
}

/** What became of a request: the parent's response, an interrupt, or the end of stdin. */
export type Reply = Line | "withdrawn" | "closed";

interface PermissionUpdate {
  readonly type: string;
  readonly rules?: readonly Rule[];
  readonly behavior?: string;
  readonly mode?: Mode;
  readonly directories?: readonly string[];
  readonly destination?: string;
}

export interface AppliedPermissions {
  readonly allow?: readonly string[];
  readonly ask?: readonly string[];
  readonly deny?: readonly string[];
  readonly additionalDirectories?: readonly string[];
}

const INVALID =
  "The canUseTool callback returned an invalid permission result. Expected {behavior: 'allow', updatedInput?: object} or {behavior: 'deny', message: string}. updatedPermissions may hold at most 4096 updates, rules and directories in all.";
const STREAM_CLOSED =
  "Tool permission request failed: AbortError: Tool permission stream closed before response received";

export class Permissions {
  readonly #pending = new Map<string, Pending>();
  readonly #allow: Rule[];
  readonly #deny: Rule[];
  readonly #dirs: string[];
  #applied: AppliedPermissions = {};
  #closed = false;

  constructor(
    readonly context: () => Context,
    allowed: readonly string[],
    denied: readonly string[],
  ) {
    this.#allow = allowed.map(parseRule);
    this.#deny = denied.map(parseRule);
    this.#dirs = [];
  }

  judge(call: ToolCall): Verdict {
    const { settings, cwd, flags, configDir } = this.context();
    const { allow = [], ask = [], deny = [], additionalDirectories = [] } = this.#applied;
    const dirs = [
      ...[cwd, ...flags.addDirs, ...this.#dirs],
      ...[...additionalDirectories, `${configDir}/plans`],
    ];
    return judge(call, {
      mode: settings.mode,
      allow: [...this.#allow, ...allow.map(parseRule)],
      ask: ask.map(parseRule),
      deny: [...this.#deny, ...deny.map(parseRule)],
      dirs,
    });
  }

  /** What `apply_flag_settings` gave last. */
  get applied(): AppliedPermissions {
    return this.#applied;
  }

  /** `apply_flag_settings {permissions}`: takes the place of the one before as a whole. */
  apply(permissions: AppliedPermissions): void {
    this.#applied = permissions;
  }

  get pendingIds(): readonly string[] {
    return [...this.#pending.keys()];
  }

  /** Asks, and waits as long as it takes. */
  ask(call: ToolCall, toolUseId: string, verdict: Verdict, agentId?: string): Promise<Answer> {
    const request = toolRequest(call.name, call.input, {
      ...suggestions(call, this.context().cwd, verdict),
      tool_use_id: toolUseId,
      ...(agentId === undefined ? {} : { agent_id: agentId }),
    });
    return new Promise((resolve) =>
      this.#request(request, call.name, (reply) => resolve(this.#read(reply, call)))
    );
  }

  /** Passes on what an MCP server asks of the person. */
  elicit(tool: string, request: Line): Promise<Reply> {
    return new Promise((resolve) => this.#request(request, tool, resolve));
  }

  #request(request: Line, tool: string, settle: (reply: Reply) => void): void {
    if (this.#closed) return settle("closed");
    const ctx = this.context();
    const request_id = crypto.randomUUID();
    if (this.#pending.size === 0) ctx.state("requires_action");
    this.#pending.set(request_id, { subtype: request.subtype, settle });
    ctx.record("request", { request_id, tool });
    ctx.wire.send(requestLine(request_id, request));
  }

  /** A `control_response` of the parent; unknown and repeated ones are ignored. */
  answer(response: Line): void {
    const id = String(response.request_id);
    const text = wordsGiven(response.response);
    const yes = isYes(response.response);
    this.context().record("given", { request_id: id, text, yes });
    this.#settle(id, response);
  }

  /** Takes every open question back. */
  withdraw(): void {
    for (const [id, { subtype }] of [...this.#pending]) {
      const cancel = () => this.context().wire.send(withdrawalLine(id));
      // The server is told to stop first, so this comes a moment later, behind the interrupt's answer.
      if (subtype === "elicitation") queueMicrotask(cancel);
      else cancel();
      this.#settle(id, "withdrawn");
    }
  }

  /** stdin was closed: nobody will answer. */
  close(): void {
    this.#closed = true;
    for (const id of this.pendingIds) this.#settle(id, "closed");
  }

  #settle(id: string, reply: Reply): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.settle(reply);
    if (this.#pending.size === 0) this.context().state("running");
  }

  #read(response: Reply, call: ToolCall): Answer {
    if (response === "withdrawn") return { kind: "withdrawn" };
    if (response === "closed") return { kind: "failed", message: STREAM_CLOSED };
    if (response.subtype === "error") {
      const message = `Tool permission request failed: Error: ${response.error}`;
      return { kind: "failed", message };
    }
    const body = response.response as Line | undefined;
    if (body?.behavior === "allow") {
      this.#apply(body.updatedPermissions as readonly PermissionUpdate[] | undefined);
      const input = body.updatedInput as Record<string, unknown> | undefined;
      return { kind: "allow", input: input ?? call.input };
    }
    if (body?.behavior === "deny" && typeof body.message === "string") {
      return { kind: "deny", message: body.message, interrupt: body.interrupt === true };
    }
    return { kind: "failed", message: INVALID };
  }

  #apply(updates: readonly PermissionUpdate[] = []): void {
    for (const update of updates) {
      if (update.mode !== undefined) changeMode(this.context(), update.mode);
      this.#dirs.push(...(update.directories ?? []));
      const rules = update.behavior === "deny" ? this.#deny : this.#allow;
      if (update.type === "addRules") rules.push(...(update.rules ?? []));
      if (update.destination?.endsWith("Settings") && update.rules) this.#save(update);
    }
  }

  /** The real one writes such a rule into the project: so careless echoing can be seen. */
  #save(update: PermissionUpdate): void {
    const file = update.destination === "localSettings" ? "settings.local.json" : "settings.json";
    const folder = `${this.context().cwd}/.claude`;
    Deno.mkdirSync(folder, { recursive: true });
    const allow = (update.rules ?? []).map((rule) =>
      rule.ruleContent === undefined ? rule.toolName : `${rule.toolName}(${rule.ruleContent})`
    );
    const settings = { permissions: { allow } };
    Deno.writeTextFileSync(`${folder}/${file}`, JSON.stringify(settings, null, 2));
  }
}
