/**
 * An MCP server over stdio whose one tool asks the person: for a form, or to open an address. It
 * imports nothing: where it is started there is no cache of packages.
 */

const FORM = {
  message: "Where shall it go?",
  requestedSchema: {
    type: "object",
    properties: {
      host: { type: "string", title: "Host", minLength: 2 },
      port: { type: "integer", minimum: 1, maximum: 65535, default: 443 },
      size: { type: "string", enum: ["s", "m"], enumNames: ["Small", "Medium"] },
    },
    required: ["host", "size"],
  },
};
const ADDRESS = {
  mode: "url",
  message: "Log in, please",
  url: "https://auth.example/login?x=1",
  elicitationId: "el-1",
};
const TOOL = {
  name: "ask",
  description: "asks the person",
  inputSchema: { type: "object", properties: { kind: { type: "string" } } },
};

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { protocolVersion?: string; arguments?: { kind?: string } };
  readonly result?: unknown;
}

let asked = 0;
/** The calls that wait for what the person says, by the question's id. */
const waiting = new Map<number | string, number | string>();

function say(message: object): void {
  const line = JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n";
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}

function serve({ id, method, params, result }: Message): void {
  if (id === undefined) return;
  if (method === undefined) {
    const text = `the server got ${JSON.stringify(result)}`;
    return say({ id: waiting.get(id), result: { content: [{ type: "text", text }] } });
  }
  switch (method) {
    case "initialize":
      return say({
        id,
        result: {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: "form", version: "1" },
        },
      });
    case "tools/list":
      return say({ id, result: { tools: [TOOL] } });
    case "tools/call": {
      const question = `q${++asked}`;
      waiting.set(question, id);
      const what = params?.arguments?.kind === "url" ? ADDRESS : FORM;
      return say({ id: question, method: "elicitation/create", params: what });
    }
    default:
      return say({ id, result: {} });
  }
}

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) if (line.trim() !== "") serve(JSON.parse(line));
}
