import type { Call, CallLog } from "./calls.ts";
import { ApiError, tooManyRequests } from "./errors.ts";
import type { Faults, Strike } from "./faults.ts";
import type { Flood } from "./flood.ts";
import { findMethod } from "./methods/mod.ts";
import { Params, readParams } from "./params.ts";
import type { World } from "./world.ts";

/** What the HTTP side of the server works with. */
export interface Desk {
  readonly world: World;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly flood: Flood;
  readonly token: string;
  readonly allowParseMode: boolean;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

/** Who called. */
export interface Caller {
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  /** Cuts the caller's connection. */
  cut(): void;
}

/** Answers a request of the bot; undefined when its address is not one of the Bot API. */
export function serveBot(
  desk: Desk,
  request: Request,
  caller: Caller,
): Promise<Response> | undefined {
  const { pathname } = new URL(request.url);
  const parts = /^\/(file\/)?bot([^/]+)\/(.+)$/.exec(decodeURI(pathname));
  if (!parts) return undefined;
  const [, file, token = "", rest = ""] = parts;
  return file === undefined
    ? serveCall(desk, request, caller, token, rest)
    : serveFile(desk, caller, token, rest);
}

async function serveCall(
  desk: Desk,
  request: Request,
  caller: Caller,
  token: string,
  name: string,
): Promise<Response> {
  const call = desk.calls.begin(findMethod(name)?.name ?? name);
  try {
    const params = await readParams(request);
    desk.calls.read(call, params.recorded());
    checkToken(desk, token);
    return await withFaults(desk, caller, call, async () => {
      const result = await execute(desk, caller, call, params);
      return { response: answer(200, { ok: true, result }), result };
    });
  } catch (error) {
    return refuse(desk, call, error);
  }
}

async function serveFile(
  desk: Desk,
  caller: Caller,
  token: string,
  path: string,
): Promise<Response> {
  const call = desk.calls.begin("file");
  desk.calls.read(call, { path });
  try {
    checkToken(desk, token);
    return await withFaults(desk, caller, call, () => {
      const file = desk.world.files.byPath(path);
      if (!file) throw new ApiError(404, "Not Found");
      call.executed = true;
      const headers = { "content-type": "application/octet-stream" };
      return Promise.resolve({ response: new Response(file.bytes, { headers }), result: true });
    });
  } catch (error) {
    return refuse(desk, call, error);
  }
}

function checkToken({ token }: Desk, given: string): void {
  if (given === token) return;
  const isToken = /^\d+:[\w-]+$/.test(given);
  throw isToken ? new ApiError(401, "Unauthorized") : new ApiError(404, "Not Found");
}

/** Runs the method unless it is unknown, comes too fast, or breaks a promise of the program. */
async function execute(desk: Desk, caller: Caller, call: Call, params: Params): Promise<unknown> {
  const found = findMethod(call.method);
  if (!found) throw new ApiError(404, "Not Found");
  refuseParseMode(desk, call, params.recorded());
  desk.flood.check(call.method, chatOf(params), unitsOf(params));
  const result = await found.method({ world: desk.world, params, signal: caller.signal });
  call.executed = true;
  return result;
}

/** Our program promises to send entities only; whoever tests that finds it in the violations. */
function refuseParseMode({ world, allowParseMode }: Desk, call: Call, payload: unknown): void {
  if (allowParseMode || !hasParseMode(payload)) return;
  world.violations.push(`parse_mode: ${call.method} used it`);
  throw new ApiError(400, "Bad Request: parse_mode is not allowed by this server");
}

function hasParseMode(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) =>
    (/parse_mode$/.test(key) && inner !== undefined && inner !== null && inner !== "") ||
    hasParseMode(inner)
  );
}

function chatOf(params: Params): number | undefined {
  const chat = Number(params.text("chat_id"));
  return Number.isInteger(chat) && chat !== 0 ? chat : undefined;
}

function unitsOf(params: Params): number {
  const media = params.has("media") ? params.json("media") : undefined;
  return Array.isArray(media) ? media.length : 1;
}

