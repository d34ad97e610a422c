import { z } from "zod";
import { logger } from "../log/mod.ts";
import { oneLine } from "../text.ts";
import { grantableOf } from "./grantable.ts";
import { contentOf, decodeElicitation } from "./elicitation.ts";
import type {
  ClaudeRequest,
  PermissionRequest,
  QuestionRequest,
  RequestAnswer,
} from "./request.ts";
import type { TurnEvent } from "./events.ts";
import { controlError, type ControlRequest, controlSuccess } from "./protocol.ts";
import { type CanUseTool, SUMMARY, toolSummary } from "./tools.ts";

const log = logger("claude");

type Input = PermissionRequest["input"];

/** A request of the CLI's, as it came. */
export type CliRequest = CanUseTool & { readonly subtype?: string };

const Questions = z.array(z.looseObject({
  question: z.string(),
  header: z.string().catch(""),
  multiSelect: z.boolean().catch(false),
  options: z.array(z.looseObject({
    label: z.string(),
    description: z.string().catch(""),
    preview: z.string().catch(""),
  })).catch([]),
})).min(1);

/** The request that a tool call makes. A question or plan that is not as we know it asks for permission. */
export function decodeToolRequest(id: string, request: CanUseTool): ClaudeRequest {
  const tool = request.tool_name ?? "a tool";
  const input = request.input ?? {};
  if (tool === "AskUserQuestion") {
    const questions = Questions.safeParse(input["questions"]);
    if (questions.success) return questionRequest(id, questions.data);
  }
  if (tool === "ExitPlanMode") {
    const plan = typeof input["plan"] === "string" ? input["plan"] : "";
    return { kind: "plan", id, summary: "A plan", plan };
  }
  return {
    kind: "permission",
    id,
    tool,
    input,
    summary: toolSummary(tool, input),
    reason: request.decision_reason ?? null,
    subagent: request.agent_id !== undefined,
    grantable: grantableOf(request),
    before: null,
  };
}

function questionRequest(id: string, questions: z.infer<typeof Questions>): QuestionRequest {
  return {
    kind: "question",
    id,
    summary: oneLine(questions.map(({ question }) => question).join(" · "), SUMMARY),
    questions: questions.map(({ question, header, multiSelect, options }) => ({
      text: question,
      header,
      multiSelect,
      options: options.map(({ label, description, preview }) => ({ label, description, preview })),
    })),
  };
}

/** A request of the CLI's as one to a person; null for one that nobody can be asked. */
export function decodeRequest(id: string, request: CliRequest): ClaudeRequest | null {
  if (request.subtype === "can_use_tool") return decodeToolRequest(id, request);
  return request.subtype === "elicitation" ? decodeElicitation(id, request) : null;
}

/** The body of the `control_response` that says `answer` to `request`. */
export function encodeAnswer(request: CliRequest, answer: RequestAnswer): Record<string, unknown> {
  return request.subtype === "elicitation"
    ? elicited(decodeElicitation("", request), answer)
    : allowed(request, answer);
}

function elicited(
  question: QuestionRequest | null,
  answer: RequestAnswer,
): Record<string, unknown> {
  if (answer.kind === "dismiss") return { action: "cancel" };
  if (answer.kind !== "answers" || question === null) return { action: "decline" };
  if (typeof question.form?.url === "string") return { action: "accept" };
  return { action: "accept", content: contentOf(question, answer.answers) };
}

function allowed(request: CanUseTool, answer: RequestAnswer): Record<string, unknown> {
  const input = request.input ?? {};
  const allow = (updatedInput: Input) => ({ behavior: "allow", updatedInput });
  switch (answer.kind) {
    case "allow":
      return allow(input);
    case "deny":
      return { behavior: "deny", message: answer.reason };
    case "dismiss":
      return { behavior: "deny", message: "The user dismissed this." };
    case "answers":
      return allow({ ...input, answers: answer.answers });
    case "response":
      return allow({ ...input, response: answer.text });
    case "start": {
      const mode = answer.edits === "accept" ? "acceptEdits" : "default";
      const updatedPermissions = [{ type: "setMode", mode, destination: "session" }];
      return { ...allow(input), updatedPermissions };
    }
    default:
      return answer satisfies never;
  }
}

/** The requests of the CLI that nobody has answered yet. */
export class OpenRequests {
  readonly #open = new Map<string, CliRequest>();

  constructor(
    readonly write: (message: unknown) => void,
    readonly emit: (event: TurnEvent) => void,
  ) {}

  get size(): number {
    return this.#open.size;
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  asked({ request_id: id, request }: ControlRequest): void {
    const decoded = decodeRequest(id, request);
    if (decoded !== null) {
      this.#open.set(id, request);
      return this.emit({ type: "request", request: decoded });
    }
    log.warn("Unsupported request {subtype} of the CLI", { subtype: request.subtype });
    if (request.subtype !== "elicitation") {
      return this.write(controlError(id, `unsupported request: ${request.subtype}`));
    }
    this.write(controlSuccess(id, { action: "cancel" }));
    const text = "An MCP server asked for something that cannot be shown here; it got no answer";
    this.emit({ type: "notice", kind: "info", text });
  }

  /** Answers a request. @returns false when it is not open any more. */
  answer(id: string, answer: RequestAnswer): boolean {
    const request = this.#open.get(id);
    if (request === undefined) return false;
    this.#open.delete(id);
    this.write(controlSuccess(id, encodeAnswer(request, answer)));
    return true;
  }

  withdraw(id: string, by?: "ended" | "exited"): void {
    if (!this.#open.delete(id)) return;
    this.emit({ type: "request_withdrawn", id, ...(by === undefined ? {} : { by }) });
  }

  withdrawAll(by: "ended" | "exited"): void {
    for (const id of [...this.#open.keys()]) this.withdraw(id, by);
  }
}
