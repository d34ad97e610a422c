import { DelimiterStream } from "@std/streams";
import { z } from "zod";

/**
 * The lines of `claude -p --input-format stream-json --output-format stream-json`, as measured on
 * Claude Code 2.1.329. Only what we use is named; unknown types, subtypes and fields pass.
 */

/** A field that we can do without: of another type than expected, it counts as absent. */
const maybe = <T extends z.ZodType>(type: T) => type.optional().catch(undefined);

const Block = z.looseObject({
  type: z.string(),
  text: maybe(z.string()),
  thinking: maybe(z.string()),
  id: maybe(z.string()),
  name: maybe(z.string()),
  input: maybe(z.record(z.string(), z.unknown())),
  tool_use_id: maybe(z.string()),
  is_error: maybe(z.boolean()),
  content: z.unknown().optional(),
});
export type Block = z.infer<typeof Block>;

const System = z.looseObject({
  type: z.literal("system"),
  subtype: z.string(),
  session_id: maybe(z.string()),
  model: maybe(z.string()),
  permissionMode: maybe(z.string()),
  capabilities: maybe(z.array(z.string())),
  claude_code_version: maybe(z.string()),
  status: maybe(z.string()),
  estimated_tokens: maybe(z.number()),
  attempt: maybe(z.number()),
  max_retries: maybe(z.number()),
  retry_delay_ms: maybe(z.number()),
  error_status: maybe(z.number()),
  error: maybe(z.string()),
  content: maybe(z.string()),
  mcp_servers: maybe(z.array(z.looseObject({ name: z.string(), status: maybe(z.string()) }))),
  error_code: maybe(z.string()),
  lost: maybe(z.array(z.string())),
  task_id: maybe(z.string()),
  tasks: maybe(z.array(z.looseObject({ task_id: z.string(), description: maybe(z.string()) }))),
});
export type System = z.infer<typeof System>;

const Assistant = z.looseObject({
  type: z.literal("assistant"),
  parent_tool_use_id: maybe(z.string()),
  message: z.looseObject({ model: maybe(z.string()), content: z.array(Block) }),
  error: maybe(z.string()),
});

const User = z.looseObject({
  type: z.literal("user"),
  parent_tool_use_id: maybe(z.string()),
  message: z.looseObject({ content: z.union([z.string(), z.array(Block)]) }),
  tool_result_meta: maybe(
    z.array(z.looseObject({ id: z.string(), non_execution_kind: maybe(z.string()) })),
  ),
});

const StreamEvent = z.looseObject({
  type: z.literal("stream_event"),
  parent_tool_use_id: maybe(z.string()),
  event: z.looseObject({
    type: z.string(),
    delta: maybe(z.looseObject({ type: maybe(z.string()), text: maybe(z.string()) })),
  }),
});

const Result = z.looseObject({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean(),
  result: maybe(z.string()),
  errors: maybe(z.array(z.string())),
  terminal_reason: maybe(z.string()),
  api_error: maybe(z.string()),
  api_error_status: maybe(z.number()),
  num_turns: z.number().catch(0),
  duration_ms: z.number().catch(0),
  total_cost_usd: z.number().catch(0),
  usage: maybe(z.looseObject({
    input_tokens: z.number().catch(0),
    output_tokens: z.number().catch(0),
    cache_creation_input_tokens: z.number().catch(0),
    cache_read_input_tokens: z.number().catch(0),
  })),
  modelUsage: maybe(z.record(z.string(), z.unknown())),
  model_usage_since_last_result: maybe(
    z.record(
      z.string(),
      z.looseObject({
        costUSD: z.number().catch(0),
        inputTokens: z.number().catch(0),
        outputTokens: z.number().catch(0),
        cacheReadInputTokens: z.number().catch(0),
        cacheCreationInputTokens: z.number().catch(0),
      }),
    ),
  ),
  user_message_uuid: maybe(z.string()),
  user_message_uuids: maybe(z.array(z.string())),
  session_id: maybe(z.string()),
  origin: maybe(z.looseObject({ kind: z.string() })),
});
export type Result = z.infer<typeof Result>;

const Lifecycle = z.looseObject({
  type: z.literal("command_lifecycle"),
  command_uuid: z.string(),
  state: z.string(),
});