/** Runs `perform` in the weather that the tests have ordered. */
async function withFaults(
  desk: Desk,
  caller: Caller,
  call: Call,
  perform: () => Promise<{ response: Response; result: unknown }>,
): Promise<Response> {
  const strike = desk.faults.strike(call.method, call.payload);
  const early = strike && await strikeBefore(desk, caller, call, strike);
  if (early) return early;
  const { response, result } = await perform();
  if (strike?.action === "stall") return await stall(desk, caller, call, strike.removed, response);
  const recorded = call.method === "getUpdates" ? updateIds(result) : result;
  if (strike?.action === "reset-after" || caller.signal.aborted) {
    call.result = recorded;
    return drop(desk, caller, call, true);
  }
  desk.calls.end(call, { outcome: "ok", status: 200, result: recorded });
  return response;
}

async function strikeBefore(
  desk: Desk,
  caller: Caller,
  call: Call,
  { action, removed }: Strike,
): Promise<Response | undefined> {
  if (action === "reset-after" || action === "stall") return undefined;
  if (action === "reset-before") return drop(desk, caller, call, false);
  if (action === "hang") {
    await waited([removed, caller.signal, desk.closing]);
    return drop(desk, caller, call, false);
  }
  if ("delayMs" in action) {
    await waited([caller.signal, desk.closing], action.delayMs);
    return caller.signal.aborted ? drop(desk, caller, call, false) : undefined;
  }
  if ("tooManyRequests" in action) {
    const chat = Number(call.payload.chat_id) || undefined;
    // A window that is open already answers with what is left of it.
    desk.flood.check(call.method, chat, 0);
    desk.flood.close(call.method, chat, action.tooManyRequests);
    throw tooManyRequests(action.tooManyRequests);
  }
  const { status, body } = "raw" in action ? { status: 200, body: action.raw } : statusOf(action);
  desk.calls.end(call, { outcome: status < 400 && !("raw" in action) ? "ok" : "error", status });
  return answer(status, body);
}

function statusOf(action: object): { status: number; body: unknown } {
  const { status, body } = action as { status: number; body?: unknown };
  const description = status >= 500 ? "Internal Server Error" : "Error";
  return { status, body: body ?? { ok: false, error_code: status, description } };
}

function drop(desk: Desk, caller: Caller, call: Call, executed: boolean): Response {
  desk.calls.end(call, { outcome: "dropped", executed: executed || call.executed });
  caller.cut();
  return new Response(null, { status: 500 });
}

/** Half of the answer, and no more of it: what a connection gives that died on its way. */
async function stall(
  desk: Desk,
  caller: Caller,
  call: Call,
  removed: AbortSignal,
  response: Response,
): Promise<Response> {
  const whole = new Uint8Array(await response.arrayBuffer());
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(whole.slice(0, whole.length / 2));
      await waited([removed, caller.signal, desk.closing]);
      drop(desk, caller, call, true);
      controller.close();
    },
  });
  const { status, headers } = response;
  return new Response(body, { status, headers });
}

function refuse(desk: Desk, call: Call, error: unknown): Response {
  const refusal = error instanceof ApiError
    ? error
    : new ApiError(500, `Internal Server Error: ${String(error)}`);
  if (!(error instanceof ApiError)) desk.world.violations.push(`stand-in failed: ${error}`);
  desk.calls.end(call, {
    outcome: "error",
    status: refusal.code,
    description: refusal.description,
    ...(refusal.parameters && { retry_after: refusal.parameters.retry_after }),
  });
  return answer(refusal.code, refusal.body());
}

function answer(status: number, body: unknown): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html" : "application/json";
  return new Response(text, { status, headers: { "content-type": type } });
}

function updateIds(updates: unknown): unknown {
  return Array.isArray(updates) ? updates.map((update) => update.update_id) : updates;
}

/** Resolves when one of the signals is aborted, or when `ms` have passed. */
function waited(signals: AbortSignal[], ms?: number): Promise<void> {
  if (signals.some((signal) => signal.aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    for (const signal of signals) signal.addEventListener("abort", end);
  });
}
