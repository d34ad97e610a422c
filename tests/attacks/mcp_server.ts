/** A server of the Model Context Protocol over stdio with one tool; its start is seen from outside. */
import { createInterface } from "node:readline";
import process from "node:process";

const [name = "", canary = ""] = Deno.args;
await Deno.writeTextFile(canary, "");

interface Call {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string };
}

const TOOL = {
  name: "act",
  description: `The tool of the server ${name}.`,
  inputSchema: { type: "object", properties: {} },
};

function resultOf({ method, params }: Call): object {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params?.protocolVersion ?? "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name, version: "1.0.0" },
      };
    case "tools/list":
      return { tools: [TOOL] };
    case "tools/call":
      Deno.writeTextFileSync(`${canary}-called`, "");
      return { content: [{ type: "text", text: "done" }] };
    default:
      return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  const call: Call = JSON.parse(line);
  if (call.id === undefined) continue;
  const answer = { jsonrpc: "2.0", id: call.id, result: resultOf(call) };
  process.stdout.write(JSON.stringify(answer) + "\n");
}
