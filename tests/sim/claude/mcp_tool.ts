/**
 * The tools of the stand-in's MCP servers, which ask the person (MCP's `elicitation/create`) and return
 * what was answered: `ask` what its input says, `mount` for a share to be mounted.
 */
import type { ToolCall } from "../messages_api/script.ts";
import type { Context } from "./context.ts";
import { FORM } from "./demo_texts.ts";
import type { ToolOutcome } from "./tools.ts";
import type { Line } from "./wire.ts";

const NAME = /^mcp__(.+)__(ask|mount)$/;

/** Runs such a tool; null for another one. */
export async function askPerson(ctx: Context, call: ToolCall): Promise<ToolOutcome | null> {
  const [, server, tool] = NAME.exec(call.name) ?? [];
  if (server === undefined) return null;
  const asked = tool === "mount" ? FORM : call.input;
  const reply = await ctx.permissions.elicit(call.name, elicitation(server, asked));
  const text = `the server got ${JSON.stringify(resultOf(reply))}`;
  const content = [{ type: "text", text }];
  return { content, structured: content };
}

/** The control request, with the fields that the real one passes on. */
function elicitation(mcp_server_name: string, asked: Line): Line {
  const { message, mode = "form", url, elicitationId, requestedSchema } = asked;
  const fixed = { subtype: "elicitation", mcp_server_name, message, mode };
  if (mode === "url") return { ...fixed, url, elicitation_id: elicitationId };
  const { properties = {} } = requestedSchema as { readonly properties?: object };
  const property_order = Object.keys(properties);
  return { ...fixed, requested_schema: requestedSchema, property_order };
}

/** What the server gets: an error, an interrupt and the end of stdin count as its being left alone. */
function resultOf(reply: Line | "withdrawn" | "closed"): unknown {
  if (typeof reply === "string" || reply.subtype === "error") return { action: "cancel" };
  return reply.response;
}