const ControlRequest = z.looseObject({
  type: z.literal("control_request"),
  request_id: z.string(),
  request: z.looseObject({
    subtype: z.string(),
    tool_name: maybe(z.string()),
    tool_use_id: maybe(z.string()),
    description: maybe(z.string()),
    input: maybe(z.record(z.string(), z.unknown())),
    permission_suggestions: maybe(z.array(z.unknown())),
    decision_reason: maybe(z.string()),
    decision_reason_type: maybe(z.string()),
    agent_id: maybe(z.string()),
  }),
});
export type ControlRequest = z.infer<typeof ControlRequest>;

const ControlResponse = z.looseObject({
  type: z.literal("control_response"),
  response: z.looseObject({
    subtype: z.string(),
    request_id: z.string(),
    response: maybe(z.record(z.string(), z.unknown())),
    error: maybe(z.string()),
  }),
});

const ControlCancel = z.looseObject({
  type: z.literal("control_cancel_request"),
  request_id: z.string(),
});

const RateLimit = z.looseObject({
  type: z.literal("rate_limit_event"),
  rate_limit_info: z.looseObject({
    status: z.string(),
    resetsAt: maybe(z.number()),
    rateLimitType: maybe(z.string()),
    unifiedWindows: maybe(z.record(
      z.string(),
      z.looseObject({
        utilization: maybe(z.number()),
        resetsAt: maybe(z.number()),
        status: maybe(z.string()),
      }),
    )),
  }),
});
export type RateLimit = z.infer<typeof RateLimit>;

const SCHEMAS = {
  system: System,
  assistant: Assistant,
  user: User,
  stream_event: StreamEvent,
  result: Result,
  command_lifecycle: Lifecycle,
  control_request: ControlRequest,
  control_response: ControlResponse,
  control_cancel_request: ControlCancel,
  rate_limit_event: RateLimit,
} as const;

type Known = typeof SCHEMAS[keyof typeof SCHEMAS];

/** A line that we understand. */
export type FromCli = z.infer<Known>;

const NEWLINE = new Uint8Array([10]);

/**
 * The lines of a byte stream, decoded, empty ones left out. Linear in the length of a line: the CLI
 * writes lines of many MB. Bytes that are not UTF-8 become U+FFFD.
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const bytes of stream.pipeThrough(new DelimiterStream(NEWLINE))) {
    const line = decoder.decode(bytes).trim();
    if (line !== "") yield line;
  }
}

/** A line as it was read: understood, of a type that we do not use, or not what it should be. */
export type Decoded =
  | { kind: "message"; message: FromCli }
  | { kind: "unknown"; type: string }
  | { kind: "garbage"; why: string; start: string };

/** Reads one line of the CLI's stdout. Total: any string gives a value. */
export function decodeLine(line: string): Decoded {
  const garbage = (why: string): Decoded => ({ kind: "garbage", why, start: line.slice(0, 200) });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return garbage(error instanceof Error ? error.message : "not JSON");
  }
  const type = value !== null && typeof value === "object" && "type" in value ? value.type : null;
  if (typeof type !== "string") return garbage("not an object with a type");
  if (!Object.hasOwn(SCHEMAS, type)) return { kind: "unknown", type };
  const parsed = SCHEMAS[type as keyof typeof SCHEMAS].safeParse(value);
  return parsed.success
    ? { kind: "message", message: parsed.data }
    : garbage(`${type}: ${z.prettifyError(parsed.error)}`);
}

/** A user line. `client_composed` is left out: `/commands` and `@files` of the person work. */
export const userLine = (id: string, text: string) => ({
  type: "user",
  uuid: id,
  parent_tool_use_id: null,
  message: { role: "user", content: text },
});

export const controlRequest = (
  id: string,
  request: { subtype: string; [key: string]: unknown },
) => ({
  type: "control_request",
  request_id: id,
  request,
});

export const controlSuccess = (id: string, response: Record<string, unknown>) => ({
  type: "control_response",
  response: { subtype: "success", request_id: id, response },
});

export const controlError = (id: string, error: string) => ({
  type: "control_response",
  response: { subtype: "error", request_id: id, error },
});
