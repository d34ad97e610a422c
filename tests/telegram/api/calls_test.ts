import { assert, assertEquals } from "@std/assert";
import { GrammyError, HttpError } from "grammy";
import { type CallResult, createCall, resultOf } from "../../../lib/telegram/api/calls.ts";
import { startBotApi } from "../../sim/bot_api/mod.ts";

const telegramSays = (code: number, description: string, retryAfter?: number) =>
  new GrammyError(
    "Call to 'sendMessage' failed!",
    {
      ok: false,
      error_code: code,
      description,
      ...(retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } }),
    },
    "sendMessage",
    {},
  );
const broken = (message: string) => new HttpError("Network request failed", new Error(message));

const CASES: readonly (readonly [string, unknown, CallResult])[] = [
  ["a 429 with its time", telegramSays(429, "Too Many Requests", 35), {
    kind: "flood",
    retryAfter: 35,
  }],
  ["a 429 without a time", telegramSays(429, "Too Many Requests"), {
    kind: "flood",
    retryAfter: 5,
  }],
  ...([[-5, 1], [0, 1], [0.2, 1], [1e15, 86_400], ["soon", 5], [NaN, 5]] as const).map((
    [said, retryAfter],
  ) =>
    [`a 429 that says ${said}`, telegramSays(429, "Too Many Requests", said as number), {
      kind: "flood",
      retryAfter,
    }] as const
  ),
  ["a 400", telegramSays(400, "Bad Request: chat not found"), {
    kind: "refused",
    code: 400,
    description: "Bad Request: chat not found",
  }],
  ["a 403", telegramSays(403, "Forbidden: bot was blocked by the user"), {
    kind: "refused",
    code: 403,
    description: "Forbidden: bot was blocked by the user",
  }],
  ["a 401, which a new token heals", telegramSays(401, "Unauthorized"), {
    kind: "unreachable",
    error: "401 Unauthorized",
  }],
  ["a 500", telegramSays(500, "Internal Server Error"), {
    kind: "unknown",
    error: "500 Internal Server Error",
  }],
  ["a 502", telegramSays(502, "Bad Gateway"), { kind: "unknown", error: "502 Bad Gateway" }],
  [
    "a refused connection",
    broken("error sending request: client error (Connect): tcp connect error"),
    {
      kind: "unreachable",
      error: "error sending request: client error (Connect): tcp connect error",
    },
  ],
  [
    "a refused connection, told as a cause",
    new HttpError(
      "x",
      new TypeError("fetch failed", { cause: new Error("client error (Connect)") }),
    ),
    { kind: "unreachable", error: "fetch failed: client error (Connect)" },
  ],
  ["a name that is not known", broken("client error (Connect): dns error: no such host"), {
    kind: "unreachable",
    error: "client error (Connect): dns error: no such host",
  }],
  ["a connection that broke", broken("connection closed before message completed"), {
    kind: "unknown",
    error: "connection closed before message completed",
  }],
  ["a time that ran out", broken("Request to 'sendMessage' timed out after 60 seconds"), {
    kind: "unknown",
    error: "Request to 'sendMessage' timed out after 60 seconds",
  }],
  ["what the client itself will not send", new Error("File paths cannot contain line breaks"), {
    kind: "refused",
    code: 0,
    description: "File paths cannot contain line breaks",
  }],
];

for (const [what, error, result] of CASES) {
  Deno.test(`calls: ${what} is ${result.kind}`, () => assertEquals(resultOf(error), result));
}

Deno.test("calls: a message that Telegram took comes back with its number", async () => {
  await using api = await startBotApi();
  api.addUser({ id: 1, first_name: "Ada" });
  const result = await createCall(api.token, api.url)("sendMessage", { chat_id: 1, text: "hi" });
  assert(result.kind === "ok");
  assertEquals((result.result as { message_id: number }).message_id, 1);
});

Deno.test("calls: what needs no payload is called too", async () => {
  await using api = await startBotApi();
  const result = await createCall(api.token, api.url)("getMe", {});
  assert(result.kind === "ok");
  assertEquals((result.result as { is_bot: boolean }).is_bot, true);
});

Deno.test("calls: a port where nobody listens is unreachable", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const call = createCall("1:x", `http://127.0.0.1:${port}`);
  assertEquals((await call("sendMessage", { chat_id: 1, text: "hi" })).kind, "unreachable");
});

Deno.test("calls: a connection that is cut off leaves the outcome unknown, executed or not", async () => {
  await using api = await startBotApi();
  api.addUser({ id: 1, first_name: "Ada" });
  const call = createCall(api.token, api.url);
  for (const cut of ["reset-before", "reset-after"] as const) {
    api.fault({ method: "sendMessage", times: 1, do: cut });
    assertEquals((await call("sendMessage", { chat_id: 1, text: cut })).kind, "unknown");
  }
  assertEquals(api.messages(1).map(({ text }) => text), ["reset-after"]);
});

Deno.test("calls: an answer that is no JSON leaves the outcome unknown", async () => {
  await using api = await startBotApi();
  api.addUser({ id: 1, first_name: "Ada" });
  api.fault({ method: "sendMessage", times: 1, do: { raw: "<html>502</html>" } });
  const call = createCall(api.token, api.url);
  assertEquals((await call("sendMessage", { chat_id: 1, text: "hi" })).kind, "unknown");
});

Deno.test("calls: what Telegram refuses comes with its words, and its flood with its time", async () => {
  await using api = await startBotApi();
  api.addUser({ id: 1, first_name: "Ada" });
  const call = createCall(api.token, api.url);
  assertEquals((await call("sendMessage", { chat_id: 99, text: "hi" })).kind, "refused");
  api.fault({ method: "sendMessage", times: 1, do: { tooManyRequests: 40 } });
  const banned = await call("sendMessage", { chat_id: 1, text: "hi" });
  assertEquals(banned, { kind: "flood", retryAfter: 40 });
});
