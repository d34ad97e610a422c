/**
 * A stand-in of Telegram's Bot API server on loopback, strict where Telegram is. Tests use it as
 * the people and the weather; the program under test speaks HTTP to it.
 *
 * @example
 * ```ts
 * await using api = await startBotApi();
 * api.addUser({ id: 1, first_name: "Ada" });
 * // … start the bot with `apiRoot: api.url` and `api.token` …
 * api.send({ from: 1, text: "/help" });
 * await api.waitForMessage(1, /commands/);
 * ```
 */
import { BotApi } from "./api.ts";
import { CallLog } from "./calls.ts";
import { type BotOptions, createWorld, DEFAULT_TOKEN } from "./direct.ts";
import { type PageOptions, servePage } from "./page.ts";
import { Faults } from "./faults.ts";
import { Flood, type FloodOptions } from "./flood.ts";
import { Front } from "./front.ts";
import { type Desk, serveBot } from "./http.ts";

export { BotApi, type WaitOptions } from "./api.ts";
export type { Call } from "./calls.ts";
export { callDirectly, createWorld } from "./direct.ts";
export { ApiError } from "./errors.ts";
export type { Upload } from "./params.ts";
export type { PageOptions } from "./page.ts";
export type { FaultAction, FaultHandle, FaultRule } from "./faults.ts";
export type { FloodOptions } from "./flood.ts";
export type { ChatMessage, Media, Version } from "./messages.ts";
export type { Attachment, Pressed, PressOptions, Text, Writing } from "./people.ts";
export type { Draft } from "./world.ts";

export interface BotApiOptions extends BotOptions {
  /** Any free one when it is not given. */
  port?: number;
  /** Whether calls that come too fast are refused; no. */
  floodLimits?: boolean | FloodOptions;
  /** The time in milliseconds; the real one when it is not given. */
  now?: () => number;
  /** A file that gets each call as a line of JSON. */
  log?: string;
  /** Whether calls with a `parse_mode` pass; no, since their markup would not be read. */
  allowParseMode?: boolean;
  /** Whether the chat page is served at `/`. */
  page?: boolean | PageOptions;
}

/** Starts the server; `close()` or `await using` ends it. */
export function startBotApi(options: BotApiOptions = {}): Promise<BotApi> {
  const { token = DEFAULT_TOKEN, now = Date.now } = options;
  const world = createWorld(options, now);
  const log = new CallLog(world.changes, now, options.log);
  const faults = new Faults();
  const flood = new Flood(
    options.floodLimits ?? false,
    now,
    (violation) => world.violations.push(violation),
  );
  const closing = new AbortController();
  const desk: Desk = {
    world,
    calls: log,
    faults,
    flood,
    token,
    allowParseMode: options.allowParseMode ?? false,
    closing: closing.signal,
  };
  const page = options.page === true ? {} : options.page;
  const chatPage = page ? servePage(world, page) : undefined;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, { remoteAddr }) => {
      const port = remoteAddr.port;
      const caller = { signal: front.signal(port), cut: () => front.cut(port) };
      return serveBot(desk, request, caller) ?? chatPage?.serve(request) ??
        new Response("Not Found", { status: 404 });
    },
  );
  const front: Front = new Front(options.port ?? 0, server.addr.port);
  const stop = async () => {
    closing.abort();
    faults.clear();
    world.updates.close();
    for (const press of world.presses.values()) press.giveUp();
    chatPage?.close();
    world.changes.close();
    await front.close();
    await server.shutdown();
    log.close();
  };
  const url = `http://127.0.0.1:${front.port}`;
  const api = new BotApi({ url, token, world, log, faults, stop });
  if (page) api.addUser({ id: page.user ?? 1, first_name: page.name ?? "You" });
  return Promise.resolve(api);
}
