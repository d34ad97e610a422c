import { assert, assertEquals, assertRejects } from "@std/assert";
import { type MessagesApi, startMessagesApi } from "./server.ts";

interface Answer {
  readonly content: readonly Record<string, unknown>[];
  readonly stop_reason: string;
}

interface Caller {
  readonly api: MessagesApi;
  readonly call: (body: object, path?: string) => Promise<Response>;
  readonly ask: (...messages: readonly object[]) => Promise<Answer>;
}

function apiTest(name: string, fn: (caller: Caller) => Promise<void>): void {
  Deno.test(`messages api: ${name}`, async () => {
    await using api = await startMessagesApi();
    const call = (body: object, path = "/v1/messages") =>
      fetch(api.url + path, {
        method: "POST",
        headers: { "x-api-key": "test" },
        body: JSON.stringify({ model: "m", max_tokens: 10, ...body }),
      });
    const ask = async (...messages: readonly object[]) => (await call({ messages })).json();
    await fn({ api, call, ask });
  });
}

const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });
const result = (id: unknown, ...more: object[]) =>
  user([{ type: "tool_result", tool_use_id: id, content: "r" }, ...more]);
const text = (words: string) => ({ type: "text", text: words });
const words = (answer: Answer) => answer.content[0]?.text;

interface StreamEvent {
  readonly type: string;
  readonly delta?: { type?: string; partial_json?: string; stop_reason?: string };
}

async function events(response: Response): Promise<StreamEvent[]> {
  const body = await response.text();
  return body.split("\n\n").filter(Boolean)
    .map((part) => JSON.parse(part.split("data: ")[1] ?? "null"));
}

apiTest("answers plain prompts with proof of the context", async ({ ask }) => {
  const answer = await ask(user("hello"), assistant([text("x")]), user("again"));
  assertEquals([words(answer), answer.stop_reason], ["ok #2: again", "end_turn"]);
});

apiTest("streams text, thinking and tool input as deltas", async ({ call }) => {
  const messages = [user("THINK CHUNK:5 Look. TOOL:bash:echo hi")];
  const all = await events(await call({ stream: true, messages }));
  const kinds = new Set(all.flatMap((event) => event.delta?.type ?? []));
  assertEquals([...kinds].sort(), [
    "input_json_delta",
    "signature_delta",
    "text_delta",
    "thinking_delta",
  ]);
  const json = all.map((event) => event.delta?.partial_json ?? "").join("");
  assertEquals(JSON.parse(json).command, "echo hi");
  assertEquals(all.at(-1)?.type, "message_stop");
  assertEquals(all.at(-2)?.delta?.stop_reason, "tool_use");
});

apiTest("walks through the steps of a script", async ({ ask }) => {
  const prompt = user("TOOL:bash:a;;TOOL:read:/b;;SAY:end");
  const one = await ask(prompt);
  assertEquals(one.content[0]?.input, { command: "a", description: "fake" });
  const afterOne = [prompt, assistant(one.content), result(one.content[0]?.id)];
  const two = await ask(...afterOne);
  assertEquals(two.content[0]?.name, "Read");
  const three = await ask(...afterOne, assistant(two.content), result(two.content[0]?.id));
  assertEquals(words(three), "end");
});

apiTest("a prompt after an interrupted one starts afresh", async ({ ask }) => {
  const marker = text("[Request interrupted by user for tool use]");
  const calls = assistant([{ type: "tool_use", id: "t", name: "Bash", input: {} }]);
  const fresh = await ask(
    user("TOOL:bash:a;;SAY:old"),
    calls,
    result("t", marker, text("SAY:new")),
  );
  assertEquals(words(fresh), "new");
  const stopped = text("[Request interrupted by user]");
  assertEquals(words(await ask(user([text("LONG:50"), stopped, text("hi")]))), "ok #1: hi");
});

apiTest("what a person sends during a turn shows in the answer", async ({ ask }) => {
  const note = "The user sent a new message while you were working:\nturn left\n\nThis is how";
  const steered = { role: "system", content: [text(note)] };
  const answer = await ask(user("TOOL:bash:a"), assistant([text("x")]), result("t"), steered);
  assertEquals(words(answer), "done after 1 step(s); also got: turn left");
});

apiTest("several tools in one answer, and words that look like directives", async ({ ask }) => {
  const answer = await ask(user('TOOL:bash:a ++ TOOL:json:My_tool:{"x":1}'));
  assertEquals(answer.content.map((block) => block.name), ["Bash", "My_tool"]);
  assertEquals(answer.content[1]?.input, { x: 1 });
  assertEquals(words(await ask(user("SAY:use SLOW:5"))), "use SLOW:5");
});

apiTest("errors: for ever, a number of times, with retry-after, by name", async ({ call }) => {
  const forever = await call({ messages: [user("ERR:401")] });
  const twice = { messages: [user("ERR:529*2@3 SAY:fine")] };
  const first = await call(twice);
  assertEquals([first.status, first.headers.get("retry-after")], [529, "3"]);
  assertEquals((await first.json()).error.type, "overloaded_error");
  const second = await call(twice);
  const third = await call(twice);
  assertEquals([forever.status, second.status, third.status], [401, 529, 200]);
  const limit = await call({ messages: [user("ERR:limit")] });
  assertEquals(limit.headers.get("anthropic-ratelimit-unified-status"), "rejected");
  for (const response of [forever, second, third, limit]) await response.body?.cancel();
});

apiTest("closing ends what is still answered, whoever reads it or not", async ({ api, call }) => {
  const slow = { stream: true, messages: [user("CHUNK:4 SLOW:60000 LONG:100")] };
  const left = await call(slow);
  await left.body?.cancel();
  const heard = (await call(slow)).body!.getReader();
  assert(new TextDecoder().decode((await heard.read()).value).includes("message_start"));
  await api.close();
  await assertRejects(async () => {
    while (!(await heard.read()).done);
  });
});

apiTest("a cut connection and a stream that falls silent", async ({ call }) => {
  const cut = { stream: true, messages: [user("CHUNK:4 CUT:2 LONG:100")] };
  await assertRejects(async () => await events(await call(cut)));
  const silent = await call({ stream: true, messages: [user("CHUNK:4 HANG:1 LONG:100")] });
  const reader = silent.body?.getReader();
  assert((await reader?.read())?.value);
  await reader?.cancel();
});

apiTest("queued answers, records, token counts and unknown paths", async ({ api, call, ask }) => {
  api.push({ text: "from the queue" });
  assertEquals(words(await ask(user("SAY:ignored"))), "from the queue");
  const counted = await call({ messages: [user("x")] }, "/v1/messages/count_tokens");
  assert((await counted.json()).input_tokens > 0);
  const unknown = await call({}, "/v1/who-knows");
  assertEquals(unknown.status, 404);
  await unknown.body?.cancel();
  assertEquals(api.requests.map((seen) => [seen.path, seen.auth, seen.unknown]), [
    ["/v1/messages", "x-api-key", undefined],
    ["/v1/messages/count_tokens", "x-api-key", undefined],
    ["/v1/who-knows", "x-api-key", true],
  ]);
});
